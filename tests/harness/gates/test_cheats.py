"""Seven cheats beside an honest net: none stands above it on any ranked column, and each is named by what caught it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from harness.metrics import METRICS

LABELS = ("dna", "lipid")
"""Those that models are ranked on."""
CAUGHT = {
    "stretched to its own percentiles": ("cue", "lipid"),
    "stain of another field": ("null", "null"),
    "mean of the training fields": ("equivariance", "dna"),
    "outline of the cells": ("null", "null"),
    "memory of training fields": ("equivariance", "dna"),
    "input passed through": ("null", "null"),
    "made to look real": ("null", "null"),
}
"""Cheat -> the gate that names it, and on which label."""


def stretched(image, low, high):
    bottom, top = np.percentile(image, [2, 99.8])
    return low + (high - low) * (image - bottom) / max(top - bottom, 1e-6)


@pytest.fixture(scope="module")
def cheats(dataset, honesty):
    """``say(seen)`` by the name of the cheat."""
    known = dataset()
    training = [one.open() for one in known.splits["train"]]
    labels = [channel.name for channel in known.channels if channel.structure]
    truths = {label: np.stack([one[label].to_numpy().astype(float) for one in training]) for label in labels}
    ends = {label: np.percentile(truth, [2, 99.8]) for label, truth in truths.items()}
    shown = np.stack([one["phase"].to_numpy() for one in training])
    other = known.splits["test"][-1].open()
    rng = np.random.default_rng(0)

    def remembered(phase):
        return int(np.argmin(np.mean((shown - phase) ** 2, axis=(1, 2))))

    def painted(phase):
        return (ndimage.gaussian_filter(phase, 1) > 0.15).astype(float)

    def real(image):
        speckle = ndimage.gaussian_filter(rng.standard_normal(image.shape), 1.0)
        return image + 60 * speckle / speckle.std() + 15 * rng.standard_normal(image.shape)

    return {
        "stretched to its own percentiles": lambda phase: {
            label: stretched(image, *ends[label]) for label, image in honesty(phase).items()
        },
        "stain of another field": lambda _: {label: other[label].to_numpy() for label in labels},
        "mean of the training fields": lambda _: {label: truths[label].mean(axis=0) for label in labels},
        "outline of the cells": lambda phase: {label: 100 + 300 * painted(phase) for label in labels},
        "memory of training fields": lambda phase: {label: truths[label][remembered(phase)] for label in labels},
        "input passed through": lambda phase: dict.fromkeys(labels, 100 + 900 * phase),
        "made to look real": lambda phase: {label: real(image) for label, image in honesty(phase).items()},
    }


@pytest.fixture(scope="module")
def board(judging, candidate, cheats, honesty, dataset):
    """All of them in one run."""

    def net(name, say):
        def answer(_, seen):
            return {label: np.asarray(image, np.float32) for label, image in say(seen["phase"].to_numpy()).items()}

        return candidate(answer, name)

    nets = [net("honest", honesty), *(net(name, say) for name, say in cheats.items())]
    known = dataset()
    known.splits["test"] = known.splits["test"][::2]
    ranked = tuple(metric for metric in METRICS if metric.ranked and metric.better != "neither")
    return judging(*nets, dataset=known, metrics=ranked).board


def rows(board, label):
    return {row.contender.id: row for row in board.rows if row.label == label}


@pytest.mark.parametrize("cheat", CAUGHT)
def test_no_cheat_stands_above_an_honest_net_on_a_ranked_column(board, cheat):
    ranked = [column for column in board.run.columns if column.ranked]
    assert len(ranked) >= 8
    for label in LABELS:
        found = rows(board, label)
        assert found["honest"].rank is not None
        for column in ranked:
            good, bad = (found[name].values[column.id] for name in ("honest", cheat))
            if good is not None and bad is not None:
                assert (bad <= good + 1e-5) if column.better == "higher" else (bad >= good - 1e-5), (label, column.id)


@pytest.mark.parametrize(("cheat", "gate", "label"), [(name, *by) for name, by in CAUGHT.items()])
def test_every_cheat_is_named_by_a_gate(board, cheat, gate, label):
    (verdict,) = (one for one in board.verdicts[cheat] if (one.gate, one.label) == (gate, label))
    assert verdict.outcome == "fail", verdict.text
    assert verdict.figure is not None


def test_the_honest_net_passes_the_gates_that_name_them(board):
    named = set(CAUGHT.values())
    assert {one.outcome for one in board.verdicts["honest"] if (one.gate, one.label) in named} == {"pass"}


def test_what_is_no_better_than_the_input_is_not_above_the_floors(board):
    for cheat in (
        "input passed through",
        "stain of another field",
        "memory of training fields",
        "outline of the cells",
    ):
        assert rows(board, "lipid")[cheat].above_floor is False
    assert rows(board, "lipid")["honest"].above_floor
