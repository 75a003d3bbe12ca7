"""From a weight file to a BioImage.IO package, in every format that the net converts to, the fastest as default.

And back again, so that training can start from what was packed.
"""

from __future__ import annotations

from zoo.export.packing import export
from zoo.export.stock import packaged, packages
from zoo.export.unpacking import unpacked

__all__ = ["export", "packaged", "packages", "unpacked"]
