"""What a package says that it did not learn, where somebody predicts with it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import xarray as xr

from zoo.images import write_image
from zoo.normalization import Normalization
from zoo.package.facts import doubts
from zoo.types import Channel, Structure

LABELS = tuple(Channel(name=name, structure=Structure.NUCLEUS) for name in ("dna", "dead", "lipid"))
TRAINING = {
    "labels_r": {"dna": 0.9, "dead": 0.0123, "lipid": 0.614},
    "linear_r": {"dna": 0.5, "dead": 0.2, "lipid": 0.7},
    "unpredictable": "dead",
    "not_above_linear": "lipid",
}
DEAD = "unpredictable: r 0.01 on validation fields"
LIPID = "no better than a linear pixel model: r 0.61 on validation fields, against 0.70"


def test_labels_that_were_not_learnt_are_told_when_they_are_predicted(zoo, packer, packed, tmp_path: Path) -> None:
    constants = Normalization("training", (1.0,) * 3, (1.0,) * 3)
    made = packer.pack(packer.small, outputs=LABELS, target_normalization=constants, training=TRAINING).package
    assert doubts(made) == {"dead": DEAD, "lipid": LIPID}
    assert doubts(packed.package) == {}
    image = write_image(xr.DataArray(np.ones((20, 20), np.float32), dims=("y", "x")), tmp_path / "a.ome.tif")
    ran = zoo("predict", made.path, image, "-o", tmp_path / "out")
    assert f"zoo: dead: {DEAD}\nzoo: lipid: {LIPID}\n" in ran.err
    ran = zoo("predict", made.path, image, "-o", tmp_path / "out", "--labels", "dna,dead", "--json")
    assert "lipid" not in ran.err
    assert json.loads(ran.out)[0]["doubts"] == {"dead": DEAD, "lipid": LIPID}


def test_what_is_defined_nowhere_is_said_to_be(packer) -> None:
    training = {"labels_r": {"yfp": None}, "unpredictable": "yfp"}
    made = packer.pack(packer.small, training=training).package
    assert doubts(made) == {"yfp": "unpredictable: r undefined on validation fields"}
