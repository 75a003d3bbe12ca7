"""An untrained entry of an architecture: random weights and a made-up image, so that its package can be checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
from scipy.ndimage import gaussian_filter

from zoo.errors import ZooError
from zoo.normalization import Normalization
from zoo.package.axes import geometry
from zoo.registry import resolve
from zoo.types import Channel, Framework, Modality, Structure
from zoo.weights import Header, Weights

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import numpy.typing as npt

    from zoo.types import Architecture
    from zoo.weights import JSON

SEED = 2018
EDGE = {2: (96, 96), 3: (16, 32, 32)}
"""Size of the made-up image, (y, x) or (z, y, x)."""
LEVEL, SPREAD, GRAIN = 1000.0, 200.0, 2.0
"""Mean and deviation of its counts, and the blur of its grain in pixels."""
LICENCE = "CC0-1.0"
"""Nobody owns random numbers."""


def untrained(architecture: Architecture) -> Weights:
    """Random weights of the preset ``lite``, or of the first there is, with one input and one label."""
    if not architecture.presets:
        raise ZooError(f"{architecture.id}: has no presets", hint="give it at least one: see docs/plugins.md")
    preset = "lite" if "lite" in architecture.presets else next(iter(architecture.presets))
    options = architecture.presets[preset].options
    depth = EDGE[3][0] if architecture.spatial == 3 else 1  # noqa: PLR2004 - z, y, x
    header = Header(
        id=f"{architecture.id}@untrained",
        title=f"{architecture.title}, untrained",
        architecture=architecture.id,
        preset=preset,
        options=cast("Mapping[str, JSON]", options),
        framework=architecture.framework,
        inputs=(Channel(name="light", modality=Modality.BRIGHTFIELD, planes=depth),),
        outputs=(Channel(name="stain", structure=Structure.NUCLEUS, planes=depth),),
        input_normalization=Normalization("per-image"),
        target_normalization=Normalization("training", mean=(LEVEL,), std=(SPREAD,)),
        license=LICENCE,
        cite=architecture.cite,
        trained_on=(),
    )
    image = grain(EDGE[architecture.spatial])
    return Weights(header, _tensors(architecture, options), {"light": image, "stain": image})


def grain(shape: tuple[int, ...]) -> npt.NDArray[np.uint16]:
    """A made-up image: blurred noise in counts, the same every time."""
    noise = gaussian_filter(np.random.default_rng(SEED).normal(size=shape), GRAIN, mode="wrap")
    counts: npt.NDArray[np.uint16] = (LEVEL + SPREAD * noise / noise.std()).clip(0).astype(np.uint16)
    return counts


def _tensors(architecture: Architecture, options: Mapping[str, object]) -> dict[str, npt.NDArray[Any]]:
    """Fresh weights, with the batch statistics of the made-up image: without them deep nets answer with a constant."""
    build = resolve(architecture.build)
    image = grain(geometry(architecture).sizes(EDGE[architecture.spatial]))
    given = np.stack([image, image[..., ::-1]])[:, None]
    given = ((given - LEVEL) / SPREAD).astype(np.float32)
    if architecture.framework is Framework.TORCH:
        import torch  # noqa: PLC0415 - only the framework of the net is loaded

        torch.manual_seed(SEED)
        net = build(1, 1, **options).eval()  # nothing is dropped at random: a feature dropped throughout has no spread
        for module in _averaging(net.modules()):
            module.train().momentum = None
        with torch.no_grad():
            net(torch.from_numpy(given))
        return {name: tensor.numpy() for name, tensor in net.state_dict().items()}
    import keras  # noqa: PLC0415 - as above

    keras.utils.set_random_seed(SEED)
    net = build(1, 1, **options)
    for layer in _averaging(net._flatten_layers()):  # noqa: SLF001 - Keras has no public walk over nested layers
        layer.momentum = 0.0
    net(np.moveaxis(given, 1, -1), training=True)
    return {variable.path: variable.numpy() for variable in net.variables}


def _averaging(modules: Iterable[Any]) -> Iterator[Any]:
    """Those that keep running averages, which are to be those of the next pass alone."""
    return (module for module in modules if hasattr(module, "momentum"))
