"""What a plan promises before a pixel is made: who stands in which split, and what differs from what."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields, replace

import pytest

from unstained_phantom.cells import parameters
from unstained_phantom.microscope import Camera, Conditions
from unstained_phantom.plan import Plan, Variation, neurons, standard, volume
from unstained_phantom.quantities import quantities
from unstained_phantom.shifts import CUES, EDITS

PLAN = standard()
AGAIN = ("microscope", "defocus", "gradient", "low-exposure", "broken")


def of(split: str, plan: Plan = PLAN) -> list:
    return [plan.scenes[name] for name in plan.splits[split]]


def test_the_main_splits_have_the_sessions_and_fields_of_the_plan():
    counts = {split: (len({s.session for s in of(split)}), len(of(split))) for split in ("train", "val", "test")}
    assert counts == {"train": (24, 120), "val": (6, 12), "test": (12, 24)}


def test_no_session_and_no_cell_stands_in_two_main_splits():
    for what in ("session", "cells", "noise"):
        seen = [{getattr(scene, what) for scene in of(split)} for split in ("train", "val", "test")]
        assert sum(map(len, seen)) == len(set.union(*seen))


def test_other_splits_share_sessions_with_test_alone():
    for what in ("session", "cells"):
        learnt = {getattr(scene, what) for split in ("train", "val") for scene in of(split)}
        shown = {getattr(scene, what) for split in set(PLAN.splits) - {"train", "val"} for scene in of(split)}
        assert not learnt & shown


def test_test_only_splits_are_those_of_the_protocol_and_twelve_fields_are_shown_again():
    others = {split: len(names) for split, names in PLAN.splits.items() if split not in PLAN.counts}
    own = {"cell-type": 12, "cue": 24, "edits": 24, "blank": 4, "timelapse": 24}
    assert others == {**dict.fromkeys(AGAIN, 12), **own}


@pytest.mark.parametrize(
    ("split", "part", "changed"),
    [
        ("microscope", "microscope", None),
        ("defocus", "conditions", "focus"),
        ("gradient", "conditions", "gradient"),
        ("low-exposure", "conditions", "exposure"),
        ("broken", "population", "shortcut_linked"),
    ],
)
def test_a_field_that_is_shown_again_differs_in_one_thing(split, part, changed):
    for scene in of(split):
        test = PLAN.scenes[scene.cells]
        assert test.split == "test"
        assert scene.condition
        named = {"id", "split", "condition"}
        different = {one.name for one in fields(scene) if getattr(scene, one.name) != getattr(test, one.name)}
        assert different == {*named, part}
        if changed:
            ours, theirs = getattr(scene, part), getattr(test, part)
            assert {one.name for one in fields(ours) if getattr(ours, one.name) != getattr(theirs, one.name)} == {
                changed
            }


def test_fields_are_defocused_to_both_sides():
    moved = {scene.id: scene.conditions.focus - PLAN.scenes[scene.cells].conditions.focus for scene in of("defocus")}
    assert {round(value, 6) for name, value in moved.items() if name.endswith("-1")} == {2.0}
    assert {round(value, 6) for name, value in moved.items() if name.endswith("-2")} == {-2.0}
    assert {scene.condition for scene in of("defocus")} == {"defocus +2 µm", "defocus -2 µm"}


def test_cues_and_edits_differ_in_the_cue_or_the_edit_alone():
    for split, part in (("cue", "lipid_index"), ("edits", "edit")):
        for session in {scene.session for scene in of(split)}:
            first, *others = (scene for scene in of(split) if scene.session == session)
            for scene in others:
                same = replace(scene, id=first.id, condition=first.condition, population=first.population)
                assert same == first
                assert replace(scene.population, **{part: getattr(first.population, part)}) == first.population
                assert scene.population != first.population
    assert {scene.population.lipid_index for scene in of("cue")} == set(CUES)
    assert {scene.condition for scene in of("edits")} == {
        "base",
        *(f"{edit.action} {edit.label}" for edit in EDITS),
    }


def test_cells_of_a_dish_grow_and_noise_is_new_in_every_frame():
    for session in {scene.session for scene in of("timelapse")}:
        frames = [scene for scene in of("timelapse") if scene.session == session]
        assert [scene.population.hours for scene in frames] == [2.0 * frame for frame in range(12)]
        assert frames[0].population.growth_rate > 0
        assert len({scene.cells for scene in frames}) == 1
        assert len({scene.noise for scene in frames}) == 12


def test_blank_fields_have_no_cells_and_half_of_them_no_image_either():
    assert all(scene.population.empty for scene in of("blank"))
    assert [scene.conditions.blank for scene in of("blank")] == ["empty", "empty", "noise", "noise"]


def test_days_differ_within_their_ranges():
    days = {scene.session: (scene.population, scene.conditions) for scene in of("train")}
    for name in ("confluence", "size", "droplets"):
        assert len({getattr(population, name) for population, _ in days.values()}) > 20
    for _, conditions in days.values():
        assert abs(conditions.focus) <= 2.5 * 0.3
        assert 0.9 <= conditions.lamp <= 1.1
        assert 0 <= conditions.gradient <= 0.03
        assert all(0.87 <= stain <= 1.13 for stain in conditions.stain.values())
        assert len(set(conditions.stain.values())) > 5
    assert len({str(conditions) for _, conditions in days.values()}) == 24


def test_a_volume_has_three_splits_whose_light_and_stains_share_their_planes():
    plan = volume()
    assert {split: len(names) for split, names in plan.splits.items()} == {"train": 24, "val": 4, "test": 12}
    grid = plan.grid(plan.microscope)
    assert grid.shape[0] == plan.microscope.planes == 32
    assert grid.step == grid.pixel == plan.microscope.plane_step
    assert {scene.conditions.focus for scene in plan.scenes.values()} == {0.0}


def _changes() -> list[Plan]:
    """The plan with each of its numbers changed in turn."""
    numbers = [one.name for one in quantities(PLAN.variation)]
    varied = [replace(PLAN, variation=replace(Variation(), **{name: 0.123})) for name in numbers]
    optics = [one.name for one in quantities(PLAN.microscope)]
    built = [
        replace(PLAN, microscope=replace(PLAN.microscope, **{name: getattr(PLAN.microscope, name) * 1.01 + 0.001}))
        for name in optics
    ]
    others = [
        {"seed": "another"},
        {"size": (256, 255)},
        {"margin": 15},
        {"slices": 25},
        {"step": 0.51},
        {"shifted": 5},
        {"volume": True},
        {"other": None},
        {"counts": {"train": (24, 5), "val": (6, 2), "test": (12, 3)}},
        {"microscope": replace(PLAN.microscope, camera=Camera(gain=0.5))},
        {"microscope": replace(PLAN.microscope, brightness={**PLAN.microscope.brightness, "dna": 1.0})},
    ]
    return [*varied, *built, *(replace(PLAN, **change) for change in others)]


def test_every_change_of_a_parameter_changes_the_digest():
    changed = _changes()
    assert len(changed) > 30
    assert len({PLAN.digest, *(plan.digest for plan in changed)}) == 1 + len(changed)


@pytest.mark.parametrize("place", range(len(parameters.EVERYTHING)))
def test_a_change_of_what_cells_are_made_of_changes_the_digest(monkeypatch, place):
    before = standard().digest
    known = list(parameters.EVERYTHING)
    number = next(one for one in quantities(known[place]) if one.value)
    known[place] = replace(known[place], **{number.name: number.value * 1.01})
    monkeypatch.setattr(parameters, "EVERYTHING", tuple(known))
    assert standard().digest != before


def test_the_digest_is_the_same_in_another_process_and_needs_no_array_library():
    program = (
        "import sys; from unstained_phantom.plan import standard; print(standard().digest);"
        "print(*{'numpy', 'scipy', 'xarray', 'zarr'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    digest, heavy = done.stdout.split("\n")[:2]
    assert digest == PLAN.digest
    assert heavy == ""


def test_conditions_without_a_word_are_the_usual_ones():
    usual = Conditions()
    assert (usual.lamp, usual.exposure, usual.gradient, usual.focus, usual.blank) == (1.0, 1.0, 0.0, 0.0, "")


def test_what_was_published_stays_what_it_was():
    """A digest that changes is another dataset: boards and weights name it."""
    assert [plan().digest[:12] for plan in (standard, neurons, volume)] == [
        "c248fcee4d9a",
        "8f5309738ed2",
        "56147bb49103",
    ]


def test_in_a_dish_of_neurons_every_second_one_is_a_motor_neuron():
    plan = neurons()
    for scene in plan.scenes.values():
        assert scene.population.mixture["neuron"] == scene.population.mixture["motor-neuron"] > 0.2
    assert {split: len(names) for split, names in plan.splits.items()} == {"train": 96, "val": 12, "test": 36}
    assert {"neuron", "motor_neuron"} <= plan.scenes["test-01-1"].conditions.stain.keys()
