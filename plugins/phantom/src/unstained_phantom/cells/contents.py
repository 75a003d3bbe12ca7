"""All small parts in a field: which a cell has, what an experiment did to them, and where control labels stand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from unstained_phantom.cells.organelles import Kind, balls_of, droplets, nucleoli, tubes, vacuoles, vesicles
from unstained_phantom.cells.parameters import LAYER, STAINING
from unstained_phantom.cells.shapes import Points, join
from unstained_phantom.seeds import stream

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from unstained_phantom.cells.population import Population
    from unstained_phantom.cells.scene import Scene

AFLOAT = 0.2
"""Share of debris that is not attached."""
TILE = 100.0
"""Edge in µm of the squares in which debris is drawn."""


@dataclass(frozen=True, eq=False)
class Edited:
    """One kind of organelle: what there is, and what there was before an edit; one object where nothing changed."""

    now: Points
    before: Points


@dataclass(frozen=True, eq=False, kw_only=True)
class Contents:
    """Everything small."""

    lipid: Edited
    nucleoli: Edited
    mitochondria: Edited
    vesicles: Points
    vacuoles: Points
    debris: Points
    puncta: Points
    """Of the label ``null_puncta``: nothing but the label."""
    shortcut: Points
    """Of the label ``shortcut``."""


def contents(scene: Scene, population: Population) -> Contents:
    """The small parts of all cells that are seen."""

    def fat(owner: int, name: str) -> Points:
        return balls_of(scene, owner, droplets(scene.bodies[owner - 1].preset, name), population.droplets)

    lipid = _edited(scene, population, "lipid", fat)
    marked = lipid.before if population.shortcut_linked else _all(scene, lambda owner: fat(owner, "shortcut elsewhere"))
    return Contents(
        lipid=lipid,
        nucleoli=_edited(scene, population, "nucleoli", lambda owner, name: nucleoli(scene, owner, name)),
        mitochondria=_edited(scene, population, "mitochondria", lambda owner, name: tubes(scene, owner, name)),
        vesicles=_all(scene, lambda owner: balls_of(scene, owner, vesicles(scene.bodies[owner - 1].preset))),
        vacuoles=_all(scene, lambda owner: balls_of(scene, owner, vacuoles(scene.bodies[owner - 1].preset))),
        debris=join() if population.empty else debris(scene),
        puncta=_all(scene, lambda owner: balls_of(scene, owner, PUNCTA)),
        shortcut=marked.where(_marked(scene, marked)),
    )


PUNCTA = Kind(
    name="null_puncta",
    number=STAINING.puncta,
    radius=STAINING.puncta_radius,
    spread=0.25,
    largest=2 * STAINING.puncta_radius,
    apart=False,
)


def _all(scene: Scene, made: Callable[[int], Points]) -> Points:
    return join(*(made(owner) for owner in scene.seen))


def _edited(scene: Scene, population: Population, label: str, made: Callable[[int, str], Points]) -> Edited:
    has = {"nucleoli": "nucleoli", "lipid": "droplets", "mitochondria": "mitochondria"}[label]
    seen = [owner for owner in scene.seen if getattr(scene.bodies[owner - 1].preset, has)]
    before = join(*(made(owner, label) for owner in seen))
    edit = population.edit
    if edit is None or edit.label != label:
        return Edited(before, before)
    chosen = [owner for owner in seen if _is_edited(scene, owner)]
    if edit.action == "erase":
        return Edited(before.where(~np.isin(before.owner, chosen)), before)
    return Edited(join(before, *(made(owner, f"{label} inserted") for owner in chosen)), before)


def _is_edited(scene: Scene, owner: int) -> bool:
    return bool(stream(scene.seed, "cell", scene.bodies[owner - 1].name, "edit").random() < STAINING.edited)


def _marked(scene: Scene, points: Points) -> npt.NDArray[np.bool_]:
    """Which blobs the label ``shortcut`` stands on, drawn cell by cell."""
    marked = np.zeros(len(points), dtype=bool)
    for owner in scene.seen:
        own = np.flatnonzero(points.owner == owner)
        rng = stream(scene.seed, "cell", scene.bodies[owner - 1].name, "shortcut")
        marked[own] = rng.random(len(own)) < STAINING.shortcut
    return marked


def debris(scene: Scene) -> Points:
    """Pieces of dead cells: on the glass, on cells, or afloat. They belong to nobody."""
    found = []
    half = [max(-axis[0], axis[-1]) / TILE for axis in (scene.plane.y, scene.plane.x)]
    for row in range(-math.ceil(half[0]), math.ceil(half[0])):
        for column in range(-math.ceil(half[1]), math.ceil(half[1])):
            rng = stream(scene.seed, "debris", row, column)
            most = int(4 * LAYER.debris) + 4
            count = min(most, int(LAYER.debris * math.exp(0.6 * rng.standard_normal()) + rng.random()))
            y, x = (row + rng.random(most)) * TILE, (column + rng.random(most)) * TILE
            size = LAYER.debris_radius * np.exp(0.5 * rng.standard_normal(most))
            lift = np.where(rng.random(most) > AFLOAT, 0.0, 5 * rng.random(most))
            at_row, at_column, inside = scene.at(y, x)
            height = scene.relief.top[at_row, at_column] + size + lift
            points = Points(np.stack([height, y, x], axis=1), size, np.zeros(most, dtype=np.int32))
            found.append(points.where(inside & (np.arange(most) < count)))
    return join(*found)
