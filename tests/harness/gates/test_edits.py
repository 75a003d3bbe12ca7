"""Edits: what an organelle's own label does where it was taken out or put in, and what all others do not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from harness.gates import edits


def spots(opened):
    phase = opened["phase"].to_numpy()
    detail = ndimage.gaussian_filter(phase, 0.7) - ndimage.gaussian_filter(phase, 1.6)
    return 100 + 7200 * np.maximum(detail - 0.02, 0)


@pytest.fixture(scope="module")
def pairs(subject):
    """``pairs("lipid", say)``: an erased and an inserted field, each with what it was before."""

    def made(label, say):
        return [
            subject(
                label,
                say,
                seed,
                edit=edit,
                condition=f"{edit} lipid",
                before=subject(label, say, seed, condition="base"),
            )
            for seed, edit in enumerate(("erase", "insert"))
        ]

    return made


def test_following_the_edit_passes(pairs, judged):
    finding = judged(edits, pairs("lipid", spots))
    assert finding.outcome == "pass"
    assert finding.figures["elsewhere"] < 0.1
    assert 0 < finding.figures["deafness"] < 0.6


def test_other_labels_that_stay_pass(pairs, judged):
    finding = judged(edits, pairs("dna", lambda opened: 100 + 500 * ndimage.gaussian_filter(opened["phase"], 4)))
    assert finding.outcome == "pass"
    assert set(finding.figures) == {"moved"}


def test_a_label_that_moves_with_another_is_caught(pairs, judged):
    finding = judged(edits, pairs("dna", spots))
    assert (finding.outcome, finding.limit) == ("fail", 0.3)
    assert "edits of other labels change" in finding.text


def test_a_change_that_spreads_over_the_field_is_caught(pairs, judged):
    finding = judged(edits, pairs("lipid", lambda opened: spots(opened) + 3e4 * float(opened["phase"].mean())))
    assert finding.outcome == "fail"
    assert finding.figures["elsewhere"] > 0.2


def test_missing_the_edit_is_caught(pairs, judged):
    finding = judged(edits, pairs("lipid", lambda opened: 100 + 500 * ndimage.gaussian_filter(opened["phase"], 6)))
    assert finding.outcome == "fail"
    assert finding.figures["deafness"] > 0.9


def test_moving_against_the_edit_is_caught(pairs, judged):
    finding = judged(edits, pairs("lipid", lambda opened: 3000 - spots(opened)))
    assert finding.outcome == "fail"
    assert finding.figures["deafness"] > 1


def test_an_answer_that_never_moves_is_not_tested_here(pairs, judged):
    rng = np.random.default_rng(3)
    still = rng.normal(200, 20, (96, 96))
    assert judged(edits, pairs("lipid", lambda _: still)).outcome == "not tested"
