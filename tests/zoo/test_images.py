"""Reading and writing of images: pixels, names and lengths come back, and damage is named."""

from __future__ import annotations

import json
import pickle
import struct
import zlib

import numpy as np
import pytest
import tifffile
import xarray as xr
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.errors import ZooError
from zoo.images import read_image, write_image
from zoo.images.calibration import in_micrometres

WRITABLE = ["image.ome.tif", "image.ome.tiff", "image.tif", "image.ome.zarr", "image.zarr"]


def _image(dims="cyx", dtype="uint16", edge=24, **attrs):
    sizes = {"t": 2, "c": 2, "z": 3, "y": edge, "x": edge + 8}
    shape = [sizes[axis] for axis in dims]
    pixels = np.random.default_rng(0).integers(0, 200, shape).astype(dtype)
    coords = {"c": ["phase", "DNA (µ)"]} if "c" in dims else None
    return xr.DataArray(pixels, dims=tuple(dims), coords=coords, attrs=attrs)


def _rejected(path):
    with pytest.raises(ZooError) as caught:
        read_image(path).load()
    return caught.value


@pytest.mark.parametrize("name", WRITABLE)
@pytest.mark.parametrize("dims", ["yx", "zyx", "cyx", "czyx", "tczyx", "tyx"])
def test_pixels_names_and_lengths_come_back(tmp_path, name, dims):
    image = _image(dims)
    found = read_image(write_image(image, tmp_path / "new" / name, pixel_size=0.325, z_step=1.5))
    assert found.dims == image.dims
    assert found.dtype == image.dtype
    np.testing.assert_array_equal(found, image)
    assert found.attrs["pixel_size"] == 0.325
    assert found.attrs.get("z_step") == (1.5 if "z" in dims else None)
    assert ("c" in found.coords) == ("c" in dims)
    if "c" in dims:
        assert [*found.c.to_numpy()] == ["phase", "DNA (µ)"]


@pytest.mark.parametrize("name", ["image.ome.tif", "image.ome.zarr"])
def test_a_single_channel_keeps_its_name(tmp_path, name):
    found = read_image(write_image(_image().isel(c=1), tmp_path / name))
    assert found.dims == ("y", "x")
    assert str(found.c.to_numpy()) == "DNA (µ)"


def test_viewers_are_told_a_colour_and_a_window_for_each_channel(tmp_path):
    image = xr.DataArray(
        np.stack([np.arange(10_000).reshape(100, 100), np.arange(10_000).reshape(100, 100) / 100]).astype(np.float32),
        dims=("c", "y", "x"),
        coords={"c": ["dna", "membrane"]},
    )
    write_image(image, tmp_path / "image.ome.zarr")
    first, second = zarr.open_group(tmp_path / "image.ome.zarr", mode="r").attrs["ome"]["omero"]["channels"]
    assert (first["label"], first["color"], second["color"]) == ("dna", "4073FF", "00E64C")
    assert first["window"] == pytest.approx({"min": 0, "max": 9999, "start": 99.99, "end": 9979}, rel=1e-3)
    assert second["window"]["max"] == pytest.approx(99.99)


@pytest.mark.parametrize("name", ["image.ome.tif", "image.ome.zarr"])
@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "uint32", "float32", "float64"])
def test_types_of_pixels_come_back(tmp_path, name, dtype):
    image = _image(dtype=dtype)
    found = read_image(write_image(image, tmp_path / name))
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, image)


def test_masks_and_half_floats_are_widened_without_loss(tmp_path):
    for dtype, stored in (("bool", "uint8"), ("float16", "float32")):
        found = read_image(write_image(_image(dtype=dtype), tmp_path / f"{dtype}.ome.tif"))
        assert found.dtype == stored
        np.testing.assert_array_equal(found, _image(dtype=dtype))


def test_types_that_ome_does_not_know_are_refused(tmp_path):
    with pytest.raises(ZooError) as caught:
        write_image(_image(dtype="int64"), tmp_path / "image.ome.tif")
    assert caught.value.message == (
        f"{tmp_path}/image.ome.tif: cannot write pixels of type int64; "
        "OME images hold integers up to 32 bits and floats"
    )
    assert list(tmp_path.iterdir()) == []


def _forward(size):
    """Slices forward: xarray itself stumbles over empty ones that run backward."""
    return st.slices(size).filter(lambda part: (part.step or 1) > 0)


@given(
    dims=st.permutations("czyx"),
    key=st.tuples(st.integers(0, 1), _forward(3), _forward(24), _forward(32)),
    kind=st.sampled_from(["plain", "deflate", "zarr"]),
)
@settings(max_examples=40, deadline=None)
def test_any_part_of_an_image_equals_the_same_part_of_its_pixels(tmp_path_factory, dims, key, kind):
    image = _image("czyx").transpose(*dims)
    folder = tmp_path_factory.mktemp("parts")
    if kind == "deflate":
        path = folder / "image.tif"
        axes = {"axes": "CZYX"}
        tifffile.imwrite(path, _image("czyx"), ome=True, compression="zlib", tile=(16, 16), metadata=axes)
    else:
        path = write_image(image, folder / ("image.ome.tif" if kind == "plain" else "image.ome.zarr"))
    found = read_image(path)
    assert found.dims == ("c", "z", "y", "x")
    np.testing.assert_array_equal(found[key], _image("czyx")[key])


def test_a_lazily_read_image_reads_only_what_is_asked_for_and_survives_pickling(tmp_path):
    path = write_image(_image("czyx"), tmp_path / "image.ome.zarr")
    found = pickle.loads(pickle.dumps(read_image(path)))  # noqa: S301 - our own bytes
    for chunk in (path / "0" / "c" / "1").rglob("*"):
        if chunk.is_file():
            chunk.write_bytes(b"damaged")
    np.testing.assert_array_equal(found.isel(c=0), _image("czyx").isel(c=0))
    with pytest.raises(ZooError, match="damaged OME-Zarr, array '0'"):
        found.isel(c=1).load()


def test_lengths_and_names_are_taken_from_the_array_where_none_are_given(tmp_path):
    found = read_image(write_image(_image(pixel_size=0.5), tmp_path / "image.ome.tif"))
    assert found.attrs == {"pixel_size": 0.5}
    assert [*read_image(write_image(found, tmp_path / "again.ome.zarr")).c.to_numpy()] == ["phase", "DNA (µ)"]


def test_an_image_replaces_one_of_its_name_and_leaves_nothing_else(tmp_path):
    for name in ("image.ome.tif", "image.ome.zarr"):
        write_image(_image("zyx"), tmp_path / name)
        write_image(_image("yx"), tmp_path / name)
        assert read_image(tmp_path / name).dims == ("y", "x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["image.ome.tif", "image.ome.zarr"]


def test_a_long_edge_gets_coarser_levels_and_the_finest_is_read(tmp_path):
    image = _image("yx", edge=2100)
    path = write_image(image, tmp_path / "image.ome.zarr", pixel_size=0.2)
    scales = zarr.open_group(path, mode="r").attrs["ome"]["multiscales"][0]["datasets"]
    assert [level["coordinateTransformations"][0]["scale"] for level in scales] == [[0.2] * 2, [0.4] * 2, [0.8] * 2]
    assert zarr.open_array(path / "2", mode="r").shape == (525, 527)
    np.testing.assert_array_equal(read_image(path), image)


@pytest.mark.filterwarnings("ignore")
def test_the_reference_reader_opens_what_we_write(tmp_path):
    from ome_zarr.io import parse_url
    from ome_zarr.reader import Reader

    path = write_image(_image("czyx"), tmp_path / "image.ome.zarr", pixel_size=0.3, z_step=1.0)
    node = next(iter(Reader(parse_url(path))()))
    np.testing.assert_array_equal(np.asarray(node.data[0]), _image("czyx"))
    assert [axis["name"] for axis in node.metadata["axes"]] == ["c", "z", "y", "x"]
    assert node.metadata["channel_names"] == ["phase", "DNA (µ)"]
    assert node.metadata["coordinateTransformations"][0][0]["scale"] == [1.0, 1.0, 0.3, 0.3]


def test_ome_zarr_of_version_0_4_is_read(tmp_path):
    path = tmp_path / "old.zarr"
    group = zarr.open_group(path, mode="w", zarr_format=2)
    image = _image("tczyx").isel(t=[0])
    group.create_array("0", shape=image.shape, dtype="uint16")[...] = image.to_numpy()
    axes = [{"name": axis, "type": "space", "unit": "nanometer"} for axis in "tczyx"]
    levels = [{"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [1, 1, 500, 100, 100]}]}]
    whole = [{"type": "scale", "scale": [1, 1, 1, 2, 2]}]
    group.attrs["multiscales"] = [
        {"version": "0.4", "axes": axes, "datasets": levels, "coordinateTransformations": whole}
    ]
    group.attrs["omero"] = {"channels": [{"label": "a"}, {"label": "b"}]}
    found = read_image(path)
    assert found.dims == ("c", "z", "y", "x")
    assert found.attrs == {"pixel_size": 0.2, "z_step": 0.5}
    assert [*found.c.to_numpy()] == ["a", "b"]
    np.testing.assert_array_equal(found, image.isel(t=0))


def test_imagej_stacks_give_planes_and_lengths(tmp_path):
    path = tmp_path / "stack.tif"
    metadata = {"axes": "ZYX", "unit": "um", "spacing": 0.7}
    tifffile.imwrite(path, _image("zyx").to_numpy(), imagej=True, resolution=(4.0, 4.0), metadata=metadata)
    found = read_image(path)
    assert found.dims == ("z", "y", "x")
    assert found.attrs == {"pixel_size": 0.25, "z_step": 0.7}


def test_print_resolutions_are_not_taken_for_pixel_sizes(tmp_path):
    path = tmp_path / "plain.tif"
    tifffile.imwrite(path, _image("yx").to_numpy(), resolution=(72, 72), resolutionunit="INCH")
    assert read_image(path).attrs == {}


def test_other_units_and_big_endian_files_are_read(tmp_path):
    path = tmp_path / "other.ome.tif"
    metadata = {"axes": "YX", "PhysicalSizeX": 65.0, "PhysicalSizeXUnit": "nm"}
    tifffile.imwrite(path, _image("yx").to_numpy(), byteorder=">", metadata=metadata)
    found = read_image(path)
    assert found.attrs == {"pixel_size": 0.065}
    np.testing.assert_array_equal(found, _image("yx"))


def test_samples_of_a_pixel_are_channels(tmp_path):
    path = tmp_path / "colour.tif"
    pixels = np.random.default_rng(0).integers(0, 255, (20, 30, 3)).astype(np.uint8)
    tifffile.imwrite(path, pixels, photometric="rgb")
    np.testing.assert_array_equal(read_image(path), pixels.transpose(2, 0, 1))


@given(length=st.floats(1e-3, 1e3), unit=st.sampled_from(["µm", "μm", "um", "micron", "micrometer"]))
def test_every_spelling_of_a_micrometre_is_one(length, unit):
    assert in_micrometres(length, unit) == pytest.approx(length)


@pytest.mark.parametrize(("length", "unit"), [(0, "um"), (-1.0, "um"), ("2", "um"), (1.0, "pixel"), (1.0, None)])
def test_what_is_no_length_is_none(length, unit):
    assert in_micrometres(length, unit) is None


def _png(path, pixels, *, depth=8, colour=0):
    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2" if depth == 16 else "u1").tobytes() for row in pixels)
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))]
    chunks += [(b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    return path


def test_grey_and_coloured_pngs_keep_their_counts(tmp_path):
    deep = np.random.default_rng(0).integers(0, 65535, (7, 9)).astype(np.uint16)
    found = read_image(_png(tmp_path / "deep.png", deep, depth=16))
    assert (found.dims, found.dtype) == (("y", "x"), np.uint16)
    np.testing.assert_array_equal(found, deep)
    coloured = np.random.default_rng(0).integers(0, 255, (7, 9, 4)).astype(np.uint8)
    found = read_image(_png(tmp_path / "coloured.png", coloured, colour=6))
    assert found.dims == ("c", "y", "x")
    np.testing.assert_array_equal(found.isel(c=2, y=slice(2, 5)), coloured[2:5, :, 2])


def test_a_png_that_cannot_be_read_without_loss_is_refused(tmp_path):
    path = _png(tmp_path / "deep.png", np.zeros((4, 4, 3), np.uint16), depth=16, colour=2)
    error = _rejected(path)
    assert error.message == f"{path}: a PNG with 3 samples of 16 bits cannot be read without loss"
    assert error.hint == "convert it to OME-TIFF, or to one 16-bit grey PNG for each channel"


def test_a_missing_file_says_whether_its_folder_is_there(tmp_path):
    near, far = tmp_path / "cells.tif", tmp_path / "no" / "cells.tif"
    assert _rejected(near).message == f"{near}: no such file"
    assert _rejected(far).message == f"{far}: no such file; the folder {far.parent} does not exist either"


def test_a_folder_is_no_image_and_its_images_are_to_be_named(tmp_path):
    with pytest.raises(ZooError) as caught:
        read_image(tmp_path)
    assert caught.value.message == f"{tmp_path}: is a folder, expected an image"
    assert caught.value.hint == f"name its images: {tmp_path}/*.tif"


def test_another_format_names_those_that_can_be_read(tmp_path):
    path = tmp_path / "cells.czi"
    path.touch()
    assert _rejected(path).message == (
        f"{path}: not an image format that can be read (suffix '.czi'); known: .lsm, .png, .stk, .tif, .tiff, .zarr"
    )


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("kept", [0.0, 0.001, 0.2, 0.6, 0.99])
@pytest.mark.parametrize("ome", [True, False])
def test_a_truncated_tiff_is_named(tmp_path, compression, kept, ome):
    path = tmp_path / "cells.tif"
    tifffile.imwrite(path, _image("zyx").to_numpy(), compression=compression, photometric="minisblack", ome=ome)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole))])
    error = _rejected(path)
    assert error.message.startswith(f"{path}: ")
    assert "truncated" in error.message or "damaged" in error.message
    assert error.hint == "copy or download the file again"


def test_a_truncated_tiff_says_how_much_is_missing(tmp_path):
    path = tmp_path / "cells.tif"
    tifffile.imwrite(path, _image("yx").to_numpy())
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    assert _rejected(path).message == f"{path}: truncated TIFF: it needs {len(whole)} bytes and has {len(whole) - 100}"


def test_damaged_pixels_of_a_compressed_tiff_are_named_when_they_are_read(tmp_path):
    path = tmp_path / "cells.tif"
    tifffile.imwrite(path, _image("yx", edge=64).to_numpy(), compression="zlib")
    with tifffile.TiffFile(path) as tiff:
        start = tiff.pages.first.dataoffsets[0]
    damaged = bytearray(path.read_bytes())
    damaged[start : start + 400] = b"\xff" * 400
    path.write_bytes(damaged)
    assert _rejected(path).message.startswith(f"{path}: truncated or damaged TIFF (")


@pytest.mark.parametrize("kept", [0, 20, 60])
def test_a_truncated_png_is_named(tmp_path, kept):
    path = _png(tmp_path / "cells.png", np.random.default_rng(0).integers(0, 255, (50, 50)).astype(np.uint8))
    path.write_bytes(path.read_bytes()[:kept])
    assert _rejected(path).message.startswith(f"{path}: truncated or damaged PNG")


def test_a_folder_that_is_no_ome_zarr_is_named(tmp_path):
    path = tmp_path / "cells.zarr"
    path.mkdir()
    assert _rejected(path).message.startswith(f"{path}: not a Zarr group (")
    zarr.open_group(path, mode="w")
    assert _rejected(path).message == (
        f"{path}: a Zarr group without OME 'multiscales' metadata; give the path of one image inside it"
    )


def test_an_ome_zarr_without_its_array_is_named(tmp_path):
    path = write_image(_image("yx"), tmp_path / "cells.ome.zarr")
    (path / "0" / "zarr.json").unlink()
    assert _rejected(path).message.startswith(f"{path}: damaged OME-Zarr (")


def test_an_ome_zarr_with_foreign_axes_is_named(tmp_path):
    path = write_image(_image("yx"), tmp_path / "cells.ome.zarr")
    document = json.loads((path / "zarr.json").read_text())
    document["attributes"]["ome"]["multiscales"][0]["axes"][0]["name"] = "angle"
    (path / "zarr.json").write_text(json.dumps(document))
    assert _rejected(path).message == (
        f"{path}: axes ['angle', 'x'] of an array with 2 dimensions cannot be read as t, c, z, y, x"
    )


def test_a_png_is_not_written(tmp_path):
    with pytest.raises(ZooError) as caught:
        write_image(_image("yx"), tmp_path / "image.png")
    assert caught.value.message.startswith(f"{tmp_path}/image.png: cannot write a PNG: it holds neither channel names")
    assert caught.value.hint == "name it image.ome.tif or image.ome.zarr"


def test_dims_that_no_image_has_are_refused(tmp_path):
    with pytest.raises(ZooError) as caught:
        write_image(xr.DataArray(np.zeros((4, 4)), dims=("row", "x")), tmp_path / "image.ome.tif")
    assert caught.value.message == (
        f"{tmp_path}/image.ome.tif: cannot write an image with dims ('row', 'x'); "
        "dims out of t, c, z, y, x with y and x"
    )


@pytest.mark.parametrize("name", ["image.ome.tif", "image.ome.zarr"])
def test_a_folder_that_cannot_be_written_to_is_named(tmp_path, name):
    (tmp_path / "file").touch()
    path = tmp_path / "file" / name
    with pytest.raises(ZooError) as caught:
        write_image(_image("yx"), path)
    assert caught.value.message == f"{path}: cannot be written (File exists)"
    assert caught.value.hint == "choose another output folder with -o, or make room"
