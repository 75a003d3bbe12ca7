"""From a weight file to a BioImage.IO package, in every format that the net converts to, the fastest as default."""

from __future__ import annotations

from zoo.export.packing import export
from zoo.export.stock import packaged

__all__ = ["export", "packaged"]
