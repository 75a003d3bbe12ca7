"""The static site: every page, every link, and nothing that is obeyed."""

from __future__ import annotations

import re

import pytest

from harness.ledger import Line
from harness.page.site import PAGES, site
from zoo.registry import load

LINE = Line(
    time="2026-11-22T16:12:37Z",
    model="<b>net</b>",
    digest="a" * 64,
    dataset="cells",
    dataset_digest="d" * 64,
    split="test",
    fields="16",
    limit="",
    protocol="training-scale/2",
    label="dna",
    score="0.9",
)


@pytest.fixture
def published(board_folder, pictured):
    boards = [pictured(board_folder("cells-test")), board_folder("cells-other", sessions=0, gates=False)]
    return dict(site(boards, load(), [LINE], "zoo publish site"))


def test_a_site_has_every_page_and_every_board(published):
    assert set(published) == {
        *(f"{name}.html" for name in PAGES),
        "boards/cells-test.html",
        "boards/cells-test-blind.html",
        "boards/cells-other.html",
    }


def test_every_link_leads_to_a_page_of_the_site(published):
    for name, html in published.items():
        folder = "boards/" if name.startswith("boards/") else ""
        for link in re.findall(r'<a[^>]* href="([^"#]+)"', html):
            assert (link.removeprefix("../") if link.startswith("../") else folder + link) in published, (name, link)


def test_the_index_names_the_best_model_beside_the_best_floor(published):
    assert re.search(r"dna</th><td>alpha@cells</td><td><b>0\.8\d\d</b></td><td>0\.4\d\d</td>", published["index.html"])


def test_what_is_registered_has_a_card(published):
    registry = load()
    assert all(f'id="{one.id}"' in published["data.html"] for one in registry.datasets)
    assert all(f'id="{one.id}"' in published["models.html"] for one in registry.models)
    assert all(one.distribution in published["plugins.html"] for one in registry.plugins.found)


def test_the_rules_name_every_gate_and_the_history_every_line_escaped(published):
    assert "Nothing is painted where there are no cells" in published["rules.html"]
    assert "&lt;b&gt;net&lt;/b&gt;" in published["history.html"]


def test_the_commands_write_what_they_say(zoo, board_folder, pictured, tmp_path):
    folder = pictured(board_folder())

    assert zoo("report", folder, "--html", tmp_path / "page.html").out == f"{tmp_path / 'page.html'}\n"
    assert zoo("blind", folder, "--html", tmp_path / "blind.html").out == f"{tmp_path / 'blind.html'}\n"
    assert zoo("publish", tmp_path / "site", "--boards", folder).status == 0
    assert (tmp_path / "site" / "boards" / "board.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize("name", ["index", "rules", "data", "models", "history", "plugins"])
def test_a_page_of_the_site_fits_a_phone_without_complaints(page_of, published, barriers, name):
    shown = page_of(published[f"{name}.html"], width=360)

    assert shown.evaluate("document.documentElement.scrollWidth") <= 360
    assert not barriers(shown)
