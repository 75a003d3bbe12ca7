"""What a plan accepts."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from zoo.errors import ZooError
from zoo.training import plan


def test_a_plan_is_the_preset_with_changes(tiny) -> None:
    made = plan(tiny(), "lite", changes={"batch": 7}, options={"wide": 5}, seed=3, max_minutes=2.0)
    assert (made.recipe.batch, made.recipe.steps, made.seed, made.max_minutes) == (7, 6, 3, 2.0)
    assert made.options == {"spatial": 2, "wide": 5}
    assert plan(tiny(), "lite").max_minutes == math.inf


def test_ids_name_architecture_variant_dataset_and_scheme(tiny) -> None:
    assert plan(tiny(), "lite").entry_id("blobs.position") == "tiny@blobs.position"
    assert plan(tiny(), "lite", variant="wide").entry_id("blobs") == "tiny-wide@blobs"


def test_a_resumed_run_may_change_its_length_and_learning_rate_but_not_its_data_or_net(tiny) -> None:
    same = plan(tiny(), "lite", changes={"learning_rate": 1.0, "steps": 9, "clip": 1.0}, max_minutes=1.0)
    assert same.identity == plan(tiny(), "lite").identity
    for other in (plan(tiny(), "lite", seed=1), plan(tiny(), "lite", changes={"batch": 9})):
        assert other.identity != same.identity


@pytest.mark.parametrize(
    ("given", "message", "hint"),
    [
        ({"preset": "paper"}, "tiny: unknown preset 'paper', expected one of: lite", "zoo info tiny tells the presets"),
        ({"changes": {"patch": (16, 18)}}, "tiny: patch 16x18, expected 2 edges that are multiples of 4", "16x16"),
        ({"changes": {"patch": (16,)}}, "tiny: patch 16, expected 2 edges that are multiples of 4", "16x16"),
        ({"changes": {"patch": (0, 16)}}, "tiny: patch 0x16, expected 2 edges that are multiples of 4", "16x16"),
        ({"changes": {"batch": 0}}, "tiny: batch is 0, expected a positive number", "zoo train --help"),
        ({"changes": {"steps": -1}}, "tiny: steps is -1, expected a positive number", "zoo train --help"),
        ({"changes": {"learning_rate": 0.0}}, "tiny: learning rate is 0.0, expected a positive number", "--help"),
        ({"changes": {"speed": 1}}, "recipe: unknown field 'speed'", "known: patch, batch, steps"),
        ({"changes": {"zoom": "big"}}, "recipe: zoom is 'big', expected float", "for example zoom=0.0"),
        ({"changes": {"batch": 2.5}}, "recipe: batch is 2.5, expected int", "for example batch=2"),
        ({"changes": {"augment": 1}}, "recipe: augment is 1, expected bool", "for example augment=False"),
        (
            {"changes": {"schedule": "step"}},
            "recipe: schedule is 'step', expected constant or cosine or linear",
            "for example schedule=constant",
        ),
        (
            {"changes": {"step": "duels:make"}},
            "tiny: recipe with step 'duels:make' and objective 'zoo.objectives:mean_squared_error', expected one",
            "a step has losses of its own: --set step= leaves it out where an --objective is given",
        ),
        ({"changes": {"objective": ""}}, "tiny: recipe with step '' and objective '', expected one", "--set step="),
        ({"changes": {"masks": "nuclei"}}, "recipe: masks is 'nuclei', expected tuple", "for example masks=()"),
        ({"max_minutes": 0.0}, "max minutes is 0, expected a positive number", "zoo train --help"),
        ({"max_minutes": math.nan}, "max minutes is nan, expected a positive number", "zoo train --help"),
    ],
)
def test_what_cannot_be_trained_is_refused(tiny, given: dict, message: str, hint: str) -> None:
    with pytest.raises(ZooError) as error:
        plan(tiny(), **{"preset": "lite", **given})
    assert error.value.message == message
    assert hint in error.value.hint


def test_whole_numbers_will_do_for_fractions(tiny) -> None:
    assert plan(tiny(), "lite", changes={"clip": 1}).recipe.clip == 1


def test_masks_and_terms_come_as_json_has_them_and_terms_that_are_not_named_stay(tiny) -> None:
    taught = tiny(step="duels:make", objective="", terms={"l1": 100.0, "width": 8})
    recipe = plan(taught, "lite", changes={"masks": ["nuclei"], "terms": {"l1": 10.0}}).recipe
    assert recipe.masks == ("nuclei",)
    assert recipe.terms == {"l1": 10.0, "width": 8}


def test_a_net_that_loses_its_rim_takes_its_smallest_patch_and_steps_more(tiny) -> None:
    valid = replace(tiny(patch=(26, 26)), smallest=10, divisor=8)
    assert plan(valid, "lite").recipe.patch == (26, 26)
    with pytest.raises(ZooError) as error:
        plan(valid, "lite", changes={"patch": (16, 16)})
    assert str(error.value) == (
        "tiny: patch 16x16, expected 2 edges that are 10 and multiples of 8 more\n  hint: for example --patch 34x34"
    )
