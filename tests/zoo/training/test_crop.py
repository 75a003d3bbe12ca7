"""The sample: a real, valid, dense window in raw counts."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.training.crop import as_counts, sample
from zoo.training.recordings import ask, read
from zoo.types import Channel, Modality, Structure, inputs_of


def made(dataset, divisor=16, spatial=2):
    inputs = [channel.name for channel in inputs_of(dataset.channels)]
    asked = ask(dataset, dataset.schemes[""], spatial=spatial, inputs=inputs)
    return sample(asked, read(asked, "val"), divisor=divisor)


def test_the_sample_is_the_densest_window_of_a_validation_field_in_its_counts(blobs) -> None:
    stain = np.full((300, 300), 100, np.uint16)
    stain[200:230, 100:130] = 900
    dense = blobs.field("dense", (300, 300), stain=(("y", "x"), stain))
    found = made(blobs.dataset(splits={"train": [blobs.field("a")], "val": [dense]}))
    opened = dense.open().isel(y=slice(128, 256), x=slice(64, 192))
    for name in ("light", "stain"):
        np.testing.assert_array_equal(found[name], opened[name])
        assert found[name].dtype == np.uint16


@pytest.mark.parametrize("divisor", [256, 200])
def test_a_net_that_takes_nothing_as_small_as_a_sample_still_has_one(blobs, divisor) -> None:
    dataset = blobs.dataset(splits={"val": [blobs.field("a", (256, 256))]})
    assert {crop.shape for crop in made(dataset, divisor=divisor).values()} == {(128, 128)}


def test_the_field_with_most_foreground_is_chosen(blobs) -> None:
    stain = np.full((128, 128), 100, np.uint16)
    stain[:3, :3] = 900
    sparse = blobs.field("sparse", (128, 128), stain=(("y", "x"), stain))
    found = made(blobs.dataset(splits={"val": [sparse, blobs.field("dense", (128, 128))]}))
    assert found["stain"].max() < 900


def test_windows_without_padding_and_fields_with_every_label_come_first(blobs) -> None:
    red = Channel(name="red", structure=Structure.MEMBRANE)
    valid = np.zeros((256, 256), bool)
    valid[128:, 128:] = True
    image = np.arange(256 * 256, dtype=np.float32).reshape(256, 256) / 2
    complete = blobs.field("b", (256, 256), valid=(("y", "x"), valid), red=(("y", "x"), image))
    dataset = blobs.dataset()
    dataset = blobs.dataset(channels=(*dataset.channels, red), splits={"val": [blobs.field("a", (256, 256)), complete]})
    found = made(dataset)
    assert list(found) == ["light", "stain", "red"]
    np.testing.assert_array_equal(found["red"], image[128:, 128:])
    assert found["red"].dtype == np.float32


def test_a_small_field_is_mirrored_up_to_what_the_net_takes(blobs) -> None:
    found = made(blobs.dataset(splits={"val": [blobs.field("a", (20, 40))]}))
    assert found["light"].shape == (32, 48)
    np.testing.assert_array_equal(found["light"][20:], found["light"][19:7:-1])


def test_planes_stay_with_their_channel(blobs) -> None:
    stack = np.arange(3 * 32 * 32, dtype=np.uint16).reshape(3, 32, 32)
    light = Channel(name="light", modality=Modality.DIC, planes=3)
    other = Channel(name="other", modality=Modality.BRIGHTFIELD)
    field = blobs.field("a", (32, 32), light=(("z", "y", "x"), stack), other=(("y", "x"), stack[1] + 1))
    dataset = blobs.dataset(channels=(light, other, blobs.dataset().channels[1]), splits={"val": [field]})
    found = made(dataset)
    np.testing.assert_array_equal(found["light"], stack)
    np.testing.assert_array_equal(found["other"], stack[1] + 1)


def test_a_stack_has_at_most_16_planes_of_64(blobs) -> None:
    light = Channel(name="light", modality=Modality.DIC, planes=40)
    dataset = blobs.dataset(
        channels=(light, blobs.dataset().channels[1]), splits={"val": [blobs.field("a", (40, 80, 32))]}
    )
    assert {crop.shape for crop in made(dataset, spatial=3).values()} == {(16, 64, 32)}


def test_counts_that_are_not_whole_numbers_stay_as_they_are() -> None:
    for counts in ([0.5, 1], [-1, 1], [70000, 1]):
        image = np.array(counts, np.float32)
        np.testing.assert_array_equal(as_counts(image), image)
