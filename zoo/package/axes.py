"""The sizes that a net accepts, and the axes of its tensors in the words of the format."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zoo.types import Architecture, Channel

LARGEST = 4096
"""Edge up to which sizes of outputs must come out right, in pixels."""


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """Sizes along each axis in space, (y, x) or (z, y, x), in pixels."""

    smallest: tuple[int, ...]
    """Smallest input edge."""
    step: tuple[int, ...]
    """Larger edges are ``smallest + n * step``."""
    shrink: tuple[int, ...]
    """By how much the output is smaller than the input, both sides together; 0 for nets that pad."""
    halo: tuple[int, ...]
    """Rim of an output, on each side, that depends on what lies outside of the tile."""

    def sizes(self, limit: Sequence[int]) -> tuple[int, ...]:
        """The largest valid input no larger than ``limit``, but never smaller than ``smallest``.

        >>> Geometry(smallest=(32, 32), step=(16, 16), shrink=(0, 0), halo=(8, 8)).sizes((100, 20))
        (96, 32)
        """
        return tuple(
            max(least, least + (most - least) // step * step)
            for least, step, most in zip(self.smallest, self.step, limit, strict=True)
        )


def geometry(architecture: Architecture, *, shrink: int = 0) -> Geometry:
    """The geometry of an architecture: a halo that tiles can be padded by, and inputs that are larger than two of it.

    ``shrink`` is by how many pixels its output is smaller than its input.

    Stacks have few planes: along z the halo is at most half of the divisor.

    >>> from zoo.types import Architecture, Framework
    >>> net = Architecture(id="n", title="n", framework=Framework.TORCH, build="", presets={}, divisor=16, halo=20)
    >>> geometry(net)
    Geometry(smallest=(64, 64), step=(16, 16), shrink=(0, 0), halo=(24, 24))
    """
    divisor = architecture.divisor
    unit = divisor // 2 if divisor % 2 == 0 else divisor
    plane = -(-architecture.halo // unit) * unit
    halos = (min(plane, unit), plane, plane)[-architecture.spatial :]
    least = tuple(_larger_than(2 * halo + shrink, architecture.smallest or divisor, divisor) for halo in halos)
    count = architecture.spatial
    return Geometry(smallest=least, step=(divisor,) * count, shrink=(shrink,) * count, halo=halos)


def inputs(channels: Sequence[Channel], sizes: Geometry, *, channels_last: bool) -> list[dict[str, Any]]:
    """Axes of the input: batch, channel, and space with unit and pixel size."""
    space = [
        {"type": "space", "id": axis, "size": {"min": least, "step": step}, **_scale(axis, channels, least, step)}
        for axis, least, step in zip(_names(sizes), sizes.smallest, sizes.step, strict=True)
    ]
    return _ordered(_places(channels, volume=len(space) == 3), space, channels_last=channels_last)  # noqa: PLR2004


def outputs(
    channels: Sequence[Channel], labels: Sequence[Channel], sizes: Geometry, *, channels_last: bool
) -> list[dict[str, Any]]:
    """Axes of the output: those in space follow the input's, less what the net cuts off."""
    space = [
        {
            "type": "space",
            "id": axis,
            "size": {"tensor_id": "input", "axis_id": axis, "offset": -shrink},
            **({"halo": halo} if halo else {}),
            **_scale(axis, channels, least, step),
        }
        for axis, shrink, halo, least, step in zip(
            _names(sizes), sizes.shrink, sizes.halo, sizes.smallest, sizes.step, strict=True
        )
    ]
    return _ordered(_places(labels, volume=True), space, channels_last=channels_last)


def _ordered(names: list[str], space: list[dict[str, Any]], *, channels_last: bool) -> list[dict[str, Any]]:
    channel = {"type": "channel", "channel_names": names}
    return [{"type": "batch"}, *space, channel] if channels_last else [{"type": "batch"}, channel, *space]


def _names(sizes: Geometry) -> str:
    return "zyx"[-len(sizes.step) :]


def _scale(axis: str, channels: Sequence[Channel], least: int, step: int) -> dict[str, Any]:
    """Pixel size in µm where it is known; inputs of one net share a grid, so the first that knows speaks for all."""
    sizes = (channel.z_step if axis == "z" else channel.pixel_size for channel in channels)
    known = next((size for size in sizes if size), None)
    return {"scale": exact(known, range(least, LARGEST, step)), "unit": "micrometer"} if known else {}


def exact(size: float, edges: Iterable[int]) -> float:
    """A pixel size by which numbers of pixels can be multiplied and divided again: the size itself, or its float32.

    The format works out the size of an output as ``int(edge * scale / scale)``, which loses a pixel to rounding where
    the product has more digits than a float: 112 pixels of 0.325 µm become 111.

    >>> exact(0.25, [112]), round(exact(0.325, [112]), 6), int(112 * exact(0.325, [112]) / exact(0.325, [112]))
    (0.25, 0.325, 112)
    """
    kept = all(int(edge * size / size) == edge for edge in edges)
    return size if kept else float(struct.unpack("f", struct.pack("f", size))[0])


def _places(channels: Sequence[Channel], *, volume: bool) -> list[str]:
    """Names along the channel axis: a channel's own, or one for each of its planes where planes are channels.

    >>> from zoo.types import Channel, Modality
    >>> _places([Channel(name="stack", modality=Modality.DIC, planes=2)], volume=False)
    ['stack_z0', 'stack_z1']
    """
    return [
        name
        for channel in channels
        for name in (
            [channel.name]
            if volume or channel.planes == 1
            else [f"{channel.name}_z{plane}" for plane in range(channel.planes)]
        )
    ]


def _larger_than(limit: int, first: int, step: int) -> int:
    return first if first > limit else first + ((limit - first) // step + 1) * step
