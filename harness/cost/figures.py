"""What was found out about the cost of a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """How long a model took in units of the reference net, over pairs of passes that followed each other."""

    p50: float
    """Median of the ratios."""
    p90: float
    """Their 90th percentile."""
    quartiles: tuple[float, float]
    seconds: float
    """Median time of the model."""
    reference_seconds: float
    """Median time of the reference net."""
    count: int
    steady: bool
    """Whether the reference net itself took the same time all along; if not, all pairs count, and should be doubted."""


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Time, on one machine."""

    single: Pairs
    """One field after the other: normalised, cut, predicted, put together; not read, not written."""
    bulk: float
    """Pixels in a second of a large image over those of the reference net: higher is faster."""
    mpx_per_second: float
    """The same as million pixels in a second on this machine."""
    memory: int | None
    """Bytes, at most, that the model's process needed above what it held idle; None where the system does not tell."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """What can be said of a model without running it on any machine in particular."""

    parameters: int | None = None
    """That were learned; None where the package does not say."""
    macs: float | None = None
    """Multiplications with an addition for each pixel of a field; None without weights in ONNX."""
    package: int | None = None
    """Bytes on disk."""
    minutes: float | None = None
    """Of training; None where the package does not say."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a model costs, and how that was found out."""

    key: str
    """sha256 over everything that it depends on; the same model on the same machine is not timed again."""
    reference: str
    """The net that ratios are given to, with its version."""
    format: str
    """Weight format that ran."""
    threads: int
    machine: str
    load: float | None
    """Average number of processes that wanted to run in the minute before; None where the system does not tell."""
    size: Size
    timing: Timing | None
    """None if it did not run."""
    note: str = ""
    """Why not."""


Costs: TypeAlias = Mapping[str, Cost]
"""By id of the model."""
