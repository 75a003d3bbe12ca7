from __future__ import annotations

import dataclasses
import inspect

import pytest

from zoo import types
from zoo.types import Channel, Citation, Modality, Recipe, Structure, inputs_of, labels_of

CHANNELS = (
    Channel(name="phase", modality=Modality.PHASE_CONTRAST, pixel_size=0.16),
    Channel(name="yfp", structure=Structure.CYTOPLASM),
    Channel(name="light", modality=Modality.BRIGHTFIELD),
)


@pytest.mark.parametrize("given", [{}, {"modality": Modality.DIC, "structure": Structure.ACTIN}])
def test_a_channel_is_an_input_or_a_label(given):
    with pytest.raises(ValueError, match=r"^channel 'x': give either a modality \(input\) or a structure \(label\)$"):
        Channel(name="x", **given)


def test_inputs_and_labels_part_the_channels_in_their_order():
    assert [channel.name for channel in inputs_of(CHANNELS)] == ["phase", "light"]
    assert [channel.name for channel in labels_of(CHANNELS)] == ["yfp"]


@pytest.mark.parametrize("kind", [kind for kind in vars(types).values() if dataclasses.is_dataclass(kind)])
def test_nouns_are_frozen_and_given_by_name(kind):
    assert kind.__dataclass_params__.frozen
    assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in inspect.signature(kind).parameters.values())


def test_a_noun_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        CHANNELS[0].name = "other"


def test_nouns_are_equal_by_value():
    assert Citation(text="A 2018", doi="10.1/2") == Citation(text="A 2018", doi="10.1/2")
    assert Recipe(patch=(64, 64), batch=8, steps=10) != Recipe(patch=(64, 64), batch=8, steps=11)
