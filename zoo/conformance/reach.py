"""How far a net looks: what the edge of a tile changes, by the distance from it, and whether the halo holds that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from zoo.conformance.findings import Finding, judged, skipped
from zoo.export.samples import resized
from zoo.runtime import geometry

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from zoo.conformance.opened import Opened

LEFT = 0.1
"""What an edge may change beyond the halo, in deviations of the prediction: as much as a seam may."""
NEARLY = 0.999
"""Share of what it changes, as power, whose distance is told."""
EDGE = 64
"""Smallest width that is looked at, in pixels."""


def check_halo_holds_what_an_edge_changes(opened: Opened) -> Finding:
    """Beyond the halo a prediction hardly depends on where a tile ends. Figure: pixels that hold 99.9 % of it.

    A net that pools whole images looks as far as they are large: what counts is how much that changes.
    """
    sizes = geometry.sizes(opened.package)
    if any(size.step == 0 for size in sizes):
        return skipped(check_halo_holds_what_an_edge_changes, "the net takes images of one size")
    if opened.package.config and not opened.package.trained_on:
        reason = "untrained: random weights look further than trained ones"
        return skipped(check_halo_holds_what_an_edge_changes, reason)
    power, halo = changed(opened), sizes[-1].halo
    left, pixels = float(np.sqrt(power[halo:].max(initial=0))), reach(power, NEARLY)
    message = (
        f"{NEARLY:.1%} of what an edge changes within {pixels} pixels;"
        f" beyond the halo of {halo} {left:.1e} deviations, expected up to {LEFT:g}"
    )
    return judged(check_halo_holds_what_an_edge_changes, ok=left <= LEFT, figure=pixels, message=message)


def changed(opened: Opened) -> npt.NDArray[np.float64]:
    """What it changes that a tile ends, by distance in pixels: mean square, in variances of the whole prediction.

    The test image, mirrored to twice the width of a tile, is predicted as a whole and without its left half; both end
    at the same pixel on the right. Of a net that pads nothing nothing changes.
    """
    sizes = geometry.sizes(opened.package)
    width = sizes[-1].at_least(max(4 * sizes[-1].halo, EDGE))
    cut = -(-width // sizes[-1].step) * sizes[-1].step
    shape = (*(size.smallest for size in sizes[:-1]), width + cut)
    prepared = opened.local.prepare({name: resized(image, shape) for name, image in opened.inputs.items()})
    whole = _pass(opened, prepared)
    right = _pass(opened, {name: image[..., cut:] for name, image in prepared.items()})
    pairs = zip(whole, right, strict=True)
    scaled = [np.square((part - image[..., cut:]) / (image.std() or 1.0), dtype=np.float64) for image, part in pairs]
    mean: npt.NDArray[np.float64] = np.concatenate([each.reshape(-1, each.shape[-1]) for each in scaled]).mean(axis=0)
    return mean


def reach(power: npt.NDArray[np.float64], share: float) -> int:
    """The smallest distance within which that share of the power lies.

    >>> reach(np.array([8.0, 1.0, 1.0, 0.0]), 0.9), reach(np.zeros(4), 0.9)
    (2, 0)
    """
    total = power.sum()
    return int(np.searchsorted(power.cumsum(), share * total)) + 1 if total else 0


def _pass(opened: Opened, prepared: Mapping[str, npt.NDArray[np.float32]]) -> list[npt.NDArray[np.float32]]:
    """One pass of the net; outputs as (channel, [z,] y, x), in its own units."""
    given = [geometry.into_tensor(tensor, prepared[tensor.id]) for tensor in opened.package.inputs]
    outputs = zip(opened.package.outputs, opened.local.session(given), strict=True)
    return [geometry.from_tensor(tensor, array) for tensor, array in outputs]
