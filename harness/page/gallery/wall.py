"""A gallery as a page holds it: pictures as text, and which of them belong together."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.page.gallery.files import picture, read_gallery

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from harness.page.gallery.files import Gallery, Shot
    from harness.records import Run

ORDER = ("best", "median", "worst")


@dataclass(frozen=True, kw_only=True)
class Wall:
    """What a page shows of a gallery."""

    models: Mapping[str, Sequence[str]]
    """By label, those of whom there are pictures, in the order of the board."""
    ranges: Mapping[str, tuple[float, float]]
    """Counts of each label that are black and white."""
    command: str
    document: Mapping[str, object]
    """Everything that the script of the page needs."""


def wall(board: Path, run: Run) -> Wall | None:
    """The gallery of a board, without what was made of another version of a model; None where none was made."""
    found = read_gallery(board)
    if found is None:
        return None
    judged = {one.id: one.digest for one in run.contenders}
    shots = [one for one in found.shots if judged.get(one.model) == one.digest]
    order = list(judged)
    models = {
        label: sorted({shot.model for shot in shots if shot.label == label}, key=order.index)
        for label in run.data.labels
    }
    return Wall(
        models={label: names for label, names in models.items() if names},
        ranges=found.ranges,
        command=found.command,
        document=_document(board, found, shots),
    )


def _document(board: Path, found: Gallery, shots: Sequence[Shot]) -> dict[str, object]:
    names = sorted({name for shot in shots for name in (shot.input, shot.truth, shot.prediction)})
    labels: dict[str, dict[str, list[dict[str, object]]]] = {}
    for shot in sorted(shots, key=lambda one: ORDER.index(one.place)):
        labels.setdefault(shot.label, {}).setdefault(shot.model, []).append(
            {
                "place": shot.place,
                "field": shot.field,
                "session": shot.session,
                "score": f"{shot.score:.3f}",
                "of": shot.of,
                "channel": shot.channel,
                "input": shot.input,
                "truth": shot.truth,
                "prediction": shot.prediction,
            }
        )
    return {
        "pictures": {name: b64encode(picture(board, name)).decode() for name in names},
        "ranges": {label: list(ends) for label, ends in found.ranges.items()},
        "labels": labels,
    }
