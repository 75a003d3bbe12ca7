"""The tables of a board for readers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.controls import CLEAN, REPEAT
from harness.gates.badges import badges, of_label, tabled
from harness.report.cells import bullets, plain, short, table, what
from harness.scoring import PROTOCOL
from harness.statistics.tables import TooFew

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from harness.gates.verdicts import Outcome
    from harness.ranking import Board, Group, Row, Task
    from harness.ranking.axes import Axis
    from harness.records import Run
    from harness.statistics.standings import Standing, Standings

GROUPED = (PROTOCOL.primary, "amplitude", "truth-amplitude")
"""Metrics that the tables by session and by condition show."""
SCHEMES: Mapping[str, str] = {
    "mean-then-rank": "mean, then rank",
    "rank-then-mean": "rank, then mean",
    "test-then-rank": "test, then rank",
}
"""Ways to rank, as readers see them; the first one ranks."""
SEVERAL = 2
"""Ranked models from which on it is told how sure their order is."""
C_MAX = (
    "- *C_max*: the r that a perfect prediction would reach against recordings with this noise (Ounkomol et al. 2018):"
    f" the score of `{CLEAN}` where there is one, else the root of that of `{REPEAT}`."
)
OUTCOMES: Sequence[Outcome] = ("pass", "fail", "not tested")


def overall(made: Board) -> list[str]:
    """The ranking over all labels that are ranked; nothing where there is but one."""
    found = made.overall
    if found is None:
        return []
    labels = [task.label for task in made.tasks if not task.refused]
    places = {(row.contender.id, row.label): row.place for row in made.rows}
    names = sorted(found.ranks, key=lambda model: (found.ranks[model], model))
    lines = [
        [
            plain(found.ranks.get(model)),
            f"`{model}`",
            short(found.mean_ranks.get(model)),
            *(plain(places.get((model, label))) for label in labels),
        ]
        for model in [*names, *found.partial]
    ]
    left = ", ".join(f"{label} {short(tau)}" for label, tau in found.left_out.items())
    said = (
        "The mean of the ranks on each label, among the models that predict all of them. Beside it the rank on each"
        f" label by score alone. Kendall's tau with the ranking that one label less would give: {left}."
    )
    return ["## Overall", table(["rank", "model", "mean rank", *labels], lines), said]


def main(made: Board, rows: Sequence[Row]) -> str:
    """Rank, score, and what to make of it."""
    scaled = any(row.scaled is not None for row in rows)
    intervals = any(row.low is not None for row in rows)
    gated = any(row.contender.id in made.verdicts for row in rows)
    head = ["rank", "model", "score", *["scaled"] * scaled, *["95 %"] * intervals, "above floor", *["gates"] * gated]
    lines = []
    for row in rows:
        ends = f"{short(row.low)} to {short(row.high)}" if row.low is not None else ""
        cells = [plain(row.rank), f"`{row.contender.id}`", short(row.score), *[short(row.scaled)] * scaled]
        cells += [*[ends] * intervals, plain(row.above_floor), *[_gates(made, row)] * gated, what(row)]
        lines.append(cells)
    return table([*head, "what"], lines)


def beneath(task: Task | None) -> list[str]:
    """What 0 and 1 of the scaled scores are, and how sure the ranks are."""
    if task is None:
        return []
    scale = [_ends(task.axis)] if task.axis.known else []
    found = task.standings
    return [*scale, *(_certainty(found) if found and len(found.rows) >= SEVERAL else [])]


def ceilings(made: Board) -> list[str]:
    """What C_max is; nothing on a board that tells it of no label."""
    return [C_MAX] if any(task.axis.ceiling is not None for task in made.tasks) else []


def metrics(run: Run, rows: Sequence[Row]) -> list[str]:
    """Every other metric, a line for each, a column for each contender; without those that nobody has."""
    shown = [row for row in rows if row.status != "not-applicable"]
    others = [column.id for column in run.columns if column.id != run.protocol.primary]
    lines = [[f"`{name}`", *(short(row.values[name]) for row in shown)] for name in others]
    given = [line for line in lines if any(line[1:])]
    return [table(["metric", *(f"`{row.contender.id}`" for row in shown)], given)] if given else []


def gates(made: Board, label: str) -> list[str]:
    """What gates say of each model on a label: a badge with its figure, then each in words; nothing without gates."""
    said = badges(made.verdicts, label)
    found = [table(head, lines) for head, lines in said.tables]
    return [*found, *([bullets(said.notes)] if said.notes else [])]


def biology(made: Board, label: str) -> list[str]:
    """What is read off a label, a table for each question: viability, dry mass, growth, skill after a gain."""
    return [table(head, lines) for head, lines in tabled(made.verdicts, label)]


def groups(kind: str, members: Sequence[Group]) -> list[str]:
    """The score and the signal of each model by session or condition; nothing where the data name none."""
    names = list(dict.fromkeys(group.name for group in sorted(members, key=lambda group: group.name)))
    if not names:
        return []
    found = {(group.model, group.name): group for group in members}
    parts: list[str] = []
    for metric in GROUPED[:2]:
        head = [f"{metric} by {kind}", *names]
        lines = [
            [f"`{model}`", *(short(_value(found.get((model, name)), metric)) for name in names)]
            for model in dict.fromkeys(group.model for group in members)
        ]
        if metric == GROUPED[1]:
            lines.append(["the truth's own", *(short(_truth(members, name)) for name in names)])
        parts.append(table(head, lines))
    return parts


def _value(group: Group | None, metric: str) -> float | None:
    return group.values.get(metric) if group else None


def _truth(members: Sequence[Group], name: str) -> float | None:
    return next((group.values.get(GROUPED[2]) for group in members if group.name == name), None)


def _gates(made: Board, row: Row) -> str:
    """How many gates a model passed and failed; which, stands in a table of its own."""
    said = of_label(made.verdicts.get(row.contender.id, ()), row.label).values()
    counted = Counter(verdict.outcome for verdict in said)
    return ", ".join(f"{counted[outcome]} {outcome}" for outcome in OUTCOMES if counted[outcome])


def _ends(axis: Axis) -> str:
    reached = "what" if axis.ceiling_by != REPEAT else "the root of what"
    return (
        f"Scaled: 0 is what `{axis.floor_by}` reaches, {short(axis.floor)}; 1 is C_max, {reached} `{axis.ceiling_by}`"
        f" reaches, {short(axis.ceiling)}."
    )


def _certainty(found: Standings) -> list[str]:
    """Ranks by each scheme and over other draws of sessions; nothing but the schemes with too few sessions."""
    drawn = not isinstance(found.stability, TooFew)
    head = ["model", *(["rank in 95 % of draws", "leads in"] if drawn else [])]
    lines = [_sure(row, found) for row in found.rows]
    names = [name for name in SCHEMES if name in found.schemes.ranks]
    first, *rest = names
    taus = [f"{SCHEMES[name]} {short(found.schemes.tau[first, name])}" for name in rest]
    said = f"Kendall's tau of the ranking with those by other schemes: {', '.join(taus)}."
    return [table([*head, *(SCHEMES[name] for name in names)], lines), said]


def _sure(row: Standing, found: Standings) -> list[str]:
    drawn = [f"{row.ranks[0]} to {row.ranks[1]}", f"{row.first:.0%}"] if row.ranks and row.first is not None else []
    ranks: Iterable[int] = (found.schemes.ranks[name][row.model] for name in SCHEMES if name in found.schemes.ranks)
    return [f"`{row.model}`", *drawn, *map(str, ranks)]
