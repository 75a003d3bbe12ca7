"""Any BioImage.IO 0.4 or 0.5 model, zip or folder, into our own words."""

from __future__ import annotations

import warnings
import zipfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from bioimageio.spec import InvalidDescr, ValidationContext, load_description
from bioimageio.spec.common import FileDescr, RelativeFilePath
from bioimageio.spec.model import v0_5
from loguru import logger

from zoo.errors import ZooError
from zoo.package.contents import FORMATS, Axis, AxisKind, Operation, Package, Tensor
from zoo.package.identity import digest, is_description
from zoo.types import Citation
from zoo.weights import channel_from

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zoo.types import Channel

SECTION = "unstained"
"""Our section in the ``config`` of a description."""
SCHEMA = 1
"""Version of that section; raised when a reader of today could not understand it."""


@contextmanager
def quietly() -> Iterator[None]:
    """Keep the format's own libraries from printing: what matters is raised or returned."""
    names = ("bioimageio.spec", "bioimageio.core")
    for name in names:
        logger.disable(name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name in names:
            logger.enable(name)


def read(path: Path) -> Package:
    """Read and check a package; nothing in it is run. Every byte is read once, for the digest."""
    if path.is_file() and is_description(path.name):
        path = path.parent
    identity = digest(path)
    description = _description(path)
    config = _config(path, description)
    formats = tuple(name for name in FORMATS if getattr(description.weights, name, None) is not None)
    if not formats:
        found = ", ".join(sorted(description.weights.available_formats))
        raise ZooError(f"{path}: weights in {found} alone; can run {', '.join(FORMATS)}")
    chosen = str(config.get("format", ""))
    told = _channels(path, config)
    return Package(
        path=path,
        digest=identity,
        description=description,
        id=str(config.get("id") or description.id or path.stem),
        title=str(description.name),
        license=str(config.get("license") or description.license or ""),
        cite=tuple(_citation(entry) for entry in description.cite),
        formats=formats,
        format=chosen if chosen in formats else formats[0],
        inputs=tuple(_tensor(tensor, told) for tensor in description.inputs),
        outputs=tuple(_tensor(tensor, told) for tensor in description.outputs),
        architecture=str(config.get("architecture", "")),
        preset=str(config.get("preset", "")),
        trained_on=tuple(config.get("trained_on", ())),
        config=config,
    )


def content(package: Package, file: FileDescr) -> bytes:
    """The bytes of a file that a description names: a member of the package, or downloaded where it is an address."""
    source = str(getattr(file.source, "path", file.source))
    if not isinstance(file.source, RelativeFilePath):
        with quietly():
            return bytes(file.get_reader().read())
    if package.path.is_dir():
        return (package.path / source).read_bytes()
    with zipfile.ZipFile(package.path) as opened:
        return opened.read(source)


def _description(path: Path) -> v0_5.ModelDescr:
    """The description in the newest version of the format, checked but for what would need the network."""
    with ExitStack() as stack:
        stack.enter_context(quietly())
        stack.enter_context(ValidationContext(perform_io_checks=False, log_warnings=False))
        folder = path.is_dir()
        source: Path | zipfile.ZipFile = (
            next(file for file in path.iterdir() if is_description(file.name))
            if folder
            else stack.enter_context(zipfile.ZipFile(path))
        )
        try:
            found = load_description(source, format_version="latest")
        except Exception as error:  # the format's reader raises many kinds on foreign files
            raise ZooError(f"{path}: unreadable description: {_first_line(error)}") from error
    if isinstance(found, InvalidDescr):
        raise ZooError(
            f"{path}: not a valid BioImage.IO model: {reason(found)}", hint=f"bioimageio validate-format {path}"
        )
    if not isinstance(found, v0_5.ModelDescr):
        raise ZooError(f"{path}: a BioImage.IO {found.type}, expected a model")
    return found


def reason(invalid: Any) -> str:  # noqa: ANN401 - as above
    """The first error that the format's check reports, with its place."""
    errors = [error for detail in invalid.validation_summary.details for error in detail.errors]
    if not errors:
        return "no reason given"
    place = ".".join(str(part) for part in errors[0].loc if "tagged-union" not in str(part))
    return f"{place}: {_first_line(errors[0].msg)}" if place else _first_line(errors[0].msg)


def _first_line(error: object) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _config(path: Path, description: v0_5.ModelDescr) -> dict[str, Any]:
    """Our own section of the description; empty for a foreign package."""
    found = (description.config.model_extra or {}).get(SECTION) or {}
    if not isinstance(found, dict) or (found and found.get("schema") != SCHEMA):
        schema = found.get("schema") if isinstance(found, dict) else found
        raise ZooError(
            f"{path}: config.{SECTION} has schema {schema!r}, expected {SCHEMA}",
            hint="upgrade with: pip install --upgrade unstained",
        )
    return found


def _channels(path: Path, config: dict[str, Any]) -> dict[str, tuple[Channel, ...]]:
    """Channels by tensor, as our own section tells them."""
    entries = [entry for side in ("inputs", "outputs") for entry in config.get(side, ())]
    try:
        return {entry["tensor"]: tuple(channel_from(stored) for stored in entry["channels"]) for entry in entries}
    except (KeyError, TypeError, ValueError) as error:
        raise ZooError(
            f"{path}: config.{SECTION} cannot be understood: {type(error).__name__}: {error}",
            hint="pack it again with: zoo pack",
        ) from error


def _citation(entry: Any) -> Citation:  # noqa: ANN401 - as above
    return Citation(text=str(entry.text), doi=str(entry.doi or ""), url=str(entry.url or ""))


def _tensor(tensor: Any, told: dict[str, tuple[Channel, ...]]) -> Tensor:  # noqa: ANN401 - as above
    steps = tensor.preprocessing if hasattr(tensor, "preprocessing") else tensor.postprocessing
    axes = tuple(_axis(axis) for axis in tensor.axes)
    channels = told.get(str(tensor.id), ())
    volume = sum(axis.kind == "space" for axis in axes) == 3  # noqa: PLR2004 - three axes in space
    return Tensor(
        id=str(tensor.id),
        axes=axes,
        operations=tuple(_operation(step) for step in steps),
        channels=channels,
        places=_places(channels, volume=volume),
        optional=bool(getattr(tensor, "optional", False)),
    )


def _places(channels: tuple[Channel, ...], *, volume: bool) -> tuple[int, ...]:
    """Where each channel starts, with one place for each plane of it unless planes have an axis of their own.

    >>> from zoo.types import Channel, Modality
    >>> stack = Channel(name="stack", modality=Modality.DIC, planes=13)
    >>> _places((stack, stack), volume=False), _places((stack, stack), volume=True)
    ((0, 13), (0, 1))
    """
    widths = [1 if volume else channel.planes for channel in channels]
    return tuple(sum(widths[:index]) for index in range(len(channels)))


def _operation(step: Any) -> Operation:  # noqa: ANN401 - as above
    kwargs = getattr(step, "kwargs", {})
    return Operation(
        id=str(step.id), kwargs=kwargs.model_dump(mode="json") if hasattr(kwargs, "model_dump") else kwargs
    )


def _axis(axis: Any) -> Axis:  # noqa: ANN401 - as above
    kind, size = cast("AxisKind", axis.type), getattr(axis, "size", None)
    known: dict[str, Any] = {}
    if isinstance(size, v0_5.ParameterizedSize):
        known = {"smallest": size.min, "step": size.step}
    elif isinstance(size, v0_5.SizeReference):
        known = {"reference": (str(size.tensor_id), str(size.axis_id)), "offset": size.offset}
    elif isinstance(size, int):
        known = {"smallest": size}
    return Axis(
        id=str(axis.id),
        kind=kind,
        halo=getattr(axis, "halo", 0),
        scale=float(getattr(axis, "scale", 1.0)),
        unit=str(getattr(axis, "unit", None) or ""),
        names=tuple(str(name) for name in axis.channel_names) if kind == "channel" else (),
        **known,
    )
