"""The identity of a package: its content, whatever the clock and the zip program wrote around it.

What was found out about a package (``config.bioimageio.evaluations``) is no part of it: scores that are written into a
package are still those of the package that holds them.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
import zlib
from typing import TYPE_CHECKING

from zoo.errors import ZooError
from zoo.package.blocks import unevaluated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DESCRIPTIONS = re.compile(r"(^|.*\.)(bioimageio|rdf|model)\.yaml$")
"""Names under which a package's description may stand."""
TIMESTAMP = re.compile(rb"^timestamp:.*$", re.MULTILINE)
"""The line in a description that says when it was written."""


def digest(path: Path) -> str:
    """sha256 over the sorted names and bytes of all members, but for the time of packing and for evaluations.

    Reads every byte, so damage anywhere in a zip is found here.
    """
    total = hashlib.sha256()
    for name, content in _members(path):
        kept = TIMESTAMP.sub(b"", unevaluated(content)) if is_description(name) else content
        total.update(f"{name}\0{hashlib.sha256(kept).hexdigest()}\n".encode())
    return total.hexdigest()


def is_description(name: str) -> bool:
    """Whether a member is the description of a BioImage.IO resource.

    >>> [is_description(name) for name in ("rdf.yaml", "bioimageio.yaml", "a.bioimageio.yaml", "environment.yaml")]
    [True, True, True, False]
    """
    return DESCRIPTIONS.match(name) is not None


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of all files, in the order of their names, once it is sure that one of them is a description."""
    try:
        if path.is_dir():
            files = {file.relative_to(path).as_posix(): file for file in path.rglob("*") if file.is_file()}
            _expect_description(path, list(files))
            yield from ((name, files[name].read_bytes()) for name in sorted(files))
            return
        with zipfile.ZipFile(path) as opened:
            _expect_description(path, opened.namelist())
            yield from ((name, opened.read(name)) for name in sorted(opened.namelist()))
    except (zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise ZooError(
            f"{path}: damaged, or not a zip file: {error}", hint="download it again, or pack it again with: zoo pack"
        ) from error
    except OSError as error:
        raise ZooError(f"{path}: cannot read the package: {error.strerror or error}", hint="check the path") from error


def _expect_description(path: Path, names: list[str]) -> None:
    if not any(is_description(name) for name in names):
        raise ZooError(
            f"{path}: not a BioImage.IO package: no bioimageio.yaml or rdf.yaml among its {len(names)} files",
            hint="zoo pack makes packages; https://bioimage.io has others",
        )
