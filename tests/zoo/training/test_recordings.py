"""Which channels are read, in which order, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from zoo import registry as registries
from zoo.errors import ZooError
from zoo.training.recordings import ask, narrow, read
from zoo.types import Channel, Modality, Structure

RED = Channel(name="red", structure=Structure.MEMBRANE)


def question(dataset: Any, **rest: Any) -> Any:
    return ask(dataset, dataset.schemes[""], **{"spatial": 2, **rest})


def test_inputs_come_in_the_order_asked_for_and_labels_in_that_of_the_dataset(blobs) -> None:
    second = Channel(name="phase", modality=Modality.PHASE_CONTRAST)
    dataset = blobs.dataset()
    light, stain = dataset.channels
    fields = [blobs.field("a", phase=(("y", "x"), np.full((40, 48), 7)), red=(("y", "x"), np.full((40, 48), 9)))]
    dataset = blobs.dataset(channels=(light, RED, second, stain), splits={"train": fields})
    (found,) = read(question(dataset, inputs=("light", "phase")), "train")
    assert found.inputs.shape == (2, 40, 48)
    assert found.labels.shape == (2, 40, 48)
    assert (found.inputs[1] == 7).all()
    assert (found.labels[0] == 9).all()
    assert found.inputs.dtype == found.labels.dtype == np.float32


def test_labels_can_be_chosen_and_put_in_order(blobs) -> None:
    dataset = blobs.dataset()
    dataset = blobs.dataset(channels=(*dataset.channels, RED))
    assert question(dataset, labels=("red", "stain")).names == ("red", "stain")
    assert question(dataset).names == ("stain", "red")


def test_planes_are_channels_of_a_2d_net_and_an_axis_of_a_3d_net(blobs) -> None:
    stack = np.arange(3 * 40 * 48).reshape(3, 40, 48)
    light = Channel(name="light", modality=Modality.DIC, planes=3)
    dataset = blobs.dataset()
    fields = [blobs.field("a", light=(("z", "y", "x"), stack))]
    dataset = blobs.dataset(channels=(light, dataset.channels[1]), splits={"train": fields})
    asked = question(dataset)
    assert asked.in_channels == 3
    np.testing.assert_array_equal(read(asked, "train")[0].inputs, stack)
    fields = [blobs.field("a", (3, 40, 48))]
    dataset = blobs.dataset(channels=(light, dataset.channels[1]), splits={"train": fields})
    asked = question(dataset, spatial=3)
    assert asked.in_channels == 1
    (found,) = read(asked, "train")
    assert found.inputs.shape == found.labels.shape == (1, 3, 40, 48)


def test_a_label_that_a_field_lacks_is_blank_and_marked(blobs) -> None:
    dataset = blobs.dataset()
    dataset = blobs.dataset(channels=(*dataset.channels, RED))
    (first, _) = read(question(dataset), "train")
    assert first.recorded.tolist() == [True, False]
    assert not first.labels[1].any()
    asked, found = narrow(question(dataset), [first])
    assert asked.names == ("stain",)
    assert (found[0].labels.shape, found[0].recorded.tolist()) == ((1, 40, 48), [True])


def test_every_frame_of_a_time_series_is_an_image(blobs) -> None:
    frames = np.stack([np.full((8, 8), t) for t in range(3)])
    moving = blobs.field("a", (8, 8), light=(("t", "y", "x"), frames), stain=(("t", "y", "x"), frames))
    found = read(question(blobs.dataset(splits={"train": [moving]})), "train")
    assert [r.labels.max() for r in found] == [0, 1, 2]


def test_what_is_not_finite_in_padding_becomes_zero(blobs) -> None:
    light, valid = np.ones((8, 8)), np.ones((8, 8), bool)
    light[0], valid[0] = np.nan, False
    padded = blobs.field("a", (8, 8), light=(("y", "x"), light), valid=(("y", "x"), valid))
    (found,) = read(question(blobs.dataset(splits={"train": [padded]})), "train")
    assert found.inputs.sum() == 56


def test_without_a_mask_every_pixel_counts(blobs) -> None:
    (found,) = read(question(blobs.dataset(splits={"train": [blobs.field("a", valid=None)]})), "train")
    assert found.valid.all()


def test_nan_where_something_was_recorded_is_refused(blobs) -> None:
    light = np.ones((8, 8))
    light[2, :3] = np.nan
    dataset = blobs.dataset(splits={"train": [blobs.field("a", (8, 8), light=(("y", "x"), light))]})
    with pytest.raises(ZooError) as error:
        read(question(dataset), "train")
    assert str(error.value) == (
        "dataset 'blobs', field 'a', channel 'light': 3 pixels are NaN or infinite, expected finite counts\n"
        "  hint: mend the file, or mark the pixels as not recorded"
    )


def test_an_empty_split_is_refused(blobs) -> None:
    dataset = blobs.dataset(splits={"train": [blobs.field("a")], "test": [blobs.field("b")]})
    with pytest.raises(ZooError) as error:
        read(question(dataset), "val")
    assert str(error.value) == (
        "dataset 'blobs' has no field in split 'val' (fields: train 1, test 1)\n"
        "  hint: training needs fields in train and in val: assign them in the manifest"
    )


def test_an_unknown_label_is_refused(blobs) -> None:
    dataset = blobs.dataset(channels=(*blobs.dataset().channels, RED))
    with pytest.raises(ZooError) as error:
        question(dataset, labels=("stain", "blue"))
    assert str(error.value) == (
        "dataset 'blobs' has no label 'blue', expected some of: stain, red\n"
        "  hint: zoo list datasets shows them; --labels stain,red takes them all"
    )


def test_of_several_inputs_some_must_be_named(blobs) -> None:
    light, stain = blobs.dataset().channels
    phase = Channel(name="phase", modality=Modality.PHASE_CONTRAST)
    dataset = blobs.dataset(channels=(light, phase, stain))
    with pytest.raises(ZooError) as error:
        question(dataset)
    assert str(error.value) == (
        "dataset 'blobs' has several inputs: light, phase; which of them shall the net see?\n"
        "  hint: name one or more, for example --inputs light"
    )
    assert question(dataset, inputs=("phase", "light")).inputs == (phase, light)
    assert question(dataset, inputs=("phase",)).identity["inputs"] == ["phase"]
    with pytest.raises(ZooError, match="dataset 'blobs' has no input 'dic', expected some of: light, phase"):
        question(dataset, inputs=("dic",))


def test_stacks_of_different_height_are_read_beside_facts_of_cells(generated) -> None:
    made = registries.load().datasets.get("made")
    asked = ask(made, made.schemes[""], spatial=2, inputs=("light5", "light3"), labels=("dna",))
    told: list[str] = []
    (found, _) = read(asked, "val", told.append)
    assert found.inputs.shape == (8, 32, 32)
    np.testing.assert_array_equal(found.inputs[1:4], found.inputs[5:])
    assert told == ["val0-0", "val0-1"]


def test_a_dataset_without_input_is_refused(blobs) -> None:
    with pytest.raises(ZooError) as error:
        question(blobs.dataset(channels=blobs.dataset().channels[1:]))
    assert str(error.value) == (
        "dataset 'blobs' has no input channel (one with a modality), only stain\n"
        "  hint: name the modality of the unstained image in the manifest"
    )


def test_a_dataset_without_label_is_refused(blobs) -> None:
    with pytest.raises(ZooError) as error:
        question(blobs.dataset(channels=blobs.dataset().channels[:1]))
    assert str(error.value) == (
        "dataset 'blobs' has no label to learn\n  hint: name the structure of a label in the manifest"
    )


def test_a_field_without_its_input_is_refused(blobs) -> None:
    dataset = blobs.dataset(splits={"train": [blobs.field("a", light=None)]})
    with pytest.raises(ZooError) as error:
        read(question(dataset), "train")
    assert str(error.value) == (
        "dataset 'blobs', field 'a': input 'light' was not recorded\n"
        "  hint: leave the field out of the split, or mend its files in the manifest"
    )


def test_another_number_of_planes_is_refused(blobs) -> None:
    dataset = blobs.dataset(splits={"train": [blobs.field("a", (3, 8, 8))]})
    with pytest.raises(ZooError) as error:
        read(question(dataset), "train")
    assert str(error.value) == (
        "dataset 'blobs', field 'a', channel 'light': 3 planes, expected 1\n"
        "  hint: correct the number of planes in the manifest, or leave the field out"
    )


def test_a_projection_is_no_label_for_a_3d_net(blobs) -> None:
    flat = blobs.field("a", (3, 8, 8), stain=(("y", "x"), np.ones((8, 8))))
    with pytest.raises(ZooError) as error:
        read(question(blobs.dataset(splits={"train": [flat]}), spatial=3), "train")
    assert str(error.value) == (
        "dataset 'blobs', field 'a', label 'stain': axes y x, expected z y x\n"
        "  hint: a 2-D net predicts one plane for a label, a 3-D net a stack: choose the architecture that fits"
    )


def test_a_stack_of_one_plane_is_a_plane(blobs) -> None:
    flat = blobs.field("a", (1, 8, 8))
    (found,) = read(question(blobs.dataset(splits={"train": [flat]})), "train")
    assert found.labels.shape == (1, 8, 8)
