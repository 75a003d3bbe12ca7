"""What a run ran with: versions and machine. Written down beside the scores, never part of a board."""

from __future__ import annotations

import os
import platform
from importlib import metadata

DISTRIBUTIONS = (
    *("unstained", "numpy", "scipy", "xarray", "pyarrow", "bioimageio.core", "bioimageio.spec", "onnxruntime"),
    *("torch", "tensorflow", "tensorflow-cpu", "keras"),
)
"""Whose versions may move a score."""


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
        "processor": platform.processor() or platform.machine(),
        "cpus": str(os.cpu_count() or 1),
    }
