"""Datasets and their fields: what the zoo asks of them, however their images come about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import xarray as xr

    from zoo.types.channels import Channel, Structure
    from zoo.types.models import Citation


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
        Where stacks of one field differ in height, the planes of a channel lie on a dim ``z_<channel>`` of their own:
        read channels with ``zoo.data.fields.image``, which hands them out on ``z``.
        ``valid`` (bool, ``y x``) is False where the image was not recorded (padding, outside the lit disc).
        Instance masks keep the names of the manifest. Facts of cells lie on a dim ``cell``, whose coordinate is their
        number in the masks: ``state`` (``alive``, ``mitotic`` or ``dead``), ``level`` (drawn for a label of structure
        ``random-level``), and dry mass in pg, ``nucleus_dry_mass`` and ``cytoplasm_dry_mass`` of the compartments,
        ``column_dry_mass`` of all above and below the outline of the nucleus. An input of quantitative phase, in
        radians, has ``attrs['wavelength']`` of its light in µm, and ``attrs['nucleus_increment']`` and
        ``attrs['cytoplasm_increment']``, the index of refraction that a pg/µm³ adds; absent if unknown.
        """
        ...


class Told(Protocol):
    """Is told how far the fetching of fields is."""

    def __call__(self, done: int, total: int, unit: Literal["fields", "bytes"] = "fields", /) -> None:
        """``done`` of ``total`` are here now; both count what was not here before."""
        ...


@runtime_checkable
class Dataset(Protocol):
    """Paired images with a version and a digest: recorded ones that a manifest lists, or made on this machine."""

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
    def outlines(self) -> Mapping[str, tuple[Structure, ...]]:
        """Its instance masks, and what labels show the bodies that each draws one by one: often none."""
        ...

    @property
    def default(self) -> bool:
        """True for the one dataset that commands use when none is named."""
        ...

    @property
    def intensity(self) -> Literal["comparable", "arbitrary"]:
        """Whether counts of labels can be compared between sessions."""
        ...

    @property
    def schemes(self) -> Mapping[str, SplitScheme]: ...
    @property
    def probes(self) -> Mapping[str, str]:
        """What of it tests trust instead of skill: kind of probe -> the split that holds its fields.

        ``unstained``: cells without the stain.
        ``blank``: no cells; condition ``empty`` or ``noise``.
        ``cue:<label>``: the same cells, that label's organelle ever easier to see; condition ``cue 0.034``, and 0 where
        nothing shows it.
        ``edits``: pairs that share a session, condition ``base`` beside ``erase <label>`` or ``insert <label>``; the
        mask ``edited`` says where they differ.
        ``broken:<label>``: a label of structure ``shortcut`` that follows this label in the training fields and does
        not follow it here.
        ``growth``: dishes imaged again and again, a session each; condition ``hour 04``.
        ``shift:<name>``: fields with one thing changed; where they show the fields of ``test`` again, their sessions
        have the names of those.
        """
        ...

    def fields(self, split: str, *, scheme: str = "") -> Sequence[Field]:
        """The fields of a split, always in the same order; each is fetched when it is opened, if it was not before."""
        ...

    def fetch(self, fields: Sequence[Field], told: Told) -> int:
        """See to it that these fields of the dataset can be opened at once: download or make what is not here.

        Returns how many were not. ``told`` is called as they arrive, and not at all where nothing is missing. What was
        finished when it is interrupted is kept.
        """
        ...
