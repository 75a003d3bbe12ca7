"""What grows in a dish, and every number behind it."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest

from unstained_phantom.cells.parameters import EVERYTHING, PRESETS
from unstained_phantom.cells.population import Edit, Population
from unstained_phantom.cells.presets import KINDS
from unstained_phantom.quantities import check, quantities
from zoo.errors import ZooError


@pytest.mark.parametrize(
    ("thing", "number"), [(thing, number) for thing in EVERYTHING for number in quantities(thing)],
    ids=lambda value: getattr(value, "name", type(value).__name__),
)  # fmt: skip
def test_every_number_is_documented_and_within_its_range(thing, number):
    assert number.low <= number.value <= number.high
    assert number.low < number.high
    assert number.meaning
    assert number.source
    check(thing)


def test_every_number_of_a_cell_is_a_quantity():
    for thing in EVERYTHING:
        named = {number.name for number in quantities(thing)}
        plain = {name for name, value in vars(thing).items() if isinstance(value, int | float)}
        assert plain == named


def test_a_preset_goes_by_its_name_and_says_where_it_is_from():
    assert all(preset.name == name and preset.source for name, preset in PRESETS.items())
    assert set(PRESETS) == {"epithelial", "fibroblast", "adipocyte", "neuron", "dead", "mitotic"}


def test_volumes_double_in_the_time_that_the_rate_says():
    assert Population(hours=24, growth_rate=math.log(2) / 24).growth == pytest.approx(2)
    assert Population().growth == 1


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        (
            {"mixture": {"fibroblasts": 1.0}},
            "mixture: 'fibroblasts' is no preset of cells\n  hint: did you mean fibroblast?",
        ),
        (
            {"mixture": {"x": 1.0}},
            f"mixture: 'x' is no preset of cells\n  hint: choose among {', '.join(KINDS)}",
        ),
        (
            {"mixture": {"dead": -0.5}},
            "mixture: the share of dead is -0.5, expected 0 or more\n  hint: leave it out",
        ),
        (
            {"mixture": {"dead": 0.0}},
            "mixture: no cells in it\n  hint: for a well without cells set empty",
        ),
        (
            {"confluence": 1.5},
            "Population.confluence = 1.5 : expected 0 to 1\n  hint: choose a value within that range",
        ),
    ],
)
def test_what_no_dish_holds_is_refused(keywords, message):
    with pytest.raises(ZooError) as caught:
        Population(**keywords)
    assert str(caught.value) == message


def test_populations_are_told_apart_and_compared_by_value():
    assert Population(edit=Edit("erase", "lipid")) == Population(edit=Edit("erase", "lipid"))
    assert Population(edit=Edit("erase", "lipid")) != Population(edit=Edit("insert", "lipid"))


def test_populations_and_parameters_load_no_arrays():
    program = "import sys, unstained_phantom.cells.population, unstained_phantom.cells.parameters; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"numpy", "scipy"} & {name.partition(".")[0] for name in done.stdout.split()}
