"""The curve over the strength of a cue: silent without one, and never less where there is more."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from harness.gates import cue
from harness.gates.verdicts import Row

CUES = (0.0, 0.03, 0.1, 0.3)


@pytest.fixture(scope="module")
def curve(subject, judged):
    """``curve(say)``: what the gate says of droplets whose contrast grows."""

    def made(say):
        seen = [
            subject("lipid", say, seed, cue=strength, condition=f"cue {strength:.3f}")
            for seed in (1, 2)
            for strength in CUES
        ]
        return judged(cue, seen)

    return made


def spots(opened):
    phase = opened["phase"].to_numpy()
    detail = ndimage.gaussian_filter(phase, 0.7) - ndimage.gaussian_filter(phase, 1.6)
    return 100 + 7200 * np.maximum(detail - 0.02, 0)


def test_reading_the_contrast_passes(curve):
    finding = curve(spots)
    assert finding.outcome == "pass"
    slopes = [finding.figures[f"slope at {strength:g}"] for strength in CUES]
    assert slopes == sorted(slopes)
    assert abs(slopes[0]) < 0.05
    assert slopes[-1] > 0.5


def test_knowing_where_droplets_are_without_seeing_them_is_caught(curve):
    finding = curve(lambda opened: opened["lipid_clean"])
    assert finding.outcome == "fail"
    assert finding.figures["slope at 0"] == pytest.approx(1)


def test_painting_droplets_wherever_is_caught(subject, curve):
    elsewhere = 100 + 900 * subject("lipid", spots, 9).clean.image
    finding = curve(lambda opened: spots(opened) + elsewhere - 100)
    assert finding.outcome == "fail"
    assert finding.figure == finding.figures["fabricated"] > 0.5


def test_saying_less_where_more_is_shown_is_caught(curve):
    def fading(opened):
        contrast = float(opened["phase"].max())
        return 100 + (spots(opened) - 100) * (0.3 if contrast > 0.85 else 6)

    finding = curve(fading)
    assert finding.outcome == "fail"
    assert finding.figures["setback"] > 0.05


def test_never_hearing_the_cue_is_caught(curve):
    finding = curve(lambda opened: 100 + (spots(opened) - 100) * 0.01)
    assert (finding.outcome, finding.limit) == ("fail", 0.9)
    assert "it misses 0.99 of the response" in finding.text


def test_a_curve_needs_a_field_without_a_cue():
    known = {"detail": 0.5, "slope": 0.5, "fabricated": 0.0}
    rows = [
        Row(gate="cue", label="l", field=f"f{one}", session="", condition=f"cue {one}", values=known)
        for one in (1, 2, 3)
    ]
    assert cue.judged(rows, []).outcome == "not tested"
    assert cue.judged([], []).outcome == "not tested"
