"""What a reader of a package sees: its name, its model card, its tags and its cover."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from zoo.types import Framework, Structure

if TYPE_CHECKING:
    import numpy.typing as npt

    from zoo.types import Architecture, Channel
    from zoo.weights import Header

MAX_NAME, MAX_DESCRIPTION = 64, 512
"""Longest name and description without a warning from the format's check, in characters."""
COVER_HEIGHT = 256
"""Largest height of a cover, in pixels; it is twice as wide, as the format asks."""
CONTENT = {
    Structure.NUCLEUS: "nuclei",
    Structure.DEAD_NUCLEUS: "nuclei",
    Structure.NUCLEOLUS: "nuclei",
    Structure.NUCLEAR_ENVELOPE: "nuclei",
    Structure.MITOCHONDRION: "mitochondria",
    Structure.MEMBRANE: "cell-membrane",
    Structure.DEAD_ANIMAL: "whole-organism",
}
"""The format's words for what an image shows; anything else is ``cells``."""


CARD = """\
# {title}

{description}

- entry: `{id}`, preset `{preset}`
- architecture: {architecture}
- licence of the weights: {license}
- weights: `{weights}`

## Inputs and outputs

{channels}

Inputs are raw counts; they are normalised ({method}) inside the package. Predictions are in {units}.

{statistics}## Training

{training}

# Validation

{validation}

## What not to use it for

A predicted stain is an estimate from transmitted light, not a measurement. It can show what is not there and miss what
is, above all on cells, stains and microscopes that it was not trained on. Do not use it for diagnosis.

## Cite

{cite}
"""
"""The model card; the format's check looks for its heading ``# Validation``."""


def name(title: str) -> str:
    """A title in the format's alphabet and length.

    >>> name("E. coli: phase → YFP (lite)")
    'E coli phase YFP (lite)'
    """
    kept = re.sub(r"\s+", " ", re.sub(r"[^\w\-() ]", " ", title, flags=re.ASCII))
    short = kept.strip()
    if len(short) > MAX_NAME:
        short = short[: MAX_NAME + 1].rpartition(" ")[0] or short[:MAX_NAME]
    return short.ljust(5, "_")


def description(header: Header) -> str:
    """One sentence: what goes in, what comes out, what it was trained on."""
    inputs, outputs = (_list(channels) for channels in (header.inputs, header.outputs))
    text = f"Predicts {outputs} from {inputs}. {header.title}; trained on {', '.join(header.trained_on)}."
    return text if len(text) <= MAX_DESCRIPTION else f"{text[: MAX_DESCRIPTION - 1]}…"


def tags(header: Header, architecture: Architecture) -> list[str]:
    """Tags in the format's categories, then the structures."""
    framework = "pytorch" if header.framework is Framework.TORCH else "tensorflow"
    content = sorted({CONTENT.get(channel.structure, "cells") for channel in header.outputs if channel.structure})
    found = [
        *("transmission-light-microscopy", "fluorescence-light-microscopy", f"{architecture.spatial}d", framework),
        *("in-silico-labeling", "image-reconstruction", *content),
        *(word for word in ("unet", "densenet", "resnet", "inception") if word in _squeezed(architecture.title)),
        *(str(channel.modality or channel.structure) for channel in (*header.inputs, *header.outputs)),
    ]
    return list(dict.fromkeys(found))


def readme(header: Header, architecture: Architecture, digest: str) -> str:
    """The model card, in Markdown; ``digest`` names the weights."""
    invertible = header.target_normalization.invertible
    units = "counts of the training images" if invertible else "standard deviations of the (unknown) stain"
    channels = "\n".join(f"- {_line(channel)}" for channel in (*header.inputs, *header.outputs))
    training = "\n".join(f"- {key}: {value}" for key, value in _facts(header))
    cite = "\n".join(
        f"- {entry.text} {entry.doi or entry.url}".rstrip()
        for entry in dict.fromkeys((*architecture.cite, *header.cite))
    )
    return CARD.format(
        description=description(header),
        architecture=f"{architecture.title} (`{architecture.id}`)",
        channels=channels,
        method=header.input_normalization.method,
        units=units,
        statistics=_statistics(header),
        training=training,
        validation=_validation(header),
        cite=cite,
        weights=digest,
        **{key: getattr(header, key) for key in ("id", "title", "preset", "license")},
    )


def cover(
    image: npt.NDArray[np.float64],
    prediction: npt.NDArray[np.float64],
    truth: npt.NDArray[np.float64] | None,
    *,
    same_scale: bool,
) -> npt.NDArray[np.uint8]:
    """Input, prediction and truth (if there is one) side by side, grey, twice as wide as high.

    All are (y, x). With ``same_scale`` the prediction is shown on the scale of the truth, as counts should be.
    """
    panels = [image, prediction] if truth is None else [image, prediction, truth]
    height = min(COVER_HEIGHT, *(panel.shape[0] for panel in panels))
    height -= height % len(panels)
    width = min(2 * height // len(panels), *(panel.shape[1] for panel in panels))
    limits = [np.percentile(panel, (0.5, 99.8)) for panel in panels]
    if truth is not None and same_scale:
        limits[1] = limits[2]
    shown = [_grey(panel[:height, :width], *limit) for panel, limit in zip(panels, limits, strict=True)]
    return np.concatenate(shown, axis=1)


def _grey(panel: npt.NDArray[np.float64], low: float, high: float) -> npt.NDArray[np.uint8]:
    scaled = (panel - low) / max(high - low, 1e-12)
    return (scaled.clip(0, 1) * 255).round().astype(np.uint8)


def _list(channels: tuple[Channel, ...]) -> str:
    kinds = [f"{channel.structure or channel.modality} ({channel.dye or channel.name})" for channel in channels]
    return " and ".join(filter(None, (", ".join(kinds[:-1]), kinds[-1])))


def _line(channel: Channel) -> str:
    facts = [
        f"`{channel.name}`: {'input, ' + channel.modality if channel.modality else 'label, ' + str(channel.structure)}",
        channel.dye,
        f"{channel.planes} planes" if channel.planes > 1 else "",
        f"{channel.pixel_size:g} µm per pixel" if channel.pixel_size else "pixel size unknown",
        f"{channel.z_step:g} µm between planes" if channel.z_step else "",
        f"{channel.projection} projection" if channel.projection else "",
    ]
    return ", ".join(fact for fact in facts if fact)


def _statistics(header: Header) -> str:
    """A section on what is said beside means; nothing for nets that say no more."""
    if not header.statistics:
        return ""
    names = ", ".join(f"`{name}`" for name in header.statistics)
    return (
        f"## How sure it is\n\nOf each label it also returns {names}, as channels `LABEL.STATISTIC` behind the"
        " labels. `q5` is the count that the stain lies below in 5 % of such pixels, by the net's own account;"
        " whether that account is right is judged by `zoo bench`.\n\n"
    )


def _facts(header: Header) -> list[tuple[str, object]]:
    """Trained on, then everything short that the training noted down."""
    noted = [(key, value) for key, value in header.training.items() if isinstance(value, str | int | float)]
    return [("trained on", ", ".join(header.trained_on)), *noted]


def _validation(header: Header) -> str:
    kept = header.training.get("kept")
    r = kept.get("val_r") if isinstance(kept, dict) else None
    seen = ""
    if isinstance(r, int | float):
        seen = f"The weights were chosen for their Pearson correlation on the validation split, {r:.3f}. "
    return (
        f"{seen}To judge it on images that it has not seen, with floor and ceiling controls in the same run:\n\n"
        "```\nzoo bench --model PACKAGE.zip --dataset ID\n```\n\n"
        "where ID is a dataset of `zoo list datasets`, or a folder of your own pairs described by `zoo data new`."
    )


def _squeezed(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())
