"""What sets this distribution apart is its licence; everything else is checked as for every plugin."""

from __future__ import annotations

from unstained_weights_mcf7 import zoo_models


def test_every_entry_says_that_it_is_not_for_commercial_use():
    entries = list(zoo_models())
    assert len(entries) == 2
    assert {entry.license for entry in entries} == {"CC-BY-NC-4.0"}


def test_no_entry_has_seen_both_ways_of_splitting_the_images():
    for entry in zoo_models():
        assert len({seen.split(":")[0] for seen in entry.trained_on}) == 1
