"""A PyTorch net as state dict with its architecture file, and as ONNX."""

from __future__ import annotations

import contextlib
import inspect
import io
import logging
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from zoo import registry
from zoo.errors import ZooError
from zoo.export.conversion import Converted, shrunk
from zoo.export.samples import resized
from zoo.package import WeightFile
from zoo.package.axes import geometry
from zoo.runtime.sessions import fit, onnx

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt

    from zoo.types import Architecture
    from zoo.weights import Weights

OPSET = 18
"""Version of the ONNX operators: the smallest that the exporter through ``torch.export`` writes."""
AGREEMENT = 1e-4
"""Relative and absolute difference, in the net's own units, between the net and its ONNX file."""


def convert(
    stored: Weights,
    architecture: Architecture,
    given: npt.NDArray[np.float32],
    folder: Path,
    note: Callable[[str], None],
) -> Converted:
    """Rebuild the net, run it on ``given`` (normalised, (channel, [z,] y, x)), write it in every format."""
    header = stored.header
    channels = given.shape[0]
    kwargs = {"in_channels": channels, "out_channels": len(header.outputs), **header.options}
    net = registry.resolve(architecture.build)(**kwargs)
    state = {name: torch.from_numpy(np.array(tensor)) for name, tensor in stored.tensors.items()}
    fit(net, state, header.id)
    net.eval()
    with torch.inference_mode():
        output = net(torch.from_numpy(given)[None])[0].numpy()
    lost = shrunk(header, given.shape[1:], output)
    sizes = geometry(architecture, shrink=lost)
    return Converted(
        files=(_state_dict(net, architecture, kwargs, folder), *_onnx(net, given, sizes.step, folder, note)),
        geometry=sizes,
        output=output,
        parameters=sum(tensor.numel() for tensor in net.parameters() if tensor.requires_grad),
    )


def _state_dict(net: torch.nn.Module, architecture: Architecture, kwargs: dict[str, Any], folder: Path) -> WeightFile:
    module, _, function = architecture.build.partition(":")
    source = inspect.getsourcefile(registry.resolve(architecture.build))
    if source is None:
        raise ZooError(f"{architecture.id}: no source file of {module!r}, which its packages must hold")
    path = folder / "weights.pt"
    torch.save(net.state_dict(), path)
    return WeightFile(
        format="pytorch_state_dict",
        path=path,
        details={
            "architecture": {"source": source, "callable": function, "kwargs": kwargs},
            "pytorch_version": torch.__version__.partition("+")[0],
        },
    )


def _onnx(
    net: torch.nn.Module,
    given: npt.NDArray[np.float32],
    step: Sequence[int],
    folder: Path,
    note: Callable[[str], None],
) -> Iterator[WeightFile]:
    """Export by tracing, which takes half a second; through ``torch.export``, which takes ten, where that fails.

    Tracing freezes what a net works out in Python from the size of its input; another size must therefore come out as
    the net itself has it.
    """
    path = folder / "weights.onnx"
    example = torch.from_numpy(np.stack([given, given]))
    other = resized(given, [edge + more for edge, more in zip(given.shape[1:], step, strict=True)])
    for name, export in (("tracing", _traced), ("torch.export", _exported)):
        try:
            with _silence():
                export(net, example, path)
            _check(net, path, torch.from_numpy(other)[None])
        except Exception as error:  # noqa: BLE001 - whatever an exporter meets in the code of a net
            note(f"ONNX by {name} failed: {_line(error)}")
            continue
        details = {"opset_version": _clean(path), "comment": f"exported by {name}"}
        yield WeightFile(format="onnx", path=path, parent="pytorch_state_dict", details=details)
        return


def _traced(net: torch.nn.Module, example: torch.Tensor, path: Path) -> None:
    """Through TorchScript, which is deprecated, quick, and understands nets that ``torch.export`` does not."""
    free = {axis: f"axis{axis}" for axis in range(example.ndim) if axis != 1}
    torch.onnx.export(
        net,
        (example,),
        str(path),
        dynamo=False,
        opset_version=OPSET,
        input_names=["input"],
        output_names=["output"],
        dynamic_axes={"input": free, "output": free},
    )


def _exported(net: torch.nn.Module, example: torch.Tensor, path: Path) -> None:
    """Through ``torch.export``: batch and every axis in space stay free."""
    free: Any = {axis: torch.export.Dim.DYNAMIC for axis in range(example.ndim) if axis != 1}
    torch.onnx.export(
        net,
        (example,),
        path,
        dynamo=True,
        external_data=False,
        opset_version=OPSET,
        input_names=["input"],
        output_names=["output"],
        dynamic_shapes=(free,),
        verbose=False,
    )


def _check(net: torch.nn.Module, path: Path, given: torch.Tensor) -> None:
    """Raise ValueError where the file does not make of an input of another size what the net does."""
    with torch.inference_mode():
        expected = net(given).numpy()
    (found,) = onnx(str(path), 0)([given.numpy()])
    if found.shape != expected.shape or not np.allclose(found, expected, rtol=AGREEMENT, atol=AGREEMENT):
        message = f"an input of {tuple(given.shape)} comes out otherwise than from the net"
        raise ValueError(message)


def _clean(path: Path) -> int:
    """Take out what says where and how the file was made (paths of this machine among it); return its opset."""
    import onnx  # noqa: PLC0415 - not needed where the conversion failed

    model = onnx.load(path)
    parts = (model.graph.node, model.graph.input, model.graph.output, model.graph.value_info, model.graph.initializer)
    for part in (model, model.graph, *(item for items in parts for item in items)):
        part.ClearField("doc_string")
        part.ClearField("metadata_props")
    onnx.save(model, path)
    return next(int(opset.version) for opset in model.opset_import if not opset.domain)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep the exporter from printing its steps and from warning about its own deprecations."""
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


def _line(error: Exception) -> str:
    text = next(iter(str(error).strip().splitlines()), "")
    return f"{type(error).__name__}: {text}"[:200]
