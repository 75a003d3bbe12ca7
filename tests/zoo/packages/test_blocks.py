"""Evaluations in the text of a description."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from zoo.package.blocks import evaluated, unevaluated

TOLD = [{"dataset_id": "a", "text": 'R² of 0.5: "good"\n# not a comment', "results": [[0.5, "", 1]]}]
WHOLE = b"""%YAML 1.2
---
name: a
config:
  # what others know
  bioimageio:
    modality: dic

    target_structure:
    - nucleus
  unstained:
    schema: 1
timestamp: 2020
"""
DESCRIPTIONS = [
    WHOLE,
    b"name: a\n",
    b"name: a\nconfig:\n  deepimagej: {}\n",
    b"config:\n    bioimageio:\n        task: b\n",
    b"a:\n  config:\n    bioimageio:\n      evaluations: no, elsewhere\n",
]


@pytest.mark.parametrize("description", DESCRIPTIONS)
def test_what_is_put_in_is_read_by_any_parser_and_taken_out_without_a_trace(description):
    made = evaluated(description, TOLD)
    parsed = yaml.safe_load(made)
    assert parsed["config"]["bioimageio"].pop("evaluations") == TOLD
    assert unevaluated(made) == description
    assert evaluated(made, TOLD) == made
    before = yaml.safe_load(description)
    assert {key: value for key, value in parsed.items() if key != "config"} == {
        key: value for key, value in before.items() if key != "config"
    }


@pytest.mark.parametrize(
    "written", [b"    evaluations: []\n", b"    evaluations:\n    - a: 1\n      b: |\n        # text\n"]
)
def test_evaluations_that_others_wrote_are_no_part_either(written):
    assert unevaluated(WHOLE.replace(b"    modality: dic\n", b"    modality: dic\n" + written)) == WHOLE


@pytest.mark.parametrize("config", [b"config: {}\n", b"config: {bioimageio: {task: a}}\n"])
def test_what_is_not_written_as_a_block_cannot_be_changed(config):
    assert evaluated(b"name: a\n" + config, TOLD) is None
    assert unevaluated(b"name: a\n" + config) == b"name: a\n" + config


@given(st.binary(max_size=60))
def test_any_bytes_survive(content):
    assert unevaluated(unevaluated(content)) == unevaluated(content)
