"""An opened package: checked inputs in, predictions out, wherever the net runs."""

from __future__ import annotations

import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from zoo.errors import ZooError
from zoo.package import Package, read
from zoo.runtime.local import Local
from zoo.runtime.sessions import EXTRAS
from zoo.runtime.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    import numpy.typing as npt

    Images = Mapping[str, npt.NDArray[Any]]
    Predictions = dict[str, npt.NDArray[np.float32]]

RunnerName = Literal["auto", "local", "worker"]


class Runner(Protocol):
    """Where a net runs."""

    def predict(self, inputs: Images) -> Predictions:
        """Predict from checked inputs, (channel, [z,] y, x) by tensor id; outputs likewise, of the same size."""
        ...

    def forward(self, inputs: Images) -> Predictions:
        """One pass over inputs of a size that the net takes; outputs of the size that it returns."""
        ...

    def close(self) -> None:
        """Let go of weights and processes."""
        ...


class Model:
    """An opened package; a context manager."""

    def __init__(self, package: Package, format: str, runner: Runner) -> None:  # noqa: A002 - the command line's word
        """Put together by ``open_model``."""
        self.package = package
        """What was opened."""
        self.format = format
        """The weight format that runs."""
        self._runner = runner

    def __enter__(self) -> Self:
        """Nothing more to do: it is open."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it, whatever happened."""
        self.close()

    @property
    def pid(self) -> int | None:
        """Number of the process that holds the weights; None if it is this one."""
        return self._runner.pid if isinstance(self._runner, Remote) else None

    def predict(self, inputs: Images) -> Predictions:
        """Predict a whole image of any size.

        Parameters
        ----------
        inputs
            By tensor id, (channel, y, x) or (channel, z, y, x), raw counts of any number type, all of one size. They
            are not changed.

        Returns
        -------
        By tensor id, (channel, [z,] y, x), float32, of the size of the inputs, after the package's own postprocessing.

        """
        self._check(inputs)
        return self._runner.predict(inputs)

    def forward(self, inputs: Images) -> Predictions:
        """One bare pass, without tiles: for test tensors, whose size the net takes as it is.

        Inputs and outputs as for ``predict``, but outputs have the size that the net returns.
        """
        self._check(inputs)
        return self._runner.forward(inputs)

    def close(self) -> None:
        """Let go of weights and processes."""
        self._runner.close()

    def _check(self, inputs: Images) -> None:
        """Refuse inputs that the net would choke on, or turn into nonsense."""
        package = self.package
        expected = {tensor.id: tensor for tensor in package.inputs}
        required = [tensor.id for tensor in package.inputs if not tensor.optional]
        if not set(required) <= set(inputs) <= set(expected):
            raise ZooError(f"{package.path}: given inputs {_names(inputs)}, expected {_names(expected)}")
        if len({image.shape[1:] for image in inputs.values()}) > 1:
            shapes = ", ".join(f"{name} {image.shape[1:]}" for name, image in inputs.items())
            raise ZooError(f"{package.path}: inputs of different sizes: {shapes}")
        for name, image in inputs.items():
            what = f"{package.path}: input {name!r}"
            axes = "channel, z, y, x" if package.spatial == 3 else "channel, y, x"  # noqa: PLR2004 - axes in space
            if image.ndim != package.spatial + 1 or 0 in image.shape:
                raise ZooError(f"{what} has shape {image.shape}, expected ({axes})")
            if image.shape[0] != expected[name].width:
                found, wanted = image.shape[0], expected[name].width
                raise ZooError(
                    f"{what} has {found} channels or planes, expected {wanted}",
                    hint=f"zoo info {package.path} shows what the model needs",
                )
            if image.dtype.kind == "f" and (bad := image.size - np.count_nonzero(np.isfinite(image))):
                raise ZooError(
                    f"{what}: {bad} of {image.size} pixels are NaN or infinite", hint="crop the image, or fill them"
                )


def open_model(
    source: Package | Path | str,
    *,
    format: str = "",  # noqa: A002 - the command line's word
    runner: RunnerName = "auto",
    threads: int = 0,
    tile: Sequence[int] = (),
    timeout: float | None = None,
) -> Model:
    """Open any BioImage.IO 0.4 or 0.5 model.

    Parameters
    ----------
    source
        A package that was read, or the path of a zip or folder.
    format
        Weight format; by default the one chosen when it was packed, or the first that is installed.
    runner
        ``local``: this process. ``worker``: a process of its own, whose death is an error here. ``auto``: this process
        unless another framework than the one needed was loaded into it.
    threads
        0: ``OMP_NUM_THREADS``, else the cores that there are.
    tile
        Largest input of one pass, (y, x) or (z, y, x), as a number of pixels; by default what the package says.
    timeout
        Seconds for one prediction, in a worker; None: no limit.

    """
    package = source if isinstance(source, Package) else read(Path(source))
    if tile and len(tile) != package.spatial:
        raise ZooError(f"tile of {len(tile)} edges ({' x '.join(map(str, tile))}), the model needs {package.spatial}")
    chosen = _choose(package, format)
    if runner == "worker" or (runner == "auto" and _clashes(chosen)):
        return Model(package, chosen, Remote(package.path, chosen, threads=threads, tile=tile, timeout=timeout))
    return Model(package, chosen, Local(package, chosen, threads=threads, tile=tile))


class Remote:
    """Runs a package in a worker process; after a crash or a timeout the next image gets a new one."""

    def __init__(self, path: Path, chosen: str, *, threads: int, tile: Sequence[int], timeout: float | None) -> None:
        """Start the worker and load the weights there."""
        self._start = partial(Worker, str(path), _open, path, chosen, threads, tuple(tile))
        self._timeout = timeout
        self._worker = self._start()

    @property
    def pid(self) -> int:
        """Number of the worker's process."""
        return self._worker.pid

    def predict(self, inputs: Images) -> Predictions:
        """Send the images there and wait for the predictions."""
        return self._call("predict", inputs)

    def forward(self, inputs: Images) -> Predictions:
        """Send the images there and wait for the outputs."""
        return self._call("forward", inputs)

    def close(self) -> None:
        """End the process."""
        self._worker.close()

    def _call(self, what: str, inputs: Images) -> Predictions:
        if self._worker.lost:
            self._worker = self._start()
        found: Predictions = self._worker.call(what, dict(inputs), timeout=self._timeout)
        return found


def _open(path: Path, chosen: str, threads: int, tile: tuple[int, ...]) -> Callable[[str, Images], Predictions]:
    local = Local(read(path), chosen, threads=threads, tile=tile)
    return lambda what, inputs: {"predict": local.predict, "forward": local.forward}[what](inputs)


def _choose(package: Package, asked: str) -> str:
    if asked and asked not in package.formats:
        raise ZooError(
            f"{package.path}: no weights in format {asked!r}; it has {', '.join(package.formats)}",
            hint=f"zoo predict {package.path} --format {package.formats[0]} ...",
        )
    if asked:
        return asked
    installed = (name for name in package.formats if name not in EXTRAS or find_spec(EXTRAS[name][0]) is not None)
    others = list(installed)
    return package.format if package.format in others or not others else others[0]


def _clashes(chosen: str) -> bool:
    """Whether the other framework lives in this process already: the two must not share one."""
    if chosen not in EXTRAS:
        return False
    other = {"torch": "tensorflow", "tensorflow": "torch"}[EXTRAS[chosen][0]]
    return other in sys.modules


def _names(things: Iterable[str]) -> str:
    return ", ".join(sorted(things)) or "none"
