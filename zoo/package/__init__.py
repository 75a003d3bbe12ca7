"""BioImage.IO packages: read, written, identified. With ``runtime`` the only part of the zoo that knows the format."""

from __future__ import annotations

from zoo.package.contents import FORMATS, Axis, Operation, Package, Tensor, with_channels
from zoo.package.evaluations import evaluations, write_evaluations
from zoo.package.identity import digest
from zoo.package.reading import content, quietly, read
from zoo.package.writing import Draft, WeightFile, write

__all__ = [
    "FORMATS",
    "Axis",
    "Draft",
    "Operation",
    "Package",
    "Tensor",
    "WeightFile",
    "content",
    "digest",
    "evaluations",
    "quietly",
    "read",
    "with_channels",
    "write",
    "write_evaluations",
]
