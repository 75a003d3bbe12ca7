"""Rules for pixels that were not recorded."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.data.validity import lit, nonzero, valid_pixels

RANDOM = np.random.default_rng(0)


def _counts(*shape):
    return RANDOM.integers(100, 999, shape).astype(np.uint16)


@given(
    top=st.integers(0, 4),
    bottom=st.integers(0, 4),
    left=st.integers(0, 4),
    right=st.integers(0, 4),
    planes=st.integers(1, 3),
)
@settings(deadline=None)
def test_padding_at_every_edge_is_found_exactly(top, bottom, left, right, planes):
    recorded = np.zeros((20, 24), dtype=bool)
    recorded[top : 20 - bottom, left : 24 - right] = True
    inputs = [_counts(planes, 20, 24) * recorded]
    labels = [_counts(20, 24) * recorded]
    np.testing.assert_array_equal(valid_pixels("nonzero", inputs, labels), recorded)


def test_a_zero_inside_or_in_one_channel_alone_is_a_count():
    phase, dna = _counts(1, 20, 24), _counts(1, 20, 24)
    phase[0, 5:9, 5:9] = dna[0, 5:9, 5:9] = 0
    dna[0, :3] = 0
    assert nonzero([phase, dna]).all()


def _well(light, *, noise=3.0):
    y, x = np.mgrid[:120, :160]
    inside = (np.abs(y - 60) / 50) ** 4 + (np.abs(x - 80) / 55) ** 4 < 1
    falloff = light * np.exp(-((y - 60) ** 2 + (x - 80) ** 2) / 4000)
    return inside, np.where(inside, 100 + falloff, 100) + RANDOM.normal(0, noise, inside.shape)


@pytest.mark.parametrize("light", [800, 3000])
def test_the_lit_bottom_of_a_well_is_found_to_its_dim_corners(light):
    inside, image = _well(light)
    found = lit(image)
    assert (found != inside).mean() < 0.03
    assert (found & ~inside).sum() < 0.02 * inside.sum()


def test_a_dark_animal_at_the_wall_belongs_to_the_well():
    inside, image = _well(3000)
    image[40:80, 24:34] = 110
    found = lit(image)
    assert found[45:75, 30:34].all()
    assert (found != inside).mean() < 0.03


def test_the_rule_reads_the_first_input():
    inside, image = _well(3000)
    found = valid_pixels("lit", [np.stack([image, image])], [_counts(120, 160)])
    assert (found != inside).mean() < 0.03


def test_without_a_rule_all_is_recorded():
    assert valid_pixels("", [np.zeros((3, 4, 5))], []).shape == (4, 5)
    assert valid_pixels("", [np.zeros((3, 4, 5))], []).all()
