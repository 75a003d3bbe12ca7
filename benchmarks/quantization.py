"""A net in 8-bit integers against itself in floating point, both by ONNX Runtime on two threads.

Two figures: seconds for an image of 512 x 512, and how far r against the truth falls for the label that loses most,
over validation fields that calibration did not see (0.002 allowed). Control labels are not counted: nobody ranks by
them.

Run: python benchmarks/quantization.py [ID or WEIGHTS]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from ratios import Ratio, paired, report

from zoo import recipes, registry, weights
from zoo.cli.pack import CALIBRATION
from zoo.data import find
from zoo.export import export
from zoo.export.quantization import seen
from zoo.runtime import open_model
from zoo.types import Modality

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import xarray as xr

    from zoo.package import Package
    from zoo.runtime import Model

EDGE, THREADS, ALLOWED = 512, 2, 0.002


def main() -> None:
    """Pack a net twice; the first entry that sees quantitative phase unless another is named."""
    known = registry.load()
    named = sys.argv[1] if len(sys.argv) > 1 else next(one.id for one in known.models if _sees_phase(one))
    path = Path(named) if named.endswith(weights.SUFFIX) else known.models.get(named).weights
    header = weights.read_header(path)
    net = known.architectures.get(header.architecture)
    dataset, scheme = find(known, recipes.of(header).reference)
    fields = [field.open() for field in dataset.fields("val", scheme=scheme.name)]
    images = [seen(field, header.inputs, net.spatial) for field in fields]
    with tempfile.TemporaryDirectory() as name:
        plain = export(path, net, Path(name) / "plain.zip")
        small = export(path, net, Path(name) / "small.zip", calibration=images[:CALIBRATION])
        kept = list(zip(images, fields, strict=True))[CALIBRATION:]
        report(_speed(plain, small, images[0], header.id), _agreement(plain, small, kept, header.id))


def _sees_phase(entry: Any) -> bool:  # noqa: ANN401 - an entry
    return [channel.modality for channel in entry.inputs] == [Modality.QUANTITATIVE_PHASE]


def _speed(plain: Package, small: Package, image: npt.NDArray[Any], what: str) -> Ratio:
    large = np.tile(image, (1, *(-(-EDGE // edge) for edge in image.shape[1:])))[:, :EDGE, :EDGE]
    with (
        open_model(plain, format="onnx", threads=THREADS) as floats,
        open_model(small, threads=THREADS) as integers,
    ):
        tensor = plain.inputs[0].id
        note = f"{what}, {EDGE}x{EDGE}, {THREADS} threads: int8 / fp32, both with ONNX Runtime."
        return paired(
            "int8-speed",
            lambda: integers.predict({tensor: large}),
            lambda: floats.predict({tensor: large}),
            limit=0.9,
            pairs=11,
            note=note,
        )


def _agreement(plain: Package, small: Package, kept: Sequence[tuple[npt.NDArray[Any], xr.Dataset]], what: str) -> Ratio:
    """The fall of r as a share of what is allowed, for the label that loses most."""
    labels = [channel for channel in plain.label_channels if channel.structure and not channel.structure.is_control]
    with open_model(plain, format="onnx") as floats, open_model(small) as integers:
        falls = {channel.name: _fall(channel.name, floats, integers, kept) for channel in labels}
    worst = max(falls, key=lambda name: falls[name])
    told = ", ".join(f"{name} {fall:.4f}" for name, fall in falls.items())
    share = falls[worst] / ALLOWED
    return Ratio(
        name="int8-agreement",
        ours=falls[worst],
        peer=ALLOWED,
        ratio=share,
        quartiles=(share, share),
        limit=1.0,
        pairs=1,
        unit="r",
        note=f"{what}: fall of r against the truth on {len(kept)} validation fields: {told}.",
    )


def _fall(label: str, floats: Model, integers: Model, kept: Sequence[tuple[npt.NDArray[Any], xr.Dataset]]) -> float:
    """By how much the mean r of a label over fields falls."""
    package = floats.package
    place = [channel.name for channel in package.label_channels].index(label)
    given, returned = package.inputs[0].id, package.outputs[0].id
    falls = []
    for image, field in kept:
        truth = field[label].to_numpy().ravel()
        before, after = (
            np.corrcoef(model.predict({given: image})[returned][place].ravel(), truth)[0, 1]
            for model in (floats, integers)
        )
        falls.append(before - after)
    return float(np.nanmean(falls))


if __name__ == "__main__":
    main()
