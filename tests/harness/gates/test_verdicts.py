"""Averages, findings, badges, and verdicts on disk."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.examination.files import read_verdicts, write_verdicts
from harness.gates import GATES, SUITES
from harness.gates.badges import badges, tabled
from harness.gates.sums import Limit, averages, diagnostic, found, untested
from harness.gates.verdicts import Row, Verdict
from harness.records import DamagedError, read_measured, read_scores, write_scores
from zoo.registry import resolve

LOUD = Limit("loud", 0.5, "{:.1f} loud")
LATE = Limit("late", 2.0, "{:.1f} late", signed=True)


def row(value, field="f", session="s", **more):
    return Row(gate="g", label="l", field=field, session=session, condition="", values={"loud": value}, **more)


def verdict(outcome, gate="blank", label="dna", **more):
    return Verdict(**{"gate": gate, "version": 1, "label": label, "outcome": outcome, "text": f"why {outcome}", **more})


def test_every_session_counts_once_whatever_its_fields():
    rows = [row(1.0, session="a"), row(1.0, session="a"), row(1.0, session="a"), row(0.0, session="b")]
    assert averages(rows) == {"loud": 0.5}
    assert averages([row(1.0, "f", ""), row(0.0, "g", ""), row(0.0, "g", "")]) == {"loud": 0.5}


def test_what_is_undefined_is_left_out_of_an_average():
    assert averages([row(math.nan), row(3.0), row(math.nan, session="empty")]) == {"loud": 3.0}
    assert math.isnan(averages([row(math.nan)])["loud"])
    assert averages([]) == {}


def test_every_limit_must_hold_and_the_nearest_is_shown():
    passed = found({"loud": -0.1, "late": 1.5}, [LOUD, LATE])
    assert (passed.outcome, passed.figure, passed.limit) == ("pass", 1.5, 2.0)
    assert passed.text == "-0.1 loud (limit 0.5), 1.5 late (limit 2)"
    failed = found({"loud": -0.9, "late": -50}, [LOUD, LATE], {"more": 1 / 3})
    assert (failed.outcome, failed.figure, failed.limit) == ("fail", -0.9, 0.5)
    assert failed.figures == {"loud": -0.9, "late": -50.0, "more": 0.333333}


def test_a_figure_at_its_limit_passes():
    assert found({"loud": 0.5}, [LOUD]).outcome == "pass"
    assert found({"loud": 0.500001}, [LOUD]).outcome == "fail"


@given(st.sampled_from([math.nan, math.inf, -math.inf]))
def test_what_is_not_a_number_never_passes(value):
    finding = found({"loud": value, "late": 0.0}, [LOUD, LATE])
    assert (finding.outcome, finding.text) == ("not tested", "no field defines loud")
    assert found({"late": 0.0}, [LOUD, LATE]).outcome == "not tested"
    assert diagnostic(value, "x", {}).outcome == "not tested"


def test_badges_show_figures_and_tell_why_nothing_passed():
    verdicts = {
        "one": (
            verdict("pass", figure=0.0123, limit=0.1),
            verdict("fail", "null", "null", figure=0.3),
            verdict("not tested", "seam"),
        ),
        "two": (verdict("not tested"), verdict("diagnostic", "shifts", figure=0.25)),
    }
    said = badges(verdicts, "dna")
    assert said.tables[0] == (
        ["gate", "null", "blank"],
        [["`one`", "fail 0.3", "pass 0.012"], ["`two`", "not tested", "not tested"]],
    )
    assert said.tables[1] == (["diagnostic", "shifts"], [["`one`", "not tested"], ["`two`", "0.25"]])
    assert said.notes == (
        "`one`, null: fail; why fail",
        "`two`, blank: not tested; why not tested",
        "`two`, shifts: diagnostic; why diagnostic",
        "Not tested: seam.",
    )
    assert badges(verdicts, "lipid").tables[0][0] == ["gate", "null"]
    assert badges({}, "dna").tables == badges({}, "dna").notes == ()


def test_verdicts_come_back_from_disk(tmp_path):
    kept = {"net": (verdict("fail", figure=0.2, limit=0.1, figures={"flat": 0.2}), verdict("not tested", "seam"))}
    assert read_verdicts(tmp_path) == {}
    write_verdicts(tmp_path, {})
    assert not (tmp_path / "gates.json").exists()
    write_verdicts(tmp_path, kept)
    assert read_verdicts(tmp_path) == kept
    (tmp_path / "gates.json").write_text("{", encoding="utf-8")
    with pytest.raises(DamagedError, match=r"gates\.json: cannot be read as verdicts"):
        read_verdicts(tmp_path)


def test_rows_lie_in_the_file_of_their_job(tmp_path):
    rows = (row(0.5), row(math.nan, item="7"), row(0.0, status="timeout", note="late"))
    write_scores(tmp_path / "job.parquet", (), rows)
    assert read_scores(tmp_path / "job.parquet") == ()
    found = read_measured(tmp_path / "job.parquet")
    assert [one.item for one in found] == ["", "7", ""]
    assert math.isnan(found[1].values["loud"])
    assert (found[0], found[2]) == (rows[0], rows[2])
    write_scores(tmp_path / "plain.parquet", ())
    assert read_measured(tmp_path / "plain.parquet") == ()


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.id)
def test_every_gate_is_described_and_has_its_functions(gate):
    assert gate.title
    assert gate.source
    assert gate.suite in SUITES
    for name in ("measured", "judged", *(["changes"] if gate.changes else [])):
        assert callable(resolve(f"{gate.module}:{name}"))
    assert untested("x").outcome == "not tested"


def test_what_is_tabled_shows_every_figure_and_no_badge():
    weighed = verdict("diagnostic", "nucleus-mass", figures={"cells": 80.0, "error": 0.01234})
    said = {
        "net": (verdict("pass"), weighed),
        "control": (verdict("diagnostic", "nucleus-mass", figures={"cells": 80.0, "bias": -0.5}),),
        "other": (verdict("not tested", "nucleus-mass"),),
    }
    lines = [["`net`", "80", "0.0123", ""], ["`control`", "80", "", "-0.5"]]
    assert tabled(said, "dna") == [(["nucleus-mass", "cells", "error", "bias"], lines)]
    assert tabled(said, "lipid") == []
    assert badges(said, "dna").tables == ((["gate", "blank"], [["`net`", "pass"]]),)
    assert not any("mass" in note for note in badges(said, "dna").notes)
