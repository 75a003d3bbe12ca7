"""What stands beside the gates: shortcuts, shifts and inputs that get worse. Figures without a verdict."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from harness.gates import corruptions, shifts, shortcut
from harness.gates.verdicts import Row


def spots(opened):
    phase = opened["phase"].to_numpy().astype(float)
    return 100 + 7200 * np.maximum(ndimage.gaussian_filter(phase, 0.7) - ndimage.gaussian_filter(phase, 1.6) - 0.02, 0)


def test_following_the_visible_thing_has_an_index_near_one(subject, judged):
    broken = [subject("short", spots, seed, linked=False, against="lipid") for seed in (1, 2)]
    together = [subject("short", spots, seed) for seed in (1, 2)]
    finding = judged(shortcut, broken, together)
    assert (finding.outcome, finding.limit) == ("diagnostic", None)
    assert finding.figures["together"] > 0.8
    assert abs(finding.figures["apart"]) < 0.15
    assert finding.figures["index"] > 0.7
    assert finding.figure == finding.figures["gap"] > 0.7


def test_knowing_the_label_itself_has_no_gap(subject, judged):
    broken = [
        subject("short", lambda opened: opened["short_clean"], seed, linked=False, against="lipid") for seed in (1, 2)
    ]
    together = [subject("short", lambda opened: opened["short_clean"], seed) for seed in (1, 2)]
    finding = judged(shortcut, broken, together)
    assert finding.figure == pytest.approx(0, abs=1e-6)
    assert finding.figures["index"] < -0.7


def test_where_its_sessions_are_not_shown_it_stands_beside_those_that_are():
    """As when validation fields are judged: fields of the probe are those of other sessions."""
    apart = Row(gate="s", label="l", field="a", session="one", condition="", item="", values={"own": 0.1, "other": 0.8})
    usual = Row(gate="s", label="l", field="b", session="two", condition="", item="", values={"detail": 0.9})
    assert shortcut.judged([apart], [usual]).figures["together"] == 0.9


def row(item, r, session, condition=""):
    return Row(
        gate="shifts",
        label="l",
        field=f"{item}{session}{condition}",
        session=session,
        condition=condition,
        item=item,
        values={"r": r},
    )


def test_the_worst_group_is_named_beside_the_same_sessions():
    said = [row("", 0.9, "a"), row("", 0.7, "b"), row("", 0.2, "c")]
    rows = [
        row("dark", 0.6, "a"),
        row("dark", 0.4, "b"),
        row("cells", 0.8, "x", "round"),
        row("cells", 0.1, "y", "long"),
    ]
    finding = shifts.judged(rows, said)
    assert finding.outcome == "diagnostic"
    assert finding.figure == 0.1
    assert finding.text == "worst: cells (long), r 0.10; 0.60 on the asked split"
    assert finding.figures == {"dark": 0.5, "dark, without": 0.8, "cells": 0.45, "cells, without": 0.6}


def test_a_shift_is_measured_on_the_truth_without_noise(subject):
    one = subject("lipid", lambda opened: opened["lipid_clean"], against="dim", cue=0.1)
    assert list(shifts.measured(one)) == [("dim", {"r": pytest.approx(1)})]


def test_inputs_get_worse_step_by_step(inputs):
    made = {
        change.name: change.inputs["phase"].to_numpy().astype(float) for change in corruptions.changes(inputs(1), "f")
    }
    assert len(made) == 5 * len(corruptions.KINDS)
    whole = inputs(1)["phase"].to_numpy().astype(float)
    for kind, (_, severities) in corruptions.KINDS.items():
        errors = [float(np.std(made[f"{kind} {severity:g}"] - whole)) for severity in severities]
        assert errors == sorted(errors), kind
        assert errors[0] > 0, kind


def test_the_kind_that_hurts_most_is_named(subject, judged, inputs):
    changed = {one.name: one.back(spots(one.inputs)) for one in corruptions.changes(inputs(1), "f")}
    finding = judged(corruptions, [subject("lipid", spots, changed=changed)])
    assert finding.outcome == "diagnostic"
    assert finding.figures["clean"] > 0.8
    assert finding.figures["noise 2"] < finding.figures["noise 0.1"]
    assert finding.text.startswith("worst: ")
    kinds = {
        kind: np.mean([finding.figures[f"{kind} {one:g}"] for one in known])
        for kind, (_, known) in corruptions.KINDS.items()
    }
    assert finding.figure == pytest.approx(min(kinds.values()))
