"""Ranks over resampled sessions, against a plain loop and against what must come out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from harness.statistics.bootstrap import SEED, stability
from harness.statistics.tables import TooFew, table


def _random(models=4, sessions=8, seed=0):
    numbers = np.random.default_rng(seed).normal(0.5, 0.05, (models, sessions))
    return {f"m{row}": (line + row / 50).tolist() for row, line in enumerate(numbers)}


def test_it_is_what_a_plain_loop_over_draws_gives(tabled):
    made = tabled(**_random())
    found = stability(made, resamples=300)
    weights = np.random.default_rng(SEED).multinomial(8, np.full(8, 1 / 8), size=300)
    whole = stats.rankdata(-made.scores, "min")
    ranks, taus = [], []
    for row in weights:
        sample = np.repeat(made.means, row, axis=1)
        ranks.append(stats.rankdata(-sample.mean(axis=1).round(12), "min"))
        taus.append(stats.kendalltau(ranks[-1], whole).statistic)
    for index, model in enumerate(made.models):
        places = sorted(rank[index] for rank in ranks)
        assert found.ranks[model] == (places[7], places[292])
        assert found.first[model] == pytest.approx(np.mean([rank[index] == 1 for rank in ranks]))
    assert found.tau == pytest.approx(tuple(np.percentile(taus, (2.5, 50, 97.5))))


def test_a_model_that_leads_everywhere_leads_in_every_draw(tabled):
    low = [0.1, 0.3, 0.2, 0.4, 0.5, 0.2]
    found = stability(tabled(best=[x + 0.3 for x in low], worst=[x - 0.1 for x in low], middle=low))
    assert found.ranks == {"best": (1, 1), "middle": (2, 2), "worst": (3, 3)}
    assert found.first == {"best": 1.0, "middle": 0.0, "worst": 0.0}
    assert found.tau == (1.0, 1.0, 1.0)


def test_models_are_drawn_together_so_that_a_day_that_is_bad_for_all_moves_nobody(tabled):
    days = [0.1, 0.9, 0.2, 0.8, 0.3, 0.7]
    found = stability(tabled(a=[x + 0.02 for x in days], b=days))
    assert found.first == {"a": 1.0, "b": 0.0}


def test_equal_models_share_the_lead_and_have_no_order(tabled):
    found = stability(tabled(a=[0.5, 0.4] * 3, b=[0.5, 0.4] * 3))
    assert found.first == {"a": 0.5, "b": 0.5}
    assert found.ranks == {"a": (1, 1), "b": (1, 1)}
    assert found.tau is None


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(6, 15))
def test_shares_of_the_lead_sum_to_one_and_ranks_hold_the_rank(seed, models, sessions):
    rows = _random(models, sessions, seed)
    scores = {name: {f"f{n}": value for n, value in enumerate(row)} for name, row in rows.items()}
    found = stability(table(scores, {f"f{n}": f"s{n}" for n in range(sessions)}), resamples=100)
    assert sum(found.first.values()) == pytest.approx(1)
    assert all(1 <= low <= high <= models for low, high in found.ranks.values())


def test_the_same_seed_gives_the_same_and_another_another(tabled):
    made = tabled(**_random())
    assert stability(made) == stability(made)
    assert stability(made).first != stability(made, seed=1).first


def test_fields_of_a_session_stay_together():
    """Many fields of one session are one draw: the interval does not shrink with their number."""
    rows = _random(3, 6)
    sessions = {f"f{day}-{n}": f"s{day}" for day in range(6) for n in range(5)}
    many = {name: {field: row[int(field[1])] for field in sessions} for name, row in rows.items()}
    once = {name: {f"f{day}-0": value for day, value in enumerate(row)} for name, row in rows.items()}
    single = table(once, {f"f{day}-0": f"s{day}" for day in range(6)})
    assert stability(table(many, sessions)) == stability(single)


def test_under_six_sessions_nothing_is_drawn(tabled):
    assert stability(tabled(a=[0.5] * 5)) == TooFew(5)
