"""Starting from given weights: what is taken over, what is new, and what does not fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.training import plan, train
from zoo.training.transfer import taken
from zoo.types import Channel, Modality, Structure
from zoo.weights import Weights


@pytest.fixture
def two(blobs) -> Any:
    """A dataset with a second label, which is the first one upside down."""
    red = Channel(name="red", structure=Structure.MEMBRANE)
    fields = [blobs.field(name) for name in "abc"]
    for field in fields:
        field.variables["red"] = (("y", "x"), 900 - field.variables["stain"][1])
    dataset = blobs.dataset()
    return replace(dataset, channels=(*dataset.channels, red), splits={"train": fields[:2], "val": fields[2:]})


def trained(architecture: Any, dataset: Any, folder: Path, **rest: Any) -> Weights:
    return train(plan(architecture, "lite", **rest), dataset, dataset.schemes[""], folder)


def test_the_rows_of_known_labels_are_taken_over_and_new_ones_start_anew(tiny, two, tmp_path: Path) -> None:
    first = trained(tiny(), two, tmp_path / "first", labels=("stain",))
    still = tiny(steps=1, learning_rate=1e-12)
    both = trained(still, two, tmp_path / "both", labels=("red", "stain"), start=first, fields=1)
    np.testing.assert_allclose(both.tensors["weight"][1], first.tensors["weight"][0], atol=1e-6)
    assert not np.allclose(both.tensors["weight"][0], first.tensors["weight"][0])
    account = both.header.training
    assert (account["from"], account["fields"]) == ("tiny@blobs", 1)
    assert both.header.trained_on == ("blobs:train",)


def test_weights_remember_all_data_that_they_have_seen_and_its_licences(tiny, two, tmp_path: Path) -> None:
    first = trained(tiny(), two, tmp_path / "first", labels=("stain",))
    other = replace(two, id="others", license="CC-BY-4.0")
    header = trained(tiny(), other, tmp_path / "other", labels=("red",), start=first).header
    assert header.trained_on == ("blobs:train", "others:train")
    assert header.license == "CC0-1.0 AND CC-BY-4.0"
    assert header.input_normalization == first.header.input_normalization


def test_another_start_is_another_run(tiny, two, tmp_path: Path) -> None:
    first = trained(tiny(), two, tmp_path / "first", labels=("stain",))
    trained(tiny(), two, tmp_path / "run", labels=("red",))
    with pytest.raises(ZooError, match=r"checkpoint of another run: from is None, expected {'id': 'tiny@blobs'"):
        trained(tiny(), two, tmp_path / "run", labels=("red",), start=first)


def test_heads_follow_the_names_of_their_labels(tiny, two, tmp_path: Path) -> None:
    made = trained(tiny(), two, tmp_path)
    assert [channel.name for channel in made.header.outputs] == ["stain", "red"]
    given = {
        "trunk/kernel": 0.0,
        "head0/kernel": 1.0,
        "head0_norm/gamma": 2.0,
        "head1/kernel": 3.0,
        "head1_norm/gamma": 4.0,
    }
    start = replace(made, tensors={name: np.full(2, value) for name, value in given.items()})
    fresh = {name: np.full(2, 9.0) for name in given}
    found = taken(start, ["red", "new"], fresh, dict.fromkeys(fresh, (2,)))
    assert {name: tensor[0] for name, tensor in found.items()} == {
        "trunk/kernel": 0.0, "head0/kernel": 3.0, "head0_norm/gamma": 4.0, "head1/kernel": 9.0, "head1_norm/gamma": 9.0
    }  # fmt: skip


def test_weights_that_do_not_fit_are_refused(tiny, two, tmp_path: Path) -> None:
    first = trained(tiny(), two, tmp_path / "first", labels=("stain",))
    with pytest.raises(ZooError) as error:
        trained(tiny(), two, tmp_path / "run", start=first, options={"wide": 5})
    assert str(error.value) == (
        "--from: tiny@blobs does not fit: weight is (1, 1, 3, 3), expected (2, 1, 5, 5)\n"
        "  hint: the options of the net must be those that it was trained with"
    )
    with pytest.raises(ZooError) as error:
        trained(replace(tiny(), id="big"), two, tmp_path, start=first)
    assert str(error.value) == (
        "--from: weights of architecture 'tiny', expected 'big'\n  hint: zoo train tiny --from tiny@blobs"
    )
    light = Channel(name="light", modality=Modality.BRIGHTFIELD, planes=3)
    with pytest.raises(ZooError) as error:
        trained(tiny(), replace(two, channels=(light, *two.channels[1:])), tmp_path / "run", start=first)
    assert str(error.value) == (
        "--from: tiny@blobs sees 1 planes (light), expected the 3 of --inputs\n"
        "  hint: choose inputs with as many planes"
    )
