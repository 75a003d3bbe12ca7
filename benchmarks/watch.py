"""``zoo watch`` against the bare forward pass: from an image's last change to its prediction on disk.

The image is moved into the watched folder, seen at one of the looks that are taken every 50 ms, read, normalised,
predicted and written. The time for which a file must have rested before it is taken for complete (``--settle``, half a
second) is a choice of the user, the same for every net, and left out here.

Run: python benchmarks/watch.py
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
from pathlib import Path

import numpy as np
import xarray as xr
from ratios import Ratio, paired, report

from zoo import registry
from zoo.export import packaged
from zoo.images import read_image, write_image
from zoo.package import read
from zoo.prediction import predict_files
from zoo.runtime import open_model
from zoo.runtime.local import Local
from zoo.watching import EVERY, arrivals

EDGE = 512


def main() -> None:
    """Time the first entry that takes a single plane, packed as it is shipped."""
    known = registry.load()
    entry = next(entry for entry in known.models if sum(channel.planes for channel in entry.inputs) == 1)
    with tempfile.TemporaryDirectory() as name:
        report(_latency(packaged(known, entry.id), Path(name), entry.id))


def _latency(path: Path, folder: Path, what: str) -> Ratio:
    package = read(path)
    noise = np.random.default_rng(0).integers(3000, 9000, (EDGE, EDGE), "uint16")
    written = write_image(xr.DataArray(noise, dims=("y", "x")), folder / "one.tif")
    bare = Local(package, package.format)
    prepared = bare.prepare({package.inputs[0].id: read_image(written).to_numpy()[None]})
    window = bare.window(prepared, bare.tiles((EDGE, EDGE))[0])
    plate = folder / "plate"
    plate.mkdir()
    watched, numbers = arrivals(plate, settle=0), itertools.count()
    with open_model(package) as model:

        def watch() -> None:
            shutil.copy(written, plate / ".part")
            (plate / ".part").replace(plate / f"{next(numbers)}.tif")
            arrival = next(found for found in watched if found)
            (outcome,) = predict_files(model, [arrival.image], folder / "stained", {})
            if outcome.error:
                raise outcome.error

        looks = f"looked for every {EVERY * 1000:.0f} ms"
        note = f"{what}, {package.format}, {EDGE}x{EDGE}: {looks}, read, predicted, written."
        return paired("watch-latency", watch, lambda: bare.session(window), limit=1.5, pairs=15, note=note)


if __name__ == "__main__":
    main()
