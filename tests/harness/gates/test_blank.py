"""Inputs without cells, and cells without stain: what is painted there is invented."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy import ndimage

from harness.gates import blank, unstained
from zoo.types import Modality


def heights(opened):
    """Droplets do not matter here: the bulk of cells, and nothing below it."""
    return 100 + 900 * np.maximum(ndimage.gaussian_filter(opened["phase"].to_numpy().astype(float), 3) - 0.2, 0)


@pytest.fixture(scope="module")
def asked(subject, judged, inputs):
    """``asked(say)``: what the gate says of blanks made of two fields, and of an empty dish."""

    def made(say):
        def changed(seed):
            return {one.name: one.back(say(one.inputs)) for one in blank.changes(inputs(seed), "f")}

        seen = [subject("dna", say, seed, changed=changed(seed)) for seed in (1, 2)]
        empty = subject("dna", say, 4, empty=True, condition="empty")
        return judged(blank, [*seen, empty], [subject("dna", say, seed) for seed in (1, 2)])

    return made


def test_painting_nothing_without_cells_passes(asked):
    def careful(opened):
        return heights(opened) * (float(opened["phase"].min()) > -0.1)  # noise and shuffled waves go below zero

    finding = asked(careful)
    assert finding.outcome == "pass"
    assert set(finding.figures) == {"flat", "camera", "noise", "shuffled", "empty"}
    assert max(finding.figures.values()) < 0.001


def test_painting_the_same_cells_whatever_is_shown_is_caught(asked, inputs):
    cells = heights(inputs(7))
    finding = asked(lambda _: cells)
    assert finding.outcome == "fail"
    assert finding.figures["flat"] == pytest.approx(1, abs=0.2)


def test_stretching_noise_to_full_brightness_is_caught(asked):
    def stretched(opened):
        image = ndimage.gaussian_filter(opened["phase"].to_numpy().astype(float), 2)
        return 100 + 900 * (image - image.min()) / (np.ptp(image) or 1.0)

    finding = asked(stretched)
    assert finding.outcome == "fail"
    assert min(finding.figures[name] for name in ("camera", "noise", "empty")) > 0.2


def test_blanks_are_what_they_are_called(inputs):
    seen = inputs(1).assign(counts=(("y", "x"), np.random.default_rng(0).integers(90, 110, (96, 96)).astype(np.uint8)))
    made = {change.name: change.inputs for change in blank.changes(seen, "f")}
    assert list(made) == ["flat", "camera", "noise", "shuffled"]
    for name in ("phase", "counts"):
        real = seen[name].to_numpy().astype(float)
        assert {one[name].dtype for one in made.values()} == {seen[name].dtype}
        assert np.ptp(made["flat"][name].to_numpy()) == 0
        assert float(made["noise"][name].std()) == pytest.approx(real.std(), rel=0.1)
        assert float(made["camera"][name].std()) == pytest.approx({"phase": 0.01, "counts": 5.8}[name], rel=0.15)
        assert float(made["shuffled"][name].mean()) == pytest.approx(real.mean(), abs=0.5)
    before, after = (np.abs(np.fft.rfft2(one["phase"]))[1:, 1:-1] for one in (seen, made["shuffled"]))
    np.testing.assert_allclose(before, after, rtol=1e-3, atol=1e-2)
    assert abs(np.corrcoef(seen["phase"].to_numpy().ravel(), made["shuffled"]["phase"].to_numpy().ravel())[0, 1]) < 0.5


def test_an_empty_dish_is_light_as_bright_as_the_image_or_no_phase_at_all(inputs):
    light = np.random.default_rng(0).normal(2000, 50, (96, 96)).astype(np.float32)
    seen = inputs(1).assign(light=(("y", "x"), light), unknown=(("y", "x"), light))
    seen.phase.attrs["modality"], seen.light.attrs["modality"] = Modality.QUANTITATIVE_PHASE, Modality.PHASE_CONTRAST
    made = {change.name: change.inputs for change in blank.changes(seen, "f")}
    assert float(seen["phase"].mean()) > 0.2, "cells are a slab on average"
    np.testing.assert_array_equal(made["flat"]["phase"], 0)
    assert float(made["camera"]["phase"].std()) == pytest.approx(0.01, rel=0.15)
    assert float(made["noise"]["phase"].std()) == pytest.approx(float(seen["phase"].std()), rel=0.05)
    for name in ("camera", "noise"):
        noise = float(made[name]["phase"].std()) / 96
        assert abs(float(made[name]["phase"].mean())) < 4 * noise
    for name in ("light", "unknown"):
        np.testing.assert_allclose(made["flat"][name], light.mean(), rtol=1e-6)
        assert float(made["camera"][name].mean()) == pytest.approx(light.mean(), abs=3)
    for kind, change in made.items():
        assert change["phase"].attrs == seen["phase"].attrs, kind


def test_blanks_are_the_same_on_every_run_and_others_for_every_field(inputs):
    one, again, other = (list(blank.changes(inputs(1), name))[2].inputs for name in ("f", "f", "g"))
    xr.testing.assert_identical(one, again)
    assert not one.identical(other)


def test_noise_that_no_microscope_makes_has_a_figure_and_no_limit(asked):
    def careful(opened):
        phase = opened["phase"].to_numpy()
        return heights(opened) * float(np.ptp(phase) > 0.3)

    finding = asked(careful)
    assert finding.outcome == "pass"
    assert finding.figures["shuffled"] > 0.2
    assert "to be read: noise as loud as cells 0.0" in finding.text


def test_a_blank_gate_needs_real_fields_to_compare_with(subject):
    assert blank.judged([], []).text == "no blank field was predicted"


def test_cells_without_stain_that_stay_dark_pass(subject, judged):
    bare = subject("dna", lambda opened: 0.1 * opened["dna_clean"] + 0.01 * heights(opened), 5, stained=False)
    finding = judged(unstained, [bare], [subject("dna", heights, seed) for seed in (1, 2)])
    assert (finding.outcome, finding.limit) == ("pass", 0.05)
    assert 0 < finding.figure < 0.01


def test_painting_a_stain_that_is_not_there_is_caught(subject, judged):
    finding = judged(unstained, [subject("dna", heights, 5, stained=False)], [subject("dna", heights, 1)])
    assert finding.outcome == "fail"
    assert finding.figure == pytest.approx(1, abs=0.2)
