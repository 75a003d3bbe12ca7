"""The wire format of protocol buffers, as much of it as a net in the format ONNX takes to write.

ONNX Runtime reads such a file and cannot write one; the library that can is part of the extra ``torch``, without which
models are judged too. Numbers of fields: onnx/onnx.proto, IR version 8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

FLOAT = 1
"""Of tensors, in ``TensorProto.DataType``."""
INTEGER, INTEGERS = 2, 7
"""Of attributes, in ``AttributeProto.AttributeType``."""
IR, OPSET = 8, 13
LENGTH_DELIMITED = 2


def number(field: int, value: int) -> bytes:
    """A field that holds a number of 0 or more.

    >>> number(1, 150).hex()
    '089601'
    """
    return _varint(field << 3) + _varint(value)


def block(field: int, content: bytes | str) -> bytes:
    """A field that holds text, bytes or another message.

    >>> block(2, "testing").hex()
    '120774657374696e67'
    """
    held = content.encode() if isinstance(content, str) else content
    return _varint(field << 3 | LENGTH_DELIMITED) + _varint(len(held)) + held


def node(operation: str, given: Sequence[str], returned: str, attributes: Mapping[str, int | Sequence[int]]) -> bytes:
    """``NodeProto``: one operation."""
    named = b"".join(block(1, name) for name in given) + block(2, returned) + block(4, operation)
    return named + b"".join(block(5, _attribute(name, value)) for name, value in attributes.items())


def tensor(name: str, values: npt.NDArray[np.float32]) -> bytes:
    """``TensorProto``: weights, little-endian."""
    sizes = b"".join(number(1, size) for size in values.shape)
    return sizes + number(2, FLOAT) + block(8, name) + block(9, values.astype("<f4").tobytes())


def image(name: str) -> bytes:
    """``ValueInfoProto``: an image of one channel, (b, 1, y, x), of any size."""
    sizes = b"".join(block(1, number(1, 1) if axis == "c" else block(2, f"{name}-{axis}")) for axis in "bcyx")
    return block(1, name) + block(2, block(1, number(1, FLOAT) + block(2, sizes)))


def model(name: str, nodes: Sequence[bytes], tensors: Sequence[bytes], given: str, returned: str) -> bytes:
    """``ModelProto``: a net that turns one image into another."""
    graph = b"".join(block(1, one) for one in nodes) + block(2, name) + b"".join(block(5, one) for one in tensors)
    graph += block(11, image(given)) + block(12, image(returned))
    return number(1, IR) + block(7, graph) + block(8, block(1, "") + number(2, OPSET))


def _attribute(name: str, value: int | Sequence[int]) -> bytes:
    if isinstance(value, int):
        return block(1, name) + number(3, value) + number(20, INTEGER)
    return block(1, name) + b"".join(number(8, one) for one in value) + number(20, INTEGERS)


def _varint(value: int) -> bytes:
    """Seven bits in each byte, the lowest first; the eighth says that more follow."""
    parts = []
    while value > 0x7F:  # noqa: PLR2004 - seven bits
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])
