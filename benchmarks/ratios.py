"""Two ways of doing the same thing, timed in turn, so that a busy machine slows both.

What is reported is the median of paired ratios with the quartiles, never a bare number of seconds: seconds belong to a
machine, ratios to the code.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

RESULTS = Path(__file__).parent / "results.json"


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """How long ours took in units of the peer, over pairs of runs that followed each other."""

    name: str
    ours: float
    """Median of ours, in seconds, gigabytes, or as a correlation."""
    peer: float
    """Median of the peer."""
    ratio: float
    """Median of ours / peer."""
    quartiles: tuple[float, float]
    limit: float
    """The ratio must not exceed this."""
    pairs: int
    note: str = ""
    unit: Literal["s", "GB", "r"] = "s"
    """Of ``ours`` and ``peer``."""

    @property
    def kept(self) -> bool:
        """Whether the limit holds."""
        return self.ratio <= self.limit

    def shown(self, value: float) -> str:
        """A value with its unit."""
        return f"{value * 1000:.1f} ms" if self.unit == "s" else f"{value:.2g} {self.unit}"


def paired(
    name: str, ours: Callable[[], object], peer: Callable[[], object], *, limit: float, pairs: int = 15, note: str = ""
) -> Ratio:
    """Time both in turn, A B B A, after one warm-up of each."""
    seconds: tuple[list[float], list[float]] = ([], [])
    _timed(ours), _timed(peer)
    for turn in range(pairs):
        order = (0, 1) if turn % 2 == 0 else (1, 0)
        for side in order:
            seconds[side].append(_timed((ours, peer)[side]))
    ratios = [a / b for a, b in zip(*seconds, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    return Ratio(
        name=name,
        ours=statistics.median(seconds[0]),
        peer=statistics.median(seconds[1]),
        ratio=middle,
        quartiles=(low, high),
        limit=limit,
        pairs=pairs,
        note=note,
    )


def report(*ratios: Ratio) -> None:
    """Print the figures, add them to results.json, and exit with 1 if a limit does not hold."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for ratio in ratios:
        low, high = ratio.quartiles
        verdict = "kept" if ratio.kept else "NOT KEPT"
        print(
            f"{ratio.name}: {ratio.ratio:.3f} (quartiles {low:.3f}-{high:.3f}), limit {ratio.limit:g}: {verdict}; "
            f"ours {ratio.shown(ratio.ours)}, peer {ratio.shown(ratio.peer)}, {ratio.pairs} pairs. {ratio.note}"
        )
        command = " ".join(sys.argv)
        results[ratio.name] = {**asdict(ratio), "kept": ratio.kept, "machine": _machine(), "command": command}
    RESULTS.write_text(json.dumps(results, indent=2, sort_keys=True) + "\n")
    sys.exit(0 if all(ratio.kept for ratio in ratios) else 1)


def _timed(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _machine() -> str:
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
