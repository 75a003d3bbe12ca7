"""Recipe files: written, read, and refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from zoo import recipes
from zoo.errors import ZooError

RUN = recipes.Run(
    architecture="net",
    preset="paper",
    variant="wide",
    seed=3,
    max_minutes=15.0,
    inputs=("phase",),
    labels=("dna", "lipid"),
    options={"width": 24, "decoder": [64, 32]},
    recipe={"patch": [128, 128], "steps": 100, "zoom": 0.2, "terms": {"dice": 1.0}},
    dataset={"id": "cells", "version": "1", "digest": "ab", "scheme": "day"},
)


@pytest.mark.parametrize("run", [RUN, recipes.Run(architecture="net")])
def test_a_run_survives_the_file(tmp_path: Path, run: recipes.Run):
    path = tmp_path / "a.recipe.toml"
    path.write_text(recipes.text(run), encoding="utf-8")
    assert recipes.read(path) == run


def test_a_dataset_is_named_with_its_scheme():
    assert RUN.reference == "cells.day"
    assert recipes.Run().reference == ""


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        ("schema = 2\n", "not a recipe file of schema 1", "its first line is: schema = 1"),
        ("schema = 1\nspeed = 3\n", "unknown field 'speed'", "known: schema, architecture, preset, variant, seed"),
        ('schema = 1\nseed = "3"\n', "seed is '3', expected a whole number", "zoo info ID --recipe shows"),
        ('schema = 1\ninputs = "phase"\n', "inputs is 'phase', expected a list", "zoo info ID --recipe shows"),
        ("schema 1\n", "not a recipe file: Expected '='", "it is written in TOML"),
    ],
)
def test_a_file_that_is_no_recipe_is_refused(tmp_path: Path, content: str, message: str, hint: str):
    path = tmp_path / "a.recipe.toml"
    path.write_text(content)
    with pytest.raises(ZooError) as raised:
        recipes.read(path)
    assert str(raised.value).startswith(f"{path}: {message}")
    assert raised.value.hint.startswith(hint)


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(ZooError) as raised:
        recipes.read(tmp_path / "none.toml")
    assert raised.value.message == f"{tmp_path / 'none.toml'}: cannot read the recipe file: No such file or directory"
    with pytest.raises(ZooError) as raised:
        recipes.read(Path("zoom=0.3"))
    assert raised.value.hint == "a single field is changed with --set zoom=0.3"
