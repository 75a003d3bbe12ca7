"""A Keras net on TensorFlow as Keras v3 file and as SavedModel. Tensors are b [z] y x c."""

from __future__ import annotations

import shutil
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo import registry
from zoo.errors import ZooError
from zoo.export.conversion import Converted, shrunk
from zoo.package import WeightFile
from zoo.package.axes import geometry
from zoo.runtime import loading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import numpy.typing as npt

    from zoo.types import Architecture
    from zoo.weights import Weights

tf, keras = loading.tensorflow(), loading.keras()
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every member of our zips: what is in them must not depend on when they were made."""


def convert(
    stored: Weights,
    architecture: Architecture,
    given: npt.NDArray[np.float32],
    folder: Path,
    note: Callable[[str], None],
) -> Converted:
    """Rebuild the net, run it on ``given`` (normalised, (channel, [z,] y, x)), write it in every format."""
    header = stored.header
    kwargs = {"in_channels": given.shape[0], "out_channels": len(header.outputs), **header.options}
    net = registry.resolve(architecture.build)(**kwargs)
    fit(net, stored.tensors, header.id)
    found = np.asarray(net(np.moveaxis(given, 0, -1)[None], training=False))[0]
    output = np.ascontiguousarray(np.moveaxis(found, -1, 0))
    lost = shrunk(header, given.shape[1:], output)
    note("writing the Keras file and the SavedModel")
    return Converted(
        files=(_keras_v3(net, folder), _saved_model(net, folder)),
        geometry=geometry(architecture, shrink=lost),
        output=output,
        parameters=sum(int(np.prod(variable.shape)) for variable in net.trainable_variables),
    )


def fit(net: Any, tensors: Mapping[str, npt.NDArray[Any]], source: str) -> None:  # noqa: ANN401 - a keras model
    """Assign variables by their paths; those that do not fit are named."""
    variables = {variable.path: variable for variable in net.variables}
    problems = {
        "missing": [name for name in variables if name not in tensors],
        "unexpected": [name for name in tensors if name not in variables],
        "of another shape": [
            f"{name} is {tensors[name].shape}, expected {tuple(variable.shape)}"
            for name, variable in variables.items()
            if name in tensors and tensors[name].shape != tuple(variable.shape)
        ],
    }
    told = [f"{kind}: {', '.join(names[:3])}" for kind, names in problems.items() if names]
    if told:
        raise ZooError(
            f"{source}: the weights do not fit the architecture; {'; '.join(told)}",
            hint="check that preset and options are those that it was trained with",
        )
    for name, variable in variables.items():
        variable.assign(tensors[name])


def _keras_v3(net: Any, folder: Path) -> WeightFile:  # noqa: ANN401 - as above
    path = folder / "weights.keras"
    net.save(path)
    _without_clock(path)
    return WeightFile(
        format="keras_v3",
        path=path,
        details={"keras_version": keras.__version__, "backend": ["tensorflow", tf.__version__]},
    )


def _without_clock(path: Path) -> None:
    """Keras notes when it saved; the same weights must give the same bytes."""
    with zipfile.ZipFile(path) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    stamp = b'"date_saved": "'
    told = members["metadata.json"]
    if stamp in told:
        start = told.index(stamp) + len(stamp)
        members["metadata.json"] = told[:start] + b"1980-01-01@00:00:00" + told[told.index(b'"', start) :]
    _zip(members, path)


def _saved_model(net: Any, folder: Path) -> WeightFile:  # noqa: ANN401 - as above
    """An endpoint ``serve`` that returns its output by name: what bioimageio.core looks for, in the form it wants.

    Variables become constants: a bundle of a thousand of them takes three times as long to write, and eight to open.
    """
    from tensorflow.python.framework.convert_to_constants import (  # noqa: PLC0415 - once loading has set TensorFlow up
        convert_variables_to_constants_v2,
    )

    bundle = folder / "saved_model"
    spec = tf.TensorSpec(net.inputs[0].shape, tf.float32, name="input")
    traced = tf.function(lambda given: net(given, training=False), autograph=False).get_concrete_function(spec)
    frozen = convert_variables_to_constants_v2(traced, lower_control_flow=False)
    module = tf.Module()
    module.serve = tf.function(lambda given: {"output": frozen(given)[0]}, input_signature=[spec], autograph=False)
    tf.saved_model.save(module, str(bundle), signatures={"serve": module.serve, "serving_default": module.serve})
    (bundle / "fingerprint.pb").unlink(missing_ok=True)  # a random number in it
    path = folder / "saved_model.zip"
    _zip({str(file.relative_to(bundle)): file.read_bytes() for file in bundle.rglob("*") if file.is_file()}, path)
    shutil.rmtree(bundle)
    return WeightFile(
        format="tensorflow_saved_model_bundle",
        path=path,
        parent="keras_v3",
        details={"tensorflow_version": tf.__version__},
    )


def _zip(members: Mapping[str, bytes], path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name in sorted(members):
            opened.writestr(zipfile.ZipInfo(name, EPOCH), members[name], zipfile.ZIP_DEFLATED)
