"""Floors, ceilings and what lies between; ranks that say how sure they are; ranks over several labels."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from harness.report import as_markdown


def row(found, model, label="dna"):
    return next(one for one in found.rows if (one.contender.id, one.label) == (model, label))


def between(low, value, high):
    """Where a correlation stands between two others in Fisher's units."""
    return (math.atanh(value) - math.atanh(low)) / (math.atanh(high) - math.atanh(low))


def test_scaled_scores_stand_between_the_best_floor_and_the_clean_truth_in_fishers_units(made, scores_of):
    found = made(
        scores_of("net", [0.6] * 2),
        scores_of("floor", [0.2] * 2),
        scores_of("other-floor", [0.3] * 2),
        scores_of("repeat", [0.7] * 2),
        scores_of("clean-truth", [0.9] * 2),
    )
    axis = found.task("dna").axis
    assert (axis.floor, axis.floor_by, axis.ceiling, axis.ceiling_by) == (0.3, "other-floor", 0.9, "clean-truth")
    assert row(found, "net").scaled == pytest.approx(between(0.3, 0.6, 0.9), abs=1e-6)
    assert row(found, "net").score == 0.6
    assert [row(found, name).scaled for name in ("other-floor", "clean-truth")] == [0.0, 1.0]
    assert row(found, "floor").scaled < 0 < row(found, "repeat").scaled < 1


def test_without_a_clean_truth_the_ceiling_is_the_root_of_what_a_repeat_reaches(made, scores_of):
    found = made(scores_of("net", [0.6]), scores_of("floor", [0.2]), scores_of("repeat", [0.64]))
    axis = found.task("dna").axis
    assert (axis.ceiling, axis.ceiling_by) == (pytest.approx(0.8), "repeat")
    assert row(found, "net").scaled == pytest.approx(between(0.2, 0.6, 0.8), abs=1e-6)
    assert "1 is C_max, the root of what `repeat` reaches, 0.800." in as_markdown(found)


def test_without_a_ceiling_nothing_is_scaled_and_raw_scores_rank(made, scores_of):
    found = made(scores_of("good", [0.6]), scores_of("bad", [0.5]), scores_of("floor", [0.2]))
    assert [(one.contender.id, one.rank, one.scaled) for one in found.rows] == [
        ("good", 1, None),
        ("bad", 2, None),
        ("floor", None, None),
    ]
    assert "C_max" not in as_markdown(found)


def test_a_task_without_room_ranks_nobody_and_says_so(made, scores_of):
    found = made(scores_of("net", [0.6]), scores_of("floor", [0.7]), scores_of("clean-truth", [0.749]))
    assert (row(found, "net").rank, row(found, "net").scaled) == (None, None)
    assert "dna: not rankable: the ceiling, 0.749, is less than 0.05 above the floor, 0.700." in found.notes
    again = made(scores_of("net", [0.6]), scores_of("floor", [0.7]), scores_of("clean-truth", [0.75]))
    assert row(again, "net").rank == 1


def test_a_failure_scores_the_floor_on_the_scaled_axis_and_is_counted(made, scores_of):
    controls = (scores_of("floor", [0.2] * 2), scores_of("clean-truth", [0.8] * 2))
    found = row(made(scores_of("net", [0.6, None]), *controls), "net")
    assert (found.scaled, found.failed) == (pytest.approx(between(0.2, 0.6, 0.8) / 2, abs=1e-6), 1)


@pytest.mark.parametrize("status", ["constant", "failed", "timeout"])
def test_who_delivers_nothing_anywhere_has_no_rank_on_the_label_and_the_floor_overall(status, made, scores_of):
    labels = ("dna", "rna")
    parts = [
        *(scores_of("net", [0.6] * 2, label=label) for label in labels),
        *(scores_of("floor", [0.2] * 2, label=label) for label in labels),
        *(scores_of("clean-truth", [0.8] * 2, label=label) for label in labels),
        *(scores_of("half", [0.7] * 2, label="dna"), scores_of("half", [0.0] * 2, label="rna", status=status)),
    ]
    found = made(*parts, labels=labels)
    half = row(found, "half", "rna")
    assert (half.rank, half.failed, half.status) == (None, 2, status)
    assert found.task("rna").scores["half"] == 0.0
    assert found.overall.mean_ranks == {"half": 1.5, "net": 1.5}


def test_models_that_cannot_be_told_apart_share_a_rank_where_there_are_sessions_enough(made, scores_of):
    clear = [0.70, 0.71, 0.72, 0.73, 0.74, 0.75, 0.76, 0.77]
    alike = [value + 0.02 * (-1) ** index for index, value in enumerate(clear)]
    worse = [value - 0.4 for value in clear]
    found = made(*(scores_of(name, values) for name, values in (("a", clear), ("b", alike), ("c", worse))))
    assert {name: row(found, name).rank for name in "abc"} == {"a": 1, "b": 1, "c": 3}
    assert sorted(row(found, name).place for name in "abc") == [1, 2, 3]
    assert row(found, "c").ranks == (3, 3)
    assert row(found, "a").first + row(found, "b").first == pytest.approx(1)
    expected = (
        "dna: Smallest attainable p with 8 sessions, 3 comparisons: 0.0078125, after Holm 0.0234375."
        " 2 of 3 pairs are told apart."
    )
    assert expected in found.notes


def test_with_too_few_sessions_ranks_are_those_of_the_scores_and_nothing_is_claimed(made, scores_of):
    found = made(scores_of("a", [0.8] * 5), scores_of("b", [0.79] * 5))
    assert [(one.rank, one.place, one.ranks, one.first) for one in found.rows] == [
        (1, 1, None, None),
        (2, 2, None, None),
    ]
    assert found.notes[0].startswith("Cannot separate models: 5 independent sessions, 6 are needed.")


def test_so_many_models_need_more_sessions_than_there_are(made, scores_of):
    found = made(*(scores_of(name, [0.1 * place] * 6) for place, name in enumerate("abcd", 1)))
    assert {one.rank for one in found.rows} == {1}
    assert any(note.startswith("dna: Cannot separate models: 8 sessions are needed.") for note in found.notes)


def test_what_has_seen_the_fields_is_scaled_and_takes_no_part(made, scores_of):
    found = made(
        scores_of("net", [0.5]),
        scores_of("crammer", [0.79]),
        scores_of("floor", [0.2]),
        scores_of("clean-truth", [0.8]),
        seen=("crammer",),
    )
    assert [one.rank for one in found.rows[:2]] == [1, None]
    assert row(found, "crammer").scaled == pytest.approx(between(0.2, 0.79, 0.8), abs=1e-6)


def test_fields_whose_truth_defines_no_score_are_dropped_for_all(made, scores_of):
    known, empty = scores_of("net", [0.6, 0.6])
    found = made([known, replace(empty, value=None, status="undefined")], scores_of("floor", [0.2]))
    assert (found.task("dna").standings.fields, row(found, "net").failed) == (1, 0)


def test_the_overall_rank_is_the_mean_over_labels_and_who_lacks_one_is_partial(made, scores_of):
    labels = ("dna", "rna", "null")
    parts = [
        *(scores_of("a", [0.8], label="dna"), scores_of("a", [0.7], label="rna")),
        *(scores_of("b", [0.7], label="dna"), scores_of("b", [0.6], label="rna")),
        *(scores_of("c", [0.9], label="dna"), scores_of("b", [0.9], label="null")),
    ]
    found = made(*parts, labels=labels, controls=("null",))
    assert found.overall.ranks == {"a": 1, "b": 2}
    assert found.overall.partial == {"c": ("rna",)}
    assert found.overall.left_out == {"dna": 1.0, "rna": 1.0}
    assert "Partial, and so without an overall rank: c." in found.notes


def test_one_task_has_no_overall_rank(made, scores_of):
    assert made(scores_of("a", [0.8]), scores_of("b", [0.7])).overall is None


def test_a_control_label_and_fields_without_the_stain_rank_nobody(made, scores_of):
    assert made(scores_of("a", [0.8]), controls=("dna",)).task("dna").refused == "a control label"
    assert made(scores_of("a", [0.8]), split="control").task("dna").refused == "its fields carry no stain"
