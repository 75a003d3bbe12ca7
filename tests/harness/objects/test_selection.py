"""Which features stay: the rules of pycytominer on small tables worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from harness.objects.features import Table
from harness.objects.selection import selected


def columns(**values):
    table = np.column_stack([np.asarray(column, float) for column in values.values()])
    return Table(tuple(values), table, np.ones((len(table), 3)))


@pytest.fixture
def noise():
    return np.random.default_rng(0).normal(size=(4, 200))


def test_features_that_hardly_vary_are_left_out(noise):
    most_alike = np.where(np.arange(200) < 4, noise[1], 0)
    often_alike = np.where(np.arange(200) < 100, np.arange(200) % 5, 9)
    two_values = np.arange(200) % 2
    found = selected(columns(varied=noise[0], same=np.ones(200), rare=most_alike, steps=often_alike, coin=two_values))
    # rare: one zero in 196 against single others, ratio 1/196; coin: two values of 200 are not 1 % but exactly that
    assert found == ("varied", "steps", "coin")


def test_too_few_distinct_values_are_left_out(noise):
    assert selected(columns(varied=np.tile(noise[0], 2), coin=np.arange(400) % 2)) == ("varied",)


def test_of_two_copies_the_one_that_resembles_others_more_is_left_out(noise):
    one = noise[0]
    copy = one + 0.3 * noise[1]
    between = copy + 1.5 * noise[2]
    assert selected(columns(one=one, copy=copy, between=between)) == ("one", "between")
    assert selected(columns(copy=copy, one=one, between=between)) == ("one", "between")


def test_a_feature_that_falls_as_another_rises_is_its_copy(noise):
    assert len(selected(columns(one=noise[0], mirrored=0.01 * noise[1] - noise[0]))) == 1


def test_features_that_are_little_alike_all_stay(noise):
    assert selected(columns(a=noise[0], b=noise[1], c=noise[0] + noise[2])) == ("a", "b", "c")


def test_objects_that_lack_a_feature_do_not_count(noise):
    lacking = np.where(np.arange(200) % 3 == 0, np.nan, noise[0])
    assert selected(columns(lacking=lacking, other=noise[1])) == ("lacking", "other")


@pytest.mark.parametrize("rows", [0, 1])
def test_a_table_of_no_or_one_object_has_no_feature_worth_comparing(rows):
    assert selected(columns(a=np.ones(rows), b=np.arange(rows))) == ()
