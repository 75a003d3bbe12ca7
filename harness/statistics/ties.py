"""Models that cannot be told apart share a rank."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.statistics.comparisons import Comparisons
    from harness.statistics.tables import Table

Groups = tuple[tuple[str, ...], ...]


def tie_groups(table: Table, found: Comparisons) -> Groups:
    """Models best first, in groups: a group takes in those that follow its first as long as they are not apart from it.

    Nobody in a group is shown to be worse than its first. The last of one group and the first of the next need not be
    apart: "cannot be told apart" does not carry over from pair to pair, and the comparisons have the last word.
    """
    groups: list[list[str]] = []
    for model in (table.models[index] for index in table.ordered):
        if groups and not found.apart(groups[-1][0], model):
            groups[-1].append(model)
        else:
            groups.append([model])
    return tuple(map(tuple, groups))


def group_ranks(groups: Sequence[Sequence[str]]) -> Mapping[str, int]:
    """Rank of every model: the place of the first of its group.

    >>> group_ranks([["a", "b"], ["c"]])
    {'a': 1, 'b': 1, 'c': 3}
    """
    found: dict[str, int] = {}
    for group in groups:
        found |= dict.fromkeys(group, len(found) + 1)
    return found
