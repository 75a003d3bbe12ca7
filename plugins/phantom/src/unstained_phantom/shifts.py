"""Test-only splits: the fields of the test split with one thing changed, and specimens made for one question each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from unstained_phantom.cells.population import Edit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from unstained_phantom.cells.population import Population
    from unstained_phantom.plan import Plan, Scene

DEFOCUS = 2.0
"""µm above the nominal plane for the first field of a session, below it for the second."""
GRADIENT = 0.1
"""Change of light over a field."""
EXPOSURE = 1 / 8
"""Time of all exposures, relative."""
MIXTURES = {
    "fibroblast": {"fibroblast": 0.89, "dead": 0.08, "mitotic": 0.03},
    "adipocyte": {"adipocyte": 0.92, "dead": 0.08},
    "neuron": {"neuron": 0.92, "dead": 0.08},
}
"""Other cell types; fat cells and neurons do not divide."""
CUES = (0.0, 0.009, 0.019, 0.034, 0.054, 0.084)
"""Refractive index of droplets over that of the cytoplasm: from invisible to the usual one."""
EDITS = tuple(Edit(action, label) for label in ("lipid", "nucleoli", "mitochondria") for action in ("erase", "insert"))
"""What is done to the second field of each pair."""
HOURS = range(0, 24, 2)
"""When a dish is imaged."""
GROWTH = (0.018, 0.03)
"""Of the volume of cells, 1/h, dish by dish: doubling in 38 h and in 23 h."""
SPARSE = 0.5
"""Confluence at the start of a time-lapse: cells need room to grow."""
PROBES = {
    "cue:lipid": "cue",
    "edits": "edits",
    "blank": "blank",
    "broken:lipid": "broken",
    "growth": "timelapse",
    **{f"shift:{name}": name for name in ("microscope", "cell-type", "defocus", "gradient", "low-exposure")},
}
"""Kind of probe, in the words of ``zoo.types.Dataset``, -> split."""


def shifts(plan: Plan, main: Sequence[Scene]) -> Iterator[Scene]:
    """All fields of the test-only splits, split by split; none where nothing is shown again."""
    shown = [scene for scene in main if scene.split == "test"]
    sessions = list(dict.fromkeys(scene.session for scene in shown))[: plan.shifted]
    first = [scene for scene in shown if scene.session in sessions]
    if first:
        yield from _cell_types(plan)
        yield from _instrument(plan, first)
        yield from _days(first)
        yield from _broken(first)
        yield from _cues(plan)
        yield from _edits(plan)
        yield from _blank(plan)
        yield from _growth(plan)


def _again(scene: Scene, split: str, condition: str, **changes: object) -> Scene:
    """A test field under a shift: its cells, its noise and its session, so that differences are paired."""
    return replace(scene, id=scene.id.replace("test", split, 1), split=split, condition=condition, **changes)  # type: ignore[arg-type]


def _instrument(plan: Plan, first: Sequence[Scene]) -> Iterator[Scene]:
    if plan.other:
        yield from (_again(scene, "microscope", plan.other.name, microscope=plan.other) for scene in first)


def _days(first: Sequence[Scene]) -> Iterator[Scene]:
    for scene in first:
        height = scene.conditions.focus + (DEFOCUS if scene.id.endswith("-1") else -DEFOCUS)
        condition = f"defocus {height - scene.conditions.focus:+g} µm"
        yield _again(scene, "defocus", condition, conditions=replace(scene.conditions, focus=height))
    for scene in first:
        uneven = replace(scene.conditions, gradient=GRADIENT)
        yield _again(scene, "gradient", f"gradient {GRADIENT:.0%}", conditions=uneven)
    for scene in first:
        dim = replace(scene.conditions, exposure=EXPOSURE)
        yield _again(scene, "low-exposure", "exposure 1/8", conditions=dim)


def _broken(first: Sequence[Scene]) -> Iterator[Scene]:
    for scene in first:
        unlinked = replace(scene.population, shortcut_linked=False)
        yield _again(scene, "broken", "shortcut broken", population=unlinked)


def _own(
    plan: Plan, split: str, session: str, name: str, condition: str, population: Population, **changes: str
) -> Scene:
    """A field of a specimen of its own, on a day of its own."""
    from unstained_phantom.plan import Scene  # noqa: PLC0415 - plans are made of shifts

    return Scene(
        id=name,
        split=split,
        session=session,
        condition=condition,
        cells=changes.get("cells", name),
        noise=changes.get("noise", name),
        population=population,
        microscope=plan.microscope,
        conditions=plan.conditions(session),
    )


def _cell_types(plan: Plan) -> Iterator[Scene]:
    for preset, mixture in MIXTURES.items():
        for session in (f"{preset}-{number}" for number in (1, 2)):
            culture = replace(plan.population(session), mixture=mixture)
            for number in (1, 2):
                yield _own(plan, "cell-type", session, f"{session}-{number}", preset, culture)


def _cues(plan: Plan) -> Iterator[Scene]:
    """The same cells, day and noise at every strength."""
    for session in (f"cue-{number}" for number in (1, 2, 3, 4)):
        for cue in CUES:
            culture = replace(plan.population(session), lipid_index=cue)
            name = f"{session}-{round(1000 * cue):03d}"
            yield _own(plan, "cue", session, name, f"cue {cue:.3f}", culture, cells=session, noise=session)


def _edits(plan: Plan) -> Iterator[Scene]:
    """Pairs that differ by one organelle and in nothing else."""
    for edit in EDITS:
        for session in (f"{edit.action}-{edit.label}-{number}" for number in (1, 2)):
            culture = plan.population(session)
            base = _own(plan, "edits", session, f"{session}-base", "base", culture, cells=session, noise=session)
            base = replace(base, paired=True)
            yield base
            edited = replace(culture, edit=edit)
            condition = f"{edit.action} {edit.label}"
            yield replace(base, id=f"{session}-edited", condition=condition, population=edited)


def _blank(plan: Plan) -> Iterator[Scene]:
    for kind in ("empty", "noise"):
        for session in (f"{kind}-{number}" for number in (1, 2)):
            nobody = replace(plan.population(session), empty=True)
            scene = _own(plan, "blank", session, f"{session}-1", kind, nobody)
            yield replace(scene, conditions=replace(scene.conditions, blank=kind))


def _growth(plan: Plan) -> Iterator[Scene]:
    for dish, rate in enumerate(GROWTH, 1):
        session = f"dish-{dish}"
        culture = replace(plan.population(session), confluence=SPARSE, growth_rate=rate)
        for hour in HOURS:
            grown = replace(culture, hours=float(hour))
            yield _own(plan, "timelapse", session, f"{session}-h{hour:02d}", f"hour {hour:02d}", grown, cells=session)
