"""What a check of a dataset finds: every broken field by name, and how far labels lie from inputs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from zoo import registry as registries
from zoo.data.checks import check, shift


def _check(dataset, *told):
    return check(dataset, dataset.all_fields(), *told)


def _blobs(seed=0, edge=128):
    rng = np.random.default_rng(seed)
    points = np.zeros((edge, edge))
    points[rng.integers(0, edge, 40), rng.integers(0, edge, 40)] = 1
    return ndimage.gaussian_filter(points, 3.0) * 1e4


def test_a_dataset_as_it_should_be_has_no_problems(cells):
    told = []
    reports = _check(cells.dataset(), told.append)
    assert [report.field for report in reports] == told == ["monday1", "monday2", "tuesday1", "tuesday2"]
    assert all(report.problems == () and report.valid == 1.0 for report in reports)


def test_every_broken_field_is_named_with_its_problem(cells):
    (cells.folder / "monday1_dna.tif").unlink()
    cells.image("tuesday2_dna.tif", np.full((32, 48), np.nan, "f4"))
    cells.image("tuesday2_phase.tif", np.full((32, 48), np.inf, "f4"))
    cells.image("monday2_phase.tif", np.ones((30, 48), "u2"))
    reports = {report.field: report for report in _check(cells.dataset())}
    assert reports["tuesday1"].problems == ()
    assert reports["monday1"].problems[0].startswith("dataset 'cells': file 'monday1_dna.tif' is missing")
    assert "sizes differ" in reports["monday2"].problems[0]
    assert len(reports["tuesday2"].problems) == 2
    assert all("1536 of 1536 pixels are NaN" in problem for problem in reports["tuesday2"].problems)
    assert reports["tuesday2"].valid is None


@given(y=st.integers(-8, 8), x=st.integers(-8, 8), gain=st.floats(-3, 3).filter(lambda gain: abs(gain) > 0.1))
@settings(max_examples=25, deadline=None)
def test_a_shift_is_measured_whatever_the_contrast(y, x, gain):
    image = _blobs()
    label = gain * ndimage.shift(image, (-y, -x), order=1, mode="wrap") + 100
    found = shift(image, label)
    assert found is not None
    assert (found.y, found.x) == (pytest.approx(y, abs=0.5), pytest.approx(x, abs=0.5))
    assert found.correlation > 0.7


def test_a_shift_is_not_made_up_where_there_is_nothing_in_common():
    noise = np.random.default_rng(1).normal(size=(128, 128))
    assert shift(_blobs(), noise) is None
    assert shift(_blobs(), np.ones((128, 128))) is None


def test_the_shift_of_each_label_is_reported_and_fails_nothing(cells):
    cells.image("monday1_phase.tif", _blobs().astype("u2"))
    cells.image("monday1_dna.tif", np.roll(_blobs(), (4, -3), (0, 1)).astype("u2"))
    report = _check(cells.dataset())[0]
    assert report.problems == ()
    found = report.shifts["dna"]
    assert (found.y, found.x) == (pytest.approx(-4, abs=0.3), pytest.approx(3, abs=0.3))


def test_stacks_are_measured_in_their_middle_plane(cells):
    stack = np.zeros((3, 128, 128), "u2")
    stack[1] = _blobs().astype("u2")
    cells.document["channels"]["phase"]["planes"] = 3
    cells.document["fields"] = cells.document["fields"][:1]
    cells.image("monday1_phase.tif", stack)
    cells.image("monday1_dna.tif", _blobs().astype("u2"))
    found = _check(cells.dataset())[0].shifts["dna"]
    assert (found.y, found.x) == (pytest.approx(0, abs=0.2), pytest.approx(0, abs=0.2))


def test_a_field_that_is_made_here_is_compared_with_what_its_dataset_promises(generated):
    made = registries.load().datasets.get("made")
    light3, light5, *labels = made.channels
    assert [report.problems for report in check(made, made.fields("val"))] == [(), ()]
    asked = replace(made, channels=(light3, replace(light5, planes=7), *labels, replace(light5, name="dic")))
    (report, *_) = check(asked, made.fields("val"))
    assert report.problems == ("channel 'light5': found 5 planes, expected 7", "input 'dic' has no image")


def test_a_field_that_is_made_with_nan_is_named(generated):
    made = registries.load().datasets.get("made")
    field = made.fields("val")[0]
    field.make()
    with np.load(field.path) as images:
        spoilt = {**images, "dna": np.full((32, 32), np.nan)}
    np.savez(field.path, **spoilt)
    assert check(made, [field])[0].problems == ("channel 'dna': 1024 of 1024 pixels are NaN or infinite",)
