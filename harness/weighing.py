"""What a model of a run costs, found out when it is first opened."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from harness.asked import failure_of, inputs_alone
from harness.cost.files import keep, kept
from harness.cost.stopwatch import Subject

if TYPE_CHECKING:
    from harness.asked import Opening
    from harness.cost.figures import Cost
    from harness.cost.stopwatch import Stopwatch
    from harness.judging import Candidate
    from harness.preparation import Prepared


def weigh(
    prepared: Prepared, stopwatch: Stopwatch, costs: dict[str, Cost], candidate: Candidate, opening: Opening
) -> None:
    """Find out what a model costs, unless that is known; one that cannot be timed goes on to fail where it counts."""
    if candidate.package is None:
        return
    request, contender, field = prepared.request, candidate.contender, prepared.fields[0]
    subject = Subject(
        package=candidate.package,
        format=contender.format,
        identity=(contender.digest, candidate.salt),
        seen=inputs_alone(field.open(), request.inputs),
        inputs=candidate.inputs,
        zoom=contender.zoom,
    )
    cost = kept(request.out, stopwatch.key(subject)) if request.resume else None
    if cost is None:
        try:
            with opening() as predict:
                cost = stopwatch.measured(subject, partial(predict, field), getattr(predict, "pid", None))
            keep(request.out, cost)
        except Exception as error:  # noqa: BLE001 - foreign code: one model's fault is named and the rest go on
            cost = stopwatch.untimed(subject, failure_of(error).note)
    costs[contender.id] = cost
