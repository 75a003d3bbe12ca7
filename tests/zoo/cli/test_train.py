"""``zoo train`` from a folder of images to a weight file and a package."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import torch

from zoo import weights

PLUGIN = """
    from zoo import hooks
    from zoo.types import Architecture, Framework, Preset, Recipe

    @hooks.impl
    def zoo_architectures():
        recipe = Recipe(patch=(16, 16), batch=2, steps=20, learning_rate=0.02)
        yield Architecture(id="tiny", title="One convolution", framework=Framework.TORCH, build="tiny_layer:build",
                           presets={"lite": Preset(recipe=recipe)}, divisor=4)
"""
NO_FILE = """\
--recipe zoom=0.3: no such recipe file
  hint: a single field is changed with --set zoom=0.3"""
NO_GPU = f"""\
--device cuda: PyTorch {torch.__version__} finds no CUDA GPU here
  hint: train on the processor, --device cpu, or install a PyTorch for CUDA: https://pytorch.org"""
NET = """
    import torch

    def build(in_channels, out_channels, *, width=3):
        return torch.nn.Conv2d(in_channels, out_channels, width, padding=width // 2)
"""


@pytest.fixture
def cells(tmp_path: Path, site: Any, zoo: Callable[..., Any]) -> Path:
    """The manifest of a folder of pairs, and a plugin with a net of ten weights."""
    site.install("tiny", PLUGIN)
    site.modules.append("tiny_layer")  # forgotten with the plugin
    (site.folder / "tiny_layer.py").write_text(textwrap.dedent(NET))
    folder = tmp_path / "cells"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for index in range(6):
        image = rng.integers(100, 900, (48, 48)).astype(np.uint16)
        tifffile.imwrite(folder / f"f{index}_light.tif", image)
        tifffile.imwrite(folder / f"f{index}_dna.tif", 2 * image + 50)
    words = ("--input", "light=*_light.tif", "--modality", "light=brightfield", "--label", "dna=*_dna.tif")
    claims = ("--structure", "dna=nucleus", "--pixel-size", "0.5", "--id", "cells", "--license", "CC0-1.0")
    ran = zoo("data", "new", folder, *words, *claims)
    assert ran.status == 0, ran.err
    return folder / "manifest.toml"


def test_a_weight_file_comes_out_with_the_command_that_repeats_it(cells: Path, tmp_path: Path, zoo: Any) -> None:
    out = tmp_path / "x.safetensors"
    recipe = (
        "--batch",
        3,
        "--patch",
        "8x8",
        "--option",
        "width=5",
        "--set",
        "zoom=0.2",
        "--learning-rate",
        0.05,
        "--max-minutes",
        2,
    )
    names = ("--seed", 3, "--variant", "wide", "--labels", "dna")
    ran = zoo("train", "tiny", "--dataset", cells, *recipe, *names, "-o", out)
    assert ran.status == 0, ran.err
    assert ran.out.startswith(f"{out}  tiny-wide@cells  20 steps in 0.0 min; r on val ")
    made = weights.read(out)
    assert made.tensors["weight"].shape == (1, 1, 5, 5)
    account: Any = made.header.training
    kept = account["recipe"]
    assert (kept["batch"], kept["patch"], kept["learning_rate"], kept["zoom"]) == (3, [8, 8], 0.05, 0.2)
    command = (
        "zoo train tiny --dataset manifest.toml --preset lite --max-minutes 2.0 --labels dna --variant wide --seed 3 "
        "--batch 3 --patch 8x8 --learning-rate 0.05 --set zoom=0.2 --option width=5 -o x.safetensors"
    )
    assert account["command"] == command
    assert f"repeat with: {command}\n" in ran.err
    assert (tmp_path / "x.training" / "last.ckpt").is_file()


def test_a_package_comes_out_that_predicts_what_was_learnt(cells: Path, tmp_path: Path, zoo: Any) -> None:
    out = tmp_path / "x.zip"
    ran = zoo("train", "tiny", "--dataset", cells, "--steps", 200, "-o", out)
    assert ran.status == 0, ran.err
    from zoo.runtime import open_model

    light = tifffile.imread(cells.parent / "f0_light.tif")
    with open_model(out) as model:
        (tensor,) = model.package.inputs
        (predicted,) = model.predict({tensor.id: light[None]}).values()
    assert np.corrcoef(predicted.ravel(), light.ravel())[0, 1] > 0.99
    assert predicted.mean() == pytest.approx(2 * light.mean() + 50, rel=0.05)


def test_a_finished_run_is_not_run_again_unless_fresh(cells: Path, tmp_path: Path, zoo: Any) -> None:
    words = ("train", "tiny", "--dataset", cells, "-o", tmp_path / "x.safetensors")
    assert zoo(*words).status == 0
    assert "step 20" not in zoo(*words, "--force").err
    assert "step 20" in zoo(*words, "--force", "--fresh").err


def test_the_default_dataset_is_trained_on_through_the_inputs_that_are_named(
    generated: Path, cells: Path, tmp_path: Path, zoo: Any
) -> None:
    out = tmp_path / "x.safetensors"
    words = ("train", "tiny", "-o", out, "--steps", 3, "--labels", "dna")
    ran = zoo(*words)
    assert ran.status == 2
    assert "zoo: dataset 'made' has several inputs: light3, light5; which of them shall the net see?\n" in ran.err
    assert not generated.exists(), "nothing is made before it is known what for"
    ran = zoo(*words, "--inputs", "light5")
    assert ran.status == 0, ran.err
    assert ran.err.splitlines()[:2] == ["no dataset is named: taking made, the default", "generating made: 42 fields"]
    assert "reading 42 fields" in ran.err
    header = weights.read(out).header
    assert (header.id, [channel.name for channel in header.inputs]) == ("tiny@made", ["light5"])
    account: Any = header.training
    assert (account["inputs"], account["labels"]) == (["light5"], ["dna"])
    assert account["command"] == (
        "zoo train tiny --dataset made --preset lite --inputs light5 --labels dna --seed 0 --steps 3 -o x.safetensors"
    )


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (("-o", "x.h5"), "x.h5: found suffix '.h5', expected .zip or .safetensors", "-o x.h5.zip"),
        (("-o", "no/x.zip"), "no/x.zip: the folder no does not exist", "mkdir -p no"),
        (("-o", "x.zip", "--patch", "big"), "--patch is 'big', expected edges such as 128x128", "zoo train --help"),
        (("-o", "x.zip", "--option", "wide"), "--option is 'wide', expected NAME=VALUE", "--help"),
        (("-o", "x.zip", "--preset", "huge"), "tiny: unknown preset 'huge', expected one of: lite", "zoo info tiny"),
        (("-o", "x.zip", "--labels", "red"), "dataset 'cells' has no label 'red', expected some of: dna", "--labels"),
    ],
)
def test_what_cannot_be_done_is_said_before_training(
    cells: Path, zoo: Any, words: tuple[str, ...], message: str, hint: str
) -> None:
    ran = zoo("train", "tiny", "--dataset", cells, *words)
    assert ran.status == 2
    assert f"zoo: {message}\n  hint: " in ran.err
    assert hint in ran.err.split("hint: ")[1]


def test_a_recipe_file_runs_the_same_again(cells: Path, tmp_path: Path, zoo: Any) -> None:
    words = ("--seed", 3, "--set", "zoom=0.2", "--option", "width=5", "--variant", "wide", "--steps", 12)
    assert zoo("train", "tiny", "--dataset", cells, *words, "-o", tmp_path / "x.safetensors").status == 0
    recipe = tmp_path / "x.recipe.toml"
    told = tomllib.loads(recipe.read_text())
    assert (told["architecture"], told["preset"], told["variant"], told["seed"]) == ("tiny", "lite", "wide", 3)
    assert (told["inputs"], told["labels"], told["options"]) == (["light"], ["dna"], {"width": 5})
    assert (told["recipe"]["zoom"], told["recipe"]["steps"], told["recipe"]["patch"]) == (0.2, 12, [16, 16])
    assert (told["dataset"]["id"], len(told["dataset"]["digest"])) == ("cells", 64)
    again = zoo("train", "--recipe", recipe, "--dataset", cells, "-o", tmp_path / "y.safetensors")
    assert again.status == 0, again.err
    assert "not the same run" not in again.err
    first, second = (weights.read(tmp_path / f"{name}.safetensors") for name in "xy")
    assert all((first.tensors[name] == second.tensors[name]).all() for name in first.tensors)
    assert second.header.id == "tiny-wide@cells"
    account: Any = second.header.training
    assert account["command"] == "zoo train --recipe x.recipe.toml --dataset manifest.toml -o y.safetensors"
    assert (tmp_path / "y.recipe.toml").read_text() == recipe.read_text()


def test_what_is_typed_goes_before_the_recipe_file(cells: Path, tmp_path: Path, zoo: Any) -> None:
    recipe = tmp_path / "a.recipe.toml"
    recipe.write_text(
        'schema = 1\narchitecture = "tiny"\nseed = 4\n[recipe]\nsteps = 5\nbatch = 3\n[dataset]\ndigest = "0123"\n'
    )
    ran = zoo("train", "--recipe", recipe, "--dataset", cells, "--steps", 7, "-o", tmp_path / "x.safetensors")
    assert ran.status == 0, ran.err
    account: Any = weights.read(tmp_path / "x.safetensors").header.training
    assert (account["seed"], account["recipe"]["steps"], account["recipe"]["batch"]) == (4, 7, 3)
    digest = account["dataset"]["digest"][:12]
    assert f"zoo: the recipe was made with data of digest 0123, these are {digest}: not the same run\n" in ran.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("--recipe", "zoom=0.3"),
            "--recipe zoom=0.3: no such recipe file\n  hint: a single field is changed with --set zoom=0.3",
        ),
        (("-o", "x.zip"), "nothing to train is named\n  hint: zoo list architectures, or --recipe FILE"),
        (
            ("tiny", "--device", "cuda"),
            NO_GPU,
        ),
    ],
)
def test_requests_that_cannot_be_met_are_named(
    cells: Path, zoo: Any, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], message: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    ran = zoo("train", *words, "--dataset", cells, "-o", "x.zip")
    assert (ran.status, ran.err.endswith(f"zoo: {message}\n")) == (2, True), ran.err


def test_a_dataset_of_one_field_is_refused(cells: Path, tmp_path: Path, zoo: Any) -> None:
    single = tmp_path / "single"
    single.mkdir()
    for name in ("f0_light.tif", "f0_dna.tif"):
        shutil.copy(cells.parent / name, single / name)
    words = ("--input", "light=*_light.tif", "--label", "dna=*_dna.tif", "--structure", "dna=nucleus")
    claims = ("--modality", "light=brightfield", "--split", "100", "--id", "single")
    assert zoo("data", "new", single, *words, *claims).status == 0
    ran = zoo("train", "tiny", "--dataset", single, "-o", tmp_path / "x.zip")
    message = "zoo: dataset 'single' has no field in split 'val' (fields: train 1)\n"
    hint = "  hint: training needs fields in train and in val: assign them in the manifest\n"
    assert (ran.status, ran.err) == (2, message + hint)


def test_unknown_names_are_refused(cells: Path, zoo: Any) -> None:
    assert (
        "unknown architecture 'tinny'; did you mean tiny?"
        in zoo("train", "tinny", "--dataset", cells, "-o", "x.zip").err
    )
    assert "unknown dataset 'cels'" in zoo("train", "tiny", "--dataset", "cels", "-o", "x.zip").err


def test_an_output_that_exists_is_kept(cells: Path, tmp_path: Path, zoo: Any) -> None:
    out = tmp_path / "x.zip"
    out.write_text("precious")
    ran = zoo("train", "tiny", "--dataset", cells, "-o", out)
    assert ran.err == f"zoo: {out}: exists already\n  hint: replace it with --force, or choose another name\n"
    assert out.read_text() == "precious"


def test_ctrl_c_ends_with_130_and_keeps_what_was_trained(cells: Path, tmp_path: Path, site: Any) -> None:
    out = tmp_path / "x.safetensors"
    words = ("train", "tiny", "--dataset", str(cells), "--steps", "1000000", "--max-minutes", "0.5", "-o", str(out))
    command = [sys.executable, "-c", "from zoo.cli import main; main()", *words]
    environment = {**os.environ, **site.environment}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        for line in running.stderr:
            if "val r" in line:
                running.send_signal(signal.SIGINT)
                break
        rest = running.stderr.read()
    assert running.returncode == 130, rest
    assert f"stopped; the same command goes on from {tmp_path / 'x.training'}\n" in rest
    assert (tmp_path / "x.training" / "last.ckpt").is_file()
    assert not out.exists()


def test_a_run_may_start_from_given_weights_and_learn_from_few_fields(cells: Path, tmp_path: Path, zoo: Any) -> None:
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    assert zoo("train", "tiny", "--dataset", cells, "--option", "width=5", "-o", first).status == 0
    words = ("--label", "dna", "--from", first, "--fields", 1, "--steps", 2, "--learning-rate", 1e-9, "-o", second)
    ran = zoo("train", "tiny", "--dataset", cells, *words)
    assert ran.status == 0, ran.err
    before, after = weights.read(first), weights.read(second)
    np.testing.assert_allclose(after.tensors["weight"], before.tensors["weight"], atol=1e-3)
    account: Any = after.header.training
    assert (account["from"], account["fields"]) == ("tiny@cells", 1)
    assert "--labels dna --from first.safetensors --fields 1" in account["command"]


def test_a_run_may_start_from_a_package(cells: Path, tmp_path: Path, zoo: Any) -> None:
    first, second = tmp_path / "first.zip", tmp_path / "second.safetensors"
    ran = zoo("train", "tiny", "--dataset", cells, "--option", "width=5", "-o", first)
    assert ran.status == 0, ran.err
    words = ("--label", "dna", "--fields", 1, "--steps", 2, "--learning-rate", 1e-9)
    ran = zoo("train", "tiny", "--dataset", cells, "--from", first, *words, "-o", second)
    assert ran.status == 0, ran.err
    before = weights.read(tmp_path / "first.training" / "weights.safetensors")
    after = weights.read(second)
    assert after.header.options == {"width": 5}
    np.testing.assert_allclose(after.tensors["weight"], before.tensors["weight"], atol=1e-3)
    command: Any = after.header.training["command"]
    assert "--labels dna --from first.zip --fields 1" in command


def test_what_is_neither_an_entry_nor_a_file_is_not_started_from(cells: Path, tmp_path: Path, zoo: Any) -> None:
    ran = zoo("train", "tiny", "--dataset", cells, "--from", "net.zip", "-o", tmp_path / "x.zip")
    assert ran.status == 2
    assert ran.err.startswith(
        "zoo: --from net.zip: neither an entry nor a file\n  hint: zoo list models, or the path of a file"
    )
