"""One adapter for each weight format: arrays in, arrays out, in the axes that the net was built for.

bioimageio.core has adapters too; these are kept because a call of those goes through xarray and costs more than a tile.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import sys
import tempfile
import types
import warnings
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import ZooError
from zoo.package import content
from zoo.runtime import loading
from zoo.runtime.threads import available

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from zoo.package import Package

Arrays = Sequence["npt.NDArray[Any]"]
Session = Callable[[Arrays], "list[npt.NDArray[Any]]"]
"""One forward pass: the input tensors of the package in its order, and its outputs in theirs."""
EXTRAS = {
    "pytorch_state_dict": ("torch", "PyTorch"),
    "torchscript": ("torch", "PyTorch"),
    "keras_v3": ("tensorflow", "TensorFlow"),
    "tensorflow_saved_model_bundle": ("tensorflow", "TensorFlow"),
}
"""Format -> module (and extra) that it needs, and the name by which people know it; ONNX Runtime is always there."""


def load(package: Package, chosen: str, threads: int) -> Session:
    """Load the weights of one format; ``threads`` 0 means as many as the library takes, or as there are cores."""
    try:
        return LOADERS[chosen](package, threads)
    except ZooError:
        raise
    except ModuleNotFoundError as error:
        extra, name = EXTRAS.get(chosen, ("", ""))
        if error.name in (extra, "keras"):
            raise ZooError(
                f"{package.path}: format {chosen!r} needs {name}, which is not installed",
                hint=f'pip install "unstained[{extra}]"',
            ) from error
        raise ZooError(
            f"{package.path}: its code needs {error.name!r}, which is not installed", hint=f"pip install {error.name}"
        ) from error
    except Exception as error:
        line = next(iter(str(error).strip().splitlines()), "")
        raise ZooError(
            f"{package.path}: the weights in format {chosen!r} cannot be loaded: {type(error).__name__}: {line}",
            hint=f"bioimageio test {package.path}",
        ) from error


def _bytes(package: Package, chosen: str) -> bytes:
    return content(package, getattr(package.description.weights, chosen))


def _onnx(package: Package, threads: int) -> Session:
    with tempfile.TemporaryDirectory(prefix="zoo-onnx-", ignore_cleanup_errors=True) as folder:
        return onnx(onnx_source(package, Path(folder)), threads)


def onnx(source: bytes | str, threads: int) -> Session:
    """A net in the format ONNX, as bytes or as the path of a file; ``threads`` as for ``load``."""
    import onnxruntime  # noqa: PLC0415 - only the library of the chosen format is loaded

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or available()
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(source, options, providers=onnxruntime.get_available_providers())
    names = [given.name for given in session.get_inputs()]

    def run(arrays: Arrays) -> list[npt.NDArray[Any]]:
        contiguous = (np.ascontiguousarray(array) for array in arrays)
        return list(session.run(None, dict(zip(names, contiguous, strict=True))))

    return run


def onnx_source(package: Package, folder: Path) -> bytes | str:
    """The model itself; the path of a copy where weights lie in a second file that must stand beside it."""
    entry = package.description.weights.onnx
    if entry.external_data is None:
        return _bytes(package, "onnx")
    for file in (entry.external_data, entry):
        path = folder / Path(str(getattr(file.source, "path", file.source))).name
        path.write_bytes(content(package, file))
    return str(path)


def _state_dict(package: Package, threads: int) -> Session:
    import torch  # noqa: PLC0415 - as above

    net = build(package)
    state = torch.load(io.BytesIO(_bytes(package, "pytorch_state_dict")), weights_only=True, map_location="cpu")
    fit(net, state, str(package.path))
    for part in net.modules():
        if isinstance(part, torch.nn.Conv2d | torch.nn.ConvTranspose2d):
            # a quarter less time (measured: U-Net of 2 M parameters, 512 x 512 pixels, CPU)
            part.weight.data = part.weight.data.contiguous(memory_format=torch.channels_last)
    return _torch(net.eval(), threads)


def build(package: Package) -> Any:  # noqa: ANN401 - a torch module
    """Run the architecture's file, or import its library, and build the net."""
    descr = package.description.weights.pytorch_state_dict.architecture
    if hasattr(descr, "import_from"):
        module: Any = importlib.import_module(str(descr.import_from))
    else:
        module = _module(content(package, descr), f"{package.path}/{descr.source}")
    made = getattr(module, str(descr.callable), None)
    if made is None:
        raise ZooError(f"{package.path}: its architecture file has no {str(descr.callable)!r}")
    return made(**descr.kwargs)


def fit(net: Any, state: Mapping[str, Any], source: str) -> None:  # noqa: ANN401 - as above
    """Load a state dict into a net; tensors that do not fit are named."""
    expected = {name: tuple(tensor.shape) for name, tensor in net.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in state.items()}
    problems = {
        "missing": [name for name in expected if name not in found],
        "unexpected": [name for name in found if name not in expected],
        "of another shape": [
            f"{name} is {found[name]}, expected {shape}"
            for name, shape in expected.items()
            if found.get(name, shape) != shape
        ],
    }
    told = [f"{kind}: {_some(names)}" for kind, names in problems.items() if names]
    if told:
        raise ZooError(
            f"{source}: the weights do not fit the architecture; {'; '.join(told)}",
            hint="check that preset and options are those that it was trained with",
        )
    net.load_state_dict(state)


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")  # noqa: PLR2004 - a line


def _module(source: bytes, name: str) -> types.ModuleType:
    """Run a file's content as a module of its own, under a name that nothing else can have."""
    module = types.ModuleType(f"unstained_architecture_{hashlib.sha256(source).hexdigest()[:16]}")
    module.__file__ = name
    sys.modules[module.__name__] = module
    exec(compile(source, name, "exec"), module.__dict__)  # noqa: S102 - the format ships nets as code
    return module


def _torchscript(package: Package, threads: int) -> Session:
    from torch import jit  # noqa: PLC0415 - as above

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript is deprecated, the packages that hold it stay
        net: Any = jit.load(io.BytesIO(_bytes(package, "torchscript")), map_location="cpu")  # type: ignore[no-untyped-call]
    return _torch(net.eval(), threads)


def _torch(net: Any, threads: int) -> Session:  # noqa: ANN401 - as above
    import torch  # noqa: PLC0415 - as above

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    net = net.to(device)
    if threads:
        torch.set_num_threads(threads)

    def run(arrays: Arrays) -> list[npt.NDArray[Any]]:
        with torch.inference_mode():
            found = net(*(torch.from_numpy(np.ascontiguousarray(array)).to(device) for array in arrays))
        outputs = found if isinstance(found, tuple | list) else [found]
        return [output.cpu().numpy() for output in outputs]

    return run


def _keras(package: Package, threads: int) -> Session:
    tf = loading.tensorflow(threads)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.keras"
        path.write_bytes(_bytes(package, "keras_v3"))
        net = loading.keras().saving.load_model(path, compile=False)

    @tf.function(reduce_retracing=True, autograph=False)  # type: ignore[untyped-decorator]
    def forward(tensors: list[Any]) -> Any:  # noqa: ANN401 - tensors
        return net(tensors if len(tensors) > 1 else tensors[0], training=False)

    def run(arrays: Arrays) -> list[npt.NDArray[Any]]:
        found = forward([tf.convert_to_tensor(array) for array in arrays])
        outputs = found if isinstance(found, tuple | list) else [found]
        return [output.numpy() for output in outputs]

    return run


def _saved_model(package: Package, threads: int) -> Session:
    tf = loading.tensorflow(threads)
    with tempfile.TemporaryDirectory(prefix="zoo-saved-model-") as folder:
        with zipfile.ZipFile(io.BytesIO(_bytes(package, "tensorflow_saved_model_bundle"))) as bundle:
            bundle.extractall(folder)
        net = tf.saved_model.load(str(next(Path(folder).rglob("saved_model.pb")).parent))
    signature = net.signatures["serving_default"]
    offered = list(signature.structured_input_signature[1])
    named = [tensor.id for tensor in package.inputs]
    names = named if set(named) == set(offered) else offered

    def run(arrays: Arrays) -> list[npt.NDArray[Any]]:
        given = {name: tf.convert_to_tensor(array) for name, array in zip(names, arrays, strict=True)}
        found = signature(**given)
        ordered = [found[tensor.id] for tensor in package.outputs if tensor.id in found]
        return [output.numpy() for output in (ordered if len(ordered) == len(found) else found.values())]

    run.__dict__["net"] = net  # a signature holds its variables by weak reference
    return run


LOADERS: dict[str, Callable[[Package, int], Session]] = {
    "onnx": _onnx,
    "pytorch_state_dict": _state_dict,
    "torchscript": _torchscript,
    "keras_v3": _keras,
    "tensorflow_saved_model_bundle": _saved_model,
}
"""By the format's id."""
