"""Tiles that show, and fields that are turned, mirrored and moved."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from harness.gates import equivariance, seam


def smooth(phase):
    return 100 + 900 * ndimage.gaussian_filter(np.asarray(phase, np.float64), 2)


@pytest.fixture(scope="module")
def turned(subject, judged, inputs):
    """``turned(say)``: what the gate says of a field; ``say`` takes a phase image."""

    def made(say, **options):
        changes = equivariance.changes(inputs(1, **options), "f")
        changed = {one.name: np.asarray(one.back(say(one.inputs["phase"].to_numpy())), np.float64) for one in changes}
        return judged(equivariance, [subject("dna", lambda opened: say(opened["phase"]), changed=changed, **options)])

    return made


def test_a_filter_without_direction_passes(turned):
    finding = turned(smooth)
    assert finding.outcome == "pass"
    assert finding.figures["turned"] < 1e-6
    assert finding.figures["moved"] < 0.02


def test_an_answer_that_does_not_turn_with_the_cells_is_caught(turned, inputs):
    still = smooth(inputs(5)["phase"])
    finding = turned(lambda _: still)
    assert finding.outcome == "fail"
    assert finding.figures["turned"] > 0.5


def test_a_shadow_with_a_direction_is_caught(turned):
    finding = turned(lambda phase: 100 + 3000 * ndimage.sobel(ndimage.gaussian_filter(np.asarray(phase, float), 1), -1))
    assert (finding.outcome, finding.limit) == ("fail", 0.4)
    assert finding.figures["turned"] > finding.figures["moved"]


def test_a_grid_of_pixels_that_shows_is_caught_when_the_field_moves(turned):
    def coarse(phase):
        small = np.asarray(phase, float)[::8, ::8]
        return 100 + 900 * np.kron(small, np.ones((8, 8)))

    assert turned(coarse).figures["moved"] > 0.1


def test_uneven_light_is_no_test(inputs):
    slanted = inputs(1)
    slanted["phase"] = slanted["phase"] + 3 * np.linspace(0, 1, 96).astype(np.float32)
    assert list(equivariance.changes(slanted, "f")) == []


def test_every_change_comes_back_to_where_it_began(inputs):
    seen = inputs(1)
    whole = seen["phase"].to_numpy().astype(float)
    names = []
    for change in equivariance.changes(seen, "f"):
        back = change.back(change.inputs["phase"].to_numpy().astype(np.float64))
        there = np.isfinite(back)
        names.append(change.name)
        np.testing.assert_allclose(back[there], whole[there], atol=0.02)
        assert there.all() == change.name.startswith("turned")
    assert len(names) == len(set(names)) == 9


@given(st.integers(0, 3), st.booleans(), st.integers(5, 9), st.integers(5, 9))
def test_fields_need_not_be_square(turns, mirrored, height, width):
    image = np.arange(height * width, dtype=float).reshape(height, width)
    import xarray as xr

    there = equivariance._laid(xr.DataArray(image, dims=("y", "x")), turns=turns, mirrored=mirrored)
    assert there.shape == ((height, width) if turns % 2 == 0 else (width, height))
    np.testing.assert_array_equal(equivariance._back(there.to_numpy(), turns=turns, mirrored=mirrored), image)


def test_a_move_by_a_whole_pixel_is_exact(inputs):
    image = ndimage.gaussian_filter(inputs(1)["phase"].to_numpy().astype(float), 2)
    np.testing.assert_allclose(equivariance.moved(image, 1.0, -1)[:, 2:], image[:, 1:-1], atol=1e-9)


def test_tiles_without_a_trace_pass_and_a_line_is_caught(subject, judged):
    def tiled(step):
        image = smooth(subject_phase)
        image[:, 48:] += step
        return image

    one = subject("dna", lambda opened: smooth(opened["phase"]))
    subject_phase = one.said  # any image will do
    whole = subject("dna", lambda _: smooth(subject_phase), changed={"tiled": tiled(0)})
    assert judged(seam, [whole]).figure < 1e-6
    seen = subject("dna", lambda _: smooth(subject_phase), changed={"tiled": tiled(60)})
    finding = judged(seam, [seen])
    assert finding.outcome == "fail"
    assert finding.figure == pytest.approx(60 / 900 / np.sqrt(seen.energy), rel=1e-3)


def test_a_seam_is_asked_for_in_tiles(inputs):
    (change,) = seam.changes(inputs(1), "f")
    assert (change.name, change.tiled) == ("tiled", True)
