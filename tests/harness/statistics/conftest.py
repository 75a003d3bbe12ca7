"""Tables written as lists: a model's session means, one field for each session."""

from __future__ import annotations

import pytest

from harness.statistics.tables import table


@pytest.fixture
def tabled():
    def made(**models):
        count = max(map(len, models.values()))
        scores = {name: {f"f{index:02d}": value for index, value in enumerate(row)} for name, row in models.items()}
        return table(scores, {f"f{index:02d}": f"s{index:02d}" for index in range(count)})

    return made
