"""One weight file into one package: convert, compare, time, write.

The weight file is the only way in, so that what is packed is what was stored, rounding and all.
"""

from __future__ import annotations

import hashlib
import math
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo import weights
from zoo.errors import ZooError
from zoo.export import samples
from zoo.package import Draft, Package, write
from zoo.package.intensities import to_counts
from zoo.runtime import open_model
from zoo.runtime.geometry import TILE
from zoo.types import Framework

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from zoo.export.conversion import Converted
    from zoo.types import Architecture
    from zoo.weights import Header

TOLERANCE = 1e-3
"""Relative and absolute difference between formats that the format's own test allows by default."""
MISMATCHED = 1e-4
"""Fraction of pixels that may differ by more: the format's own test allows as many."""
NEARLY = 1.25
"""ONNX is taken where nothing is faster by more than this factor: it needs no framework, and timings are noisy."""
PASSES = 2
"""Timed passes of each format."""


def export(
    path: Path,
    architecture: Architecture,
    package: Path,
    *,
    format: str = "",  # noqa: A002 - the command line's word
    maintainer: str = "",
    calibration: Sequence[npt.NDArray[Any]] = (),
    note: Callable[[str], None] = lambda _: None,
) -> Package:
    """Pack a weight file.

    Parameters
    ----------
    path
        A weight file of this architecture.
    package
        Where the zip goes; replaced if it exists.
    format
        The weight format to use by default; else the fastest on this machine of those that agree.
    maintainer
        A GitHub user who answers for the package.
    calibration
        Images in raw counts, (channel, [z,] y, x), to measure activations on: then the package holds ONNX weights in
        8-bit integers alone, and its id says so.
    note
        Told what is being done, a line at a time, and which conversion failed and why.

    """
    stored = weights.read(path)
    _check_architecture(stored.header, architecture, path)
    _check_folder(package)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with tempfile.TemporaryDirectory(prefix="zoo-export-") as folder:
        note("building the net and converting it")
        given = samples.test_input(stored, architecture)
        converted = _convert(stored, architecture, given, Path(folder), note)
        draft = _draft(stored, architecture, given, converted, digest, maintainer)
        trial = write(draft, Path(folder) / "trial.zip")
        if calibration:
            from zoo.export.quantization import quantized  # noqa: PLC0415 - few packages need it

            note(f"quantising, calibrated on {len(calibration)} images")
            draft = quantized(draft, trial, calibration, Path(folder))
            trial = write(draft, Path(folder) / "trial.zip")
        note("timing the formats")
        return _written(draft, _compare(trial, draft, note), format, package)


def _written(draft: Draft, seconds: Mapping[str, float], asked: str, package: Path) -> Package:
    """Write the formats that agree; the default is the one that was asked for, else the fastest."""
    chosen = asked or quickest(seconds)
    if chosen not in seconds:
        raise ZooError(
            f"{draft.header.id}: cannot be packed with format {chosen!r} as default; it has {', '.join(seconds)}"
        )
    kept = tuple(file for file in draft.files if file.format in seconds)
    return write(replace(draft, files=kept, format=chosen), package)


def _check_folder(package: Path) -> None:
    if not package.parent.is_dir():
        raise ZooError(
            f"{package}: cannot write the package: there is no folder {package.parent}",
            hint="choose another, or make it",
        )


def _check_architecture(header: Header, architecture: Architecture, path: Path) -> None:
    if header.architecture != architecture.id or header.framework != architecture.framework:
        raise ZooError(
            f"{path}: weights of architecture {header.architecture!r} ({header.framework}), expected"
            f" {architecture.id!r} ({architecture.framework})"
        )


def _convert(
    stored: weights.Weights,
    architecture: Architecture,
    given: npt.NDArray[np.generic],
    folder: Path,
    note: Callable[[str], None],
) -> Converted:
    """Run the converter of the framework, which alone loads it."""
    normalized = stored.header.input_normalization.fit(given).apply(given)
    try:
        if architecture.framework is Framework.TORCH:
            from zoo.export.pytorch import convert  # noqa: PLC0415 - only the framework of the net is loaded
        else:
            from zoo.export.keras import convert  # type: ignore[no-redef,unused-ignore]  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        extra = architecture.framework
        raise ZooError(
            f"{stored.header.id}: packing needs {error.name!r}, which is not installed",
            hint=f'pip install "unstained[{extra}]"',
        ) from error
    return convert(stored, architecture, normalized, folder, note)


def _draft(
    stored: weights.Weights,
    architecture: Architecture,
    given: npt.NDArray[np.generic],
    converted: Converted,
    digest: str,
    maintainer: str,
) -> Draft:
    header = stored.header
    back = to_counts(header.target_normalization, len(header.outputs), header.statistics)
    tile = (architecture.tile,) * architecture.spatial if architecture.tile else TILE[architecture.spatial]
    return Draft(
        header=header,
        architecture=architecture,
        files=converted.files,
        format=converted.files[0].format,
        geometry=converted.geometry,
        tile=converted.geometry.sizes(tile),
        input=given,
        output=back.apply(converted.output) if back else converted.output,
        truth=samples.truth(stored, architecture),
        weights_digest=digest,
        parameters=converted.parameters,
        maintainer=maintainer,
    )


def _compare(package: Package, draft: Draft, note: Callable[[str], None]) -> dict[str, float]:
    """Seconds of one prediction in each format that reproduces the test output; the first format must."""
    seconds: dict[str, float] = {}
    larger = samples.larger(draft.input, draft.geometry.step)
    for file in draft.files:
        with open_model(package, format=file.format) as model:
            differing = _differing(model.forward({"input": draft.input})["output"], draft.output)
            if differing > MISMATCHED and not file.parent:
                raise ZooError(f"{draft.header.id}: {file.format} does not reproduce the net's own output")
            if differing > MISMATCHED:
                note(f"{file.format} left out: {differing:.1%} of the pixels differ from those of {file.parent}")
                continue
            seconds[file.format] = _fastest(partial(model.forward, {"input": larger}))
            note(f"{file.format}: {seconds[file.format] * 1000:.0f} ms")
    return seconds


def _differing(found: npt.NDArray[np.float32], expected: npt.NDArray[np.float32]) -> float:
    """Fraction of pixels outside of the tolerance; everything differs where the shapes do."""
    if found.shape != expected.shape:
        return 1.0
    apart = np.abs(found - expected) > TOLERANCE + TOLERANCE * np.abs(expected)
    return float(apart.mean())


def quickest(seconds: Mapping[str, float]) -> str:
    """The fastest format, or ONNX where that is nearly as fast.

    >>> quickest({"keras_v3": 1.0, "onnx": 1.2}), quickest({"keras_v3": 1.0, "onnx": 4.0})
    ('onnx', 'keras_v3')
    """
    fastest = min(seconds, key=lambda name: seconds[name])
    return "onnx" if seconds.get("onnx", math.inf) <= NEARLY * seconds[fastest] else fastest


def _fastest(call: Callable[[], object]) -> float:
    """Seconds of the fastest of a few calls."""
    seconds = []
    for _ in range(PASSES):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)
