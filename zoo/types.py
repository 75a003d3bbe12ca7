"""The frozen nouns that plugins, models and datasets are described with.

Plain data only: importing this module loads no array library, so that ``zoo list`` stays instant. Code is
pointed at by ``"module:attribute"`` and imported when it is used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import xarray as xr


class Modality(StrEnum):
    """How an unstained image was made."""

    BRIGHTFIELD = "brightfield"
    PHASE_CONTRAST = "phase-contrast"
    DIC = "dic"
    QUANTITATIVE_PHASE = "quantitative-phase"


class Structure(StrEnum):
    """What a stain shows; the last three are control labels that no honest model can predict in full."""

    NUCLEUS = "nucleus"
    NUCLEOLUS = "nucleolus"
    NUCLEAR_ENVELOPE = "nuclear-envelope"
    CYTOPLASM = "cytoplasm"
    MEMBRANE = "membrane"
    MITOCHONDRION = "mitochondrion"
    ENDOPLASMIC_RETICULUM = "endoplasmic-reticulum"
    GOLGI = "golgi"
    ACTIN = "actin"
    TUBULIN = "tubulin"
    LIPID_DROPLET = "lipid-droplet"
    DENDRITE = "dendrite"
    AXON = "axon"
    DEAD_NUCLEUS = "dead-nucleus"
    DEAD_ANIMAL = "dead-animal"
    NULL_PUNCTA = "null-puncta"
    RANDOM_LEVEL = "random-level"
    SHORTCUT = "shortcut"


class Framework(StrEnum):
    """The library that an architecture is written and trained in."""

    TORCH = "torch"
    TENSORFLOW = "tensorflow"


@dataclass(frozen=True, kw_only=True)
class Channel:
    """One channel of a field: an input (has a modality) or a label (has a structure), never both."""

    name: str
    """The name it carries in files, fields and boards, e.g. ``phase`` or ``yfp``."""
    modality: Modality | None = None
    """How an input was made; None for a label."""
    structure: Structure | None = None
    """What a label shows; None for an input."""
    dye: str = ""
    """Stain or fluorescent protein, e.g. ``Hoechst 33342``; empty if unknown."""
    planes: int = 1
    """Focal planes: 1 for a single image or a projection."""
    pixel_size: float | None = None
    """Edge of a pixel in the sample, in µm; None if unknown."""
    z_step: float | None = None
    """Distance between planes in µm; None if unknown or with one plane."""
    projection: str = ""
    """How planes became one image (``maximum``, ``best-focus``); empty if they did not."""

    def __post_init__(self) -> None:
        """Refuse a channel that is both an input and a label, or neither."""
        if (self.modality is None) == (self.structure is None):
            msg = f"channel {self.name!r}: give either a modality (input) or a structure (label)"
            raise ValueError(msg)


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
    schedule: Literal["constant", "cosine"] = "constant"
    """``cosine`` decays to zero at the end of the steps or of the minutes, whichever ends first."""
    augment: bool = False
    """Flips and quarter turns of every patch (never for DIC, whose shear has a direction)."""
    sampling: Literal["uniform", "foreground"] = "uniform"
    """``foreground`` draws half of the patches around pixels where some label is bright."""
    input_normalization: Literal["per-image", "training"] = "per-image"
    """``per-image`` z-score, or mean and deviation of the training inputs."""
    target_normalization: Literal["per-image", "training"] = "training"
    """``training`` constants can be inverted to counts; ``per-image`` (the z-score of a paper) cannot. Where counts are
    arbitrary between sessions, each session is scaled by its own constants while training, and the mean over sessions
    leads back: the counts of a typical session."""
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
    """``module:callable`` (prediction, target, weight) -> scalar loss; weight 0 marks padding."""


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One size of an architecture, with the recipe that trains it."""

    options: Mapping[str, object] = field(default_factory=dict)
    """Keyword arguments of ``build`` beside the channel counts."""
    recipe: Recipe
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
    gain_free: bool = False
    """True if an affine change of the prediction's counts cannot change it: may be ranked on arbitrary intensities."""
    averaged: Literal["plain", "fisher-z"] = "plain"
    """How fields become one number: the mean, or for correlations tanh(mean(artanh r))."""
    source: str = ""
    """Paper, section, formula."""


@dataclass(frozen=True, kw_only=True)
class SplitScheme:
    """One way of dividing a dataset; two schemes are never mixed in one model or one board."""

    name: str
    """Empty for the dataset's own scheme; else the part after the dot, as in ``dataset.position``."""
    unit: str
    """What may never stand in two splits: ``session``, ``position``, ``field`` or ``region``."""
    members: Mapping[str, tuple[str, ...]]
    """Split name -> field ids."""


class Field(Protocol):
    """One field of view, not yet read."""

    @property
    def id(self) -> str:
        """Unique within its dataset."""
        ...

    @property
    def session(self) -> str:
        """Independent day, plate or donor; empty where the data name none."""
        ...

    @property
    def condition(self) -> str:
        """Strain or treatment; empty where the data name none."""
        ...

    def open(self) -> xr.Dataset:
        """Lazily read: channels and masks as variables on dims out of ``t z y x``, in that order.

        Input and label variables keep the file's dtype and counts; ``attrs['pixel_size']`` in µm (absent if unknown).
        ``valid`` (bool, ``y x``) is False where the image was not recorded (padding, outside the lit disc).
        Instance masks keep the names of the manifest.
        """
        ...


@runtime_checkable
class Dataset(Protocol):
    """Paired images with a manifest, a version and a digest."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def digest(self) -> str:
        """sha256 over everything that decides a pixel: ids, channels, splits, file hashes."""
        ...

    @property
    def license(self) -> str: ...
    @property
    def cite(self) -> tuple[Citation, ...]: ...
    @property
    def channels(self) -> tuple[Channel, ...]: ...
    @property
    def masks(self) -> tuple[str, ...]: ...
    @property
    def intensity(self) -> Literal["comparable", "arbitrary"]:
        """Whether counts of labels can be compared between sessions."""
        ...

    @property
    def schemes(self) -> Mapping[str, SplitScheme]: ...
    def fields(self, split: str, *, scheme: str = "") -> Sequence[Field]:
        """The fields of a split, in the order of the manifest, fetched on first use."""
        ...


def inputs_of(channels: Sequence[Channel]) -> Iterator[Channel]:
    """Channels that a model may see."""
    return (channel for channel in channels if channel.modality is not None)


def labels_of(channels: Sequence[Channel]) -> Iterator[Channel]:
    """Channels that a model is asked for."""
    return (channel for channel in channels if channel.structure is not None)
