"""One field at the microscope: a specimen, an instrument and a day become what cameras recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from unstained_phantom.cells.draw import draw
from unstained_phantom.channels import SINGLE, STACK, labels
from unstained_phantom.optics import camera
from unstained_phantom.optics.detection import cropped
from unstained_phantom.optics.fluorescence import fluorescence
from unstained_phantom.optics.phase import phase
from unstained_phantom.optics.transmission import transmitted
from unstained_phantom.seeds import stream

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from unstained_phantom.microscope import Conditions, Microscope
    from unstained_phantom.plan import Plan, Scene
    from unstained_phantom.specimen import Cell, Specimen

PHASE = "phase"
CLEAN_STEPS = 64
"""Counts without noise are kept to the 64th part of one, beyond which they are the last bits of a processor."""
SPREAD = {STACK: 0.08, "phase-contrast": 0.5, "dic": 0.1, PHASE: 0.75}
"""Standard deviation of an image with cells in it, relative to the empty field (phase: in radians)."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Recording:
    """Everything that was recorded of a field, and what is known of it beside."""

    stack: npt.NDArray[np.uint16]
    """Bright field, (z, y, x), counts; from the plane next to the glass upwards."""
    single: Mapping[str, npt.NDArray[Any]]
    """The other inputs, each (y, x): counts, or float32 radians for ``phase``."""
    labels: npt.NDArray[np.uint16]
    """(label, [z,] y, x), counts, in the order of ``channels.labels``."""
    repeats: npt.NDArray[np.uint16]
    """A second exposure of the same."""
    clean: npt.NDArray[np.float32]
    """What both are without noise, in counts."""
    masks: Mapping[str, npt.NDArray[np.uint16]]
    """``cells``, ``nuclei`` and ``edited``, each (y, x)."""
    cells: tuple[Cell, ...]


def acquire(scene: Scene, plan: Plan, *, threads: int = 1) -> Recording:
    """Make the cells of a scene and image them. The result does not depend on the number of threads."""
    specimen = draw(scene.population, plan.grid(scene.microscope), f"{plan.seed}:{scene.cells}")
    noise = f"{plan.seed}:{scene.noise}"
    made = record(specimen, scene.microscope, scene.conditions, noise, volume=plan.volume, threads=threads)
    return made if scene.paired else replace(made, masks={name: made.masks[name] for name in ("cells", "nuclei")})


def record(
    specimen: Specimen, microscope: Microscope, conditions: Conditions, seed: str, *, volume: bool, threads: int = 1
) -> Recording:
    """Image a specimen in every modality and stain.

    Parameters
    ----------
    specimen
        What lies there.
    microscope, conditions
        The instrument, and how it stands.
    seed
        Of the camera noise; every channel and exposure has a stream of its own.
    volume
        Bright field and stains plane by plane, at the middle of every slice, and nothing else.
    threads
        Threads; they decide nothing but the time.
    """
    heights = _heights(specimen, microscope, conditions, volume=volume)
    relative = _transmitted(specimen, microscope, heights, volume=volume, threads=threads)
    if conditions.blank == "noise":
        relative = {name: _structureless(name, image.shape, seed) for name, image in relative.items()}
    light = microscope.light * conditions.lamp * conditions.exposure * _evenness(specimen.grid.recorded, conditions)
    inputs: dict[str, npt.NDArray[Any]] = {
        name: camera.expose(light * image, microscope.camera, stream(seed, "noise", name))
        for name, image in relative.items()
        if name != PHASE
    }
    if PHASE in relative:
        inputs[PHASE] = _with_noise(relative[PHASE], microscope, conditions, seed)
    stained = _stained(specimen, microscope, conditions, heights[STACK], volume=volume)
    return Recording(
        stack=inputs.pop(STACK),
        single={name: inputs[name].reshape(specimen.grid.recorded) for name in inputs},
        labels=_exposed(stained, microscope, seed, 1),
        repeats=_exposed(stained, microscope, seed, 2),
        clean=np.stack([_clean(electrons, microscope) for electrons in stained.values()]),
        masks=_masks(specimen),
        cells=specimen.who,
    )


def _heights(
    specimen: Specimen, microscope: Microscope, conditions: Conditions, *, volume: bool
) -> dict[str, list[float]]:
    """Focal planes of each modality above the glass, in µm."""
    if volume:
        return {STACK: [(plane + 0.5) * specimen.grid.step for plane in range(specimen.grid.shape[0])]}
    nominal = microscope.focus + conditions.focus
    middle = (microscope.planes - 1) / 2
    stack = [nominal + (plane - middle) * microscope.plane_step for plane in range(microscope.planes)]
    return {STACK: stack, **{name: [nominal] for name in SINGLE}}


def _transmitted(
    specimen: Specimen, microscope: Microscope, heights: Mapping[str, list[float]], *, volume: bool, threads: int
) -> dict[str, npt.NDArray[np.float64]]:
    """Inputs without noise, each (plane, y, x): relative to the empty field, or radians."""
    waves = {name: planes for name, planes in heights.items() if name != PHASE}
    images = transmitted(specimen.index, specimen.grid, microscope, waves, workers=threads)
    if not volume:
        images[PHASE] = phase(specimen.index, specimen.grid, microscope, heights[PHASE][0])[None]
    return {name: np.asarray(cropped(image, specimen.grid), np.float64) for name, image in images.items()}


def _structureless(name: str, shape: tuple[int, ...], seed: str) -> npt.NDArray[np.float64]:
    """What stands in the place of an image: as bright and as varied as one with cells, and nothing in it."""
    drawn = SPREAD[name] * stream(seed, "blank", name).standard_normal(shape)
    return drawn if name == PHASE else np.maximum(1 + drawn, 0)


def _evenness(shape: tuple[int, int], conditions: Conditions) -> npt.NDArray[np.float64]:
    """Light over the field, (y, x), 1 in its middle."""
    y, x = (np.linspace(-0.5, 0.5, edge) for edge in shape)
    along_x, along_y = np.cos(conditions.gradient_angle), np.sin(conditions.gradient_angle)
    slope = (along_y * y[:, None] + along_x * x[None, :]) / (abs(along_x) + abs(along_y))
    return np.asarray(1 + conditions.gradient * slope)


def _with_noise(
    image: npt.NDArray[np.float64], microscope: Microscope, conditions: Conditions, seed: str
) -> npt.NDArray[np.float32]:
    """A phase is as noisy as the light that it was measured with is weak."""
    sd = microscope.phase_noise / np.sqrt(conditions.lamp * conditions.exposure)
    drawn = sd * stream(seed, "noise", PHASE).standard_normal(image.shape)
    return np.asarray(image + drawn, np.float32)


def _stained(
    specimen: Specimen, microscope: Microscope, conditions: Conditions, heights: list[float], *, volume: bool
) -> dict[str, npt.NDArray[np.float64]]:
    """Electrons of each stain, ([z,] y, x), without noise. One plane is taken at best focus, wherever light's is."""
    found = {}
    for label in labels(microscope):
        planes = heights if volume else [microscope.focus]
        density, wavelength = specimen.fluorophores[label], microscope.emission[label]
        images = fluorescence(density, specimen.grid, microscope, wavelength, planes)
        seen = np.asarray(cropped(images, specimen.grid), np.float64)
        electrons = microscope.brightness[label] * conditions.stain.get(label, 1.0) * seen + microscope.background
        found[label] = conditions.exposure * (electrons if volume else electrons[0])
    return found


def _exposed(
    stained: Mapping[str, npt.NDArray[np.float64]], microscope: Microscope, seed: str, draw: int
) -> npt.NDArray[np.uint16]:
    frames = [
        camera.expose(electrons, microscope.camera, stream(seed, "noise", label, draw))
        for label, electrons in stained.items()
    ]
    return np.stack(frames)


def _clean(electrons: npt.NDArray[np.float64], microscope: Microscope) -> npt.NDArray[np.float32]:
    counts = camera.expected(electrons, microscope.camera)
    return np.asarray(np.rint(counts * CLEAN_STEPS) / CLEAN_STEPS, np.float32)


def _masks(specimen: Specimen) -> dict[str, npt.NDArray[np.uint16]]:
    masks = {"cells": specimen.cells, "nuclei": specimen.nuclei, "edited": specimen.edited.astype(np.uint16)}
    return {name: np.ascontiguousarray(cropped(mask, specimen.grid)) for name, mask in masks.items()}
