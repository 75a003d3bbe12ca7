"""The null label: who paints where nothing can be known is caught, whatever correlation says."""

from __future__ import annotations

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
    assert "detail that is not in the truth" in finding.text


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


def test_masks_alone_explain_what_stands_on_them(subject):
    one = subject("null", likely).clean
    cells, nuclei = (one.instances[name] > 0 for name in ("cells", "nuclei"))
    drawn = 0.3 * cells - 0.2 * nuclei
    assert null.outlined(
        type(one)(image=drawn, valid=one.valid, pixel_size=0.5, instances=one.instances)
    ) == pytest.approx(1)
    assert 0 <= null.outlined(one) < 0.1


def test_a_truth_that_is_the_same_everywhere_is_not_tested(subject, judged):
    finding = judged(null, [subject("null", likely, stained=False)])
    assert (finding.outcome, finding.figure) == ("not tested", None)
    assert finding.text == "no field defines fabricated, detail, skill"
    assert np.isnan(null.outlined(subject("null", likely, stained=False).clean))
