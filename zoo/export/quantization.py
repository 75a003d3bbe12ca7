"""ONNX weights in 8-bit integers: static quantisation by ONNX Runtime, calibrated on images of the kind trained on.

Convolutions at both ends of a net stay in floating point: the first sees the image itself, the last two make counts of
it, and rounding there costs more agreement than time. Activations are cut at a percentile of what calibration showed;
with smallest and largest values a few bright pixels would decide how coarse all others become.
"""

from __future__ import annotations

import contextlib
import io
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.data.fields import image
from zoo.errors import ZooError
from zoo.package import WeightFile, write
from zoo.runtime import open_model
from zoo.runtime.local import Local

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy.typing as npt
    import xarray as xr

    from zoo.package import Draft, Package
    from zoo.types import Channel

    Images = Sequence[npt.NDArray[Any]]

VARIANT = "int8"
"""Part of the id of such a package."""
KEPT = (1, 2)
"""How many convolutions stay as they are, at the start and at the end."""
PERCENTILE = 99.99
"""Of activations, at which they are cut."""
KINDS = ["Conv", "ConvTranspose", "Concat", "MaxPool", "Relu"]
"""Operators that compute in integers; the rest is left alone."""


def seen(field: xr.Dataset, channels: Sequence[Channel], spatial: int) -> npt.NDArray[Any]:
    """What a net is given of the first image of a field, in raw counts: (channel, [z,] y, x), planes as channels."""
    first = field.isel(t=0) if "t" in field.dims else field
    images = [image(first, channel.name).to_numpy() for channel in channels]
    stacks = [pixels.reshape(-1, *pixels.shape[-2:]) for pixels in images]
    return np.concatenate(stacks) if spatial == 2 else np.stack(stacks)  # noqa: PLR2004 - axes in space


def quantized(draft: Draft, package: Package, images: Images, folder: Path) -> Draft:
    """The draft of a package that holds the ONNX weights of another one in 8 bits, and nothing else.

    ``draft`` is what ``package`` was written from; ``images`` are inputs in raw counts, (channel, [z,] y, x), on which
    activations are measured. Its test output is what the integers make of the test input. Raises ``ZooError`` where the
    package has no ONNX weights.
    """
    source = next((file.path for file in draft.files if file.format == "onnx"), None)
    if source is None:
        raise ZooError(f"{draft.header.id}: has no ONNX weights that could be quantised", hint="pack it without --int8")
    place = folder / VARIANT
    place.mkdir()
    _quantize(source, place / source.name, _windows(package, images), place)
    details = next(file.details for file in draft.files if file.format == "onnx")
    file = WeightFile(format="onnx", path=place / source.name, details={**details, "comment": "8-bit integers"})
    name, at, reference = draft.header.id.partition("@")
    header = replace(draft.header, id=f"{name}-{VARIANT}{at}{reference}", title=f"{draft.header.title} ({VARIANT})")
    made = replace(draft, header=header, files=(file,), format="onnx")
    with open_model(write(made, folder / f"{VARIANT}.zip")) as model:
        return replace(made, output=model.forward({"input": draft.input})["output"])


def _windows(package: Package, images: Images) -> list[npt.NDArray[Any]]:
    """What the net is given of each image: the first tile, normalised."""
    local = Local(package, "onnx")
    windows = []
    for given in images:
        prepared = local.prepare({package.inputs[0].id: given})
        (window,) = local.window(prepared, local.tiles(given.shape[1:])[0])
        windows.append(np.ascontiguousarray(window, np.float32))
    return windows


def _quantize(source: Path, target: Path, windows: Sequence[npt.NDArray[Any]], place: Path) -> None:
    """Fold what can be folded, measure activations, write the integers."""
    import onnx  # noqa: PLC0415 - only where somebody quantises
    from onnxruntime import quantization  # noqa: PLC0415 - as above
    from onnxruntime.quantization.shape_inference import quant_pre_process  # noqa: PLC0415 - as above

    folded = place / "folded.onnx"
    with _silence():
        quant_pre_process(str(source), str(folded), skip_symbolic_shape=True)
        model = onnx.load(folded)
        ends = [node.name for node in model.graph.node if node.op_type == "Conv"]
        reader = _Reader(model.graph.input[0].name, windows)
        quantization.quantize_static(
            str(folded),
            str(target),
            reader,
            quant_format=quantization.QuantFormat.QDQ,
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            calibrate_method=quantization.CalibrationMethod.Percentile,
            nodes_to_exclude=[*ends[: KEPT[0]], *ends[-KEPT[1] :]],
            op_types_to_quantize=KINDS,
            extra_options={"CalibPercentile": PERCENTILE},
        )


class _Reader:
    """Images one after the other, as ONNX Runtime asks for them: None at the end, and again from a new start."""

    def __init__(self, name: str, windows: Sequence[npt.NDArray[Any]]) -> None:
        self._feeds: Iterator[dict[str, npt.NDArray[Any]]] = ({name: window} for window in windows)

    def get_next(self) -> dict[str, npt.NDArray[Any]] | None:
        """The next image."""
        return next(self._feeds, None)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep the quantiser from printing its steps."""
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.disable(logging.NOTSET)
