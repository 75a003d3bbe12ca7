"""Random numbers by name."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from unstained_phantom import seeds
from unstained_phantom.seeds import digest, stream

FIXED = [692600, 113611, 814808, 851519]


def test_the_same_words_give_the_same_numbers_for_ever():
    assert stream("phantom", "cell", 3, "lipid").integers(0, 1_000_000, 4).tolist() == FIXED


@pytest.mark.parametrize("other", [("a", 2), ("a", "1"), ("a",), ("a", 1, 0), ("a1",), ("a", 1, "")])
def test_other_words_give_other_numbers(other):
    assert digest("a", 1) != digest(*other)
    assert not np.array_equal(stream("a", 1).random(8), stream(*other).random(8))


def test_examples_of_seeds_are_true():
    assert doctest.testmod(seeds).failed == 0
