"""What readers and scripts are told of a ranking."""

from __future__ import annotations

import csv
import json

import pytest

from harness.gates.verdicts import Verdict
from harness.report import as_csv, as_json, as_markdown

CLEAR = [0.70, 0.71, 0.72, 0.73, 0.74, 0.75, 0.76, 0.77]


def verdict(gate, outcome):
    return Verdict(gate=gate, version=1, label="dna", outcome=outcome, figure=0.5, limit="", text="said")


@pytest.fixture
def board(made, scores_of):
    """Two models that are alike and one that is worse on two labels, of which one model lacks the second."""
    values = {"a": CLEAR, "b": [value + 0.02 * (-1) ** index for index, value in enumerate(CLEAR)]}
    values |= {"c": [value - 0.3 for value in CLEAR], "floor": [0.2] * 8, "clean-truth": [0.9] * 8}
    parts = [scores_of(name, given, label=label) for name, given in values.items() for label in ("dna", "rna")]
    parts += [scores_of("d", [0.3] * 8, label="dna")]
    verdicts = {"a": (verdict("seam", "pass"), verdict("blank", "fail"))}
    return made(*parts, labels=("dna", "rna"), verdicts=verdicts)


def test_the_main_table_is_compact(board):
    lines = as_markdown(board).split("## dna\n\n")[1].splitlines()
    assert lines[0] == "| rank | model | score | scaled | 95 % | above floor | gates | what |"
    assert lines[2].startswith("| 1 | `b` | 0.736 | 0.582 |")
    assert lines[3].endswith("| yes | 1 pass, 1 fail |  |")
    assert lines[4].startswith("| 3 | `c` |")


def test_readers_are_told_what_the_scale_is_and_how_sure_the_ranks_are(board):
    text = as_markdown(board)
    assert "Scaled: 0 is what `floor` reaches, 0.200; 1 is C_max, what `clean-truth` reaches, 0.900." in text
    assert "- *C_max*: the r that a perfect prediction would reach" in text
    head = "| model | rank in 95 % of draws | leads in | mean, then rank | rank, then mean | test, then rank |"
    assert head in text
    assert "| `c` | 3 to 3 | 0% | 3 | 3 | 3 |" in text
    assert "Kendall's tau of the ranking with those by other schemes: rank, then mean " in text


def test_the_overall_ranking_names_who_is_partial(board):
    lines = as_markdown(board).split("## Overall\n\n")[1].splitlines()
    assert lines[0] == "| rank | model | mean rank | dna | rna |"
    assert lines[2:6] == [
        "| 1 | `b` | 1.000 | 1 | 1 |",
        "| 2 | `a` | 2.000 | 2 | 2 |",
        "| 3 | `c` | 3.000 | 3 | 3 |",
        "|  | `d` |  | 4 |  |",
    ]


def test_scripts_find_the_same_in_columns(board):
    rows = list(csv.DictReader(as_csv(board).splitlines()))
    first = next(row for row in rows if (row["model"], row["label"]) == ("c", "dna"))
    names = ("rank", "place", "rank_low", "rank_high", "first", "overall")
    assert [first[name] for name in names] == ["3", "3", "3", "3", "0", "3"]


def test_the_document_has_pairs_schemes_and_draws(board):
    document = json.loads(as_json(board))
    task = document["tasks"][0]
    assert (task["label"], task["floor"], task["ceiling"], task["ceiling_by"]) == ("dna", 0.2, 0.9, "clean-truth")
    assert task["smallest_p"] == 0.0078125
    assert len(task["pairs"]) == 6
    assert set(task["pairs"][0]) == {"better", "worse", "difference", "p", "p_after_holm", "apart"}
    assert set(task["schemes"]) == {"mean-then-rank", "rank-then-mean", "test-then-rank"}
    assert document["overall"]["partial"] == {"d": ["rna"]}
    assert document["overall"]["left_out"] == {"dna": 1.0, "rna": 1.0}


def test_with_too_few_sessions_schemes_alone_are_shown(made, scores_of):
    found = made(scores_of("a", [0.8] * 3), scores_of("b", [0.7] * 3))
    assert "| model | mean, then rank | rank, then mean |\n" in as_markdown(found)
    assert "pairs" not in json.loads(as_json(found))["tasks"][0]
