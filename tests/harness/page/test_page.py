"""What a page says and holds; how it behaves in a browser is seen in ``test_browser``."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.page.figures import svg
from harness.page.gallery.files import read_gallery
from harness.page.reports import page
from zoo.errors import ZooError

VOID = {"meta", "link", "input", "img", "br"}


class Reader(HTMLParser):
    """The elements of a page, and its text outside of scripts and styles."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.words, self.open = [], [], []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"script", "style"} & set(self.open):
            self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.words))

    def count(self, tag, **attributes):
        return sum(
            name == tag and all(found.get(key) == value for key, value in attributes.items())
            for name, found in self.elements
        )


def read(*folders):
    return Reader(page(folders, "zoo report it --html page.html"))


def test_a_page_says_what_was_judged_when_how_and_the_command_that_repeats_it(board_folder):
    text = read(board_folder()).text

    assert "3 models judged on 16 fields of 8 independent sessions, 2 labels" in text
    assert "protocol training-scale/2, judged 15 January 2027" in text
    assert "zoo bench --model alpha@cells --model beta@cells --model gamma@cells --dataset cells --split test" in text
    assert "zoo report it --html page.html" in text
    assert "percentiles 1 and 99.9 of the training truth" in text


def test_every_row_of_every_label_has_score_interval_gates_and_figures(board_folder):
    found = read(board_folder())

    assert found.count("tbody", **{"data-model": "alpha@cells"}) == 2
    assert re.search(r"alpha@cells lite 0\.9\d\d 0\.\d+ to 0\.\d+", found.text)
    assert "what blank found" in found.text
    for kind in ("strips", "stability", "difference", "cost", "cue"):
        assert found.count("figure", **{"class": kind}) == 2, kind
    drawings = [told for tag, told in found.elements if tag == "svg"]
    assert all(told["role"] == "img" and told["aria-label"] for told in drawings)


def test_ids_are_unique_also_with_several_boards(board_folder):
    found = read(board_folder("one"), board_folder("two"))
    ids = [told["id"] for _, told in found.elements if "id" in told]

    assert len(ids) == len(set(ids))
    assert found.count("article") == 2


def test_names_with_markup_are_shown_and_not_obeyed(board_folder, pictured, markup):
    html = page([pictured(board_folder(models=[markup, "plain@cells"], labels=[markup, "dna"]))], markup)
    found = Reader(html)

    assert markup in found.text
    assert found.count("img", src="x") == 0
    assert "onerror=alert(1)>" not in html
    assert {tag for tag, _ in found.elements} >= {"article", "svg"}


def test_a_page_asks_nobody_for_anything(board_folder, pictured):
    html = page([pictured(board_folder())], "zoo")

    assert not re.findall(r"""(?:src|href|action)=["'](?!#|data:)[^"']+""", html)
    assert "http:" not in html
    assert "https:" not in html
    policy = next(told["content"] for _, told in Reader(html).elements if told.get("http-equiv"))
    assert policy.startswith("default-src 'none'")


def test_a_model_that_failed_a_field_and_one_that_predicts_some_labels_are_named(board_folder):
    text = read(board_folder(failing=["beta@cells"], partial=["gamma@cells"])).text

    assert "failed 1 of 16" in text
    assert "it <b>broke</b>" in text
    assert "Partial, and so without an overall rank: gamma@cells." in text


def test_a_limited_run_is_stamped(board_folder):
    text = read(board_folder(limit=3)).text

    assert "Not for leaderboards. Only the first 3 fields of the split were judged." in text


def test_a_board_without_sessions_has_no_intervals_and_claims_nothing(board_folder):
    found = read(board_folder(sessions=0, fields=5, gates=False))

    assert "claim nothing about other days" in found.text
    assert found.count("figure", **{"class": "stability"}) == 0
    assert found.count("figure", **{"class": "strips"}) == 0
    assert found.count("tbody", **{"class": "model"}) == 6


def test_one_session_is_drawn_and_ranks_nobody_surely(board_folder):
    found = read(board_folder(sessions=1))

    assert found.count("figure", **{"class": "strips"}) == 2
    assert found.count("figure", **{"class": "difference"}) == 0


def test_a_board_without_a_gallery_says_how_to_make_one(board_folder):
    assert "zoo gallery BOARD predicts of each model the best" in read(board_folder()).text


def test_pictures_are_held_once_each_and_named_by_place(board_folder, pictured):
    folder = pictured(board_folder())
    html = page([folder], "zoo")
    held = json.loads(re.search(r'id="board1-pictures">(.*?)</script>', html, re.DOTALL)[1])

    names = {name for shot in read_gallery(folder).shots for name in (shot.input, shot.truth, shot.prediction)}
    assert set(held["pictures"]) == names
    assert [shot["place"] for shot in held["labels"]["dna"]["alpha@cells"]] == ["best", "median", "worst"]


def test_pictures_of_another_version_of_a_model_are_not_shown(board_folder, pictured):
    folder = pictured(board_folder())
    index = folder / "gallery" / "index.json"
    index.write_text(index.read_text().replace(f"{1:064d}", "another"))

    held = json.loads(re.search(r'id="board1-pictures">(.*?)</script>', page([folder], "zoo"), re.DOTALL)[1])
    assert set(held["labels"]["dna"]) == {"alpha@cells", "gamma@cells"}


def test_a_picture_that_is_gone_is_an_error(board_folder, pictured):
    folder = pictured(board_folder())
    lost = min((folder / "gallery").glob("*.webp"))
    lost.unlink()

    with pytest.raises(ZooError) as raised:
        page([folder], "zoo")
    assert str(raised.value) == (
        f"{lost}: the picture is not there, though index.json names it\n  hint: make it again: zoo gallery {folder}"
    )


def test_forty_models_are_drawn_in_time_and_room(board_folder):
    html = page([board_folder(models=[f"net{index}@cells" for index in range(40)], sessions=12)], "zoo")

    assert len(html) < 2_000_000
    assert Reader(html).count("tbody") == 2 * 42 + 1


@given(st.floats(-1e6, 1e6), st.floats(0.001, 1e6))
def test_ticks_are_few_round_and_within(low, size):
    found = svg.ticks(low, low + size)

    assert 1 <= len(found) <= 12
    assert all(low - 1e-6 * size <= tick <= low + size + 1e-6 * size for tick in found)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=8))
def test_labels_keep_their_distance_and_their_order(places):
    found = svg.apart(places, 10, 0, 100)
    pairs = sorted(zip(places, found, strict=True))

    assert all(0 <= place <= 100 for place in found)
    assert all(after[1] - before[1] >= 10 - 1e-9 for before, after in pairwise(pairs))
