"""The phantom: a field, its memory, a split on two processes, and what the second process is worth.

Limits are those of its promise: a default field within 4 s on two cores, the test split within 120 s on two processes,
1 GB of memory for each, and as many fields from two processes as the machine gives two that run alone. Seconds and
gigabytes become ratios to what is allowed; the field is told in units of the bare transforms that its physics needs.

Run: python benchmarks/phantom.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from ratios import Ratio, paired, report
from scipy import fft

from unstained_phantom import acquisition, production
from unstained_phantom.plan import standard

FIELD, SECONDS, GIGABYTES, SPLIT_SECONDS = "test-01-1", 4.0, 1.0, 120.0
COORDINATION = 1.15
"""What two processes may take of the time that two loops take, which nobody coordinates."""
LOOP = (
    "import sys; from pathlib import Path; from unstained_phantom import production\n"
    "from unstained_phantom.plan import standard\n"
    "for name in sys.argv[2:]: production.make(standard(), name, Path(sys.argv[1]))"
)
PEAK = (
    "import resource; from unstained_phantom import acquisition; from unstained_phantom.plan import standard\n"
    "for name in ('test-01-1', 'adipocyte-1-1'): acquisition.acquire(standard().scenes[name], standard())\n"
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6)"
)


def silent(*_: object) -> None:
    """Nobody listens."""


def field() -> Ratio:
    """A whole field on two threads against its transforms alone, on two threads as well."""
    plan = standard()
    optics, (slices, height, width) = plan.microscope, plan.grid(plan.microscope).shape
    wave = np.ones((height, width), np.complex128)
    sources, planes = optics.sources, optics.planes
    transforms = sources * (2 * 2 * slices + planes + 2)

    def bare() -> None:
        for _ in range(transforms):
            fft.fft2(wave, workers=2)

    measured = paired(
        "phantom-field", lambda: acquisition.acquire(plan.scenes[FIELD], plan, threads=2), bare, limit=0, pairs=5
    )
    note = f"{measured.ours:.2f} s, {SECONDS:g} s allowed; {transforms} transforms of {height} x {width} beside it."
    return replace(measured, limit=SECONDS / measured.peer, note=note)


def memory() -> Ratio:
    """Peak of a process that makes fields, in the units of what is allowed."""
    done = subprocess.run([sys.executable, "-c", PEAK], check=True, capture_output=True, text=True)
    peak = float(done.stdout)
    note = f"{peak:.2f} GB at most in one process, {GIGABYTES:g} GB allowed."
    return replace(_allowed("phantom-memory", peak, GIGABYTES, note), unit="GB")


def split() -> Ratio:
    """All fields of the test split on two processes, from nothing."""
    plan = standard()
    names = plan.splits["test"]
    seconds = _made(names, 2)
    note = f"{len(names)} fields on two processes in {seconds:.0f} s, {SPLIT_SECONDS:g} s allowed."
    return _allowed("phantom-split", seconds, SPLIT_SECONDS, note)


def scaling() -> Ratio:
    """Two processes of one production against two loops that know nothing of each other: as well as a machine can."""
    names = standard().splits["test"][:4]

    def loops() -> None:
        with tempfile.TemporaryDirectory() as folder:
            halves = [subprocess.Popen([sys.executable, "-c", LOOP, folder, *names[half::2]]) for half in (0, 1)]
            if any(half.wait() for half in halves):
                raise RuntimeError("a loop failed")

    note = f"{len(names)} fields on two processes against two loops of {len(names) // 2} side by side."
    return paired("phantom-processes", lambda: _made(names, 2), loops, limit=COORDINATION, pairs=3, note=note)


def _made(names: tuple[str, ...], processes: int) -> float:
    plan = standard()
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        production.produce(plan, names, Path(folder), silent, processes=processes)
        return time.perf_counter() - start


def _allowed(name: str, found: float, allowed: float, note: str) -> Ratio:
    ratio = found / allowed
    return Ratio(
        name=name, ours=found, peer=allowed, ratio=ratio, quartiles=(ratio, ratio), limit=1.0, pairs=1, note=note
    )


if __name__ == "__main__":
    report(field(), memory(), scaling(), split())
