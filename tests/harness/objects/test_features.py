"""Features of objects, against scikit-image, numpy and drawn shapes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.feature import graycomatrix, graycoprops
from skimage.measure import regionprops_table

from harness.objects.features import GREYS, RINGS, SHAPE, STAIN, Regions, beside, joined, measured
from harness.objects.matching import numbered

labelled = arrays(np.int32, (12, 13), elements=st.integers(0, 4)).map(numbered)
images = arrays(np.float64, (12, 13), elements=st.floats(-0.5, 1.5, width=32))


def table(labels, image, pixel_size=1.0):
    regions = Regions(np.asarray(labels, np.int32), pixel_size)
    return beside(regions.shape, measured(np.asarray(image, float), regions))


@settings(max_examples=40)
@given(labelled, images)
def test_shape_and_level_agree_with_scikit_image_and_numpy(labels, image):
    found = table(labels, image, 0.5)
    names = ("area", "mean_intensity", "eccentricity", "centroid")
    expected = regionprops_table(labels, image, properties=names)
    assert found.column("area") == pytest.approx(expected["area"] * 0.25)
    assert found.column("mean") == pytest.approx(expected["mean_intensity"], abs=1e-9)
    # the square root of a small difference of nearly equal axes
    assert found.column("eccentricity") == pytest.approx(expected["eccentricity"], abs=1e-6)
    centres = np.column_stack([expected["centroid-0"] / 12, expected["centroid-1"] / 13])
    assert found.place[:, 1:] == pytest.approx(centres)
    each = [image[labels == number] for number in range(1, labels.max() + 1)]
    assert found.column("sd") == pytest.approx(np.array([values.std() for values in each]), abs=1e-9)
    assert found.column("p95") == pytest.approx(np.array([np.percentile(values, 95) for values in each]), abs=1e-9)
    assert found.column("integrated") == pytest.approx(np.array([values.sum() * 0.25 for values in each]), abs=1e-9)


@settings(max_examples=25)
@given(labelled, images)
def test_texture_agrees_with_the_co_occurrence_matrices_of_scikit_image(labels, image):
    found = table(labels, image)
    grey = np.minimum(image.clip(0, 1) * GREYS, GREYS - 1).astype(int)
    for number in range(1, labels.max() + 1):
        own = np.where(labels == number, grey + 1, 0).astype(np.uint8)
        pairs = graycomatrix(own, [1], [0, np.pi / 4, np.pi / 2, 3 * np.pi / 4], levels=GREYS + 1)
        together = pairs[1:, 1:].sum(axis=3, keepdims=True)
        if together.sum() == 0:
            expected = (0, 1)
        else:
            expected = tuple(graycoprops(together, name)[0, 0] for name in ("contrast", "homogeneity"))
        row = found.chosen(["contrast", "homogeneity"]).values[number - 1]
        assert tuple(row) == pytest.approx(expected)


def test_rings_of_a_disc_hold_what_was_drawn_in_them():
    y, x = np.mgrid[:41, :41] - 20
    distance = np.hypot(y, x)
    labels = (distance < 15).astype(np.int32)
    image = np.select([distance < 5, distance < 10], [0.9, 0.5], 0.1)
    found = table(labels, image)
    mean = found.column("mean")[0]
    for name, level in (("inner", 0.9), ("middle", 0.5), ("outer", 0.1)):
        assert found.column(name)[0] + mean == pytest.approx(level, abs=0.06)


def test_rings_of_touching_objects_end_where_they_touch():
    labels = np.zeros((20, 40), np.int32)
    labels[2:18, 2:20], labels[2:18, 20:38] = 1, 2
    rings = np.full(labels.shape, -1)
    rings.flat[Regions(labels).pixels] = Regions(labels).rings % RINGS
    outermost = RINGS - 1
    assert (rings[10, [2, 19, 20, 37]] == outermost).all()
    assert rings[10, 10] == rings[10, 29] == 0


def test_an_object_too_small_for_a_ring_has_nothing_to_say_there():
    found = table([[0, 1, 0], [0, 0, 0]], [[9.0, 0.7, 9.0], [9.0, 9.0, 9.0]])
    assert found.chosen(["inner", "middle", "outer", "contrast", "homogeneity"]).values.tolist() == [[0, 0, 0, 0, 1]]
    assert found.chosen(["mean", "sd", "p95", "eccentricity"]).values.tolist() == [[0.7, 0, 0.7, 0]]


def test_the_next_neighbour_is_measured_in_micrometres_and_one_object_has_none():
    labels = np.zeros((9, 20), np.int32)
    labels[4, 2], labels[4, 8], labels[4, 18] = 1, 2, 3
    assert table(labels, labels, 0.5).column("neighbour").tolist() == [3, 3, 5]
    assert np.isnan(table(labels == 1, labels).column("neighbour")).all()


def test_a_line_is_eccentric_and_a_square_is_not():
    labels = np.zeros((12, 12), np.int32)
    labels[1, 1:11], labels[4:9, 4:9] = 1, 2
    assert table(labels, labels).column("eccentricity").tolist() == pytest.approx([1, 0], abs=1e-6)


def test_a_stack_is_measured_by_volume():
    labels = np.zeros((6, 8, 8), np.int32)
    labels[1:5, 1:5, 1:5], labels[2, 6, 6] = 1, 2
    found = table(labels, np.where(labels == 1, 0.5, 0.25), 0.5)
    assert found.column("area").tolist() == [64 / 8, 1 / 8]
    assert found.column("integrated").tolist() == [4.0, 0.25 / 8]
    assert found.column("contrast").tolist() == [0, 0]
    assert found.place.shape == (2, 4)


def test_no_object_gives_an_empty_table():
    found = table(np.zeros((5, 5)), np.ones((5, 5)))
    assert found.names == (*SHAPE, *STAIN)
    assert found.values.shape == (0, len(found.names))
    assert found.place.shape == (0, 3)


@given(labelled, images, st.floats(0.1, 3), st.floats(-1, 1))
@settings(max_examples=25)
def test_levels_follow_gain_and_offset(labels, image, gain, offset):
    one, other = table(labels, image), table(labels, gain * image + offset)
    assert other.column("mean") == pytest.approx(gain * one.column("mean") + offset, abs=1e-9)
    for name in ("sd", "inner", "middle", "outer"):
        assert other.column(name) == pytest.approx(gain * one.column(name), abs=1e-9)


def test_tables_of_several_fields_are_one_below_the_other():
    one, other = table([[1, 1, 0, 2]], [[1.0, 3.0, 0.0, 5.0]]), table([[1, 0, 0, 0]], [[7.0, 0.0, 0.0, 0.0]])
    both = joined([one, other])
    assert both.column("mean").tolist() == [2, 5, 7]
    assert both.place[:, 0].tolist() == [2, 1, 1]
