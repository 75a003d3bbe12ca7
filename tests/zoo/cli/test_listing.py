"""``zoo list`` and ``zoo info``: what scripts may rely on."""

from __future__ import annotations

import pytest

from zoo import recipes

PROMISED = {"id", "plugin", "framework", "inputs", "outputs", "preset", "trained_on", "license"}


@pytest.mark.parametrize("kind", ["models", "architectures", "datasets", "metrics", "plugins", "controls"])
def test_every_kind_is_listed_for_people_and_for_scripts(zoo, kind):
    rows = zoo("list", kind, "--json").json
    table = zoo("list", kind).out
    assert all(row["id"] in table for row in rows)
    assert rows or kind in table


def test_models_carry_the_fields_that_scripts_were_promised(zoo):
    rows = zoo("list", "models", "--json").json
    assert rows
    assert all(set(row) >= PROMISED for row in rows)


def test_every_channel_of_a_model_says_what_it_is(zoo):
    for row in zoo("list", "models", "--json").json:
        assert all({"name", "modality", "planes"} <= set(channel) for channel in row["inputs"])
        assert all({"name", "structure", "planes"} <= set(channel) for channel in row["outputs"])


def test_info_of_an_architecture_tells_parameters_and_recipe_of_every_preset(zoo):
    rows = zoo("list", "architectures", "--json").json
    assert rows
    for row in rows:
        told = zoo("info", row["id"], "--json").json
        assert set(told["parameters"]) == set(told["recipes"]) == set(row["presets"])
        assert all(count > 0 for count in told["parameters"].values())
        for recipe in told["recipes"].values():
            assert {"patch", "batch", "steps", "learning_rate"} <= set(recipe)
            assert bool(recipe.get("step")) != bool(recipe.get("objective"))


def test_info_tells_a_recipe_in_words(zoo):
    recipes = zoo("info", "fnet2d", "--json").json["recipes"]
    said = zoo("info", "fnet2d").out
    for name, recipe in recipes.items():
        assert f"{name}: patch {recipe['patch'][0]}, " in said


def test_info_of_a_model_tells_its_architecture_and_parameters(zoo):
    row = zoo("list", "models", "--json").json[0]
    told = zoo("info", row["id"], "--json").json
    assert told["id"] == row["id"]
    assert row["preset"] in told["parameters"]


def test_info_prints_the_recipe_file_of_a_trained_model(zoo, tmp_path):
    for row in zoo("list", "models", "--json").json:
        path = tmp_path / "a.recipe.toml"
        path.write_text(zoo("info", row["id"], "--recipe").out, encoding="utf-8")
        run = recipes.read(path)
        assert f"{row['id'].partition('@')[0]}" == "-".join(part for part in (run.architecture, run.variant) if part)
        assert (run.preset, run.reference) == (row["preset"], row["id"].partition("@")[2])
        assert {"patch", "steps", "learning_rate"} <= set(run.recipe)


def test_info_of_a_dataset_counts_the_fields_of_every_split(zoo):
    row = zoo("list", "datasets", "--json").json[0]
    assert zoo("info", row["id"], "--json").json["schemes"] == row["schemes"]


def test_info_prints_thousands_for_people(zoo):
    architecture = zoo("list", "architectures", "--json").json[0]["id"]
    counted = zoo("info", architecture, "--json").json["parameters"]
    assert ", ".join(f"{preset} {count:,}" for preset, count in counted.items()) in zoo("info", architecture).out


def test_an_unknown_id_names_what_is_near(zoo):
    known = zoo("list", "architectures", "--json").json[0]["id"]
    ran = zoo("info", known[:-1] + "x")
    assert ran.status == 2
    assert ran.err.startswith(f"zoo: unknown model, architecture or dataset '{known[:-1]}x'; did you mean ")
    assert known in ran.err
    assert "hint: zoo list models, zoo list architectures and zoo list datasets show them all" in ran.err


def test_an_id_like_nothing_else_lists_what_is_known(zoo):
    assert "known: " in zoo("info", "§").err


def test_an_unknown_kind_is_a_usage_error(zoo):
    assert zoo("list", "weights").status == 2


def test_the_version_is_that_of_the_distribution(zoo):
    from importlib import metadata

    assert zoo("--version").out == f"zoo {metadata.version('unstained')}\n"


def test_no_command_at_all_prints_the_help_with_an_example(zoo):
    assert "zoo bench --model all" in zoo().out + zoo("--help").out
