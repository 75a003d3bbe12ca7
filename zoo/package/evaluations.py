"""Evaluations of a package, in the words of the format: read, and written into it."""

from __future__ import annotations

import re
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bioimageio.spec import ValidationContext
from bioimageio.spec.model import v0_5
from pydantic import ValidationError

from zoo.errors import ZooError
from zoo.package.blocks import evaluated
from zoo.package.identity import is_description
from zoo.package.reading import quietly, read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoo.package.contents import Package

VERSION = re.compile(rb"^format_version: ['\"]?0\.5", re.MULTILINE)
"""The format that has a place for evaluations."""


def evaluations(package: Package) -> list[dict[str, Any]]:
    """``config.bioimageio.evaluations``, as plain data."""
    return [one.model_dump(mode="json") for one in package.description.config.bioimageio.evaluations]


def write_evaluations(package: Package, told: Sequence[Mapping[str, Any]]) -> Package:
    """Put evaluations in the place of those that a package has, in one step; its digest stays what it was.

    Returns the package as it is read back. Nothing is changed if that fails.
    """
    path = package.path
    name, before = _description(path)
    _check(package, told)
    after = evaluated(before, told) if VERSION.search(before) else None
    if after is None:
        raise ZooError(
            f"{path}: {name} cannot hold evaluations: expected format 0.5 with config written as a block",
            hint="bioimageio update-format writes such a description",
        )
    if after == before:
        return package
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as beside:
        temporary = Path(beside) / name if path.is_dir() else Path(beside) / path.name
        if path.is_dir():
            temporary.write_bytes(after)
        else:
            _copy(path, temporary, name, after)
            read(temporary)
        temporary.replace(path / name if path.is_dir() else path)
    return read(path)


def _check(package: Package, told: Sequence[Mapping[str, Any]]) -> None:
    try:
        with quietly(), ValidationContext(perform_io_checks=False, log_warnings=False):
            for one in told:
                v0_5.Evaluation.model_validate(one)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ZooError(f"{package.path}: an evaluation is not as the format asks: {place}: {first['msg']}") from error


def _description(path: Path) -> tuple[str, bytes]:
    """Name and bytes of the description of a package that can be read."""
    if path.is_dir():
        file = next(file for file in path.iterdir() if is_description(file.name))
        return file.name, file.read_bytes()
    with zipfile.ZipFile(path) as opened:
        name = next(name for name in opened.namelist() if is_description(name))
        return name, opened.read(name)


def _copy(source: Path, target: Path, changed: str, content: bytes) -> None:
    """A zip with one member changed, every other as it was."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for member in old.infolist():
            new.writestr(member, content if member.filename == changed else old.read(member))
