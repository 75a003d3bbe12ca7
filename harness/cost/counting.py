"""What a package says of its own size, and what can be counted in it."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from harness.cost.figures import Size
from zoo.package.facts import facts
from zoo.runtime import geometry
from zoo.runtime.profiles import profile
from zoo.tiling import grid

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zoo.package import Package
    from zoo.runtime.profiles import Step

ONNX = "onnx"


def size(package: Package) -> Size:
    """What is known of a package without running it."""
    told = facts(package)
    return Size(parameters=told.parameters, package=_bytes(package.path), minutes=told.minutes)


def macs_per_pixel(package: Package, shape: Sequence[int]) -> float | None:
    """Multiplications with an addition for each pixel of a field, tiles and their overlap as they are run.

    ``shape`` is that of the field in the model's own pixels, ([z,] y, x). None for a package without weights in ONNX.
    Counted are convolutions and matrix products of the net's ONNX file; everything else is left out, as is usual. Twice
    as many floating point operations.
    """
    if ONNX not in package.formats:
        return None
    tiles = grid(shape, geometry.sizes(package), geometry.limit(package))
    steps = profile(package, [span.size for span in tiles[0].spans])
    return len(tiles) * sum(map(macs, steps)) / prod(shape)


def macs(step: Step) -> int:
    """Multiplications with an addition of one operation.

    >>> from zoo.runtime.profiles import Step
    >>> macs(Step("Conv", ((1, 8, 32, 32), (16, 8, 3, 3)), ((1, 16, 32, 32),))) == 16 * 32 * 32 * 8 * 9
    True
    >>> macs(Step("ConvTranspose", ((1, 8, 16, 16), (8, 4, 2, 2)), ((1, 4, 32, 32),))) == 8 * 16 * 16 * 4 * 4
    True
    >>> macs(Step("MatMul", ((2, 5, 7), (7, 3)), ((2, 5, 3),))), macs(Step("Relu", ((9,),), ((9,),)))
    (210, 0)
    """
    if step.operation == "Conv":
        return prod(step.returned[0]) * prod(step.given[1][1:])
    if step.operation == "ConvTranspose":
        return prod(step.given[0]) * prod(step.given[1][1:])
    if step.operation == "MatMul":
        return prod(step.returned[0]) * step.given[0][-1]
    if step.operation == "Gemm":
        return prod(step.given[0]) * step.returned[0][1]
    return 0


def _bytes(path: Path) -> int:
    files = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files)
