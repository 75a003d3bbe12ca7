"""A plan as a dataset of the zoo: fields that are made when they are first opened or fetched, and then kept."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from unstained_phantom import production
from unstained_phantom.channels import channels
from unstained_phantom.shifts import PROBES
from zoo.data.splits import split_of
from zoo.data.store import cache_folder
from zoo.errors import ZooWarning
from zoo.types import SplitScheme, Structure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import xarray as xr

    from unstained_phantom.plan import Plan, Scene
    from zoo.types import Channel, Citation, Field, Told

SHORT = 12
"""Characters of the digest in the name of the cache's folder."""
OUTLINES = {
    "cells": (Structure.CYTOPLASM,),
    "nuclei": (
        Structure.NUCLEUS,
        Structure.RANDOM_LEVEL,
        Structure.DEAD_NUCLEUS,
        Structure.NEURON,
        Structure.MOTOR_NEURON,
    ),
}
"""Masks, and what stains show the bodies that they draw."""


@dataclass(frozen=True)
class PhantomField:
    """One field, made or not; see ``zoo.types.Field``."""

    dataset: PhantomDataset
    scene: Scene

    @property
    def id(self) -> str:
        """Unique within its dataset."""
        return self.scene.id

    @property
    def session(self) -> str:
        """The day. Under a shift it is that of the test field which is shown again."""
        return self.scene.session

    @property
    def condition(self) -> str:
        """What was changed; empty in the main splits."""
        return self.scene.condition

    def open(self) -> xr.Dataset:
        """Lazily read, made first if need be; see ``unstained_phantom.store.read``. Warns of one that was damaged."""
        from unstained_phantom import store  # noqa: PLC0415 - loads xarray, which listing datasets must not

        plan, folder = self.dataset.plan, self.dataset.folder
        path = production.place(folder, self.id)
        if path.is_dir():
            try:
                return store.read(path, self.scene.microscope, volume=plan.volume)
            except store.Damaged as error:
                warnings.warn(f"{error}; the field is made again", ZooWarning, stacklevel=2)
                store.remove(path)
        production.make(plan, self.id, folder, threads=cores())
        return store.read(path, self.scene.microscope, volume=plan.volume)


@dataclass(frozen=True, kw_only=True)
class PhantomDataset:
    """See ``zoo.types.Dataset``. The plan is drawn up when it is first needed."""

    id: str
    title: str
    planned: Callable[[], Plan]
    default: bool = False
    """Whether commands take it when no dataset is named."""
    version: str = "1"
    license: str = "CC0-1.0"
    masks: tuple[str, ...] = ("cells", "nuclei")
    intensity: Literal["comparable", "arbitrary"] = "comparable"
    cite: tuple[Citation, ...] = ()

    @cached_property
    def plan(self) -> Plan:
        """What it consists of."""
        return self.planned()

    @property
    def digest(self) -> str:
        """sha256 over the version of the generator, the seed and every parameter."""
        return self.plan.digest

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Inputs and labels."""
        return channels(self.plan.microscope, volume=self.plan.volume)

    @property
    def outlines(self) -> Mapping[str, tuple[Structure, ...]]:
        """What labels show the bodies that its masks draw."""
        return {name: structures for name, structures in OUTLINES.items() if name in self.masks}

    @property
    def schemes(self) -> Mapping[str, SplitScheme]:
        """One: by session."""
        return {"": SplitScheme(name="", unit="session", members=self.plan.splits)}

    @property
    def probes(self) -> Mapping[str, str]:
        """Its test-only splits."""
        return {kind: split for kind, split in PROBES.items() if split in self.plan.splits}

    @property
    def folder(self) -> Path:
        """Where its fields are kept: apart from those of every other version."""
        return cache_folder() / self.id / self.digest[:SHORT]

    def fields(self, split: str, *, scheme: str = "") -> Sequence[PhantomField]:
        """The fields of a split; each is made when it is opened, if it was not before.

        Raises ``ZooError`` for a scheme or a split that is not there, naming those that are.
        """
        names = split_of(self.schemes, scheme, split, self.id)
        return tuple(PhantomField(self, self.plan.scenes[name]) for name in names)

    def fetch(self, fields: Sequence[Field], told: Told) -> int:
        """Make the fields that are not here yet, in as many processes as there are cores; returns how many those were.

        What was finished when it is interrupted is kept. Warns where the cache holds another version of this dataset.
        """
        names = [field.id for field in fields]
        missing = [name for name in names if not production.place(self.folder, name).is_dir()]
        if missing:
            self._tell_of_others()
            production.produce(self.plan, missing, self.folder, told, processes=cores())
        return len(missing)

    def _tell_of_others(self) -> None:
        """Say so, once, when fields of another version lie in the cache: they are not used, and take room."""
        if not self.folder.is_dir() and self.folder.parent.is_dir():
            others = ", ".join(sorted(other.name for other in self.folder.parent.iterdir()))
            if others:
                message = (
                    f"{self.folder.parent}: fields of other versions ({others}) are not used; remove them for room"
                )
                warnings.warn(message, ZooWarning, stacklevel=3)


def cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
