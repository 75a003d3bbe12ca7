"""Three ways from scores to ranks. Where they disagree, the winner is a matter of taste, and the board says so.

Source: Maier-Hein et al. 2018, Nat. Commun. 9, 5217; Wiesenfarth et al. 2021, Sci. Rep. 11, 2369.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from harness.statistics.agreement import single
from harness.statistics.averages import ranks, shared_ranks
from harness.statistics.comparisons import ALPHA, holm
from harness.statistics.signs import superiority
from harness.statistics.tables import FEWEST, Table, TooFew

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.statistics.averages import Counts

SCHEMES = ("mean-then-rank", "rank-then-mean", "test-then-rank")
"""The first one ranks; the others stand beside it."""


@dataclass(frozen=True, kw_only=True)
class Schemes:
    """The ranks of every scheme, and how alike they are."""

    ranks: Mapping[str, Mapping[str, int]]
    """Scheme -> model -> rank; without ``test-then-rank`` where there are too few sessions to test."""
    tau: Mapping[tuple[str, str], float | None]
    """Kendall's tau of each two schemes; None where one of them sets nobody apart."""


def schemes(table: Table) -> Schemes:
    """Ranks by every scheme that the data can carry."""
    found = {"mean-then-rank": mean_then_rank(table), "rank-then-mean": rank_then_mean(table)}
    tested = wins_then_rank(table)
    if not isinstance(tested, TooFew):
        found["test-then-rank"] = tested
    return Schemes(
        ranks={name: dict(zip(table.models, values.tolist(), strict=True)) for name, values in found.items()},
        tau={(one, other): single(found[one], found[other]) for one, other in combinations(found, 2)},
    )


def mean_then_rank(table: Table) -> Counts:
    """Average fields within sessions and sessions within models, then rank: the size of a lead counts."""
    return ranks(table.scores)


def rank_then_mean(table: Table) -> Counts:
    """Rank the models on every field, then average ranks as scores are averaged: how often one leads counts."""
    ranked = Table(
        models=table.models,
        fields=table.fields,
        sessions=table.sessions,
        values=-shared_ranks(table.values.T).T,
        delivered=table.delivered,
    )
    return ranks(ranked.scores)


def wins_then_rank(table: Table) -> Counts | TooFew:
    """Count the models that one is significantly better than (one-sided, Holm over all ordered pairs), rank by that."""
    if table.independent < FEWEST:
        return TooFew(table.independent)
    between = ~np.eye(len(table.models), dtype=np.bool_)
    held = np.ones(between.shape)
    held[between] = holm(superiority(table.means)[between].tolist())
    return ranks(np.sum(held <= ALPHA, axis=1))
