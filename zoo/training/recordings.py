"""Fields as arrays of counts in memory: what was recorded, and where. Nothing here knows of nets or normalisation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from zoo.data.fields import image as image_of
from zoo.errors import ZooError
from zoo.training.masks import check, drawn
from zoo.types import inputs_of, labels_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import xarray as xr

    from zoo.types import Channel, Dataset, Field, SplitScheme

FloatArray: TypeAlias = npt.NDArray[np.float32]
BoolArray: TypeAlias = npt.NDArray[np.bool_]


TRAINING = "train"
"""Name of the split that weights are fitted to."""
VALIDATION = "val"
"""Name of the split that weights are chosen on."""
SPLITS = (TRAINING, VALIDATION)
"""Everything that training may see."""


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One image of a field: a field that is no time series has one."""

    field: str
    """Id of the field."""
    session: str
    """Day, plate or donor; empty where the data name none."""
    inputs: FloatArray
    """(channel, y, x) with planes as channels, or (channel, z, y, x)."""
    labels: FloatArray
    """(label, y, x) or (label, z, y, x); 0 where nothing was recorded."""
    recorded: BoolArray
    """(label,): False for a label that this field lacks."""
    valid: BoolArray
    """(y, x): False in padding."""
    masks: BoolArray
    """(mask, y, x): inside of the privileged masks that training asked for, in their order."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """Which channels are asked for which labels."""

    dataset: Dataset
    scheme: SplitScheme
    spatial: int
    """2: planes are channels. 3: stacks."""
    inputs: tuple[Channel, ...]
    labels: tuple[Channel, ...]
    masks: tuple[str, ...] = ()
    """Masks that teach, as the recipe names them."""

    @property
    def reference(self) -> str:
        """``dataset[.scheme]``, as it stands in entry ids and in ``trained_on``."""
        return f"{self.dataset.id}.{self.scheme.name}" if self.scheme.name else self.dataset.id

    @property
    def in_channels(self) -> int:
        """Channels of the net's input."""
        return sum(channel.planes for channel in self.inputs) if self.spatial == 2 else len(self.inputs)  # noqa: PLR2004

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the labels, in the order of the net's output."""
        return tuple(channel.name for channel in self.labels)

    @property
    def identity(self) -> dict[str, object]:
        """What must not change when a run is taken up again, as plain values."""
        inputs = [channel.name for channel in self.inputs]
        return {
            "dataset": self.reference,
            "digest": self.dataset.digest,
            "inputs": inputs,
            "labels": list(self.names),
        }


def ask(
    dataset: Dataset,
    scheme: SplitScheme,
    *,
    spatial: int,
    inputs: Sequence[str] = (),
    labels: Sequence[str] = (),
    masks: Sequence[str] = (),
) -> Question:
    """Choose channels: the named inputs, or the only one; and the named labels, or every label there is.

    ``masks`` teach and are no channels.
    """
    offered = {channel.name: channel for channel in inputs_of(dataset.channels)}
    known = {channel.name: channel for channel in labels_of(dataset.channels)}
    if not offered:
        raise ZooError(
            f"dataset {dataset.id!r} has no input channel (one with a modality), only {', '.join(known)}",
            hint="name the modality of the unstained image in the manifest",
        )
    if not known:
        raise ZooError(
            f"dataset {dataset.id!r} has no label to learn", hint="name the structure of a label in the manifest"
        )
    if not inputs and len(offered) > 1:
        raise ZooError(
            f"dataset {dataset.id!r} has several inputs: {', '.join(offered)}; which of them shall the net see?",
            hint=f"name one or more, for example --inputs {next(iter(offered))}",
        )
    check(dataset, masks)
    return Question(
        dataset=dataset,
        scheme=scheme,
        spatial=spatial,
        inputs=_named(inputs, offered, "input", dataset),
        labels=_named(labels, known, "label", dataset),
        masks=tuple(masks),
    )


def _named(names: Sequence[str], known: Mapping[str, Channel], kind: str, dataset: Dataset) -> tuple[Channel, ...]:
    """The channels of these names, in their order; without names, all."""
    if unknown := [name for name in names if name not in known]:
        raise ZooError(
            f"dataset {dataset.id!r} has no {kind} {unknown[0]!r}, expected some of: {', '.join(known)}",
            hint=f"zoo list datasets shows them; --{kind}s {','.join(known)} takes them all",
        )
    return tuple(known[name] for name in dict.fromkeys(names or known))


def read(
    question: Question, split: str, on_field: Callable[[str], None] = lambda _: None, *, most: int = 0
) -> tuple[Recording, ...]:
    """Every image of a split, in memory; ``on_field`` is told of every field before it is read.

    With ``most`` so many fields alone are read, the first ones.
    """
    fields = question.dataset.fields(split, scheme=question.scheme.name)[: most or None]
    if not fields:
        raise _empty(question.reference, question.scheme, split)
    found: list[Recording] = []
    for field in fields:
        on_field(field.id)
        found += open_field(question, field)
    return tuple(found)


def open_field(question: Question, field: Field) -> Iterator[Recording]:
    """The images of one field, one for each frame of a time series."""
    opened = field.open()
    frames = [opened.isel(t=index) for index in range(opened.sizes["t"])] if "t" in opened.sizes else [opened]
    for frame in frames:
        yield _recording(question, field, frame)


def _recording(question: Question, field: Field, frame: xr.Dataset) -> Recording:
    valid = _valid(frame)
    inputs = [_channel(question, field, frame, channel, valid) for channel in question.inputs]
    blank = (*inputs[0].shape[1:-2], *valid.shape)[-question.spatial :]
    recorded = np.array([channel.name in frame for channel in question.labels])
    labels = [
        _label(question, field, frame, channel, valid) if channel.name in frame else np.zeros(blank, np.float32)
        for channel in question.labels
    ]
    return Recording(
        field=field.id,
        session=field.session,
        inputs=np.concatenate(inputs),
        labels=np.stack(labels),
        recorded=recorded,
        valid=valid,
        masks=drawn(_where(question, field), frame, question.masks, valid.shape) & valid,
    )


def _where(question: Question, field: Field) -> str:
    return f"dataset {question.dataset.id!r}, field {field.id!r}"


def _valid(frame: xr.Dataset) -> BoolArray:
    if "valid" in frame:
        return np.asarray(frame["valid"].to_numpy(), bool)
    return np.ones((frame.sizes["y"], frame.sizes["x"]), bool)


def _channel(question: Question, field: Field, frame: xr.Dataset, channel: Channel, valid: BoolArray) -> FloatArray:
    """An input as (channel, y, x) with its planes as channels, or as (1, z, y, x)."""
    if channel.name not in frame:
        raise ZooError(
            f"{_where(question, field)}: input {channel.name!r} was not recorded",
            hint="leave the field out of the split, or mend its files in the manifest",
        )
    counts = _counts(question, field, image_of(frame, channel.name), valid)
    planes = 1 if counts.ndim == 2 else len(counts)  # noqa: PLR2004 - (y, x) has one plane
    if question.spatial == 2 and planes != channel.planes:  # noqa: PLR2004
        raise ZooError(
            f"{_where(question, field)}, channel {channel.name!r}: {planes} planes, expected {channel.planes}",
            hint="correct the number of planes in the manifest, or leave the field out",
        )
    stack = counts.reshape(planes, *counts.shape[-2:])
    return stack if question.spatial == 2 else stack[None]  # noqa: PLR2004


def _label(question: Question, field: Field, frame: xr.Dataset, channel: Channel, valid: BoolArray) -> FloatArray:
    """A label as (y, x), or as (z, y, x) for nets over stacks."""
    image = image_of(frame, channel.name)
    counts = _counts(question, field, image, valid)
    if counts.ndim == question.spatial:
        return counts
    if counts.ndim > question.spatial and len(counts) == 1:
        return counts.reshape(counts.shape[1:])
    axes = "y x" if question.spatial == 2 else "z y x"  # noqa: PLR2004
    raise ZooError(
        f"{_where(question, field)}, label {channel.name!r}: axes {' '.join(map(str, image.dims))}, expected {axes}",
        hint="a 2-D net predicts one plane for a label, a 3-D net a stack: choose the architecture that fits",
    )


def _counts(question: Question, field: Field, image: xr.DataArray, valid: BoolArray) -> FloatArray:
    """Counts as float32 with padding set to 0; a number that is not finite elsewhere is an error."""
    counts: FloatArray = image.to_numpy().astype(np.float32)
    finite = np.isfinite(counts)
    if not finite.all():
        if bad := int((~finite & valid).sum()):
            raise ZooError(
                f"{_where(question, field)}, channel {image.name!r}: {bad} pixels are NaN or infinite, expected finite "
                "counts",
                hint="mend the file, or mark the pixels as not recorded",
            )
        counts[~finite] = 0
    return counts


def check_splits(dataset: Dataset, scheme: SplitScheme) -> None:
    """Refuse a dataset without fields to train or to choose on: one field alone cannot be both."""
    for split in SPLITS:
        if not scheme.members.get(split):
            raise _empty(f"{dataset.id}.{scheme.name}" if scheme.name else dataset.id, scheme, split)


def _empty(reference: str, scheme: SplitScheme, split: str) -> ZooError:
    there = ", ".join(f"{name} {len(ids)}" for name, ids in scheme.members.items())
    return ZooError(
        f"dataset {reference!r} has no field in split {split!r} (fields: {there or 'none'})",
        hint="training needs fields in train and in val: assign them in the manifest",
    )


def narrow(question: Question, recordings: Sequence[Recording]) -> tuple[Question, tuple[Recording, ...]]:
    """Leave out labels that none of the recordings has."""
    found = np.any([recording.recorded for recording in recordings], axis=0)
    labels = tuple(channel for channel, there in zip(question.labels, found, strict=True) if there)
    kept = (replace(r, labels=r.labels[found], recorded=r.recorded[found]) for r in recordings)
    return replace(question, labels=labels), tuple(kept)
