"""``zoo pack`` and ``zoo predict`` as people type them."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import tifffile
import xarray as xr

from zoo import package as packages
from zoo.images import read_image, write_image

PLUGIN = """
from pathlib import Path
from zoo import hooks, weights
from zoo.types import Architecture, Citation, Framework

@hooks.impl
def zoo_architectures():
    yield Architecture(
        id="small", title="Small U-Net, 2-D", framework=Framework.TORCH, build="small_net:build", presets={},
        divisor=2, halo=6, cite=(Citation(text="Somebody et al. 2020", doi="10.1038/s41592-018-0111-2"),),
    )

@hooks.impl
def zoo_models():
    return weights.entries(Path(__file__).parent)
"""


@pytest.fixture
def entry(site, packed) -> str:
    """The small net as an entry of a plugin."""
    shutil.copy(packed.weights, site.folder / "small.safetensors")
    site.install("small", PLUGIN)
    return "small@cells"


@pytest.fixture
def cells(tmp_path: Path) -> Path:
    pixels = np.random.default_rng(0).normal(1000, 100, (2, 40, 50)).astype(np.uint16)
    image = xr.DataArray(pixels, dims=["c", "y", "x"], coords={"c": ["a", "b"]})
    return write_image(image, tmp_path / "cells.ome.tif", pixel_size=0.16)


def test_an_entry_is_packed_and_never_overwritten_by_accident(zoo, entry: str, packed, tmp_path: Path) -> None:
    out = tmp_path / "a.zip"
    done = zoo("pack", entry, "-o", out, "--format", packed.package.format)
    assert done.status == 0
    package = packages.read(out)
    assert package.digest == packed.package.digest
    assert done.out.strip() == (
        f"{out}  onnx, pytorch_state_dict; runs in {package.format}  sha256 {package.digest[:16]}"
    )
    again = zoo("pack", entry, "-o", out)
    assert again.status == 2
    assert again.err.strip() == (f"zoo: {out}: exists already\n  hint: replace it with --force, or choose another name")


def test_what_cannot_be_packed_is_named(zoo, entry: str, packed, tmp_path: Path) -> None:
    for words, message in (
        ((entry, "-o", tmp_path / "a.tif"), f"{tmp_path / 'a.tif'}: a package is a zip file"),
        (
            (entry, "-o", tmp_path / "missing" / "a.zip"),
            f"{tmp_path / 'missing' / 'a.zip'}: the folder {tmp_path / 'missing'} does not exist",
        ),
        (("smal@cells", "-o", tmp_path / "a.zip"), "unknown model 'smal@cells'; did you mean small@cells?"),
        (
            (tmp_path / "none.safetensors", "-o", tmp_path / "a.zip"),
            f"{tmp_path / 'none.safetensors'}: cannot read the weight file: No such file or directory",
        ),
    ):
        done = zoo("pack", *words)
        assert done.status == 2
        assert done.err.startswith(f"zoo: {message}")


def test_an_entry_predicts_files(zoo, entry: str, cells: Path, tmp_path: Path) -> None:
    done = zoo("predict", entry, cells, "-o", tmp_path / "out", "--map", "phase=1", "--json")
    assert done.status == 0
    (row,) = done.json
    assert (row["status"], row["error"], row["model"]) == ("ok", None, "small@cells")
    assert row["output"] == str(tmp_path / "out" / "cells.ome.tif")
    assert read_image(Path(row["output"])).sizes["x"] == 50
    kept = list((tmp_path / "cache" / "packages").rglob("*.zip"))
    assert len(kept) == 1
    written = kept[0].stat().st_mtime_ns
    assert zoo("predict", entry, cells, "-o", tmp_path / "again", "--map", "phase=1").status == 0
    assert kept[0].stat().st_mtime_ns == written
    first, second = (read_image(tmp_path / folder / "cells.ome.tif").to_numpy() for folder in ("out", "again"))
    np.testing.assert_array_equal(first, second)


def test_one_bad_image_leaves_the_rest_and_a_status_of_one(zoo, packed, cells: Path, tmp_path: Path) -> None:
    missing = tmp_path / "none.tif"
    done = zoo("predict", packed.package.path, missing, cells, "-o", tmp_path / "out", "--map", "phase=a")
    assert done.status == 1
    assert done.out == f"{cells} -> {tmp_path / 'out' / 'cells.ome.tif'}\n"
    assert f"zoo: {missing}: no such file" in done.err
    assert "zoo: 1 of 2 images failed" in done.err


def test_requests_that_make_no_sense_are_named(zoo, packed, cells: Path, tmp_path: Path) -> None:
    path = packed.package.path
    for words, message in (
        (("--map", "phase"), "--map 'phase': expected CHANNEL=NAME"),
        (("--tile", "big"), "--tile 'big': expected numbers of pixels"),
        (("--tile", "64x64x64"), "tile of 3 edges (64 x 64 x 64), the model needs 2"),
        (("--format", "keras_v3"), f"{path}: no weights in format 'keras_v3'; it has onnx, pytorch_state_dict"),
    ):
        done = zoo("predict", path, cells, "-o", tmp_path / "out", *words)
        assert done.status == 2
        assert done.err.startswith(f"zoo: {message}")
    done = zoo("predict", tmp_path / "none.zip", cells, "-o", tmp_path / "out")
    assert done.err.startswith(f"zoo: {tmp_path / 'none.zip'}: no such file")


def test_weights_that_may_not_be_sold_say_so(zoo, packed, cells: Path, tmp_path: Path) -> None:
    path = tmp_path / "nc.zip"
    with zipfile.ZipFile(packed.package.path) as opened, zipfile.ZipFile(path, "w") as written:
        for name in opened.namelist():
            written.writestr(name, opened.read(name).replace(b"license: CC-BY-4.0", b"license: CC-BY-NC-4.0"))
    done = zoo("predict", path, cells, "-o", tmp_path / "out", "--map", "phase=0")
    assert done.status == 0
    assert done.err.startswith("zoo: the weights of small@cells are under CC-BY-NC-4.0; check that your use is allowed")


def said(path: Path, contrast: str, name: str = "camera") -> Path:
    """An OME-TIFF of one channel that states how it was made."""
    pixels = np.random.default_rng(0).normal(1000, 100, (40, 50)).astype(np.uint16)
    metadata = {"axes": "YX", "Channel": {"Name": [name], "ContrastMethod": [contrast]}}
    tifffile.imwrite(path, pixels, ome=True, metadata=metadata)
    return path


def test_an_image_of_another_modality_is_refused_unless_forced(zoo, packed, tmp_path: Path) -> None:
    image, words = said(tmp_path / "a.ome.tif", "DIC"), ("predict", packed.package.path)
    done = zoo(*words, image, "-o", tmp_path / "out")
    assert done.status == 1
    wrong = f"zoo: {image}: is dic by its own account, the model was trained on phase-contrast"
    assert f"{wrong}\n  hint: take a model for such images; --force predicts what need not be there\n" in done.err
    done = zoo(*words, image, "-o", tmp_path / "out", "--force")
    assert (done.status, done.err.strip()) == (0, f"{wrong}; predicted all the same")
    named = said(tmp_path / "b.ome.tif", "Other", "Brightfield")
    assert "b.ome.tif: is brightfield by its own account" in zoo(*words, named, "-o", tmp_path / "out").err


@pytest.mark.parametrize("contrast", ["Phase", "Other"])
def test_an_image_that_fits_or_says_nothing_is_predicted(zoo, packed, tmp_path: Path, contrast: str) -> None:
    done = zoo("predict", packed.package.path, said(tmp_path / "a.ome.tif", contrast), "-o", tmp_path / "out")
    assert (done.status, done.err.strip()) == (0, "")


def test_a_label_that_was_not_trained_is_named(zoo, packed, cells: Path, tmp_path: Path) -> None:
    words = ("predict", packed.package.path, cells, "-o", tmp_path / "out", "--map", "phase=1")
    assert zoo(*words, "--labels", "yfp").status == 0
    done = zoo(*words, "--labels", "yfp,red")
    assert done.status == 2
    message = f"zoo: {packed.package.id} was not trained on the label 'red'; it predicts yfp\n"
    hint = "  hint: zoo list models shows who predicts what; zoo train trains one of your own\n"
    assert done.err.endswith(message + hint)
