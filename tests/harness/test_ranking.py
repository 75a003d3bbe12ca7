"""Averages, ranks and intervals against figures worked out by hand and by scipy."""

from __future__ import annotations

import json
import math

import pytest

from harness.metrics import METRICS
from harness.ranking import board
from harness.records import Column, Contender, Data, Run, Score
from harness.report import HEAD, as_csv, as_json, as_markdown, side_by_side
from harness.scoring import PROTOCOL

COLUMNS = tuple(
    Column(
        id=metric.id,
        version=metric.version,
        title=metric.title,
        better=metric.better,
        averaged=metric.averaged,
        ranked=metric.better != "neither",
    )
    for metric in METRICS
)


def score(
    model, field, value, *, session="", condition="", metric="r", status="ok", kind="model", label="dna", note=""
):
    return Score(
        protocol=PROTOCOL.name,
        model=model,
        kind=kind,
        digest=model,
        dataset="cells",
        split="test",
        field=field,
        session=session,
        condition=condition,
        label=label,
        metric=metric,
        version=1,
        value=value,
        status=status,
        note=note,
    )


def run(*contenders, split="test", labels=("dna",), fields=("f0",), intensity="comparable", limit=None):
    return Run(
        suite="core",
        protocol=PROTOCOL,
        data=Data(
            reference="cells",
            id="cells",
            version="1",
            digest="d" * 64,
            scheme="",
            split=split,
            fields=fields,
            labels=labels,
            intensity=intensity,
            license="CC0-1.0",
            limit=limit,
        ),
        columns=COLUMNS,
        contenders=tuple(
            one if isinstance(one, Contender) else Contender(id=one, kind="model", digest=one) for one in contenders
        ),
        scales={},
        jobs=(),
        command=(),
        versions={},
        environment={},
        timing={},
    )


def rows(made):
    return {row.contender.id: row for row in made.rows}


FLOOR = Contender(id="floor", kind="control", digest="c", bound="floor")


def test_fields_are_averaged_within_sessions_and_sessions_count_once():
    scores = [
        score("net", "f0", 0.1, session="monday", metric="r2"),
        score("net", "f1", 0.3, session="monday", metric="r2"),
        score("net", "f2", 0.8, session="tuesday", metric="r2"),
    ]
    assert rows(board(run("net"), scores))["net"].values["r2"] == pytest.approx((0.2 + 0.8) / 2)


def test_correlations_are_averaged_on_fishers_scale():
    scores = [
        score("net", "f0", 0.1, session="monday"),
        score("net", "f1", 0.5, session="monday"),
        score("net", "f2", 0.9, session="tuesday"),
    ]
    monday = (math.atanh(0.1) + math.atanh(0.5)) / 2
    expected = math.tanh((monday + math.atanh(0.9)) / 2)
    row = rows(board(run("net"), scores))["net"]
    assert row.score == pytest.approx(expected, abs=1e-6)
    assert (row.sessions, row.fields) == (2, 3)


def test_without_sessions_every_field_counts_once_and_no_day_is_claimed():
    scores = [score("net", f"f{index}", 0.2 * index, metric="nmae") for index in range(4)]
    made = board(run("net"), [*scores, *(score("net", f"f{index}", 0.5) for index in range(4))])
    row = rows(made)["net"]
    assert row.values["nmae"] == pytest.approx(0.3)
    assert (row.sessions, row.low) == (0, None)
    assert (
        "The dataset names no sessions: figures are means over fields and claim nothing about other days." in made.notes
    )


@pytest.mark.parametrize(("sessions", "given_interval"), [(5, False), (6, True)])
def test_intervals_need_six_sessions(sessions, given_interval):
    values = [0.1, 0.3, 0.5, 0.6, 0.2, 0.8][:sessions]
    scores = [score("net", f"f{index}", value, session=f"s{index}") for index, value in enumerate(values)]
    made = board(run("net"), scores)
    row = rows(made)["net"]
    assert (row.low is not None) == given_interval
    expected = f"Cannot separate models: {sessions} independent sessions, 6 are needed. No intervals are given."
    assert (expected in made.notes) != given_interval
    assert ("| 95 % |" in as_markdown(made)) == given_interval


def test_ranks_are_shared_by_what_is_equal_to_six_digits():
    scores = [score("a", "f0", 0.5), score("b", "f0", 0.5 + 1e-9), score("c", "f0", 0.4), score("d", "f0", 0.9)]
    found = rows(board(run("a", "b", "c", "d"), scores))
    assert {name: row.rank for name, row in found.items()} == {"d": 1, "a": 2, "b": 2, "c": 4}


def test_a_model_says_whether_it_stands_above_every_floor():
    other = Contender(id="other", kind="control", digest="c", bound="floor")
    ceiling = Contender(id="repeat", kind="control", digest="c", bound="ceiling")
    values = {"low": 0.2, "middle": 0.5, "high": 0.8, "floor": 0.4, "other": 0.5, "repeat": 0.95}
    scores = [score(name, "f0", value) for name, value in values.items()]
    found = rows(board(run("low", "middle", "high", FLOOR, other, ceiling), scores))
    assert {name: found[name].above_floor for name in values} == {
        "low": False,
        "middle": False,
        "high": True,
        "floor": None,
        "other": None,
        "repeat": None,
    }
    assert found["repeat"].rank is None


def test_a_board_on_which_no_model_beats_the_floors_says_not_to_trust_any():
    note = "dna: no model stands above every floor control. None can be trusted here."
    for value, said in ((0.2, True), (0.8, False)):
        made = board(run("net", FLOOR), [score("net", "f0", value), score("floor", "f0", 0.4)])
        assert (note in made.notes) == said


def test_boards_stand_side_by_side_with_a_verdict_each():
    good = board(run("net", FLOOR), [score("net", "f0", 0.8), score("floor", "f0", 0.4)])
    bad = board(run("net", FLOOR, limit=1), [score("net", "f0", 0.2), score("floor", "f0", 0.4)])
    none = board(run(FLOOR), [score("floor", "f0", 0.4)])
    lines = side_by_side([good, bad, none]).splitlines()
    assert lines[2:] == [
        "| cells | test | dna | `net` | 0.800 |  | `floor` | 0.400 | 0 | above every floor |",
        "| cells | test | dna | `net` | 0.200 |  | `floor` | 0.400 | 0 | cannot be trusted here |",
        "| cells | test | dna |  |  |  | `floor` | 0.400 | 0 | no model is ranked |",
    ]


def test_a_model_that_images_are_resampled_for_says_so():
    zoomed = Contender(id="net", kind="model", digest="d", zoom=1.5625)
    assert rows(board(run(zoomed), [score("net", "f0", 0.5)]))["net"].note == "resampled by 1.562"


def test_a_failure_counts_and_is_never_left_out():
    scores = [
        score("honest", "f0", 0.5),
        score("honest", "f1", 0.5),
        score("picky", "f0", 0.6),
        score("picky", "f1", 0.0, status="failed", note="no idea"),
    ]
    found = rows(board(run("honest", "picky"), scores))
    assert (found["honest"].rank, found["picky"].rank) == (1, 2)
    assert (found["picky"].failed, found["picky"].fields, found["picky"].status) == (1, 2, "failed")


def test_what_the_truth_leaves_undefined_is_left_out_for_everybody():
    scores = [score("net", "f0", None, status="undefined"), score("net", "f1", 0.4)]
    row = rows(board(run("net"), scores))["net"]
    assert (row.score, row.status, row.failed) == (0.4, "ok", 0)


def test_a_label_of_which_nothing_is_defined_has_no_score_and_no_rank():
    row = rows(board(run("net"), [score("net", "f0", None, status="undefined")]))["net"]
    assert (row.score, row.rank, row.status) == (None, None, "ok")


def test_labels_are_ranked_apart():
    scores = [
        score("a", "f0", 0.9),
        score("b", "f0", 0.1),
        score("a", "f0", 0.1, label="rna"),
        score("b", "f0", 0.9, label="rna"),
    ]
    made = board(run("a", "b", labels=("dna", "rna")), scores)
    assert [(row.label, row.contender.id, row.rank) for row in made.rows] == [
        ("dna", "a", 1),
        ("dna", "b", 2),
        ("rna", "b", 1),
        ("rna", "a", 2),
    ]


def test_conditions_and_sessions_have_tables_of_their_own_with_the_truth_beside():
    scores = []
    for index, (condition, session) in enumerate([("dark", "s0"), ("dark", "s1"), ("bright", "s1")]):
        where = {"condition": condition, "session": session}
        scores += [
            score("net", f"f{index}", 0.5, **where),
            score("net", f"f{index}", 1.0 + index, metric="amplitude", **where),
            score("net", f"f{index}", 0.25, metric="truth-amplitude", **where),
        ]
    made = board(run("net"), scores)
    assert [(group.name, group.fields, group.values["amplitude"]) for group in made.by_condition] == [
        ("bright", 1, 3.0),
        ("dark", 2, 1.5),
    ]
    assert [(group.name, group.fields) for group in made.by_session] == [("s0", 1), ("s1", 2)]
    text = as_markdown(made)
    assert "| amplitude by condition | bright | dark |\n| --- | --- | --- |\n| `net` | 3.000 | 1.500 |" in text
    assert "| the truth's own | 0.250 | 0.250 |" in text
    assert json.loads(as_json(made))["by_condition"][1]["metrics"]["amplitude"] == 1.5


def test_the_board_for_scripts_has_a_fixed_beginning():
    made = board(run("net", FLOOR), [score("net", "f0", 0.123456789), score("floor", "f0", 0.1)])
    lines = as_csv(made).splitlines()
    assert lines[0] == ",".join([*HEAD, *(metric.id for metric in METRICS)])
    assert lines[1].startswith("1,net,cells,dna,0.123457,test,model,,ok,yes,,,,1,,,,,1,0,0,,,,0.123457,")
    assert lines[2].startswith(",floor,cells,dna,0.1,test,floor,,ok,,")


def test_numbers_in_the_document_have_six_digits():
    made = board(run("net"), [score("net", "f0", 1 / 3), score("net", "f0", 2e-9 / 3, metric="r2-offset")])
    row = json.loads(as_json(made))["rows"][0]
    assert (row["score"], row["metrics"]["r2-offset"]) == (0.333333, 6.66667e-10)


def test_a_pipe_in_a_name_does_not_break_a_table():
    made = board(run("a|b"), [score("a|b", "f0", 0.5, condition="x|y")])
    table = [line for line in as_markdown(made).splitlines() if line.startswith("|")]
    assert "`a\\|b`" in table[2]
    assert len({line.replace("\\|", "").count("|") for line in table[:3]}) == 1
