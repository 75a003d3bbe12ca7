"""All that is said of a task at once."""

from __future__ import annotations

import numpy as np
import pytest

from harness.statistics.averages import significant
from harness.statistics.intervals import interval
from harness.statistics.standings import standings
from harness.statistics.tables import TooFew, table


def _three(tabled, sessions):
    chance = np.random.default_rng(6)
    rows = {name: (level + chance.normal(0, 0.02, sessions)).tolist() for name, level in (("a", 0.2), ("b", 0.7))}
    return tabled(**rows, c=[None, *rows["b"][1:]])


def test_every_part_stands_beside_the_model_it_is_about(tabled):
    made = _three(tabled, 12)
    found = standings(made)
    best, other, worst = found.rows
    assert [row.model for row in found.rows] == ["b", "c", "a"]
    assert [row.rank for row in found.rows] == [1, 2, 3]
    assert [row.tied for row in found.rows] == [1, 1, 3]
    assert [row.failed for row in found.rows] == [0, 1, 0]
    assert (best.ranks, other.ranks, worst.ranks) == ((1, 1), (1, 2), (3, 3))
    assert best.first == significant(found.stability.first["b"])
    expected = interval(made.means[1].tolist())
    assert (best.interval.low, best.interval.high) == (significant(expected.low), significant(expected.high))
    assert other.score == significant(float(made.scores[2]))
    assert (found.fields, found.sessions) == (12, 12)
    assert found.note.startswith("Smallest attainable p with 12 sessions, 3 comparisons: 0.000488281, after Holm")


def test_with_few_sessions_there_are_scores_and_ranks_and_a_refusal(tabled):
    found = standings(_three(tabled, 5))
    assert [row.rank for row in found.rows] == [1, 2, 3]
    assert {(row.tied, row.interval, row.ranks, row.first) for row in found.rows} == {(None, None, None, None)}
    assert (found.comparisons, found.stability) == (TooFew(5), TooFew(5))
    assert found.note == "Cannot separate models: 5 independent sessions, 6 are needed."


def test_many_fields_of_unknown_days_carry_no_claim():
    fields = {f"f{n}": "" for n in range(30)}
    found = standings(table({"a": dict.fromkeys(fields, 0.5), "b": dict.fromkeys(fields, 0.1)}, fields))
    assert {row.interval for row in found.rows} == {None}
    assert found.note == "Cannot separate models: no independent sessions, 6 are needed."


def test_one_model_alone_is_first_of_one(tabled):
    (row,) = standings(tabled(a=[0.4, 0.5, 0.6, 0.4, 0.5, 0.6])).rows
    assert (row.rank, row.tied, row.ranks, row.first) == (1, 1, (1, 1), 1.0)


def test_a_model_that_delivered_nothing_stands_on_the_floor(tabled):
    found = standings(tabled(a=[0.4, 0.5, 0.6, 0.4, 0.5, 0.6], b=[None] * 6))
    assert (found.rows[1].score, found.rows[1].failed, found.rows[1].tied) == (0.0, 6, 2)


@pytest.mark.parametrize("sessions", [12, 24])
def test_the_order_in_which_scores_arrive_changes_no_digit(sessions):
    chance = np.random.default_rng(9)
    scores = {f"m{row}": {f"f{n}": chance.normal(0.5, 0.1) for n in range(2 * sessions)} for row in range(4)}
    fields = {f"f{n}": f"s{n // 2}" for n in range(2 * sessions)}
    turned = {name: dict(reversed(row.items())) for name, row in reversed(scores.items())}
    one, other = standings(table(scores, fields)), standings(table(turned, dict(reversed(fields.items()))))
    assert one == other
