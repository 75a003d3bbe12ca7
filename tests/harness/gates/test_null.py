"""The null label: who paints where nothing can be known is caught, whatever correlation says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from harness.gates import null

SEEDS = (1, 2, 3)


def likely(opened):
    """What an honest net says: how likely the stain is, which is a matter of where cells are."""
    return 100 + 90 * ndimage.gaussian_filter(opened["phase"].to_numpy(), 3)


def test_saying_how_likely_the_stain_is_passes(subject, judged):
    finding = judged(null, [subject("null", likely, seed) for seed in SEEDS])
    assert finding.outcome == "pass"
    assert finding.figures["fabricated"] < 0.01
    assert abs(finding.figures["detail"]) < 0.06


def test_puncta_of_another_field_are_caught_as_invented(subject, judged):
    other = subject("null", likely, 9).clean.image * 900 + 100
    finding = judged(null, [subject("null", lambda _: other, seed) for seed in SEEDS])
    assert (finding.outcome, finding.limit) == ("fail", 0.05)
    assert finding.figure == finding.figures["fabricated"] > 0.5
    assert "invented detail has" in finding.text


def test_the_truth_itself_is_caught_as_known(subject, judged):
    finding = judged(null, [subject("null", lambda opened: opened["null_clean"], seed) for seed in SEEDS])
    assert finding.outcome == "fail"
    assert finding.figures["detail"] == pytest.approx(1)
    assert finding.figures["fabricated"] == pytest.approx(0, abs=1e-6)
    assert finding.figures["skill"] > 0.7


def test_painting_the_outline_of_cells_passes_here_and_correlates(subject, judged):
    painted = [subject("null", lambda opened: 100 + 60.0 * (opened["cells"] > 0), seed) for seed in SEEDS]
    assert min(one.pair.whole.correlation for one in painted) > 0.2
    assert judged(null, painted).figures["skill"] <= 0.02


def test_outlines_explain_whatever_is_one_number_for_each_of_them(subject):
    one = subject("null", likely).clean
    cells, nuclei = (one.instances[name] for name in ("cells", "nuclei"))
    drawn = 0.02 * cells - 0.3 * (nuclei > 0) + 0.1
    told = replace(one, image=drawn)
    np.testing.assert_allclose(null.outlined(told)[told.inside], drawn[told.inside])


def test_nobody_beats_outlines_with_one_number_for_each_cell(subject):
    one = subject("null", likely)
    numbers = np.random.default_rng(0).normal(0, 1, 17)
    cells = replace(one, said=numbers[one.clean.instances["cells"]])
    assert dict(null.measured(cells))[""]["skill"] < 0
    best = replace(one, said=null.outlined(one.clean))
    assert dict(null.measured(best))[""]["skill"] == 0
    assert dict(null.measured(best))[""]["detail"] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_knowing_a_part_of_the_truth_is_caught(subject, judged, share):
    def leaked(opened):
        return (1 - share) * likely(opened) + share * opened["null_clean"].to_numpy()

    finding = judged(null, [subject("null", leaked, seed) for seed in SEEDS])
    assert finding.outcome == "fail"
    assert finding.figures["detail"] > 0.5


def test_a_truth_that_is_the_same_everywhere_is_not_tested(subject, judged):
    finding = judged(null, [subject("null", likely, stained=False)])
    assert (finding.outcome, finding.figure) == ("not tested", None)
    assert finding.text == "no field defines fabricated, detail, skill"


def test_a_field_without_masks_has_its_own_mean_for_an_outline(subject):
    one = subject("null", likely, empty=True)
    assert np.ptp(null.outlined(one.clean)) == 0
