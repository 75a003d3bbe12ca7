"""Training in TensorFlow: as reproducible, resumable and honest as in PyTorch, in a process that never sees torch."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zoo import weights
from zoo.errors import ZooError
from zoo.runtime import isolated
from zoo.training import plan, train
from zoo.types import Architecture, Framework, Preset, Recipe
from zoo.weights import Weights

NET = """
import keras
import tensorflow as tf


def build(in_channels, out_channels, *, wide=3, padding="same"):
    given = keras.Input((None, None, in_channels))
    return keras.Model(given, keras.layers.Conv2D(out_channels, wide, padding=padding, name="conv")(given))


def squared(prediction, target, weight):
    return tf.reduce_sum(weight * (prediction - target) ** 2) / tf.reduce_sum(weight)


class Sick:
    def __init__(self, net, *, after):
        self.net, self.after, self.settle = net, after, float("inf")
        self.calls = tf.Variable(0.0)
        self.trainable_variables, self.non_trainable_variables = net.trainable_variables, []

    def __call__(self, given, *, settled):
        loss = squared(self.net(given.inputs), given.targets, given.weights)
        return loss + tf.where(self.calls.assign_add(1.0) > self.after, float("nan"), 0.0)
"""
TINY = Recipe(patch=(16, 16), batch=2, steps=6, learning_rate=0.01, objective="tiny_keras:squared")
LONG = replace(TINY, steps=40, learning_rate=0.05, schedule="cosine", augment=True, clip=1.0, average=0.9)


pytestmark = pytest.mark.timeout(900)
"""Nets are built in a process of their own, once for all tests: a minute, and more beside other work."""


@dataclass(frozen=True)
class Facts:
    """What the process that has TensorFlow found."""

    made: Weights
    same: tuple[bool, bool]
    resumed: tuple[bool, list[int], int]
    hand: tuple[float, float]
    start: tuple[float, float]
    r: float
    rim: tuple[list[int], float]
    unseen: tuple[float | None, float]
    clipped: float
    errors: dict[str, str] = field(default_factory=dict)
    loaded: tuple[str, ...] = ()


def tiny(recipe: Recipe = TINY, **changes: Any) -> Architecture:
    return Architecture(
        id="tiny",
        title="One convolution",
        framework=Framework.TENSORFLOW,
        build="tiny_keras:build",
        presets={"lite": Preset(recipe=recipe)},
        **{"divisor": 4, **changes},
    )


def examine(folder: Path, fixtures: str) -> Facts:
    """Train a net of ten weights in every way that is asked about."""
    spec = importlib.util.spec_from_file_location("blobs", fixtures)
    module = sys.modules["blobs"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    blobs = module.Blobs()
    dataset = blobs.dataset()

    def run(name: str, architecture: Architecture, report: Any = None, data: Any = dataset, **rest: Any) -> Weights:
        made = plan(architecture, "lite", **rest)
        return train(made, data, data.schemes[""], folder / name, report=report)

    made = run("made", tiny(), seed=4)
    whole, again, other = (run(str(index), tiny(LONG), seed=seed) for index, seed in enumerate((0, 0, 1)))
    valid = run("valid", tiny(replace(LONG, patch=(18, 18)), smallest=6), options={"padding": "valid"})
    return Facts(
        made=made,
        same=(_same(whole, again), _same(whole, other)),
        resumed=_resumed(run, whole),
        **_by_hand(run, blobs, folder),
        r=run("learns", tiny(replace(LONG, steps=150))).header.training["kept"]["val_r"],
        rim=([*valid.tensors["conv/kernel"].shape], valid.header.training["kept"]["val_r"]),
        unseen=_unseen(run, blobs),
        clipped=_length(run, folder),
        errors=_errors(run, folder),
        loaded=tuple(name for name in ("torch", "lightning") if name in sys.modules),
    )


def _same(a: Weights, b: Weights) -> bool:
    return all(np.array_equal(a.tensors[name], b.tensors[name]) for name in a.tensors)


def _resumed(run: Any, whole: Weights) -> tuple[bool, list[int], int]:
    """Stopped by hand after 25 steps, and taken up again."""

    def stop(progress: Any) -> None:
        if progress.step == 25:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run("stopped", tiny(LONG), stop)
    steps: list[int] = []
    rest = run("stopped", tiny(LONG), lambda progress: steps.append(progress.step))
    return _same(whole, rest), steps, rest.header.training["resumed"]


def _by_hand(run: Any, blobs: Any, folder: Path) -> dict[str, Any]:
    """One weight and one bias on pixels -1 and 1, which are what they should become."""
    from zoo.runtime import loading
    from zoo.training import snapshots

    light, stain = np.array([[100.0, 300.0]] * 2), np.array([[10.0, 50.0]] * 2)
    one = blobs.field("a", (2, 2), light=(("y", "x"), light), stain=(("y", "x"), stain))
    data = blobs.dataset(splits={"train": [one], "val": [one]})
    recipe = replace(TINY, patch=(2, 2), batch=1, steps=2, learning_rate=0.1, betas=(0.5, 0.999))
    keras = loading.keras()
    keras.utils.set_random_seed(0)
    from tiny_keras import build

    start = [float(np.ravel(variable)[0]) for variable in build(1, 1, wide=1).variables]
    run("hand", tiny(recipe, divisor=1), data=data, options={"wide": 1})
    path = snapshots.path_in(folder / "hand")
    return {"hand": tuple(map(float, snapshots.read(path, {})[1]["weights"])), "start": tuple(start)}


def _unseen(run: Any, blobs: Any) -> tuple[float | None, float]:
    """r while training and when it is over, of a field in whose middle, as large as a patch, nothing is stained."""
    light = np.random.default_rng(0).normal(200, 50, (40, 40))
    stain, flat = light / 2, np.where(np.pad(np.ones((20, 20), bool), 10), 100.0, light / 2)
    fields = [
        blobs.field(name, (40, 40), light=(("y", "x"), light), stain=(("y", "x"), image))
        for name, image in (("a", stain), ("b", flat))
    ]
    data = blobs.dataset(splits={"train": fields[:1], "val": fields[1:]})
    valid = tiny(replace(LONG, patch=(18, 18)), smallest=6)
    found = run("unseen", valid, data=data, options={"padding": "valid"}).header.training
    return found["kept"]["val_r"], found["labels_r"]["stain"]


def _length(run: Any, folder: Path) -> float:
    """Of the gradient that Adam was given."""
    from zoo.training import snapshots

    run("clip", tiny(replace(TINY, steps=1, clip=1e-3)))
    second = snapshots.read(snapshots.path_in(folder / "clip"), {})[1]["second"]
    return float(np.sqrt(second.sum() / 0.001))


def _errors(run: Any, folder: Path) -> dict[str, str]:
    from zoo.training import keras as loop

    found = {}
    sick = replace(TINY, objective="", step="tiny_keras:Sick", terms={"after": 4.0})
    for name, interval in (("late", 0.0), ("early", 60.0)):
        loop.INTERVAL = interval
        found[name] = _error(run, name, tiny(sick if name == "late" else replace(sick, terms={"after": 0.0})))
    found["option"] = _error(run, "option", tiny(), options={"colour": 3})
    found["torch"] = _error(run, "torch", tiny(replace(TINY, objective="zoo.objectives:mean_squared_error")))
    found["terms"] = _error(run, "terms", tiny(replace(sick, terms={"speed": 1})))
    found["gpu"] = _error(run, "gpu", tiny(), device="cuda")
    found["zoom"] = _error(run, "zoom", tiny(replace(TINY, zoom=0.1)), options={"padding": "valid"})
    return {name: text.replace(str(folder), "FOLDER") for name, text in found.items()}


def _error(run: Any, name: str, architecture: Architecture, **rest: Any) -> str:
    with pytest.raises(ZooError) as error:
        run(name, architecture, **rest)
    return str(error.value)


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("keras")
    (folder / "tiny_keras.py").write_text(NET)
    sys.path.insert(0, str(folder))
    yield isolated("training", examine, folder, str(Path(__file__).with_name("conftest.py")))
    sys.path.remove(str(folder))


def test_torch_is_never_loaded(facts: Facts) -> None:
    assert facts.loaded == ()


def test_the_header_says_what_was_trained_on_what_and_how(facts: Facts, tmp_path: Path) -> None:
    header = facts.made.header
    assert (header.id, header.framework, header.license) == ("tiny@blobs", Framework.TENSORFLOW, "CC0-1.0")
    account = header.training
    assert (account["steps"], account["seed"], account["precision"]) == (6, 4, "float32")
    assert [len(point) for point in account["curve"]] == [3] * 6
    assert account["kept"]["val_r"] == max(r for _, _, r in account["curve"])
    assert set(account["versions"]) == {"python", "unstained", "tensorflow", "keras", "numpy"}
    assert {name: tensor.shape for name, tensor in facts.made.tensors.items()} == {
        "conv/kernel": (3, 3, 1, 1), "conv/bias": (1,)
    }  # fmt: skip
    assert set(facts.made.sample) == {"light", "stain"}
    weights.write(facts.made, tmp_path / "x.safetensors")
    assert weights.read(tmp_path / "x.safetensors").header == header


def test_it_learns_with_averaged_weights_and_a_falling_rate(facts: Facts) -> None:
    assert facts.r > 0.98


def test_the_same_seed_gives_the_same_weights_and_another_does_not(facts: Facts) -> None:
    assert facts.same == (True, False)


def test_a_run_that_was_stopped_ends_as_if_it_had_not_been(facts: Facts) -> None:
    assert facts.resumed == (True, list(range(26, 41)), 1)


def test_one_update_is_the_one_worked_out_by_hand(facts: Facts) -> None:
    """Net w x + b, squared error: dw = mean 2 (y - t) x, db = mean 2 (y - t); Adam with betas (0.5, 0.999), twice."""
    w, b = facts.start
    x = t = np.array([-1.0, 1.0])
    mean, square = np.zeros(2), np.zeros(2)
    for step in (1, 2):
        error = w * x + b - t
        gradient = np.array([np.mean(2 * error * x), np.mean(2 * error)])
        mean, square = 0.5 * mean + 0.5 * gradient, 0.999 * square + 0.001 * gradient**2
        w, b = (w, b) - 0.1 * (mean / (1 - 0.5**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    assert facts.hand == pytest.approx((w, b), rel=1e-4, abs=1e-5)


def test_gradients_are_shortened_to_the_length_a_recipe_allows(facts: Facts) -> None:
    assert facts.clipped == pytest.approx(1e-3, rel=1e-3)


def test_a_net_that_loses_a_rim_learns_from_what_it_keeps(facts: Facts) -> None:
    assert facts.rim[0] == [3, 3, 1, 1]
    assert facts.rim[1] > 0.9


def test_labels_are_judged_on_whole_fields_when_a_run_is_over(facts: Facts) -> None:
    assert facts.unseen[0] is None
    assert facts.unseen[1] > 0.5


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "late",
            (
                "the loss is nan after 4 steps, expected a finite number; the last good checkpoint is kept: "
                "FOLDER/late/last.safetensors (step 4)\n  hint: go on from it with a lower --learning-rate, e.g. 0.003"
            ),
        ),
        (
            "early",
            "the loss is nan after 0 steps, expected a finite number\n  hint: train again with a lower --learning-rate",
        ),
        ("option", "tiny: cannot build the net with options {'colour': 3}: "),
        ("torch", "recipe: the objective cannot be taken of TensorFlow's tensors: "),
        ("terms", "recipe: cannot make step 'tiny_keras:Sick' with terms {'speed': 1}: "),
        ("gpu", "--device cuda: TensorFlow "),
        ("zoom", "tiny: recipe with zoom 0.1, expected 0 for a net that loses a rim\n  hint: --set zoom=0"),
    ],
)
def test_what_goes_wrong_is_said(facts: Facts, name: str, text: str) -> None:
    assert facts.errors[name].startswith(text)
