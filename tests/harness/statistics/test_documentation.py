"""Every table of docs/ranking.md is recomputed from the one it begins with."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.statistics.comparisons import Comparisons
from harness.statistics.standings import standings
from harness.statistics.tables import table

PAGE = Path(__file__).parents[3] / "docs/ranking.md"


def _rows(first):
    """Cells of the table that begins like this, its head first."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith(f"| {first}"))
    end = next(index for index in range(start, len(lines)) if not lines[index].startswith("|"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in (lines[start], *lines[start + 2 : end])]


@pytest.fixture(scope="module")
def found():
    (_, *models), *fields = _rows("session")
    sessions = {f"f{index}": row[0] for index, row in enumerate(fields)}
    scores = {
        model: {f"f{index}": None if row[place] == "crash" else float(row[place]) for index, row in enumerate(fields)}
        for place, model in enumerate(models, start=1)
    }
    return standings(table(scores, sessions))


def test_the_scores_of_the_example_are_true(found):
    expected = [
        [
            row.model,
            f"{row.score:g}",
            f"{row.interval.low:.3f} to {row.interval.high:.3f}",
            f"{row.failed}",
            f"{row.rank}",
            f"{row.tied}",
            "{} to {}".format(*row.ranks),
            f"{row.first:.0%}".replace("%", " %"),
        ]
        for row in found.rows
    ]
    assert _rows("model | score")[1:] == expected


def test_the_pairs_of_the_example_are_true(found):
    expected = [
        [
            pair.better,
            pair.worse,
            f"{pair.difference:g}",
            f"{pair.p:.3f}",
            f"{pair.adjusted:.3f}",
            "yes" if pair.apart else "no",
        ]
        for pair in found.comparisons.pairs
    ]
    assert _rows("better |")[1:] == expected


def test_the_schemes_of_the_example_are_true(found):
    ranks = found.schemes.ranks
    expected = [[row.model, *(f"{ranks[scheme][row.model]}" for scheme in ranks)] for row in found.rows]
    head, *shown = _rows("model | mean")
    assert shown == expected
    assert [name.replace(", ", "-").replace(" ", "-") for name in head[1:]] == list(ranks)
    assert f"{found.schemes.tau['mean-then-rank', 'rank-then-mean']:.2f} between the first two" in PAGE.read_text()


def test_the_example_would_have_another_winner_without_its_failure(found):
    (_, *models), *fields = _rows("session")
    kept = [row for row in fields if "crash" not in row]
    scores = {
        model: {f"f{n}": float(row[1 + place]) for n, row in enumerate(kept)} for place, model in enumerate(models)
    }
    best = standings(table(scores, {f"f{n}": row[0] for n, row in enumerate(kept)})).rows[0]
    assert (best.model, best.score, found.rows[0].model) == ("gamma", 0.73, "alpha")


def test_the_sessions_that_are_said_to_be_needed_are_those_that_are():
    models, sessions = _rows("models")
    for count, needed in zip(map(int, models[1:]), map(int, sessions[1:]), strict=True):
        pairs = (None,) * (count * (count - 1) // 2)
        assert Comparisons(sessions=needed, pairs=pairs, smallest=2 / 2**needed).decisive
        assert Comparisons(sessions=needed, pairs=pairs, smallest=2 / 2**needed).needed == needed
        fewer = needed - 1
        assert fewer < 6 or not Comparisons(sessions=fewer, pairs=pairs, smallest=2 / 2**fewer).decisive
