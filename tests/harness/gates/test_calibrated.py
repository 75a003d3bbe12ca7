"""Absolute error and similarity with the gain and offset of other sessions, against numpy and scikit-image."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from harness import records
from harness.gates import calibrated, calibration
from harness.gates.sums import Untested
from harness.gates.verdicts import Row
from harness.metrics import METRICS
from harness.scoring import Failure


def measured(subjects):
    """What the moments of some fields are, each in a session of its own."""
    return [
        Row(gate="calibrated", label="dna", field="f", session=str(place), condition="", values=values)
        for place, one in enumerate(subjects)
        for _, values in calibration.measured(one)
    ]


@pytest.fixture(scope="module")
def faint(subject):
    """Three fields of which a noisy net says too little, and too much of that."""

    def say(opened):
        noise = 40 * np.random.default_rng(0).standard_normal((96, 96))
        return 300 + 0.4 * opened["dna_clean"].to_numpy() + noise

    return [subject("dna", say, seed) for seed in (1, 2, 3)]


def test_the_line_of_a_session_is_that_through_all_others(faint):
    found = calibration.lines(measured(faint))
    for place, one in enumerate(faint):
        others = [other for other in faint if other is not one]
        said, there = (
            np.concatenate([np.ravel(image) for image in images])
            for images in ([other.said for other in others], [other.truth.image for other in others])
        )
        assert found[str(place)] == pytest.approx(np.polyfit(said, there, 1), rel=1e-9)


def test_error_and_similarity_after_it_agree_with_numpy_and_scikit_image(faint):
    one, (gain, offset) = faint[0], calibration.lines(measured(faint))["0"]
    ((_, values),) = calibrated.measured(replace(one, line=(gain, offset)))
    there = one.truth.image
    for name, image in (("{}", one.said), ("{} calibrated", gain * one.said + offset)):
        error = np.abs(image - there).mean() / np.abs(there - np.median(there)).mean()
        assert values[name.format("NMAE")] == pytest.approx(error, rel=1e-9)
        expected = structural_similarity(
            np.clip(there, 0, 1),
            np.clip(image, 0, 1),
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=1.0,
        )
        assert values[name.format("SSIM")] == pytest.approx(expected, abs=1e-9)
    assert values["NMAE"] > 1.2 * values["NMAE calibrated"]


def test_one_session_calibrates_nobody(faint):
    assert calibration.lines(measured(faint[:1])) == {}
    with pytest.raises(Untested, match="no other session tells gain and offset"):
        list(calibrated.measured(faint[0]))


def test_images_too_small_for_a_window_have_an_error_alone():
    values = {"NMAE": 1.0, "NMAE calibrated": 0.5, "SSIM": np.nan, "SSIM calibrated": np.nan}
    row = Row(gate="g", label="dna", field="f", session="s", condition="", values=values)
    found = calibrated.judged([row], [])
    assert (found.outcome, found.figure) == ("diagnostic", 0.5)
    assert found.text == "NMAE 1.00 as predicted, 0.50 calibrated"
    assert found.figures == {"NMAE": 1.0, "NMAE calibrated": 0.5}


def verdict(outcome, name="net"):
    (one,) = (one for one in outcome.board.verdicts[name] if one.gate == "calibrated-pixels")
    return one


@pytest.fixture
def quick(dataset):
    """A field a day, and no probes."""
    made = dataset(probes={})
    made.splits["test"] = made.splits["test"][::4]
    return made


def test_a_faint_picture_is_as_good_as_any_once_other_sessions_tell_its_gain(run, candidate, quick, tmp_path):
    def pale(one, _):
        return {"dna": (300 + 0.4 * one.open()["dna_clean"]).to_numpy()}

    def clear(one, _):
        return {"dna": one.open()["dna_clean"].to_numpy()}

    nets = [candidate(pale, labels=("dna",)), candidate(clear, "clear", labels=("dna",))]
    metrics = [metric for metric in METRICS if metric.id in {"r", "nmae", "ssim"}]
    outcome = run(*nets, dataset=quick, metrics=metrics)
    found, best = verdict(outcome).figures, verdict(outcome, "clear").figures
    assert found["NMAE"] > 2 * found["NMAE calibrated"]
    assert found["SSIM"] < found["SSIM calibrated"] - 0.05
    (row,) = (row for row in outcome.board.rows if (row.contender.id, row.label) == ("net", "dna"))
    for name in ("NMAE", "SSIM"):
        assert found[f"{name} calibrated"] == pytest.approx(best[f"{name} calibrated"], abs=1e-4)
        assert found[name] == pytest.approx(row.values[name.lower()], abs=1e-5), "as the metric has it"
    head = "| calibrated-pixels | NMAE | NMAE calibrated | SSIM | SSIM calibrated |"
    assert head in (tmp_path / "out" / "leaderboard.md").read_text()
    line = next(one for one in outcome.board.run.jobs if (one.gate, one.model) == ("calibrated-pixels", "net"))
    records.job_path(tmp_path / "out", line.key).unlink()
    again = run(*nets, dataset=quick, metrics=metrics)
    assert again.board.verdicts == outcome.board.verdicts, "gain and offset follow from jobs that were kept"


def test_who_fails_a_field_is_not_calibrated(run, candidate, honesty, quick):
    def say(one, seen):
        said = honesty(seen["phase"].to_numpy())
        return {"dna": Failure("failed", "no") if one.id == "test-2-0" else said["dna"]}

    outcome = run(candidate(say, labels=("dna",)), dataset=quick)
    assert verdict(outcome).outcome == "not tested"
    assert verdict(outcome).text == "field 'test-0-0': field 'test-2-0': no"
