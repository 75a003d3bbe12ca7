"""Predictions made elsewhere: a folder of images, ``FOLDER/<label>/<field>.tif`` or ``FOLDER/<field>.ome.tif``.

In the second form the file's channels are named as the labels. A field that is missing is missing: it is named and
scored like the mean of the training truth, never left out.
"""

from __future__ import annotations

from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from harness.judging import Candidate
from harness.records import Contender
from harness.scoring import Failure
from zoo.errors import ZooError
from zoo.images import read_image

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from harness.fields import Counts
    from harness.judging import Predictor
    from zoo.types import Field

SUFFIXES = (".ome.tif", ".ome.tiff", ".tif", ".tiff", ".ome.zarr", ".zarr", ".npy")
"""Forms of a predicted image, in the order in which they are looked for."""
AXES = ("t", "c", "z", "y", "x")
SHOWN = 3
"""Names of superfluous files that a warning spells out."""


def elsewhere(
    folder: Path, name: str, fields: Sequence[Field], labels: Sequence[str], probed: Sequence[Field] = ()
) -> Candidate:
    """A folder of predictions as a candidate. It claims the labels that it has at least one prediction of.

    ``fields`` are those to score. Of those that gates read beyond them, ``probed``, it may hold predictions or not.
    """
    if not folder.is_dir():
        raise ZooError(f"{folder}: no such folder", hint="give the folder that holds the predictions")
    found = {field.id: {label: _find(folder, label, field.id) for label in labels} for field in (*fields, *probed)}
    claimed = tuple(label for label in labels if any(found[field.id][label] for field in fields))
    if not claimed:
        wanted = (
            f"{folder / labels[0] / fields[0].id}.tif or {folder / fields[0].id}.ome.tif with a channel {labels[0]!r}"
        )
        raise ZooError(f"{folder}: no prediction of {', '.join(labels)} for any field", hint=f"expected {wanted}")

    @contextmanager
    def opened() -> Iterator[Predictor]:
        def say(field: Field, seen: xr.Dataset) -> Mapping[str, Counts | Failure]:
            del seen
            return {label: _read(found[field.id][label], label, folder, field.id) for label in claimed}

        yield say

    files = {path for places in found.values() for path in places.values() if path}
    return Candidate(
        contender=Contender(id=name, kind="predictions", digest=_digest(folder, files)),
        labels=claimed,
        refusals={label: "the folder holds no prediction of it" for label in labels if label not in claimed},
        answers=frozenset(one for one, places in found.items() if any(places.values())),
        open=opened,
    )


def superfluous(folder: Path, fields: Sequence[Field], labels: Sequence[str]) -> str:
    """A warning about images that belong to no field, or nothing."""
    known = {f"{field.id}{suffix}" for field in fields for suffix in SUFFIXES}
    places = [folder, *(folder / label for label in labels)]
    images = [path for place in places if place.is_dir() for path in place.iterdir() if path.name.endswith(SUFFIXES)]
    extra = sorted(str(path.relative_to(folder)) for path in images if path.name not in known)
    if not extra:
        return ""
    more = f" and {len(extra) - SHOWN} more" if len(extra) > SHOWN else ""
    return f"{folder}: {', '.join(extra[:SHOWN])}{more} belong to no field of this split and are not scored"


def _find(folder: Path, label: str, field: str) -> Path | None:
    """The image of a field: in the label's own folder, or beside the others with a channel of that name."""
    own = (folder / label / f"{field}{suffix}" for suffix in SUFFIXES)
    shared = (folder / f"{field}{suffix}" for suffix in SUFFIXES)
    return next((path for path in own if path.exists()), None) or next(
        (path for path in shared if path.exists() and _shows(path, label)), None
    )


def _shows(path: Path, label: str) -> bool:
    """Whether an image has a channel of that name; one that cannot be read may have, and is named when it is scored."""
    try:
        return label in _channels(_image(path))
    except ZooError:
        return True


def _channels(image: xr.DataArray) -> list[str]:
    return [str(name) for name in image.coords["c"].to_numpy()] if "c" in image.coords else []


def _image(path: Path) -> xr.DataArray:
    if path.suffix != ".npy":
        return read_image(path)
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ZooError(f"{path}: cannot be read as .npy: {error}", hint="write it with numpy.save") from error
    return xr.DataArray(array, dims=AXES[-array.ndim :] if 1 < array.ndim <= len(AXES) else None)


def _read(path: Path | None, label: str, folder: Path, field: str) -> Counts | Failure:
    if path is None:
        return Failure("missing", f"no file {folder.name}/{label}/{field}.tif or {folder.name}/{field}.ome.tif")
    try:
        image = _image(path)
        if label in _channels(image):
            image = image.sel(c=label)
        array = image.to_numpy()
    except ZooError as error:
        return Failure("failed", error.message)
    if array.dtype.kind not in "biuf":
        return Failure("failed", f"{path.name}: holds {array.dtype}, expected numbers")
    return np.squeeze(array, axis=tuple(axis for axis in range(array.ndim - 2) if array.shape[axis] == 1)).astype(
        np.float32
    )


def _digest(folder: Path, files: set[Path]) -> str:
    """sha256 over names and bytes, so that the same predictions are not scored twice, and changed ones are."""
    identity = sha256()
    for root in sorted(files):
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if path.is_file():
                identity.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
                identity.update(path.read_bytes())
    return identity.hexdigest()
