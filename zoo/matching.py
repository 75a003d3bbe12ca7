"""Which channels of a dataset go into which channels of a model, which labels come out, and at what zoom.

Pure: channels in, a match out, or the reason why there is none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zoo.errors import ZooError
from zoo.types import inputs_of, labels_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoo.types import Channel

MAX_ZOOM = 2.0
"""Images are resampled to a model's pixel size within this factor, either way."""
SAME_SIZE = 0.01
"""Pixel sizes that differ by less than this fraction are the same: nothing is gained by resampling."""


class NotApplicableError(ZooError):
    """The model cannot be asked about this dataset: neither a failure nor a score."""


@dataclass(frozen=True)
class Match:
    """How a model reads a dataset."""

    inputs: Mapping[str, str]
    """Channel of the model -> input channel of the dataset."""
    labels: Mapping[str, str]
    """Output channel of the model -> label of the dataset; outputs that the dataset has no label for are left out."""
    zoom: float = 1.0
    """Pixel size of the dataset over that of the model: the image is enlarged by it first, the prediction shrunk back.
    1 also where a pixel size is unknown."""
    statistics: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Label of the dataset -> what the model says of it beside the mean, in its order; labels without any are left
    out."""


def match(
    inputs: Sequence[Channel], outputs: Sequence[Channel], dataset_channels: Sequence[Channel], *, spatial: int = 2
) -> Match:
    """Match a model to a dataset by modality, planes, structure and pixel size; statistics go with their label.

    With ``spatial`` 2, planes are channels and must be as many; with 3 any stack will do. Among channels of one kind
    the same name is preferred, then the same dye, then the order of the dataset. Raises ``NotApplicableError``.
    """
    if not inputs or not outputs:
        raise NotApplicableError(
            "the model does not say what its channels are", hint="name them: --map TENSOR=CHANNEL for each tensor"
        )
    offered = list(inputs_of(dataset_channels))
    chosen: dict[str, Channel] = {}
    for channel in inputs:
        found = _pick(channel, [other for other in offered if _same_input(channel, other, spatial)])
        if found is None:
            raise NotApplicableError(f"no input for {channel.name!r} ({_describe(channel)}); {_offer(offered)}")
        offered.remove(found)
        chosen[channel.name] = found
    labels: dict[str, str] = {}
    wanted = list(labels_of(dataset_channels))
    means = [channel for channel in outputs if not channel.statistic]
    for channel in means:
        label = _pick(channel, [other for other in wanted if other.structure == channel.structure])
        if label is not None:
            wanted.remove(label)
            labels[channel.name] = label.name
    if not labels:
        predicted = ", ".join(_describe(channel) for channel in means)
        asked = ", ".join(_describe(channel) for channel in labels_of(dataset_channels)) or "nothing"
        raise NotApplicableError(f"the model predicts {predicted}; the dataset asks for {asked}")
    zooms = {zoom(channel, chosen[channel.name]) for channel in inputs}
    if len(zooms) > 1:
        raise NotApplicableError(
            f"the inputs need different zooms ({', '.join(f'{factor:g}' for factor in sorted(zooms))})"
        )
    names = {name: found.name for name, found in chosen.items()}
    return Match(names, labels, zooms.pop(), _statistics(outputs, labels))


def _statistics(outputs: Sequence[Channel], labels: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """What is said of each matched label; a channel of statistics is named after its label and the statistic."""
    told = {
        label: tuple(
            other.statistic for other in outputs if other.statistic and other.name == f"{name}.{other.statistic}"
        )
        for name, label in labels.items()
    }
    return {label: statistics for label, statistics in told.items() if statistics}


def _same_input(model: Channel, dataset: Channel, spatial: int) -> bool:
    if model.modality != dataset.modality:
        return False
    return dataset.planes > 1 if spatial == 3 else dataset.planes == model.planes  # noqa: PLR2004 - two or three axes


def _pick(wanted: Channel, offered: list[Channel]) -> Channel | None:
    """The likeliest of channels that would all do: same name, else same dye, else the first."""
    by_name = [channel for channel in offered if channel.name == wanted.name]
    by_dye = [channel for channel in offered if wanted.dye and channel.dye == wanted.dye]
    return next(iter([*by_name, *by_dye, *offered]), None)


def zoom(model: Channel, dataset: Channel) -> float:
    """Pixel size of a channel over that of a model's channel; 1 where either is unknown.

    Raises ``NotApplicableError`` if pixel sizes or z steps are more than ``MAX_ZOOM`` apart.
    """
    _check_factor(dataset.name, "pixel size", dataset.pixel_size, model.pixel_size)
    _check_factor(dataset.name, "z step", dataset.z_step, model.z_step)
    return _ratio(dataset.pixel_size, model.pixel_size)


def _check_factor(name: str, what: str, found: float | None, expected: float | None) -> None:
    if not 1 / MAX_ZOOM <= _ratio(found, expected) <= MAX_ZOOM:
        raise NotApplicableError(
            f"{what} of {name!r} is {found:g} µm, the model was trained at {expected:g} µm:"
            f" more than a factor of {MAX_ZOOM:g} apart"
        )


def _ratio(dataset: float | None, model: float | None) -> float:
    if not dataset or not model or abs(dataset / model - 1) < SAME_SIZE:
        return 1.0
    return dataset / model


def _describe(channel: Channel) -> str:
    """A channel in the words of an error message.

    >>> from zoo.types import Channel, Modality
    >>> _describe(Channel(name="stack", modality=Modality.DIC, planes=13))
    'dic, 13 planes'
    """
    kind = str(channel.modality or channel.structure)
    return f"{kind}, {channel.planes} planes" if channel.planes > 1 else kind


def _offer(channels: Sequence[Channel]) -> str:
    offered = ", ".join(f"{channel.name!r} ({_describe(channel)})" for channel in channels)
    return f"the dataset offers {offered}" if offered else "the dataset offers nothing more"


def mapping(pairs: Sequence[str] | None) -> dict[str, str]:
    """What ``--map CHANNEL=NAME`` says.

    >>> mapping(["phase=0"])
    {'phase': '0'}
    """
    return dict(_pair(text) for text in pairs or ())


def _pair(text: str) -> tuple[str, str]:
    name, equals, channel = text.partition("=")
    if not equals or not name or not channel:
        raise ZooError(f"--map {text!r}: expected CHANNEL=NAME", hint="for example: --map phase=0")
    return name, channel
