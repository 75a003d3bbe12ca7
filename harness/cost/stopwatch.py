"""Times the models of a run against the reference net, each once for a machine."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Self

import xarray as xr

from harness.cost import memory, reference
from harness.cost.counting import macs_per_pixel, size
from harness.cost.figures import Cost, Timing
from harness.cost.timing import Patience, paired
from zoo.data.fields import image as image_of
from zoo.errors import ZooError
from zoo.package import read
from zoo.runtime.threads import available
from zoo.runtime.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from zoo.package import Package

    Ask = Callable[[xr.Dataset], object]

VERSION = 1
"""Counts up with every change of what is measured."""
SINGLE = Patience(most=15, seconds=1.5)
BULK = Patience(most=3, seconds=1.5)
BESIDE = 2
"""Copies of a field beside each other that make the large image."""
MEGA = 1e6


@dataclass(frozen=True, kw_only=True, eq=False)
class Subject:
    """A model that is to be timed."""

    package: Package
    format: str
    identity: tuple[str, ...]
    """Whatever decides how it runs: digest, matched channels."""
    seen: xr.Dataset
    """The inputs of a field, in memory."""
    inputs: tuple[str, ...]
    """Those that the model reads."""
    zoom: float
    """By how much they are enlarged for it."""


class Stopwatch:
    """Holds the reference net in a process of its own, like those of the models, once the first of them is timed."""

    def __init__(self, machine: Mapping[str, str]) -> None:
        """Nothing is started yet; ``machine`` is what figures are written down with."""
        self._machine = machine
        self._threads = available()
        self._worker: Worker | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._worker:
            self._worker.close()

    def key(self, subject: Subject) -> str:
        """Identity of a measurement: the same model on the same machine and size of fields is not timed again."""
        sizes = sorted((str(name), length) for name, length in subject.seen.sizes.items())
        named = [VERSION, reference.NAME, subject.format, subject.identity, sizes, self._threads, {**self._machine}]
        return sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()

    def measured(self, subject: Subject, ask: Ask, pid: int | None) -> Cost:
        """Time a model that was just opened. ``ask`` predicts, in process ``pid``; what it raises is raised here."""
        load = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
        idle = memory.idle(pid)
        ask(subject.seen)
        peak = memory.peak(pid)
        timing = self._timing(subject, ask, None if idle is None or peak is None else peak - idle)
        known = replace(size(subject.package), macs=self._macs(subject))
        return replace(self.untimed(subject, ""), load=load, size=known, timing=timing)

    def untimed(self, subject: Subject, note: str) -> Cost:
        """The cost of a model that could not be timed, and why."""
        return Cost(
            key=self.key(subject),
            reference=reference.NAME,
            format=subject.format,
            threads=self._threads,
            machine=self._machine.get("processor", ""),
            load=None,
            size=size(subject.package),
            timing=None,
            note=note,
        )

    def _timing(self, subject: Subject, ask: Ask, used: int | None) -> Timing:
        large = _beside(subject.seen)
        planes = [reference.plane_for(image_of(one, subject.inputs[0]).to_numpy()) for one in (subject.seen, large)]
        ask(large)
        for plane in planes:
            self._call("pass", plane)
        single, bulk = (
            paired(partial(ask, one), partial(self._call, "pass", plane), patience)
            for one, plane, patience in zip((subject.seen, large), planes, (SINGLE, BULK), strict=True)
        )
        pixels = large.sizes["y"] * large.sizes["x"]
        return Timing(
            single=single,
            bulk=pixels / planes[1].size / bulk.p50,
            mpx_per_second=pixels / MEGA / bulk.seconds,
            memory=used,
        )

    def _macs(self, subject: Subject) -> float | None:
        """Counted in the process of the reference net: a net that crashes there costs nothing but the figure."""
        image = image_of(subject.seen, subject.inputs[0])
        plane = [max(1, round(image.sizes[axis] * subject.zoom)) for axis in ("y", "x")]
        depth = [image.sizes.get("z", 1)] if subject.package.spatial > len(plane) else []
        try:
            found: float | None = self._call("macs", subject.package.path, [*depth, *plane])
        except ZooError:
            return None
        return found

    def _call(self, what: str, *args: object) -> Any:  # noqa: ANN401 - what the worker returns
        if self._worker is None or self._worker.lost:
            self._worker = Worker(reference.NAME, _serving, self._threads)
        return self._worker.call(what, *args)


def _serving(threads: int) -> Callable[..., object]:
    """What is done in the process of the reference net."""
    answers: dict[str, Callable[..., object]] = {"pass": reference.opened(threads), "macs": _macs_of}
    return lambda what, *args: answers[what](*args)


def _macs_of(path: Path, shape: Sequence[int]) -> float | None:
    return macs_per_pixel(read(path), shape)


def _beside(field: xr.Dataset) -> xr.Dataset:
    """A large image: the field, and itself again beside it."""
    return xr.concat([field] * BESIDE, "x", data_vars="minimal", coords="minimal", compat="override", join="override")
