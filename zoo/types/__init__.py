"""The frozen nouns that plugins, models and datasets are described with.

Plain data only: importing this loads no array library, so that ``zoo list`` stays instant. Code is pointed at by
``"module:attribute"`` and imported when it is used.
"""

from __future__ import annotations

from zoo.types.channels import Channel, Modality, Structure, inputs_of, labels_of
from zoo.types.datasets import Dataset, Field, SplitScheme, Told
from zoo.types.models import Architecture, Citation, Framework, Metric, ModelEntry, Need, Preset, Recipe

__all__ = [
    "Architecture",
    "Channel",
    "Citation",
    "Dataset",
    "Field",
    "Framework",
    "Metric",
    "Modality",
    "ModelEntry",
    "Need",
    "Preset",
    "Recipe",
    "SplitScheme",
    "Structure",
    "Told",
    "inputs_of",
    "labels_of",
]
