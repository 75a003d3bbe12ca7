from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from zoo.normalization import Normalization
from zoo.types import Channel, Citation, Framework, Modality, Structure
from zoo.weights import Header, Weights, write


@pytest.fixture
def weight_file(tmp_path: Path) -> Path:
    """A weight file of a net without weights."""
    header = Header(
        id="n@d",
        title="N",
        architecture="n",
        preset="lite",
        options={},
        framework=Framework.TORCH,
        inputs=(Channel(name="light", modality=Modality.BRIGHTFIELD, pixel_size=0.3),),
        outputs=(Channel(name="dna", structure=Structure.NUCLEUS),),
        input_normalization=Normalization("per-image"),
        target_normalization=Normalization("training", mean=(400.0,), std=(80.0,)),
        license="CC-BY-4.0",
        cite=(Citation(text="A 2018", doi="10.1/2"),),
        trained_on=("d:train",),
    )
    crop = np.zeros((32, 32), np.uint16)
    path = tmp_path / "n.safetensors"
    write(Weights(header, {}, {"light": crop, "dna": crop}), path)
    return path
