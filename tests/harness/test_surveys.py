"""Which training fields a run reads: enough for scales and controls, never all of a large dataset."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from harness import preparation, surveys
from harness.surveys import MOST_FIELDS, chosen, survey
from zoo import registry as registries


@pytest.fixture
def made(generated):
    return registries.load().datasets.get("made")


def test_a_small_training_split_is_read_whole(dataset):
    assert chosen(dataset, "") == dataset.fields("train")


def test_of_a_large_one_some_fields_are_read_from_every_session(made):
    fields = chosen(made, "")
    assert len(fields) == MOST_FIELDS == 32
    assert len({field.id for field in fields}) == 32
    sessions = Counter(field.session for field in fields)
    assert set(sessions) == {field.session for field in made.fields("train")}
    assert max(sessions.values()) <= 2


def test_nothing_but_the_chosen_fields_is_made(made, generated):
    found = survey(made, "")
    assert len(list(generated.iterdir())) == 32
    assert set(found.scales) == {"dna", "puncta"}
    truth = np.concatenate([field.open()["dna"].to_numpy().ravel() for field in chosen(made, "")])
    assert found.scales["dna"].mean == pytest.approx(truth.mean())


def test_a_dataset_without_training_fields_has_none_to_choose(dataset):
    dataset.splits.pop("train")
    assert chosen(dataset, "") == ()


def test_a_run_needs_its_own_fields_and_those_of_the_survey(made, requested, tmp_path):
    request = requested(dataset=made, limit=2)
    needed = [field.id for field in preparation.needed(request)]
    assert needed[32:] == ["test0-0", "test1-0"]
    kept = tmp_path / "out" / "records" / f"survey-{surveys.digest(made, '')}.json"
    kept.parent.mkdir(parents=True)
    kept.write_text(surveys.as_json(survey(made, "")))
    assert [field.id for field in preparation.needed(request)] == ["test0-0", "test1-0"]
    assert len(preparation.needed(requested(dataset=made, limit=2, resume=False))) == 34
    assert preparation.needed(requested(dataset=made, split="tests")) == ()
