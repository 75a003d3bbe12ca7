"""``--suite full`` from end to end: inputs get worse, and the board names the kind that a net bears worst."""

from __future__ import annotations

import json

import numpy as np
import pytest

from harness.gates.corruptions import KINDS

LABELS = ("dna", "lipid", "null", "random", "short")
BRIGHT = 0.99
"""Quantile that light is measured by."""
DARK = 0.5
"""Share of the usual light below which one of the nets says nothing."""


@pytest.fixture
def full(run, dataset, honesty, candidate):
    """The board of a net that does not mind how bright its input is, and of one that is afraid of the dark."""

    made = dataset()
    usual = np.quantile(made.splits["test"][0].open()["phase"], BRIGHT)

    def steady(_, seen):
        phase = seen["phase"].to_numpy()
        return honesty(phase * usual / np.quantile(phase, BRIGHT))

    def afraid(_, seen):
        phase = seen["phase"].to_numpy()
        dark = np.quantile(phase, BRIGHT) < DARK * usual
        return dict.fromkeys(LABELS, np.full_like(phase, 200)) if dark else honesty(phase)

    made.splits["test"] = made.splits["test"][::8]
    return run(candidate(steady, "steady"), candidate(afraid, "afraid"), dataset=made, suite="full")


def of(outcome, model, label):
    return next(one for one in outcome.board.verdicts[model] if (one.gate, one.label) == ("corruptions", label))


def test_the_worst_kind_is_named_with_its_curve_and_never_ranks(full, tmp_path):
    verdict = of(full, "afraid", "dna")
    assert verdict.outcome == "diagnostic"
    assert verdict.text.startswith(f"worst: dim, r {verdict.figure:.2f} on average; ")
    assert set(verdict.figures) == {"clean"} | {
        f"{kind} {severity:g}" for kind, (_, severities) in KINDS.items() for severity in severities
    }
    dims = [verdict.figures[f"dim {severity:g}"] for severity in KINDS["dim"][1]]
    assert verdict.figure == pytest.approx(np.mean(dims), abs=1e-5)
    assert dims[0] > 0.7
    assert dims[-1] == 0, "nothing is said in the dark"
    assert not of(full, "steady", "dna").text.startswith("worst: dim")
    assert of(full, "steady", "dna").figure > verdict.figure

    text = (tmp_path / "out" / "leaderboard.md").read_text()
    heading = text.split("## dna")[1].split("\n\n## ")[0]
    assert "Suite full" in text
    table = next(part for part in heading.split("\n\n") if part.startswith("| diagnostic |"))
    head, _, *lines = table.splitlines()
    column = head.split(" | ").index("corruptions") if " | corruptions | " in head else len(head.split(" | ")) - 1
    assert "corruptions" in head
    assert {line.split(" | ")[0]: line.split(" | ")[column].strip(" |") for line in lines} == {
        f"| `{model}`": of(full, model, "dna").badge for model in ("afraid", "steady")
    }
    assert f"- `afraid`, corruptions: diagnostic; {verdict.text}" in heading
    document = json.loads((tmp_path / "out" / "leaderboard.json").read_text())
    assert document["suite"] == "full"
    assert "--suite full" in document["repeat"]
    ranked = [row["model"] for row in document["rows"] if row["label"] == "dna" and row["rank"]]
    assert set(ranked) == {"afraid", "steady"}
