"""Models that say how sure they are, from prediction to board; and boards on which nobody does."""

from __future__ import annotations

import json
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from harness import records, report
from harness.metrics import DISTRIBUTIONS, METRICS
from harness.report.sureness import METRICS as SHOWN
from zoo.types.statistics import LEVELS

EVERY = (*METRICS, *DISTRIBUTIONS)
NAMES = [metric.id for metric in DISTRIBUTIONS]
NOISE = 50.0
STEPS = {level: NormalDist().inv_cdf(level / 100) for level in LEVELS}


@pytest.fixture
def days(dataset):
    """The same cells with sessions, and three validation sessions."""
    known, asked = dataset.splits["train"][:3], dataset.splits["test"]
    return replace(
        dataset,
        splits={
            **dataset.splits,
            "val": [replace(one, id=f"val{index}", session=f"v{index}") for index, one in enumerate(known)],
            "test": [replace(one, session=f"s{index}") for index, one in enumerate(asked)],
        },
    )


@pytest.fixture
def sure(candidate, truth_of):
    """``sure(dataset, 1.0)`` knows the truth up to noise and says how large that is, times a factor."""

    def made(dataset, factor, name="sure"):
        by_id = {one.id: one for fields in dataset.splits.values() for one in fields}

        def say(one, seen):
            del seen
            truth = truth_of(by_id[one.id])
            mean = truth + np.random.default_rng(list(map(ord, one.id))).normal(0, NOISE, truth.shape)
            told = {f"dna.q{level:g}": mean + factor * NOISE * step for level, step in STEPS.items()}
            return {"dna": mean.astype(np.float32), **told, "dna.sd": np.full(truth.shape, factor * NOISE)}

        return candidate(say, name, answers=frozenset(by_id))

    return made


def values(outcome, model="sure"):
    (row,) = (row for row in outcome.board.rows if row.contender.id == model)
    return row.values


def test_an_honest_model_is_as_often_right_as_it_says(run, days, sure):
    outcome = run(sure(days, 1.0), sure(days, 0.25, "bold"), dataset=days, metrics=EVERY)
    honest, bold = values(outcome), values(outcome, "bold")
    for share in (50, 80, 90, 95):
        assert honest[f"coverage-{share}"] == pytest.approx(share / 100, abs=0.02)
    assert bold["coverage-90"] < 0.5
    assert honest["crps"] < bold["crps"]
    assert 0 < honest["crps-skill"] < 1
    assert honest["r"] == bold["r"]


def test_calibration_makes_up_for_boldness(run, days, sure):
    outcome = run(sure(days, 1.0), sure(days, 0.25, "bold"), dataset=days, metrics=EVERY, suite="trust")
    said = outcome.board.verdicts
    found = {name: next(one for one in said[name] if one.gate == "conformal") for name in ("sure", "bold")}
    for verdict in found.values():
        assert verdict.outcome == "diagnostic"
        assert verdict.figures["coverage"] == pytest.approx(0.9, abs=0.03)
        assert verdict.figures["sessions"] == 3
        assert verdict.figures["chance"] == 0.75
        assert verdict.figures["own units"] == 1
    assert found["sure"].figures["width"] == pytest.approx(found["bold"].figures["width"], rel=1e-3)


def test_models_without_distributions_are_calibrated_too(run, days, noisy):
    answers = frozenset(one.id for fields in days.splits.values() for one in fields)
    model = noisy(NOISE, dataset=days, answers=answers)
    outcome = run(model, dataset=days, metrics=EVERY, suite="trust")
    (verdict,) = (one for one in outcome.board.verdicts["net"] if one.gate == "conformal")
    assert verdict.figures["own units"] == 0
    assert verdict.figures["coverage"] == pytest.approx(0.9, abs=0.03)
    assert "calibrated: held" in report.as_markdown(outcome.board)


def test_the_board_shows_how_sure_models_are(run, days, sure, noisy):
    outcome = run(sure(days, 1.0), noisy(NOISE, dataset=days), dataset=days, metrics=EVERY)
    text = report.as_markdown(outcome.board)
    head = next(line for line in text.splitlines() if line.startswith("| how sure |"))
    assert [cell.strip() for cell in head.strip("|").split("|")][1:] == list(SHOWN.values())
    assert report.as_csv(outcome.board).splitlines()[0].endswith(",".join(NAMES))
    after = text.split("| how sure |")[1]
    assert after.splitlines()[2].startswith("| `sure` |")


def test_a_board_without_such_a_model_has_no_columns_for_them(run, dataset, noisy):
    outcome = run(noisy(NOISE), metrics=EVERY)
    texts = [report.as_csv(outcome.board), report.as_markdown(outcome.board), report.as_json(outcome.board)]
    for name in NAMES:
        assert not any(f"{name}`" in text or f'"{name}"' in text or f",{name}" in text for text in texts)
    assert "how sure" not in texts[1]


def test_nothing_is_written_down_of_what_nobody_said(run, requested, noisy):
    run(noisy(NOISE), metrics=EVERY)
    found = {score.metric for score in records.scores_of(requested().out)}
    assert found
    assert not found & set(NAMES)


def test_quantiles_that_are_not_finite_leave_their_metrics_undefined(run, days, candidate, truth_of):
    by_id = {one.id: one for one in days.splits["test"]}

    def say(one, seen):
        del seen
        mean = truth_of(by_id[one.id])
        return {"dna": mean, "dna.q5": mean, "dna.q95": np.full(mean.shape, np.nan)}

    outcome = run(candidate(say), dataset=days, metrics=EVERY)
    assert values(outcome, "net")["r"] == 1
    scores = [json.dumps(values(outcome, "net")[name]) for name in NAMES]
    assert scores == ["null"] * len(NAMES)
