"""Which training fields a run reads: enough for scales and controls, never all of a large dataset."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from harness import preparation, surveys
from harness.judging import Candidate, Judge
from harness.metrics import METRICS
from harness.records import Contender
from harness.surveys import FEW_FIELDS, MOST_FIELDS, chosen, digest, survey
from zoo import registry as registries
from zoo.errors import ZooError


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


def test_what_has_no_training_fields_cannot_be_scored(made, requested):
    request = requested(dataset=made)
    scheme = replace(request.scheme, members={"test": request.scheme.members["test"]})
    with pytest.raises(ZooError) as caught:
        preparation.prepare(replace(request, scheme=scheme), lambda *_said: None)
    assert caught.value.message.endswith("no field in split 'train', from which scales and controls are taken")
    assert caught.value.hint == "give it a few training fields"


def test_a_run_needs_its_own_fields_and_those_of_the_survey(made, requested, tmp_path):
    request = requested(dataset=made)
    needed = [field.id for field in preparation.needed(request)]
    own = [field.id for field in made.fields("test")]
    assert (len(needed), needed[32:]) == (32 + len(own), own)
    kept = tmp_path / "out" / "records" / f"survey-{digest(made, '')}.json"
    kept.parent.mkdir(parents=True)
    kept.write_text(surveys.as_json(survey(made, "")))
    assert [field.id for field in preparation.needed(request)] == own
    assert len(preparation.needed(requested(dataset=made, resume=False))) == 32 + len(own)
    assert preparation.needed(requested(dataset=made, split="tests")) == ()


def test_a_first_look_surveys_few_fields_and_is_never_taken_for_more(made, requested, tmp_path):
    request = requested(dataset=made, limit=2)
    needed = [field.id for field in preparation.needed(request)]
    assert (len(needed), needed[FEW_FIELDS:]) == (FEW_FIELDS + 2, ["test0-0", "test1-0"])
    prepared = preparation.prepare(request, lambda *_: None)
    whole = preparation.prepare(requested(dataset=made, out=tmp_path / "whole"), lambda *_: None)
    assert prepared.survey.scales["dna"] != whole.survey.scales["dna"]
    assert digest(made, "", request.surveyed) != digest(made, "")


def test_scores_on_the_scale_of_another_survey_are_another_job(made, requested):
    prepared = preparation.prepare(requested(dataset=made), lambda *_: None)
    candidate = Candidate(contender=Contender(id="net", kind="model", digest="0"), labels=("dna",), open=None)
    few, whole, again = (
        Judge(prepared.data, survey(made, "", most=most).scales, METRICS).key(candidate, prepared.fields)
        for most in (FEW_FIELDS, MOST_FIELDS, MOST_FIELDS)
    )
    assert few != whole == again
