"""Images in transmitted light: bright field, differential interference contrast (DIC), phase contrast.

Abbe's theory: every point of the condenser is a coherent wave of its own; the intensities of their images add up. What
differs between the modalities is where the points lie and what stands in the pupil.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from unstained_phantom.optics import sources
from unstained_phantom.optics.detection import Window, intensity, recorded, window
from unstained_phantom.optics.multislice import Layers, layers, passed
from unstained_phantom.optics.pupil import Lattice, aperture, lattice, ring, travelled
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from unstained_phantom.microscope import Microscope
    from unstained_phantom.specimen import Grid

_LIT = {"brightfield": sources.disc, "dic": sources.disc, "phase-contrast": sources.annulus}
"""Modality -> points of the condenser."""
_GROUPS = 2
"""Sums are taken in this many parts, whatever the number of threads, so that they end in the same last bit."""


def transmitted(
    index: npt.NDArray[np.floating],
    grid: Grid,
    microscope: Microscope,
    heights: Mapping[str, Sequence[float]],
    *,
    workers: int = 1,
) -> dict[str, npt.NDArray[np.float64]]:
    """Images in transmitted light, each (plane, y, x) on the whole grid, relative to an empty field, exactly 1 there.

    Nothing is aliased: intensities are computed finely and recorded without what pixels cannot carry. Bright field and
    DIC share one condenser, and so the way of their light through the specimen.

    Parameters
    ----------
    index
        Refractive index minus that of the medium, (z, y, x).
    grid
        Voxels of ``index``.
    microscope
        Optics.
    heights
        Modality (``brightfield``, ``dic``, ``phase-contrast``) -> heights of its focal planes above the glass, in µm.
    workers
        Threads, of which two have work. The result does not depend on them.

    Raises
    ------
    ZooError
        When a modality is unknown, or its empty field would be dark.
    """
    if unknown := set(heights) - set(_LIT):
        raise ZooError(
            f"modality {', '.join(sorted(unknown))}: expected brightfield, dic or phase-contrast",
            hint="quantitative phase has a function of its own",
        )
    bench = _set_up(index, grid, microscope)
    found: dict[str, npt.NDArray[np.float64]] = {}
    for points in (sources.disc, sources.annulus):
        trains = {name: _train(name, heights[name], bench) for name in heights if _LIT[name] is points}
        if trains:
            found |= _imaged(trains, points(grid, microscope), bench, workers)
    return found


@dataclass(frozen=True, eq=False)
class _Bench:
    """A specimen under a microscope."""

    grid: Grid
    microscope: Microscope
    waves: Lattice
    met: Layers
    seen: Window


def _set_up(index: npt.NDArray[np.floating], grid: Grid, microscope: Microscope) -> _Bench:
    waves = lattice(grid, microscope)
    met = layers(index, grid, waves, microscope)
    return _Bench(grid, microscope, waves, met, window(waves, grid, microscope))


@dataclass(frozen=True, eq=False)
class _Train:
    """What stands between specimen and camera in one modality."""

    name: str
    plate: npt.NDArray[np.complex128]
    """What the pupil does to each wave of the window, (y, x)."""
    focused: tuple[npt.NDArray[np.complex128], ...]
    """The plate and the way to each focal plane, (y, x)."""


def _train(name: str, heights: Sequence[float], bench: _Bench) -> _Train:
    plate = aperture(bench.seen.waves, bench.microscope).astype(np.complex128)
    if name == "phase-contrast":
        plate *= ring(bench.seen.waves, bench.microscope)
    focused = tuple(plate * travelled(bench.seen.waves, bench.met.height - focus) for focus in heights)
    return _Train(name, plate, focused)


def _imaged(
    trains: Mapping[str, _Train], points: Sequence[tuple[int, int]], bench: _Bench, workers: int
) -> dict[str, npt.NDArray[np.float64]]:
    empty = {name: _background(train, points, bench) for name, train in trains.items()}
    shape = (bench.grid.shape[1], bench.grid.shape[2])
    if not bench.met.screens:
        return {name: np.ones((len(train.focused), *shape)) for name, train in trains.items()}
    with ThreadPoolExecutor(workers) as pool:
        parts = list(pool.map(lambda group: _gathered(trains, group, bench), _groups(points)))
    return {
        name: np.stack([recorded(plane, shape) for plane in np.sum([part[name] for part in parts], axis=0)])
        / empty[name]
        for name in trains
    }


def _groups(points: Sequence[tuple[int, int]]) -> list[Sequence[tuple[int, int]]]:
    return [points[first::_GROUPS] for first in range(_GROUPS)]


def _gathered(
    trains: Mapping[str, _Train], points: Sequence[tuple[int, int]], bench: _Bench
) -> dict[str, npt.NDArray[np.float64]]:
    """Light from some points, for each modality (plane, y, x), finely."""
    sums = {name: np.zeros((len(train.focused), *bench.seen.fine)) for name, train in trains.items()}
    for point in points:
        spectrum = passed(bench.met, (bench.grid.shape[1], bench.grid.shape[2]), point)
        inside = spectrum[bench.seen.rows, bench.seen.columns]
        for name, train in trains.items():
            split = inside * _shear(point, bench) if name == "dic" else inside
            for plane, focused in enumerate(train.focused):
                sums[name][plane] += intensity(split * focused, bench.seen.fine)
    return sums


def _shear(point: tuple[int, int], bench: _Bench) -> npt.NDArray[np.float64]:
    """The difference of two images that are ``shear`` apart along x, (1, x), but for a constant phase.

    The condenser's prism splits every wave before the specimen by as much as the objective's prism joins it again, so
    the wave that goes straight on meets the bias alone, whatever its direction.
    """
    turned = (bench.seen.waves.x - bench.waves.x[0, point[1]]) * bench.microscope.shear
    return np.asarray(2 * np.sin(np.pi * turned + bench.microscope.bias / 2))


def _background(train: _Train, points: Sequence[tuple[int, int]], bench: _Bench) -> float:
    """Intensity in an empty field."""
    total = 0.0
    for point in points:
        passing = train.plate * _shear(point, bench) if train.name == "dic" else train.plate
        here = (bench.seen.rows == point[0] % bench.waves.y.size) & (
            bench.seen.columns == point[1] % bench.waves.x.size
        )
        total += float(np.sum(np.abs(passing[here]) ** 2))
    if not total > 0:
        raise ZooError(
            f"{bench.microscope.name}: {train.name} of an empty field is dark",
            hint="raise the bias, or open the objective as far as the condenser",
        )
    return total
