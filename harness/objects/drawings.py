"""Which instance masks of a dataset draw what a label shows, and in which its stain is measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from harness.objects.truths import Shown
from zoo.types import Structure, labels_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from harness.segmentation import Image, Mask
    from zoo.types import Dataset

    Instances = npt.NDArray[np.integer]


@dataclass(frozen=True, kw_only=True)
class Drawings:
    """What a dataset says of its masks and labels."""

    structures: Mapping[str, Structure] = field(default_factory=dict)
    """Label -> what it shows."""
    outlines: Mapping[str, Sequence[Structure]] = field(default_factory=dict)
    """Instance mask -> what labels show the bodies that it draws."""

    def shown(
        self, label: str, image: Image, valid: Mask, pixel_size: float | None, masks: Mapping[str, Instances]
    ) -> Shown:
        """A label of a field with the masks that the field has.

        Where a mask draws what the label shows, objects are those. Else the stain is measured in whole cells, and where
        these are not drawn in whatever is.
        """
        own = self._drawing(self.structures.get(label), masks)
        cells = self._drawing(Structure.CYTOPLASM, masks)
        within = next(iter(masks.values()), None) if cells is None else cells
        return Shown(
            image=image,
            valid=valid,
            pixel_size=pixel_size or 1.0,
            objects=_laid(own, valid),
            within=None if own is not None else _laid(within, valid),
        )

    def _drawing(self, structure: Structure | None, masks: Mapping[str, Instances]) -> Instances | None:
        return next((mask for name, mask in masks.items() if structure in self.outlines.get(name, ())), None)


def drawings_of(dataset: Dataset) -> Drawings:
    """What a dataset says of its masks and labels."""
    structures = {label.name: label.structure for label in labels_of(dataset.channels) if label.structure is not None}
    return Drawings(structures=structures, outlines=dataset.outlines)


def _laid(mask: Instances | None, valid: Mask) -> Instances | None:
    """A mask on the grid of a label: seen from above where that is an image, the same in every plane of a stack."""
    if mask is None:
        return None
    seen = mask.max(axis=0) if mask.ndim > valid.ndim else mask
    return np.broadcast_to(seen, valid.shape)
