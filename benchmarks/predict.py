"""``zoo predict`` against the bare forward passes of the same tiles, and against a loop of bioimageio.core's pipeline.

Two figures. *Overhead*: reading, normalising, tiling, blending and writing images may cost a quarter of what the net
itself costs. *Against core*: the same package in the same weight format on the same images and threads, with
bioimageio.core's prediction pipeline built once and warm; the format being the same, the pure ratio is 1, and at least
0.9 of it must be kept.

Run: python benchmarks/predict.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from ratios import Ratio, paired, report

from zoo import registry
from zoo.export import packaged
from zoo.images import read_image, write_image
from zoo.package import read
from zoo.prediction import predict_files
from zoo.runtime import open_model
from zoo.runtime.local import Local
from zoo.runtime.threads import available

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from zoo.package import Package

EDGE, TILE, WHOLE = 1536, 512, 512
"""Edges in pixels: of a tiled image, of its tiles, and of an image that is predicted in one pass."""
FORMATS = ("onnx", "pytorch_state_dict")


def main() -> None:
    """Time the first entry that takes a single plane, packed as it is shipped."""
    known = registry.load()
    entry = next(entry for entry in known.models if sum(channel.planes for channel in entry.inputs) == 1)
    package = read(packaged(known, entry.id))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ratios = [_overhead(package, folder, entry.id)]
        ratios += [_against_core(package, chosen, folder, entry.id) for chosen in FORMATS]
    report(*ratios)


def _overhead(package: Package, folder: Path, what: str) -> Ratio:
    image = _image(folder / "large.tif", EDGE)
    bare = Local(package, package.format, tile=(TILE, TILE))
    given = read_image(image).to_numpy()[None]
    prepared = bare.prepare({package.inputs[0].id: given})
    windows = [
        [np.ascontiguousarray(part) for part in bare.window(prepared, tile)] for tile in bare.tiles((EDGE, EDGE))
    ]
    with open_model(package, tile=(TILE, TILE)) as model:

        def predict() -> None:
            (outcome,) = predict_files(model, [image], folder / "stained.ome.tif", {})
            if outcome.error:
                raise outcome.error
            (folder / "stained.ome.tif").unlink()

        def forward() -> None:
            for window in windows:
                bare.session(window)

        note = f"{what}, {package.format}: read, normalise, {len(windows)} tiles, blend, write {EDGE}x{EDGE}."
        return paired("predict-overhead", predict, forward, limit=1.25, pairs=9, note=note)


def _against_core(package: Package, chosen: str, folder: Path, what: str) -> Ratio:
    image = read_image(_image(folder / "small.tif", WHOLE)).to_numpy()
    with open_model(package, format=chosen) as model:
        tensor = package.inputs[0].id
        ours = lambda: model.predict({tensor: image[None]})  # noqa: E731 - as the peer's
        core = _core(package, chosen, image)
        difference = np.abs(ours()[package.outputs[0].id] - core()).max()
        note = f"{what}, {chosen}, {available()} threads, {WHOLE}x{WHOLE}; largest difference {difference:.2g} counts."
        return paired(f"predict-against-core-{chosen}", ours, core, limit=1 / 0.9, pairs=9, note=note)


def _core(package: Package, chosen: str, image: npt.NDArray[np.generic]) -> Callable[[], npt.NDArray[np.float32]]:
    """One prediction by bioimageio.core, whose pipeline is built once; (channel, y, x). Padded by neither side."""
    import torch  # noqa: PLC0415 - threads as ours
    from bioimageio.core import create_prediction_pipeline  # noqa: PLC0415 - takes seconds to load
    from bioimageio.core.digest_spec import create_sample_for_model  # noqa: PLC0415 - as above
    from bioimageio.spec import load_model_description  # noqa: PLC0415 - as above

    torch.set_num_threads(available())
    described = load_model_description(package.path, perform_io_checks=False)
    pipeline = create_prediction_pipeline(described, weight_format=chosen)
    given, returned = (tensors[0].id for tensors in (described.inputs, described.outputs))

    def predict() -> npt.NDArray[np.float32]:
        sample = create_sample_for_model(described, inputs={given: image[None, None].astype(np.float32)})
        result = pipeline.predict_sample_without_blocking(sample, skip_input_padding=True, skip_output_cropping=True)
        return np.asarray(result.members[returned].data.to_numpy())[0]

    return predict


def _image(path: Path, edge: int) -> Path:
    import xarray as xr  # noqa: PLC0415 - only to write the image

    noise = np.random.default_rng(0).integers(3000, 9000, (edge, edge), "uint16")
    return write_image(xr.DataArray(noise, dims=("y", "x")), path, pixel_size=0.16)


if __name__ == "__main__":
    main()
