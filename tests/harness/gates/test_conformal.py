"""Intervals calibrated on sessions: what is promised, what few sessions can promise, and what a shift makes of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.gates import conformal, shifts
from harness.gates.subjects import Subject
from harness.gates.verdicts import Row
from harness.metrics.pairs import Truth

SHAPE = (32, 32)


def answer(seed, noise, *, width=None, bias=0.0):
    """A prediction of 0 beside a truth with noise, and what the model says of it."""
    rng = np.random.default_rng(seed)
    truth = Truth(bias + noise * rng.normal(size=SHAPE), np.ones(SHAPE, bool), training_sd=2.0)
    told = None if width is None else np.broadcast_to(np.asarray(width, float), SHAPE)
    return Subject(label="dna", said=np.zeros(SHAPE), valid=truth.valid, truths={"dna": truth}, width=told)


def rows(subjects, split):
    found = []
    for index, subject in enumerate(subjects):
        ((item, values),) = conformal.measured(subject)
        found.append(
            Row(
                gate="conformal",
                label="dna",
                field=f"{split}{index}",
                session=f"{split} day {index // 2}",
                condition="",
                item=item,
                values=values,
            )
        )
    return found


def test_stretches_are_quantiles_of_errors_in_units_of_the_training_truth():
    subject = answer(0, 1.0)
    found = conformal.stretches(subject)
    errors = np.abs(subject.truth.image) / 2.0
    assert found["stretch 90"] == pytest.approx(np.percentile(errors, 90))
    assert (found["unit"], found["own"]) == (1.0, 0.0)


def test_a_model_that_says_how_unsure_it_is_is_measured_in_its_own_units():
    width = np.linspace(0.5, 1.5, 32)
    found = conformal.stretches(answer(0, 1.0, width=width))
    errors = np.abs(answer(0, 1.0).truth.image) / width
    assert found["stretch 90"] == pytest.approx(np.percentile(errors, 90))
    assert found["unit"] == pytest.approx(0.5)
    assert found["own"] == 1.0


def test_intervals_hold_what_they_promise_on_sessions_of_the_same_kind():
    known = rows([answer(seed, 1.0) for seed in range(12)], "val")
    asked = rows([answer(100 + seed, 1.0) for seed in range(12)], "test")
    finding = conformal.judged(known, asked)
    assert finding.outcome == "diagnostic"
    assert finding.figure == finding.figures["coverage"] == pytest.approx(0.9, abs=0.03)
    assert finding.figures["chance"] == pytest.approx(6 / 7, abs=1e-6)
    # twice what holds 90 % of a normal distribution of deviation 0.5
    assert finding.figures["width"] == pytest.approx(2 * 1.645 * 0.5, rel=0.1)
    assert "with a chance of 86 %" in finding.text.replace("86%", "86 %")


def test_a_session_that_differs_is_named_by_what_is_left_of_its_coverage():
    known = rows([answer(seed, 1.0) for seed in range(12)], "val")
    asked = rows([answer(100 + seed, 3.0 if seed < 2 else 1.0) for seed in range(12)], "test")
    finding = conformal.judged(known, asked)
    assert finding.figures["worst session"] < 0.5
    assert finding.figures["sessions held"] < 1


@pytest.mark.parametrize(
    ("count", "place", "chance"), [(1, 1, 0.5), (4, 4, 0.8), (8, 8, 8 / 9), (9, 9, 0.9), (19, 18, 0.9)]
)
def test_few_sessions_promise_little(count, place, chance):
    stretch, promised = conformal.calibrated(list(range(1, count + 1)))
    assert (stretch, promised) == (place, pytest.approx(chance))


def test_the_page_says_what_few_sessions_can_promise():
    lines = (Path(__file__).parents[3] / "docs/uncertainty.md").read_text(encoding="utf-8").splitlines()
    head = next(index for index, line in enumerate(lines) if line.startswith("| validation sessions"))
    counts, chances = ([cell.strip() for cell in lines[line].strip("|").split("|")][1:] for line in (head, head + 2))
    told = [f"{conformal.calibrated(range(int(count)))[1]:.0%}".replace("%", " %") for count in counts]
    assert told == chances


def test_the_chance_is_kept_over_many_draws_of_sessions():
    rng = np.random.default_rng(0)
    drawn = [rng.exponential(size=20) for _ in range(2000)]
    held = np.mean([needed[0] <= conformal.calibrated(needed[1:])[0] for needed in drawn])
    assert held == pytest.approx(0.9, abs=0.02)


def test_fields_that_calibrated_cannot_be_asked_about():
    known = rows([answer(seed, 1.0) for seed in range(4)], "val")
    finding = conformal.judged(known, known)
    assert (finding.outcome, finding.text) == (
        "not tested",
        "intervals are calibrated on the split that is asked about",
    )


def test_a_field_without_recorded_pixels_says_nothing():
    truth = Truth(np.zeros(SHAPE), np.zeros(SHAPE, bool))
    subject = Subject(label="dna", said=np.zeros(SHAPE), valid=truth.valid, truths={"dna": truth})
    assert conformal.stretches(subject) == {}
    assert conformal.judged([], []).text == "no field has recorded pixels"


def shifted(item, doubts):
    return [
        Row(
            gate="shifts",
            label="dna",
            field=f"{item}{index}",
            session=f"day {index}",
            condition="",
            item=item,
            values={"r": 0.5, "doubt": doubt},
        )
        for index, doubt in enumerate(doubts)
    ]


def test_a_model_that_gets_unsure_notices_a_shift():
    usual = shifted("", [1.0, 1.1, 0.9])
    found = shifts.judged([*shifted("defocus", [2.0, 3.0]), *shifted("lamp", [1.0, 1.05])], usual)
    assert found.figures["noticed, defocus"] == 1.0
    assert found.figures["noticed, lamp"] == pytest.approx(3.5 / 6, abs=1e-6)
    assert found.figures["noticed"] == pytest.approx(9.5 / 12, abs=1e-6)
    assert "notices a shift with AUROC 0.79" in found.text


def test_who_says_nothing_of_itself_is_not_asked_about_shifts():
    def silent(item):
        return [Row(gate="shifts", label="dna", field=item, session="", condition="", item=item, values={"r": 0.5})]

    found = shifts.judged(silent("defocus"), silent(""))
    assert "noticed" not in found.figures
    assert "notices" not in found.text
