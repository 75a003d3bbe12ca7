"""Budget, learning rate and the choice of weights."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from zoo.training.trainer import Watching
from zoo.training.validation import Verdict
from zoo.training.watch import Budget, Watch, learning_rate
from zoo.types import Recipe

COSINE = Recipe(patch=(8, 8), batch=1, steps=100, learning_rate=0.5, schedule="cosine")


@given(st.integers(0, 200), st.floats(0, 200))
def test_a_budget_is_spent_by_steps_or_seconds_whichever_goes_first(step: int, seconds: float) -> None:
    spent = Budget(steps=100, seconds=50).spent(step, seconds)
    assert spent == min(1, max(step / 100, seconds / 50))
    assert Budget(steps=100).spent(step, seconds) == min(1, step / 100)


@given(st.floats(0, 1))
def test_the_cosine_falls_from_the_learning_rate_to_zero(spent: float) -> None:
    assert learning_rate(COSINE, spent) == pytest.approx(0.25 * (1 + math.cos(math.pi * spent)))
    assert learning_rate(COSINE, 0) == 0.5
    assert learning_rate(COSINE, 1) == pytest.approx(0, abs=1e-12)


@given(st.floats(0, 1))
def test_the_straight_line_falls_over_the_second_half_alone(spent: float) -> None:
    linear = replace(COSINE, schedule="linear")
    assert learning_rate(linear, spent) == pytest.approx(0.5 if spent < 0.5 else 0.5 * 2 * (1 - spent))


def test_every_learner_has_its_own_share_of_the_learning_rate() -> None:
    made = watch([0.0] * 16)
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizers = [torch.optim.Adam([{"params": [weight], "rate": rate}]) for rate in (1.0, 0.1)]
    made.history.step = 8
    Watching(made).on_train_batch_start(SimpleNamespace(optimizers=optimizers), None, None, 0)
    assert [optimizer.param_groups[0]["lr"] for optimizer in optimizers] == pytest.approx([0.25, 0.025])


def watch(scores: list[float], reports: list[Any] | None = None) -> Watch:
    """A run of 16 steps, judged after each; the net's one weight is the step."""
    given = iter(scores)
    made = Watch(
        Budget(steps=16),
        COSINE,
        lambda _: Verdict(next(given), (0.5,)),
        (reports if reports is not None else []).append,
    )
    made.start()
    for step in range(1, 17):
        assert made.rate == learning_rate(COSINE, (step - 1) / 16)
        done = made.after(step, 1.0, None, lambda step=step: {"weight": step})
        assert done == (step == 16)
    return made


def test_the_weights_with_the_highest_r_are_kept() -> None:
    scores = [0.1] * 5 + [0.9] + [0.2] * 10
    history = watch(scores).history
    assert (history.best_r, history.best_step, history.best["weight"]) == (0.9, 6, 6)
    assert history.best_labels == [0.5]
    assert [point[2] for point in history.curve] == scores


def test_an_undefined_r_never_replaces_a_defined_one() -> None:
    assert watch([math.nan] * 4 + [0.3] + [math.nan] * 11).history.best_step == 5


def test_the_last_weights_are_kept_where_r_is_never_defined() -> None:
    assert watch([math.nan] * 16).history.best["weight"] == 16


def test_every_step_is_reported() -> None:
    reports: list[Any] = []
    watch([0.5] * 16, reports)
    assert [p.step for p in reports] == list(range(1, 17))
    assert reports[3].spent == 0.25
    assert reports[3].seconds_left == pytest.approx(3 * reports[3].seconds)
    assert (reports[3].loss, reports[3].r) == (1.0, 0.5)
    assert reports[-1].seconds_left == 0


def test_a_run_is_taken_up_with_its_time_curve_and_choice() -> None:
    first = watch([0.1] * 5 + [0.9] + [0.2] * 10)
    second = Watch(Budget(steps=32), COSINE, lambda _: Verdict(0.0), lambda _: None)
    second.take_up(first.state())
    assert second.history.curve == first.history.curve
    assert second.history.best_step == 6
    assert second.history.resumed == 1
    assert second.spent == 0.5
