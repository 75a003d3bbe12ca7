"""The two-alternative page: balanced, blinded, and counted as Wilson did."""

from __future__ import annotations

import json
import re
from base64 import b64decode

import pytest
from statsmodels.stats.proportion import proportion_confint

from harness.page.blind import blind
from harness.page.gallery.files import picture, read_gallery
from zoo.errors import ZooError


def test_nothing_in_the_page_says_which_picture_was_recorded(board_folder, pictured):
    folder = pictured(board_folder())
    html = blind(folder, "zoo blind")
    held = json.loads(re.search(r'id="pairs">(.*?)</script>', html, re.DOTALL)[1])
    shots = read_gallery(folder).shots

    assert not any(shot.truth.removesuffix(".webp") in html for shot in shots)
    assert '"truth"' not in html
    assert len(held["pairs"]) == len(shots) == 18
    firsts = [pair["n"].bit_count() % 2 for pair in held["pairs"]]
    assert {0, 1} == set(firsts)


def test_the_parity_of_a_pair_finds_the_recording(board_folder, pictured):
    folder = pictured(board_folder())
    html = blind(folder, "zoo blind")
    held = json.loads(re.search(r'id="pairs">(.*?)</script>', html, re.DOTALL)[1])
    recorded = {
        (shot.label, shot.model, shot.field): picture(folder, shot.truth) for shot in read_gallery(folder).shots
    }

    for pair in held["pairs"]:
        name = pair["two"][pair["n"].bit_count() % 2]
        assert b64decode(held["pictures"][name]) == recorded[tuple(pair["of"])]


def test_a_board_without_pictures_is_an_error(board_folder):
    folder = board_folder()
    with pytest.raises(ZooError) as raised:
        blind(folder, "zoo blind")
    assert str(raised.value) == f"{folder}: has no pictures\n  hint: make them: zoo gallery {folder}"


def test_sides_are_balanced_and_the_result_has_its_interval(page_of, board_folder, pictured):
    folder = pictured(board_folder())
    shown = page_of(blind(folder, "zoo blind"))
    shown.locator("[data-count]").select_option("10")
    shown.get_by_role("button", name="Start").click()
    for index in range(10):
        shown.get_by_text(f"{index + 1} of 10,").wait_for()
        shown.keyboard.press("ArrowLeft")

    assert re.match(r"5 of 10 right, 50 %", shown.locator("[data-figures]").inner_text())
    low, high = proportion_confint(5, 10, method="wilson")
    assert f"{low:.0%} to {high:.0%}".replace("%", " %") in shown.locator("[data-figures]").inner_text()
    assert shown.locator("[data-verdict]").inner_text() == "You cannot be shown to tell them apart."
    assert shown.locator("[data-seen] figure").count() == 10


def test_before_an_answer_a_browser_knows_pictures_by_their_side_alone(page_of, board_folder, pictured):
    shown = page_of(blind(pictured(board_folder()), "zoo blind"))
    shown.get_by_role("button", name="Start").click()
    shown.get_by_text("1 of 20,").wait_for()

    told = shown.locator('[data-part="trial"]').evaluate("one => one.outerHTML").lower()
    assert not [word for word in ("truth", "predict", "@cells", "day-") if word in told]
    shown.mouse.click(5, 5)
    assert shown.locator('[data-part="result"]').is_hidden()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_no_serious_barrier_is_found_from_start_to_result(page_of, board_folder, pictured, barriers, scheme, width):
    shown = page_of(blind(pictured(board_folder()), "zoo blind"), color_scheme=scheme, width=width)
    shown.locator("[data-count]").select_option("10")
    assert not barriers(shown)
    shown.get_by_role("button", name="Start").click()
    shown.get_by_text("1 of 10,").wait_for()
    assert not barriers(shown)
    for index in range(10):
        shown.get_by_text(f"{index + 1} of 10,").wait_for()
        shown.keyboard.press("ArrowLeft")
    assert not barriers(shown)
