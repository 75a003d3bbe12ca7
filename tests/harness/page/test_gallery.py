"""Which fields are shown, as which pictures, and what a gallery is on disk."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from harness import records
from harness.page.gallery import making, pictures
from harness.page.gallery.choice import picks
from harness.page.gallery.files import picture, read_gallery
from zoo.errors import ZooError
from zoo.registry import load


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


def test_the_chosen_fields_are_predicted_again_and_kept_as_pictures(run, noisy, dataset, tmp_path):
    net = noisy(50)
    run(net)
    asked = making.plan(tmp_path / "out", dataset, next(iter(dataset.schemes.values())))
    mine = [pick for pick in asked.picks if pick.model == "net"]
    studio = making.Studio(asked)

    shots = list(making.shots_of(studio, net.contender, mine, replace(net, inputs=("light",))))
    assert [shot.place for shot in shots] == ["best", "median", "worst"]
    scale = asked.run.scales["dna"]
    seen = np.asarray(Image.open(io.BytesIO(picture(asked.board, shots[0].truth))).convert("L"), np.float64)
    truth = asked.fields[shots[0].field].variables["dna"][1]
    expected = 255 * np.clip((truth - scale.low) / (scale.high - scale.low), 0, 1)
    assert np.abs(seen - expected).mean() < 4
    assert shots[0].prediction != shots[0].truth


def test_a_model_that_is_not_here_has_no_pictures_and_is_named(run, noisy, dataset, tmp_path):
    run(noisy(50))
    asked = making.plan(tmp_path / "out", dataset, next(iter(dataset.schemes.values())))

    made, warnings = making.make(asked, load(), [], "zoo gallery out", lambda *_: None)
    assert made.shots == ()
    assert warnings == ("net: no pictures: the board judged package digest of ne, here is none",)
    assert read_gallery(tmp_path / "out") == made


def test_pictures_are_of_the_data_that_were_judged(run, noisy, dataset, tmp_path):
    run(noisy(50))
    dataset.digest = "e" * 64

    with pytest.raises(ZooError) as raised:
        making.plan(tmp_path / "out", dataset, next(iter(dataset.schemes.values())))
    assert raised.value.message == f"{tmp_path / 'out'}: was judged on cells dddddddddddd; here is eeeeeeeeeeee"
