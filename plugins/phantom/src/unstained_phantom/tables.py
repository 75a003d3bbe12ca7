"""What documents and commands say of the phantom, taken from the code: parameters, splits, channels, materials."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from unstained_phantom.cells.anatomy import Preset
from unstained_phantom.cells.parameters import LAYER, MATERIALS, PRESETS, STAINING
from unstained_phantom.cells.population import Population
from unstained_phantom.channels import channels
from unstained_phantom.optics.instruments import MICROSCOPES
from unstained_phantom.plan import standard
from unstained_phantom.quantities import quantities

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from unstained_phantom.plan import Plan
    from unstained_phantom.quantities import Quantity

CONDITIONS = 3
"""So many conditions of a split are named; of more, the first and the last."""


def groups() -> Mapping[str, object]:
    """Everything with documented numbers, by the name under which these are listed."""
    return {
        "materials": MATERIALS,
        "layer": LAYER,
        "staining": STAINING,
        **{f"cell {name}": preset for name, preset in PRESETS.items()},
        "population": Population(),
        "variation": standard().variation,
        **{f"microscope {name}": one for name, one in MICROSCOPES.items()},
        **{f"camera {name}": one.camera for name, one in MICROSCOPES.items()},
    }


def parameters() -> Iterator[tuple[str, Quantity]]:
    """Every documented number with the name of its group; where a kind of cell differs, that kind's source."""
    usual = {one.name: one.value for one in quantities(PRESETS["epithelial"])}
    for name, thing in groups().items():
        for one in quantities(thing):
            if isinstance(thing, Preset) and one.value != usual[one.name]:
                yield name, replace(one, source=thing.source)
            else:
                yield name, one


def splits(plan: Plan) -> str:
    """Markdown: the splits of a plan, with sessions, fields and conditions."""
    rows = []
    for split, ids in plan.splits.items():
        scenes = [plan.scenes[name] for name in ids]
        conditions = list(dict.fromkeys(scene.condition for scene in scenes if scene.condition))
        if len(conditions) > CONDITIONS:
            conditions = [conditions[0], "...", conditions[-1]]
        shown = "the cells of `test`" if split != "test" and scenes[0].cells in plan.splits["test"] else "its own"
        sessions = len({scene.session for scene in scenes})
        rows.append((f"`{split}`", str(sessions), str(len(ids)), shown, ", ".join(conditions)))
    return markdown(("split", "sessions", "fields", "cells", "condition"), rows)


def shown(plan: Plan) -> str:
    """Markdown: the channels of a plan."""
    rows = []
    for one in channels(plan.microscope, volume=plan.volume):
        kind, what = ("input", one.modality) if one.modality else ("label", one.structure)
        emission = f"{1000 * plan.microscope.emission[one.name]:.0f} nm" if one.structure else ""
        rows.append((f"`{one.name}`", kind, str(what), str(one.planes), emission))
    return markdown(("channel", "is", "shows", "planes", "emission"), rows)


def materials() -> str:
    """Markdown: refractive indices of an epithelial cell, and dry mass behind them."""
    cell = PRESETS["epithelial"]
    rows = [
        ("medium", f"{MATERIALS.medium:.3f}", ""),
        ("cytoplasm", f"{cell.index:.3f}", f"{MATERIALS.protein:.3f}"),
        ("nucleoplasm", f"{cell.nucleus_index:.3f}", f"{MATERIALS.nuclear:.3f}"),
        ("nucleoli", f"{cell.nucleolus_index:.3f}", f"{MATERIALS.nuclear:.3f}"),
        ("mitochondria", f"{MATERIALS.mitochondrion:.3f}", f"{MATERIALS.protein:.3f}"),
        ("lipid droplets", f"{cell.index + MATERIALS.lipid:.3f}", f"{MATERIALS.fat:.3f}"),
        ("vesicles", f"{cell.index + MATERIALS.vesicle:.3f}", f"{MATERIALS.protein:.3f}"),
        ("vacuoles", f"{cell.index + MATERIALS.vacuole:.3f}", f"{MATERIALS.protein:.3f}"),
    ]
    return markdown(("compartment", "index at 550 nm", "increment, µm³/pg"), rows)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table.

    >>> print(markdown(("a", "b"), [("1", "2")]))
    | a | b |
    |---|---|
    | 1 | 2 |
    """
    lines = [f"| {' | '.join(cells)} |" for cells in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:]])
