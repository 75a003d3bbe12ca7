"""What a run ran with: versions and machine. Written down beside the scores, never part of a board."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

DISTRIBUTIONS = (
    *("unstained", "numpy", "scipy", "xarray", "pyarrow", "bioimageio.core", "bioimageio.spec", "onnxruntime"),
    *("torch", "tensorflow", "tensorflow-cpu", "keras"),
)
"""Whose versions may move a score."""
PROCESSOR = Path("/proc/cpuinfo")


def versions() -> dict[str, str]:
    """Version by distribution, of those that are installed; none of them is imported."""
    found = {}
    for name in DISTRIBUTIONS:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, str]:
    """Interpreter, system and processors."""
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": _processor(),
        "cpus": str(os.cpu_count() or 1),
    }


def _processor() -> str:
    """The name of the processor, where Linux tells it; else what Python knows."""
    try:
        lines = PROCESSOR.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()
