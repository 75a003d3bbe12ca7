"""Nets, how they are trained, what came of it, and the numbers that judge it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from zoo.types.channels import Channel


Span: TypeAlias = Literal["per-image", "training", "unit", "signed"]
"""What becomes what when counts are brought to the units of a net."""


class Framework(StrEnum):
    """The library that an architecture is written and trained in."""

    TORCH = "torch"
    TENSORFLOW = "tensorflow"


@dataclass(frozen=True, kw_only=True)
class Citation:
    """Whom to cite, as BioImage.IO asks for it: a text, and a DOI or a URL."""

    text: str
    doi: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a preset is trained. Units: pixels, steps, one optimiser update per step."""

    patch: tuple[int, ...]
    """Edge lengths of a training patch, ``(y, x)`` or ``(z, y, x)``."""
    batch: int
    """Patches per step."""
    steps: int
    """Optimiser steps of a full run; a wall-clock limit may end it earlier."""
    learning_rate: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    """Adam's decay rates."""
    weight_decay: float = 0.0
    """Decoupled from the gradient, as in AdamW; 0 is Adam."""
    schedule: Literal["constant", "cosine", "linear"] = "constant"
    """``cosine`` decays to zero at the end of the steps or of the minutes, whichever ends first; ``linear`` does so
    over the second half alone."""
    augment: bool = False
    """Flips and quarter turns of every patch (never for DIC, whose shear has a direction)."""
    sampling: Literal["uniform", "foreground"] = "uniform"
    """``foreground`` draws half of the patches around pixels where some label is bright."""
    input_normalization: Span = "per-image"
    """``per-image`` z-score; ``training``: mean and deviation of the training inputs; ``unit`` and ``signed``: their
    smallest and largest count become 0 and 1, or -1 and 1."""
    target_normalization: Span = "training"
    """As for inputs. Constants of the training images can be inverted to counts; ``per-image`` (the z-score of a paper)
    cannot. Where counts are arbitrary between sessions, each session is scaled by its own constants while training,
    and the mean over sessions leads back: the counts of a typical session."""
    jitter: float = 0.0
    """Random gain and offset of every input patch, in input deviations: lamps and exposures change between days."""
    zoom: float = 0.0
    """Random magnification of every patch in the plane, between ``exp(-zoom)`` and ``exp(zoom)``."""
    clip: float = 0.0
    """Longest gradient, as a norm over all weights; 0 leaves gradients as they are."""
    average: float = 0.0
    """Decay of a running average of the weights, which is kept in their place; 0 keeps the weights themselves."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """``bfloat16`` autocasts where the processor has it, and falls back to float32 where not."""
    objective: str = "zoo.objectives:mean_squared_error"
    """``module:callable`` (prediction, target, weight) -> scalar loss; weight 0 marks padding. Empty beside a step."""
    step: str = ""
    """``module:callable`` for what one loss cannot say, such as two nets that learn against each other; empty: the
    objective alone. ``callable(in_channels, out_channels, **terms)`` returns a ``zoo.training.steps.Step``."""
    terms: Mapping[str, float] = field(default_factory=dict)
    """Numbers that the step takes, by name: what its losses weigh, how wide its own nets are."""
    masks: tuple[str, ...] = ()
    """Privileged targets: masks of the dataset that the step learns from and that are never an input. ``nuclei`` is
    every instance, ``nuclei:state=dead`` those of which a fact of the field says so, ``!=`` the others."""


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One size of an architecture, with the recipe that trains it."""

    options: Mapping[str, object] = field(default_factory=dict)
    """Keyword arguments of ``build`` beside the channel counts."""
    recipe: Recipe
    statistics: tuple[str, ...] = ()
    """What the net returns beside the mean of each label when it predicts, in this order: names of
    ``zoo.types.statistics``. With any, its channels are the means of all labels, then all K statistics of the first
    label, those of the next, ...: (b, label * (1 + K), y, x); in TensorFlow channels come last. Empty: means alone."""
    note: str = ""
    """What a reader must know, e.g. how ``lite`` departs from the paper."""


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """A net that can be built and trained. Points at its code, never imports it."""

    id: str
    title: str
    framework: Framework
    build: str
    """``module:callable``; ``callable(in_channels, out_channels, **options)`` returns the net. The module must import
    nothing but its framework and the standard library: its source file travels inside state-dict packages."""
    presets: Mapping[str, Preset]
    """By name; ``paper`` is as published, ``lite`` trains on two cores."""
    spatial: Literal[2, 3] = 2
    """2: planes are channels, tensors are ``b c y x``. 3: tensors are ``b c z y x``."""
    divisor: int = 1
    """Every spatial edge must be a multiple of this, or ``smallest`` plus one."""
    smallest: int = 0
    """Smallest spatial edge, from which larger ones differ by multiples of ``divisor``; 0: the divisor itself."""
    halo: int = 0
    """Context in pixels that a tile needs on each side to be nearly free of seams."""
    tile: int = 0
    """Largest edge of a tile in pixels, for nets that need much memory for each; 0: as large as is usual."""
    cite: tuple[Citation, ...] = ()
    licence: str = "BSD-3-Clause"
    """SPDX id of the code."""
    expected_failures: Mapping[str, str] = field(default_factory=dict)
    """Conformance checks that this net is known to fail, with the reason."""


@dataclass(frozen=True, kw_only=True)
class ModelEntry:
    """A trained model that somebody registered: weights of an architecture, or a finished package."""

    id: str
    """``architecture[-variant]@dataset[.split scheme]``, or any unique id for a foreign package."""
    title: str
    architecture: str
    """Id of its architecture; empty for a foreign package."""
    preset: str
    framework: Framework
    inputs: tuple[Channel, ...]
    outputs: tuple[Channel, ...]
    weights: Path
    """A ``.safetensors`` weight file (see ``zoo.weights``) or a finished BioImage.IO ``.zip``."""
    license: str
    """SPDX id of the weights: that of the data they were trained on."""
    trained_on: tuple[str, ...]
    """``dataset[.scheme]:split`` of everything the weights have seen."""
    statistics: tuple[str, ...] = ()
    """What it says of each label beside the mean; empty for most, and unknown for a foreign package."""


Need: TypeAlias = Literal["inside", "repeat", "clean", "pixel-size", "instances", "quantiles"]
"""``inside``: an instance mask of whole cells and the size of a pixel; ``repeat``: a second recording of the label;
``clean``: the label without noise; ``pixel-size``: its edge in µm; ``instances``: an instance mask of some kind;
``quantiles``: what a model says of the label beside its mean, which few do: without it there is no score at all."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A number that judges one label of one field."""

    id: str
    version: int
    title: str
    better: Literal["higher", "lower", "neither"]
    perfect: float | None
    """The value of a prediction that equals the truth; None where that depends on the truth."""
    range: tuple[float, float]
    """Smallest and largest value that can occur."""
    fn: str
    """``module:callable`` (pair) -> float; a pair has ``prediction``, ``truth.image`` and ``truth.valid``, arrays of
    one shape on the scale of the training truth; NaN says that the truth leaves the number undefined."""
    sees: Literal["pixels", "objects"] = "pixels"
    """What ``fn`` is given: a pair, or the objects that one segmenter sees in both (``harness.objects.truths.Judged``).
    """
    needs: tuple[Need, ...] = ()
    """What there must be beyond the label and its mean; without it the number is undefined and ``fn`` is not asked."""
    ranked: bool = True
    """False for what a board shows and never ranks by: a challenge's own formula, a part of another metric, or a number
    that says nothing by itself because silence or its opposite reaches the best value."""
    gain_free: bool = False
    """True if an affine change of the prediction's counts cannot change it: may be ranked on arbitrary intensities."""
    averaged: Literal["plain", "fisher-z"] = "plain"
    """How fields become one number: the mean, or for correlations tanh(mean(artanh r))."""
    source: str = ""
    """Paper, section, formula."""
