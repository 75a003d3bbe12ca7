"""What the core distribution itself registers: the datasets whose manifests it ships."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo import hooks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zoo.types import Dataset


@hooks.impl
def zoo_datasets() -> Iterable[Dataset]:
    """The manifests under ``zoo/data/manifests``."""
    from zoo.data import shipped_datasets  # noqa: PLC0415 - listing models must not load the data layer

    return shipped_datasets()
