"""docs/phantom.md and the card say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from unstained_phantom import tables
from unstained_phantom.optics.instruments import MICROSCOPES
from unstained_phantom.order import GIGABYTES, Order, plan
from unstained_phantom.plan import MIXTURE, standard, volume
from unstained_phantom.shifts import PROBES

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "phantom.md").read_text(encoding="utf-8")
CARD = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
FEW_BYTES = 1_500_000


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("splits", tables.splits(standard())),
        ("channels", tables.shown(standard())),
        ("materials", tables.materials()),
    ],
)
def test_tables_of_the_page_are_those_of_the_code(name, table):
    (found,) = re.findall(rf"<!-- {name} -->\n(.*?)\n?<!-- end -->", PAGE, re.DOTALL)
    assert found == table, f"\n{table}"


def test_figures_of_the_page_are_those_of_the_plan():
    chosen = standard()
    assert f"{chosen.size[0]} x {chosen.size[1]} pixels of {chosen.microscope.pixel} µm" in PAGE
    assert f"{MIXTURE['dead']:.0%} dead and {MIXTURE['mitotic']:.0%} dividing".replace("%", " %") in PAGE
    assert f"{volume().slices} isotropic planes of {volume().step} µm" in PAGE
    camera = chosen.microscope.camera
    assert f"offset {camera.offset:g}, {camera.gain} electrons for a count" in PAGE
    assert f"Bright-field inputs are planes of one stack, {chosen.microscope.plane_step:g} µm apart" in PAGE
    assert len(PROBES) == 10
    assert "nine test-only splits and a time-lapse" in CARD


def test_sizes_of_the_page_are_those_of_files_and_processes():
    rows = re.findall(r"^\| (\d+) \| .+? \| ([\d.]+) GB \| (\d+) MB \|$", PAGE, re.MULTILINE)
    assert len(rows) == 2
    for edge, memory, disk in rows:
        pixels = int(edge) ** 2
        assert float(memory) <= GIGABYTES * pixels * 1.01 <= 1.4 * float(memory)
        planes = plan(Order(size=int(edge)), "a").microscope.planes
        size = pixels * (2 * (planes + 1 + 2 + 10 + 10 + 2) + 4 * (1 + 10)) / 1e6
        assert size == pytest.approx(int(disk), rel=0.05)


def test_every_microscope_that_can_be_ordered_is_one_that_there_is():
    shown = re.findall(r"--microscope (\S+)", PAGE)
    assert shown
    assert set(shown) <= set(MICROSCOPES)


def test_pictures_of_the_page_are_there_and_small():
    shown = re.findall(r"!\[.+?\]\((images/.+?)\)", PAGE)
    pictures = sorted((DOCS / "images").glob("phantom-*"))
    assert sorted(shown) == [f"images/{picture.name}" for picture in pictures]
    assert sum(picture.stat().st_size for picture in pictures) < FEW_BYTES
