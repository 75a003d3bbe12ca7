"""Which fields are shown, as which pictures, and what a gallery is on disk."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from harness import records
from harness.page.gallery import pictures
from harness.page.gallery.choice import picks
from harness.page.gallery.files import picture, read_gallery
from zoo.errors import ZooError


def chosen(folder):
    run = records.read_run(folder)
    return picks(run, records.scores_of(folder))


def test_best_median_and_worst_are_those_of_the_scores(board_folder):
    folder = board_folder()
    values = sorted(
        score.value
        for score in records.scores_of(folder)
        if (score.model, score.label, score.metric) == ("beta@cells", "dna", "r")
    )
    mine = [pick for pick in chosen(folder) if (pick.model, pick.label) == ("beta@cells", "dna")]

    assert [(pick.place, pick.score) for pick in mine] == [
        ("best", values[-1]),
        ("median", values[7]),
        ("worst", values[0]),
    ]
    assert {pick.of for pick in mine} == {16}


def test_a_field_that_was_not_delivered_has_no_picture(board_folder):
    mine = [pick for pick in chosen(board_folder(failing=["beta@cells"])) if pick.model == "beta@cells"]

    assert "day-01-1" not in {pick.field for pick in mine}
    assert {pick.of for pick in mine} == {15}


@pytest.mark.parametrize(
    ("fields", "places"), [(1, ["best"]), (2, ["best", "worst"]), (3, ["best", "median", "worst"])]
)
def test_fewer_fields_give_fewer_pictures(board_folder, fields, places):
    mine = chosen(board_folder(models=["alpha@cells"], labels=["dna"], sessions=0, fields=fields))

    assert [pick.place for pick in mine] == places


def test_controls_have_no_pictures(board_folder):
    assert {pick.model for pick in chosen(board_folder())} == {"alpha@cells", "beta@cells", "gamma@cells"}


def test_counts_have_one_fixed_range_and_what_is_not_finite_is_black():
    image = np.array([[90, 390, 690, 1000], [0, np.nan, np.inf, -np.inf]], np.float32)

    assert pictures.grey(image, 90, 690).tolist() == [[0, 128, 255, 255], [0, 0, 255, 0]]


def test_a_large_field_is_averaged_down_and_a_stack_shows_its_middle():
    stack = np.stack([np.full((600, 520), value, np.float32) for value in (0, 50, 100)])

    found = pictures.grey(stack, 0, 100)
    assert found.shape == (200, 173)
    assert set(found.ravel().tolist()) == {128}


def test_a_picture_comes_back_as_it_was_but_for_what_nobody_sees():
    ramp = np.tile(np.arange(0, 256, 2, dtype=np.uint8), (64, 1))

    again = np.asarray(Image.open(io.BytesIO(pictures.webp(ramp))).convert("L"), np.int16)
    assert np.abs(again - ramp).max() <= 6


def test_a_gallery_that_is_damaged_is_named(board_folder, pictured):
    folder = pictured(board_folder())
    (folder / "gallery" / "index.json").write_text("{")

    with pytest.raises(ZooError, match=r"index\.json: cannot be read as a gallery") as raised:
        read_gallery(folder)
    assert raised.value.hint == f"make it again: zoo gallery {folder}"


def test_pictures_that_no_index_names_are_removed(board_folder, pictured):
    folder = pictured(board_folder())
    (folder / "gallery" / "0000.webp").write_bytes(b"old")

    pictured(folder)
    assert not (folder / "gallery" / "0000.webp").exists()
    shot = read_gallery(folder).shots[0]
    assert picture(folder, shot.truth).startswith(b"RIFF")
