"""Masks that teach: which instances they are, and what happens where they are missing."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from zoo.errors import ZooError
from zoo.training import ask
from zoo.training.masks import Mask, drawn, parsed
from zoo.training.recordings import read

INSTANCES = np.array([[0, 1, 1], [2, 2, 3]])


def frame() -> xr.Dataset:
    return xr.Dataset(
        {
            "nuclei": (("y", "x"), INSTANCES),
            "stack": (("z", "y", "x"), INSTANCES[None]),
            "state": ("cell", np.array(["alive", "dead", "alive"])),
            "area": ("cell", np.array([2.0, 2.0, 1.0])),
        },
        coords={"cell": [1, 2, 3]},
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nuclei", [[0, 1, 1], [1, 1, 1]]),
        ("nuclei:state=dead", [[0, 0, 0], [1, 1, 0]]),
        ("nuclei:state!=dead", [[0, 1, 1], [0, 0, 1]]),
        ("nuclei:area=1.0", [[0, 0, 0], [0, 0, 1]]),
        ("nuclei:state=mitotic", [[0, 0, 0], [0, 0, 0]]),
    ],
)
def test_a_mask_is_every_instance_or_those_that_a_fact_chooses(text: str, expected: list[list[int]]) -> None:
    assert drawn("here", frame(), [text], (2, 3))[0].tolist() == np.array(expected, bool).tolist()


def test_masks_keep_their_order_and_there_may_be_none() -> None:
    both = drawn("here", frame(), ["nuclei:state=dead", "nuclei"], (2, 3))
    assert both.sum((1, 2)).tolist() == [2, 5]
    assert drawn("here", frame(), [], (2, 3)).shape == (0, 2, 3)


@pytest.mark.parametrize("text", ["", ":state=dead", "nuclei:", "nuclei:state", "nuclei:=dead", "nuclei:!=dead"])
def test_what_names_no_mask_is_refused(text: str) -> None:
    with pytest.raises(ZooError) as error:
        parsed(text)
    assert str(error.value) == (
        f"recipe: mask {text!r}, expected MASK or MASK:FACT=VALUE\n  hint: for example nuclei:state=dead"
    )


def test_a_value_may_hold_any_character() -> None:
    assert parsed("nuclei:drug=a=b") == Mask("nuclei", "drug", "a=b", equal=True)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("cells", "here: mask 'cells' was not drawn, but teaches in this recipe", "leave the field out of the split"),
        ("stack", "here: mask 'stack' has axes z y x, expected y x", "masks teach nets over planes alone"),
        (
            "nuclei:colour=red",
            "here: no fact 'colour' is known of the instances of 'nuclei', expected one of: state, area",
            "name another fact, or the mask alone",
        ),
    ],
)
def test_a_field_without_the_mask_or_the_fact_is_refused(text: str, message: str, hint: str) -> None:
    with pytest.raises(ZooError) as error:
        drawn("here", frame(), [text], (2, 3))
    assert error.value.message == message
    assert hint in error.value.hint


def test_a_dataset_without_the_mask_is_refused_before_anything_is_read(blobs) -> None:
    dataset = blobs.dataset(masks=("cells",))
    with pytest.raises(ZooError) as error:
        ask(dataset, dataset.schemes[""], spatial=2, masks=("nuclei:state=dead",))
    assert str(error.value) == (
        "dataset 'blobs' has no mask 'nuclei', which teaches in this recipe; it has: cells\n"
        "  hint: take another dataset, or a recipe that needs no mask: zoo info shows those of every preset"
    )


def test_what_was_not_recorded_is_inside_of_no_mask(blobs) -> None:
    valid = np.ones((8, 8), bool)
    valid[:, 4:] = False
    field = blobs.field("a", (8, 8), cells=(("y", "x"), np.ones((8, 8), int)), valid=(("y", "x"), valid))
    dataset = blobs.dataset(masks=("cells",), splits={"train": [field]})
    (found,) = read(ask(dataset, dataset.schemes[""], spatial=2, masks=("cells",)), "train")
    assert found.masks[0].tolist() == valid.tolist()
