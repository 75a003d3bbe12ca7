"""``zoo data new``: a manifest for a folder of one's own images, from flags or from questions."""

from __future__ import annotations

import difflib
import re
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer

from zoo.errors import ZooError
from zoo.types import Channel, Modality, Structure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from enum import StrEnum

    from zoo.data.folder import Request

E = TypeVar("E", bound="StrEnum")
Names = list[str] | None
Inputs = Annotated[Names, typer.Option("--input", help="NAME=PATTERN of unstained images; add #CHANNEL to pick one.")]
Modalities = Annotated[Names, typer.Option("--modality", help=f"NAME=MODALITY: {', '.join(Modality)}.")]
Labels = Annotated[Names, typer.Option("--label", help="NAME=PATTERN of stains; add #CHANNEL to pick one of a file.")]
Structures = Annotated[Names, typer.Option("--structure", help="NAME=STRUCTURE that a stain shows, e.g. dna=nucleus.")]
Masks = Annotated[Names, typer.Option("--mask", help="NAME=PATTERN of label images of objects.")]
PixelSize = Annotated[float | None, typer.Option(help="In µm; taken from the files where they state it.")]
ZStep = Annotated[float | None, typer.Option(help="In µm; taken from the files where they state it.")]
SessionFrom = Annotated[str, typer.Option(help="Regular expression that finds the day or plate in an input's path.")]
ConditionFrom = Annotated[str, typer.Option(help="The same for a strain or a treatment.")]
Unit = Annotated[str, typer.Option(help="What never stands in two splits: session (if --session-from) or field.")]
Split = Annotated[str, typer.Option(help="Shares of train/val/test or train/test; 100 is all train, 0/0/100 all test.")]
Seed = Annotated[int, typer.Option(help="Another seed deals the units out another way.")]
Id = Annotated[str, typer.Option("--id", help="Id of the dataset; the folder's name where not given.")]
License = Annotated[str, typer.Option("--license", help="SPDX id of the images.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a manifest that is there.")]
Ask = Annotated[bool, typer.Option("--ask", help="Ask for what is missing, also where no terminal is.")]
MOST_SHARES = 3
SHOWN = 3
"""Names of left-out images in a message."""
EXAMPLE = "zoo data new cells --input brightfield='*_BF.tif' --label dna='*_DNA.tif' --structure dna=nucleus"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What flags or answers say of the channels, name by name."""

    inputs: Mapping[str, str] = field(default_factory=dict)
    """Name -> pattern, as in the other two."""
    labels: Mapping[str, str] = field(default_factory=dict)
    masks: Mapping[str, str] = field(default_factory=dict)
    modalities: Mapping[str, str] = field(default_factory=dict)
    """Name -> modality; a name that is one itself needs none."""
    structures: Mapping[str, str] = field(default_factory=dict)
    pixel_size: float | None = None
    z_step: float | None = None


def new(
    folder: Annotated[Path, typer.Argument(help="Folder with the images, at any depth.")],
    *,
    inputs: Inputs = None,
    modality: Modalities = None,
    label: Labels = None,
    structure: Structures = None,
    mask: Masks = None,
    pixel_size: PixelSize = None,
    z_step: ZStep = None,
    session_from: SessionFrom = "",
    condition_from: ConditionFrom = "",
    unit: Unit = "",
    split: Split = "70/15/15",
    seed: Seed = 0,
    name: Id = "",
    license_: License = "LicenseRef-unpublished",
    force: Force = False,
    ask: Ask = False,
) -> None:
    """Write manifest.toml for a folder of paired images: OME-TIFF, OME-Zarr, TIFF or PNG.

    What the wildcards match names the field, the same for all its channels; {z} is the number of a plane.

    Example: zoo data new cells --input brightfield='*_BF.tif' --label dna='*_DNA.tif' --structure dna=nucleus
    """
    pairs = [_pairs(given) for given in (inputs, label, mask, modality, structure)]
    kinds = ("inputs", "labels", "masks", "modalities", "structures")
    wanted = Wanted(**dict(zip(kinds, pairs, strict=True)), pixel_size=pixel_size, z_step=z_step)
    target = _target(folder, force=force)
    wanted = _complete(wanted, folder, ask=ask or sys.stdin.isatty())
    dealing = Dealing(session_from, condition_from, unit, split, seed)
    _write(folder, target, _request(folder, wanted, dealing, name, license_))


@dataclass(frozen=True)
class Dealing:
    """How fields are told apart and dealt out to splits, as the flags say it."""

    session_from: str
    condition_from: str
    unit: str
    split: str
    seed: int


def _pairs(given: Sequence[str] | None) -> dict[str, str]:
    """``NAME=VALUE`` words as a mapping."""
    pairs = {}
    for word in given or ():
        name, equals, value = word.partition("=")
        if not (name and equals and value):
            raise ZooError(f"{word!r}: expected NAME=VALUE", hint=f"for example: {EXAMPLE}")
        pairs[name] = value
    return pairs


def _target(folder: Path, *, force: bool) -> Path:
    from zoo.data import MANIFEST_NAME  # noqa: PLC0415 - keeps the surface light

    if not folder.is_dir():
        raise ZooError(f"{folder}: no such folder", hint="give the folder that holds the images")
    target = folder / MANIFEST_NAME
    if target.exists() and not force:
        raise ZooError(f"{target}: there is a manifest already", hint="--force replaces it")
    return target


def _complete(wanted: Wanted, folder: Path, *, ask: bool) -> Wanted:
    """The same with inputs and labels; asked for where somebody can answer."""
    if wanted.inputs and wanted.labels:
        return wanted
    if not ask:
        missing = "--input" if not wanted.inputs else "--label"
        raise ZooError(f"{folder}: {missing} is missing", hint=f"for example: {EXAMPLE}")
    from zoo.data.patterns import images_below  # noqa: PLC0415 - keeps the surface light

    found = list(images_below(folder))
    typer.echo(f"{folder} holds {len(found)} images, for example {', '.join(found[:4]) or 'none'}", err=True)
    inputs, modalities = _asked("input", "brightfield", Modality) if not wanted.inputs else (wanted.inputs, {})
    labels, structures = _asked("label", "nucleus", Structure) if not wanted.labels else (wanted.labels, {})
    size = (
        wanted.pixel_size
        or float(typer.prompt("pixel size in µm (0: as the files say)", default="0", err=True))
        or None
    )
    return replace(
        wanted,
        inputs=inputs,
        labels=labels,
        modalities={**wanted.modalities, **modalities},
        structures={**wanted.structures, **structures},
        pixel_size=size,
    )


def _asked(kind: str, usual: str, known: type[StrEnum]) -> tuple[dict[str, str], dict[str, str]]:
    """Names with their patterns, and names with what they show; ends at an empty pattern."""
    patterns: dict[str, str] = {}
    shown: dict[str, str] = {}
    while True:
        question = f"pattern of the {'next' if patterns else 'first'} {kind}, e.g. '*_{kind}.tif' (empty: no more)"
        pattern = typer.prompt(question, default="", show_default=False, err=True).strip("'\" ")
        if not pattern and patterns:
            return patterns, shown
        if not pattern:
            continue
        what = typer.prompt(f"what it is ({', '.join(known)})", default=usual, err=True)
        name = typer.prompt("its name", default=what, err=True)
        patterns[name], shown[name] = pattern, what


def _request(folder: Path, wanted: Wanted, dealing: Dealing, name: str, license_: str) -> Request:
    from zoo.data.folder import Request  # noqa: PLC0415 - loads xarray
    from zoo.data.manifest import Manifest, Mask  # noqa: PLC0415
    from zoo.data.patterns import Pattern  # noqa: PLC0415

    plain = folder.resolve().name
    manifest = Manifest(
        id=name or re.sub(r"[^a-z0-9_-]+", "-", plain.lower()).strip("-_") or "dataset",
        title=plain,
        version="1",
        license=license_,
        channels=tuple(_channels(wanted)),
        masks=tuple(Mask(name=mask, kind="instances") for mask in wanted.masks),
    )
    patterns = {**wanted.inputs, **wanted.labels, **wanted.masks}
    if len(patterns) < len(wanted.inputs) + len(wanted.labels) + len(wanted.masks):
        raise ZooError("two channels or masks have one name", hint="every NAME may be given once")
    return Request(
        manifest=manifest,
        patterns={name: Pattern.of(text) for name, text in patterns.items()},
        session=dealing.session_from,
        condition=dealing.condition_from,
        unit=_unit(dealing),
        shares=_shares(dealing.split),
        seed=dealing.seed,
    )


def _channels(wanted: Wanted) -> list[Channel]:
    size, step = wanted.pixel_size, wanted.z_step
    inputs = {name: _chosen(Modality, "modality", name, wanted.modalities) for name in wanted.inputs}
    labels = {name: _chosen(Structure, "structure", name, wanted.structures) for name in wanted.labels}
    return [
        *(Channel(name=name, modality=shown, pixel_size=size, z_step=step) for name, shown in inputs.items()),
        *(Channel(name=name, structure=shown, pixel_size=size, z_step=step) for name, shown in labels.items()),
    ]


def _chosen(known: type[E], option: str, name: str, given: Mapping[str, str]) -> E:
    """What a channel shows: as given, or its own name where that says it."""
    value = given.get(name, name)
    values = [member.value for member in known]
    if value in values:
        return known(value)
    near = difflib.get_close_matches(value, values, n=2, cutoff=0.5)
    meant = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(values)}"
    raise ZooError(f"--{option} {name}: unknown {option} {value!r}; {meant}", hint=f"give --{option} {name}=...")


def _unit(dealing: Dealing) -> Literal["session", "field"]:
    match dealing.unit:
        case "":
            return "session" if dealing.session_from else "field"
        case "session" if not dealing.session_from:
            raise ZooError("--unit session: the fields have no session", hint="say where it stands with --session-from")
        case "session" | "field":
            return dealing.unit
        case other:
            raise ZooError(f"--unit {other}: expected session or field", hint="edit the manifest for other units")


def _shares(text: str) -> tuple[int, ...]:
    words = text.split("/")
    if len(words) > MOST_SHARES or not all(word.isdecimal() for word in words) or not any(map(int, words)):
        raise ZooError(
            f"--split {text}: expected up to three shares, as in 70/15/15", hint="shares need not sum to 100"
        )
    return tuple(map(int, words))


def _write(folder: Path, target: Path, request: Request) -> None:
    from zoo.data import document, parsing  # noqa: PLC0415 - loads xarray
    from zoo.data.folder import manifest_of  # noqa: PLC0415
    from zoo.data.progress import counting  # noqa: PLC0415

    with counting("hashing") as told:
        found = manifest_of(folder, replace(request, on_file=told))
    parsing.parse(document.as_document(found.manifest), str(target))
    document.write(found.manifest, target)
    for name, fields in found.unpaired.items():
        some = ", ".join(fields[:SHOWN]) + (" ..." if len(fields) > SHOWN else "")
        typer.echo(f"left out: {len(fields)} images of {name} without an input or without any label ({some})", err=True)
    members = found.manifest.schemes[""].members
    counts = ", ".join(f"{split} {len(ids)}" for split, ids in members.items())
    typer.echo(f"{target}: {len(found.manifest.fields)} fields ({counts}), split by {request.unit}")
    typer.echo(f"licence, citation, dyes and notes can be added in the file; next: zoo data check {target}")
