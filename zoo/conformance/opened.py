"""An opened package with its own test images: what checks of behaviour are given."""

from __future__ import annotations

import io
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import ZooError
from zoo.package import content
from zoo.runtime import Model, geometry
from zoo.runtime.local import Local

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from zoo.package import Package, Tensor

    Images = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A package, open in one weight format in this process, and its test images as (channel, [z,] y, x)."""

    package: Package
    format: str
    model: Model
    local: Local
    """The same, one step further in: single passes of the net."""
    inputs: Images
    """Test inputs by tensor id; they cannot be written to."""
    outputs: Images
    """Test outputs by tensor id: what the package says it makes of them."""

    @property
    def spread(self) -> float:
        """Standard deviation of the test outputs, against which differences are measured."""
        return max(float(output.std()) for output in self.outputs.values()) or 1.0

    def predict(self, inputs: Images) -> dict[str, npt.NDArray[np.float32]]:
        """Predict from other images of the same kind."""
        return self.model.predict(inputs)


@contextmanager
def opened(package: Package, format: str, *, threads: int = 0) -> Iterator[Opened]:  # noqa: A002 - the format's word
    """Open a package in one format, in this process. ``threads`` 0 leaves the framework's number as it is."""
    local = Local(package, format, threads=threads)
    with Model(package, format, local) as model:
        yield Opened(
            package=package,
            format=format,
            model=model,
            local=local,
            inputs=test_images(package, "inputs"),
            outputs=test_images(package, "outputs"),
        )


def test_images(package: Package, side: str) -> dict[str, npt.NDArray[Any]]:
    """The test tensors of the inputs or of the outputs, read-only."""
    tensors: Sequence[Tensor] = getattr(package, side)
    found = {}
    for tensor, descr in zip(tensors, getattr(package.description, side), strict=True):
        if descr.test_tensor is None:
            raise ZooError(f"{package.path}: tensor {tensor.id!r} comes without a test tensor", hint="pack it again")
        array = np.load(io.BytesIO(content(package, descr.test_tensor)))
        image = geometry.from_tensor(tensor, array)
        image.flags.writeable = False
        found[tensor.id] = image
    return found
