"""One field of view as an ``xarray.Dataset`` whose pixels are read when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from zoo.data.planes import Planes, image_of
from zoo.errors import ZooError
from zoo.images.lazy import Key, LazyPixels, lazy_variable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from zoo.data.manifest import FieldEntry, Manifest, Region, ValidRule
    from zoo.data.store import Store

VALID = "valid"
"""Name of the variable that says which pixels were recorded."""


class ValidPixels(LazyPixels):
    """The mask of a validity rule; worked out from the images when it is first read."""

    def __init__(self, rule: ValidRule, inputs: Sequence[xr.Variable], labels: Sequence[xr.Variable]) -> None:
        """``inputs`` and ``labels`` are whole images, not yet cut to a region."""
        super().__init__([inputs[0].sizes["y"], inputs[0].sizes["x"]], np.bool_)
        self.rule = rule
        self.inputs = tuple(inputs)
        self.labels = tuple(labels)
        self._mask: npt.NDArray[np.bool_] | None = None

    def read(self, key: Key) -> npt.NDArray[np.generic]:
        """The part of the mask that the key names."""
        if self._mask is None:
            from zoo.data.validity import valid_pixels  # noqa: PLC0415 - loads scikit-image, which few fields need

            images = (
                [variable.to_numpy() for variable in side] if self.rule else [self._blank()]
                for side in (self.inputs, self.labels)
            )
            inputs, labels = images
            self._mask = valid_pixels(self.rule, inputs, labels)
        return self._mask[key]

    def _blank(self) -> npt.NDArray[np.generic]:
        return np.broadcast_to(np.uint8(1), self.shape)


def image(field: xr.Dataset, name: str) -> xr.DataArray:
    """A channel or a mask of an opened field, on dims out of ``t z y x``.

    Where the stacks of a field differ in height, each lies on a dim ``z_<channel>`` of its own: one ``xarray.Dataset``
    cannot hold two lengths of ``z``. Here it becomes ``z``.
    """
    found = field[name]
    return found.rename({dim: "z" for dim in found.dims if str(dim).startswith("z_")})


def open_field(manifest: Manifest, entry: FieldEntry, store: Store) -> xr.Dataset:
    """See ``zoo.types.Field.open``. Fetches the field's files if need be; reads no pixels.

    Variables: the channels and masks that the field has, in the order of the manifest, then ``valid``. ``attrs``:
    ``dataset``, ``field``, ``session``, ``condition``, and in µm ``pixel_size`` and ``z_step`` where they are known.
    """
    planes = {channel.name: channel.planes for channel in manifest.channels}
    sizes = {
        channel.name: None if manifest.ignore_file_pixel_size else channel.pixel_size for channel in manifest.channels
    }
    whole: dict[str, xr.Variable] = {}
    for name, sources in entry.images.items():
        paths = [(store.path(manifest.file[source.path]), source.channel) for source in sources]
        wanted = Planes(f"dataset {manifest.id!r}, field {entry.id!r}, {name}", planes.get(name), sizes.get(name))
        whole[name] = image_of(paths, wanted)
    _check_sizes(manifest, entry, whole)
    whole[VALID] = lazy_variable(_valid(manifest, whole), ("y", "x"))
    variables = {name: _cut(variable, entry.region) for name, variable in whole.items()}
    return xr.Dataset(variables, attrs=dict(_attrs(manifest, entry)))


def _valid(manifest: Manifest, whole: Mapping[str, xr.Variable]) -> ValidPixels:
    inputs = [whole[channel.name] for channel in manifest.channels if channel.modality and channel.name in whole]
    labels = [whole[channel.name] for channel in manifest.channels if channel.structure and channel.name in whole]
    return ValidPixels(manifest.valid, inputs, labels)


def _check_sizes(manifest: Manifest, entry: FieldEntry, whole: Mapping[str, xr.Variable]) -> None:
    """Inputs, labels and masks share one grid; an axis that one of them lacks (a projection has no ``z``) is none."""
    inputs = [channel.name for channel in manifest.channels if channel.modality]
    where = f"dataset {manifest.id!r}, field {entry.id!r}"
    absent = [name for name in inputs if name not in whole]
    if absent:
        raise ZooError(
            f"{where}: input {absent[0]!r} has no image", hint="every field needs every input; remove the field"
        )
    first = inputs[0]
    for name, variable in whole.items():
        for axis in variable.dims:
            found, expected = variable.sizes[axis], whole[first].sizes.get(axis)
            if expected is not None and found != expected:
                shapes = f"{first} is {_shape(whole[first])} and {name} is {_shape(variable)}"
                files = f"{entry.images[first][0]} and {entry.images[name][0]}"
                raise ZooError(f"{where}: sizes differ: {shapes} ({files})", hint="pair images of the same grid")
    if entry.region and (entry.region.y[1] > whole[first].sizes["y"] or entry.region.x[1] > whole[first].sizes["x"]):
        message = f"{where}: region {entry.region} leaves the image ({_shape(whole[first])})"
        raise ZooError(message, hint="correct region in the manifest")


def _shape(variable: xr.Variable) -> str:
    return " x ".join(f"{size} {axis}" for axis, size in variable.sizes.items())


def _cut(variable: xr.Variable, region: Region | None) -> xr.Variable:
    return variable if region is None else variable.isel(y=slice(*region.y), x=slice(*region.x))


def _attrs(manifest: Manifest, entry: FieldEntry) -> Mapping[str, object]:
    attrs: dict[str, object] = {
        "dataset": manifest.id,
        "field": entry.id,
        "session": entry.session,
        "condition": entry.condition,
    }
    sizes = [channel.pixel_size for channel in manifest.channels if channel.pixel_size]
    steps = [channel.z_step for channel in manifest.channels if channel.z_step]
    return attrs | ({"pixel_size": sizes[0]} if sizes else {}) | ({"z_step": steps[0]} if steps else {})
