"""Checks of what an opened package does with images, each with the figure that it is judged by."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.conformance.findings import Finding, judged, skipped
from zoo.export.samples import resized
from zoo.runtime import geometry
from zoo.runtime.local import Local
from zoo.types.statistics import level

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from zoo.conformance.opened import Opened

TOLERANCE = 1e-3
"""Relative and absolute difference to the test output: the default of the format's own test."""
MISMATCHED = 1e-4
"""Share of pixels that may differ by more: likewise."""
SAME = 1e-4
"""Difference that rounding explains, in deviations of the test output."""
SEAM = 0.1
"""Difference that a seam may make, in deviations of the prediction."""
HALF = 0.5 + SAME
"""Farthest that a share may be from one half."""
SHARES = ("entropy", "nonzero")
"""Statistics that are shares."""
ODD_SIZES = ((1, 1), (17, 23), (65, 130))
"""Sizes (y, x) that fit no net by themselves."""


def check_test_output_is_reproduced(opened: Opened) -> Finding:
    """The test output comes out of one pass again. Figure: share of pixels beyond the format's default tolerance."""
    found = opened.local.forward(opened.inputs)
    beyond = total = 0
    for name, expected in opened.outputs.items():
        if found[name].shape != expected.shape:
            message = f"output {name!r} has shape {found[name].shape}, expected {expected.shape}"
            return judged(check_test_output_is_reproduced, ok=False, message=message)
        beyond += int((np.abs(found[name] - expected) > TOLERANCE + TOLERANCE * np.abs(expected)).sum())
        total += expected.size
    share = beyond / total
    message = f"{share:.1e} of the pixels differ by more than {TOLERANCE:g}, expected up to {MISMATCHED:g}"
    return judged(check_test_output_is_reproduced, ok=share <= MISMATCHED, figure=share, message=message)


def check_shape_is_kept(opened: Opened) -> Finding:
    """An image of any size in gives one of the same size out. Figure: sizes tried."""
    wrong = []
    depths = [(), (1, 3, 5)][opened.package.spatial - 2]
    sizes = [(depth, *size) for depth, size in zip(depths, ODD_SIZES, strict=True)] if depths else ODD_SIZES
    for size in sizes:
        predictions = opened.predict(_resized(opened.inputs, size))
        wrong += [f"{size} became {image.shape[1:]}" for image in predictions.values() if image.shape[1:] != size]
    message = "; ".join(wrong) or f"{', '.join(' x '.join(map(str, size)) for size in sizes)} kept"
    return judged(check_shape_is_kept, ok=not wrong, figure=len(sizes), message=message)


def check_output_is_finite(opened: Opened) -> Finding:
    """No image makes the net answer with NaN or infinity. Figure: images tried."""
    tried = {
        "the test image": dict(opened.inputs),
        "a black image": {name: np.zeros_like(image) for name, image in opened.inputs.items()},
        "a saturated image": {name: np.full_like(image, 65535) for name, image in opened.inputs.items()},
        "one bright pixel": {name: _one_bright_pixel(image) for name, image in opened.inputs.items()},
    }
    wrong = [
        what
        for what, inputs in tried.items()
        if not all(np.isfinite(image).all() for image in opened.predict(inputs).values())
    ]
    message = f"not finite: {', '.join(wrong)}" if wrong else f"finite for {', '.join(tried)}"
    return judged(check_output_is_finite, ok=not wrong, figure=len(tried), message=message)


def check_statistics_make_sense(opened: Opened) -> Finding:
    """What is said beside means is possible: quantiles rise, deviations and shares do not leave their range.

    Figure: largest share of pixels of a label where that is not so.
    """
    tensor = next((one for one in opened.package.outputs if any(each.statistic for each in one.channels)), None)
    if tensor is None:
        return skipped(check_statistics_make_sense, "the net returns means alone")
    said = opened.predict(opened.inputs)[tensor.id]
    by_label: dict[str, dict[str, npt.NDArray[np.float32]]] = {}
    for place, channel in zip(tensor.places, tensor.channels, strict=True):
        if channel.statistic:
            label = channel.name.removesuffix(f".{channel.statistic}")
            by_label.setdefault(label, {})[channel.statistic] = said[place]
    wrong = {label: _impossible(found, opened.spread) for label, found in by_label.items()}
    label, (share, what) = max(wrong.items(), key=lambda item: item[1][0])
    message = f"{label}: {what} in {share:.1%} of the pixels, expected in up to {MISMATCHED:.2%}"
    return judged(check_statistics_make_sense, ok=share <= MISMATCHED, figure=share, message=message)


def _impossible(found: Mapping[str, npt.NDArray[np.float32]], spread: float) -> tuple[float, str]:
    """The largest share of pixels where statistics contradict themselves, and how."""
    levels = sorted((known, name) for name in found if (known := level(name)) is not None)
    crossed = [found[low] - found[high] for (_, low), (_, high) in itertools.pairwise(levels)]
    wrong = {
        "quantiles cross": np.max(crossed, axis=0) > SAME * spread if crossed else np.zeros(1),
        "a deviation is negative": found.get("sd", np.zeros(1)) < 0,
        **{f"{name} is not from 0 to 1": np.abs(found[name] - 0.5) > HALF for name in SHARES if name in found},
    }
    shares = {what: float(np.mean(where)) for what, where in wrong.items()}
    return max((share, what) for what, share in shares.items())


def check_prediction_repeats(opened: Opened) -> Finding:
    """The same image gives the same prediction. Figure: largest difference, in deviations of the test output."""
    difference = _largest(opened.predict(opened.inputs), opened.predict(opened.inputs)) / opened.spread
    return judged(check_prediction_repeats, ok=difference <= SAME, figure=difference, message=_told(difference, SAME))


def check_batch_does_not_matter(opened: Opened) -> Finding:
    """Two images together give what each gives alone. Figure: as above, between single passes of the net."""
    descriptions = (*opened.package.description.inputs, *opened.package.description.outputs)
    batches = [next((axis for axis in descr.axes if axis.type == "batch"), None) for descr in descriptions]
    if any(axis is None or axis.size == 1 for axis in batches):
        return skipped(check_batch_does_not_matter, "the package takes one image at a time")
    mirrored = {name: image[..., ::-1] * 2 for name, image in opened.inputs.items()}
    passes = [_first_pass(opened, inputs) for inputs in (opened.inputs, mirrored)]
    together = opened.local.session([np.concatenate(arrays) for arrays in zip(*passes, strict=True)])
    alone = [opened.local.session(arrays) for arrays in passes]
    expected = [np.concatenate(arrays) for arrays in zip(*alone, strict=True)]
    spread = max(float(array.std()) for array in expected) or 1.0
    pairs = zip(together, expected, strict=True)
    difference = max(float(np.abs(both - single).max()) for both, single in pairs) / spread
    return judged(
        check_batch_does_not_matter, ok=difference <= SAME, figure=difference, message=_told(difference, SAME)
    )


def check_seams_are_small(opened: Opened) -> Finding:
    """Tiles are not to be seen. Figure: what a seam changes near it, root mean square, in deviations of the whole."""
    sizes = geometry.sizes(opened.package)
    if any(size.step == 0 for size in sizes):
        return skipped(check_seams_are_small, "the net takes images of one size: there is no untiled prediction")
    if opened.package.config and not opened.package.trained_on:
        return skipped(check_seams_are_small, "untrained: random weights look further than trained ones")
    edges = tuple(size.at_least(4 * size.halo + size.shrink + size.step) for size in sizes)
    shape = (*edges[:-1], 2 * edges[-1])
    inputs = _resized(opened.inputs, shape)
    tiled, whole = (Local(opened.package, opened.format, tile=tile) for tile in (edges, [3 * edge for edge in edges]))
    near = _near_seams(tiled, shape, sizes[-1].halo)
    one, other = tiled.predict(inputs), whole.predict(inputs)
    seam = max(_rms((one[name] - image)[..., near]) / (float(image.std()) or 1.0) for name, image in other.items())
    message = f"{seam:.1e} deviations near the seams, expected up to {SEAM:g}"
    return judged(check_seams_are_small, ok=seam <= SEAM, figure=seam, message=message)


def check_input_is_unchanged(opened: Opened) -> Finding:
    """The images that were given are as before, and may be read-only. Figure: pixels that changed."""
    before = {name: image.copy() for name, image in opened.inputs.items()}
    given = {name: image.copy() for name, image in opened.inputs.items()}
    opened.predict(given)
    opened.predict(opened.inputs)
    changed = sum(int((given[name] != image).sum()) for name, image in before.items())
    message = f"{changed} pixels of the input changed" if changed else "the input is as it was"
    return judged(check_input_is_unchanged, ok=not changed, figure=changed, message=message)


def _near_seams(tiled: Local, shape: tuple[int, ...], halo: int) -> npt.NDArray[np.bool_]:
    """Which columns lie within a halo of where tiles meet."""
    spans = {(span.write.start, span.write.stop) for tile in tiled.tiles(shape) for span in tile.spans[-1:]}
    seams = [edge for span in spans for edge in span if 0 < edge < shape[-1]]
    column = np.arange(shape[-1])
    near: npt.NDArray[np.bool_] = np.abs(column - np.array(seams)[:, None]).min(axis=0) <= max(halo, 1)
    return near


def _rms(difference: npt.NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(np.square(difference, dtype=np.float64))))


def _resized(images: Mapping[str, npt.NDArray[Any]], size: tuple[int, ...]) -> dict[str, npt.NDArray[Any]]:
    return {name: resized(image, size) for name, image in images.items()}


def _one_bright_pixel(image: npt.NDArray[Any]) -> npt.NDArray[Any]:
    dark = np.zeros_like(image)
    dark[(..., *(edge // 2 for edge in image.shape[1:]))] = 65535
    return dark


def _first_pass(opened: Opened, inputs: Mapping[str, npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
    shape = next(iter(inputs.values())).shape[1:]
    return opened.local.window(opened.local.prepare(inputs), opened.local.tiles(shape)[0])


def _largest(one: Mapping[str, npt.NDArray[Any]], other: Mapping[str, npt.NDArray[Any]]) -> float:
    return max(float(np.abs(image - other[name]).max()) for name, image in one.items())


def _told(difference: float, limit: float) -> str:
    return f"{difference:.1e} deviations at most, expected up to {limit:g}"
