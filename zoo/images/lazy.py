"""Arrays that know their shape and read their pixels later, in xarray's own protocol for backends."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

from zoo.images.calibration import Calibration, coordinates

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

Key = tuple[int | slice, ...]
"""One index for each dimension: an integer drops it, a slice keeps it."""
AXES = "tczyx"
"""The dimensions of an image in the order that they come in."""


class LazyPixels(BackendArray):
    """Pixels somewhere else. Holds no open file, so that it survives pickling and threads."""

    def __init__(self, shape: Sequence[int], dtype: npt.DTypeLike) -> None:
        """Say what will be read, without reading it."""
        self.shape = tuple(shape)
        self.dtype = np.dtype(dtype)

    @abstractmethod
    def read(self, key: Key) -> npt.NDArray[np.generic]:
        """Read the part of the array that the key names, and nothing else where the format allows."""

    def __getitem__(self, key: indexing.ExplicitIndexer) -> npt.NDArray[np.generic]:
        """Answer xarray: any of its indexers, broken down to integers and slices."""
        read = indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.BASIC, self.read)
        return np.asarray(read)


def lazy_variable(pixels: LazyPixels, dims: Sequence[str]) -> xr.Variable:
    """A variable whose pixels are still to be read."""
    return xr.Variable(tuple(dims), indexing.LazilyIndexedArray(pixels))


def lazy_image(pixels: LazyPixels, dims: Sequence[str], calibration: Calibration) -> xr.DataArray:
    """An image whose pixels are still to be read: dims in the order ``t c z y x``, of length one only y and x."""
    single = {dim: 0 for dim, size in zip(dims, pixels.shape, strict=True) if size == 1 and dim not in {"y", "x"}}
    variable = lazy_variable(pixels, dims).isel(single)
    variable = variable.transpose(*(axis for axis in AXES if axis in variable.dims))
    names = [str(dim) for dim in variable.dims]
    coords = coordinates(calibration, names, variable.shape)
    return xr.DataArray(variable, coords=coords, attrs=dict(calibration.attrs()))
