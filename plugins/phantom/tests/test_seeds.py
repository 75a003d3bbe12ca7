"""Random numbers by name."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from unstained_phantom import seeds
from unstained_phantom.seeds import digest, normal, stream, uniform

FIXED = [692600, 113611, 814808, 851519]


def test_the_same_words_give_the_same_numbers_for_ever():
    assert stream("phantom", "cell", 3, "lipid").integers(0, 1_000_000, 4).tolist() == FIXED


@pytest.mark.parametrize("other", [("a", 2), ("a", "1"), ("a",), ("a", 1, 0), ("a1",), ("a", 1, "")])
def test_other_words_give_other_numbers(other):
    assert digest("a", 1) != digest(*other)
    assert not np.array_equal(stream("a", 1).random(8), stream(*other).random(8))


def test_examples_of_seeds_are_true():
    assert doctest.testmod(seeds).failed == 0


def test_single_numbers_are_uniform_and_normal():
    even = np.array([uniform("u", number) for number in range(4000)])
    assert even.min() >= 0
    assert even.max() < 1
    assert np.abs(np.histogram(even, 10, (0, 1))[0] - 400).max() < 4 * 20
    bell = np.array([normal("n", number) for number in range(4000)])
    assert abs(bell.mean()) < 0.06
    assert bell.std() == pytest.approx(1, abs=0.05)
    assert np.abs(bell).max() == 2.5
    assert abs(normal("n", 3, most=0.1)) <= 0.1
