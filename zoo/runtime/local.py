"""A package in this process: normalise the whole image, run the net tile by tile, blend, go back to counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zoo import tiling
from zoo.runtime import geometry, operations, sessions
from zoo.runtime.failures import JobFailed, job_failed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from zoo.package import Package, Tensor
    from zoo.tiling import Tile

    Images = Mapping[str, npt.NDArray[Any]]


class Local:
    """Runs a package in this process; the life of a session of its framework."""

    def __init__(self, package: Package, chosen: str, *, threads: int = 0, tile: Sequence[int] = ()) -> None:
        """Load the weights; refuse at once what cannot be run, before any image is read."""
        self._package = package
        self._sizes = geometry.sizes(package)
        self._limit = tuple(tile) or geometry.limit(package)
        for tensor in (*package.inputs, *package.outputs):
            operations.check(tensor, package.path)
        self.session = sessions.load(package, chosen, threads)
        """One forward pass, for whoever wants to time it."""

    def tiles(self, shape: Sequence[int]) -> tuple[Tile, ...]:
        """The passes for an image of that shape, ([z,] y, x)."""
        return tiling.grid(shape, self._sizes, self._limit)

    def prepare(self, inputs: Images) -> dict[str, npt.NDArray[Any]]:
        """The inputs after preprocessing, (channel, [z,] y, x)."""
        return {tensor.id: operations.apply(tensor, inputs[tensor.id], inputs) for tensor in self._given(inputs)}

    def window(self, prepared: Images, tile: Tile) -> list[npt.NDArray[Any]]:
        """What the session is given for a tile."""
        return [
            geometry.into_tensor(tensor, tiling.read(prepared[tensor.id], tile)) for tensor in self._given(prepared)
        ]

    def predict(self, inputs: Images) -> dict[str, npt.NDArray[np.float32]]:
        """Predict from checked inputs, (channel, [z,] y, x) by tensor id; outputs likewise, of the same size."""
        shape = next(iter(inputs.values())).shape[1:]
        prepared = self.prepare(inputs)
        canvases: list[npt.NDArray[Any]] = []
        tiles = self.tiles(shape)
        for tile in tiles:
            outputs = self._forward(self.window(prepared, tile), tile)
            if len(tiles) == 1:
                canvases = [output[:, *tile.take] for output in outputs]
                break
            canvases = canvases or [np.zeros((len(output), *shape), np.float32) for output in outputs]
            for canvas, output in zip(canvases, outputs, strict=True):
                tiling.blend(canvas, tile, output)
        finished = zip(self._package.outputs, canvases, strict=True)
        return {tensor.id: self._finish(tensor, canvas, inputs) for tensor, canvas in finished}

    def forward(self, inputs: Images) -> dict[str, npt.NDArray[np.float32]]:
        """One pass over inputs of a size that the net takes; outputs of the size that it returns."""
        prepared = self.prepare(inputs)
        outputs = self._run([geometry.into_tensor(tensor, prepared[tensor.id]) for tensor in self._given(prepared)])
        found = zip(self._package.outputs, outputs, strict=False)
        return {tensor.id: self._finish(tensor, geometry.from_tensor(tensor, array), inputs) for tensor, array in found}

    def close(self) -> None:
        """Let go of the weights."""
        del self.session

    def _given(self, images: Images) -> list[Tensor]:
        """The inputs that there are: optional ones may be missing."""
        return [tensor for tensor in self._package.inputs if tensor.id in images]

    def _run(self, arrays: list[npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
        """One pass, in the axes of the tensors."""
        try:
            return self.session(arrays)
        except Exception as error:
            raise job_failed(f"{self._package.path}: the net failed", error) from error

    def _forward(self, arrays: list[npt.NDArray[Any]], tile: Tile) -> list[npt.NDArray[Any]]:
        """One pass; outputs as (channel, [z,] y, x), all cut to the size of the smallest."""
        outputs = zip(self._package.outputs, self._run(arrays), strict=False)
        return [self._cut(tensor, array, tile) for tensor, array in outputs]

    def _cut(self, tensor: Tensor, array: npt.NDArray[Any], tile: Tile) -> npt.NDArray[Any]:
        own = geometry.shrink(self._package, tensor)
        expected = tuple(span.size - rim for span, rim in zip(tile.spans, own, strict=True))
        output = geometry.from_tensor(tensor, array) if array.ndim == len(tensor.axes) else array
        if output.ndim != len(expected) + 1 or output.shape[1:] != expected:
            raise JobFailed(
                f"{self._package.path}: output {tensor.id!r} has shape {array.shape}, by its axes expected {expected}"
                " in space",
                hint="the description of the package is wrong: bioimageio test shows where",
            )
        lost = [size.shrink - mine for size, mine in zip(self._sizes, own, strict=True)]
        return output[:, *(slice(rim // 2, edge - rim + rim // 2) for rim, edge in zip(lost, expected, strict=True))]

    def _finish(self, tensor: Tensor, canvas: npt.NDArray[Any], inputs: Images) -> npt.NDArray[np.float32]:
        finished = operations.apply(tensor, canvas, inputs)
        return np.ascontiguousarray(finished, np.float32)
