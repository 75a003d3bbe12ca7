"""The random level: what a nucleus' brightness says that its size and thickness do not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.gates import level
from harness.gates.sums import Untested
from harness.gates.verdicts import Row


def rows(said, levels, area, thickness):
    return [
        Row(gate="random-level", label="random", field="f", session="s", condition="", item=str(number), values=values)
        for number, values in enumerate(
            dict(zip(("said", "level", "area", "thickness"), map(float, one), strict=True))
            for one in zip(said, levels, area, thickness, strict=True)
        )
    ]


def nuclei(count, seed=0):
    rng = np.random.default_rng(seed)
    return rng, rng.lognormal(0, 0.6, count), rng.uniform(60, 120, count), rng.uniform(1, 3, count)


def test_saying_how_thick_a_nucleus_is_passes_though_the_truth_correlates():
    rng, levels, area, thickness = nuclei(500)
    said = 2 * thickness + 0.01 * area + rng.normal(0, 0.3, 500)
    assert np.corrcoef(said, levels * thickness)[0, 1] > 0.3
    finding = level.judged(rows(said, levels, area, thickness), [])
    assert (finding.outcome, finding.limit, finding.figures["nuclei"]) == ("pass", 0.2, 500)
    assert abs(finding.figures["partial"]) < finding.figure < 0.2


@pytest.mark.parametrize("sign", [1, -1])
def test_knowing_the_level_is_caught_whatever_its_sign(sign):
    rng, levels, area, thickness = nuclei(500)
    finding = level.judged(
        rows(thickness * (2 + sign * 0.3 * levels) + rng.normal(0, 0.3, 500), levels, area, thickness), []
    )
    assert finding.outcome == "fail"
    assert finding.figures["partial"] * sign > 0.3


def test_fewer_than_300_nuclei_are_no_test():
    _, levels, area, thickness = nuclei(299)
    finding = level.judged(rows(thickness, levels, area, thickness), [])
    assert (finding.outcome, finding.text) == ("not tested", "299 nuclei; 300 are needed")
    assert level.judged([], []).outcome == "not tested"


def test_what_size_explains_entirely_leaves_nothing_to_correlate():
    _, levels, area, thickness = nuclei(400)
    finding = level.judged(rows(3 * thickness + area, levels, area, thickness), [])
    assert finding.text == "area and thickness explain every level: there is nothing to correlate"


def test_partial_correlation_is_that_of_the_textbook():
    rng, levels, area, thickness = nuclei(400)
    said = thickness + 0.2 * levels + rng.normal(0, 0.5, 400)
    inverse = np.linalg.inv(np.corrcoef([said, levels, area, thickness]))
    expected = -inverse[0, 1] / np.sqrt(inverse[0, 0] * inverse[1, 1])
    finding = level.judged(rows(said, levels, area, thickness), [])
    assert finding.figures["partial"] == pytest.approx(expected, abs=1e-6)


@given(st.floats(0, 0.99), st.integers(10, 5000))
def test_the_bound_is_that_of_scipy(correlation, count):
    interval = np.tanh(np.arctanh(correlation) + stats.norm.ppf(0.95) / np.sqrt(count - 3))
    assert level.upper(correlation, count) == pytest.approx(interval)


def test_nuclei_are_measured_one_by_one(subject):
    one = subject("random", lambda opened: 100 + 900 * (opened["nuclei"] == 5), against="dna")
    found = dict(level.measured(one))
    assert len(found) == 16
    assert found["5"]["said"] == pytest.approx(1)
    assert found["6"]["said"] == 0
    assert found["5"]["level"] == one.facts["level"][4]
    assert found["5"]["area"] == np.sum(one.truth.instances["nuclei"] == 5)
    assert found["5"]["thickness"] == pytest.approx(one.truths["dna"].clean[one.truth.instances["nuclei"] == 5].mean())


def test_a_field_that_lacks_what_is_needed_says_so(subject):
    one = subject("random", lambda opened: opened["phase"], against="nothing")
    with pytest.raises(Untested, match="the field lacks a stain of all nuclei"):
        list(level.measured(one))
    with pytest.raises(Untested, match="the field lacks a mask of nuclei"):
        list(level.measured(subject("random", lambda opened: opened["phase"], against="dna", empty=True)))
