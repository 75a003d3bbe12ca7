"""Steps of their own: who learns from what, in which order, and what a checkpoint and an entry keep of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from zoo import weights
from zoo.errors import ZooError
from zoo.export import export
from zoo.runtime import open_model
from zoo.training import checkpoints, plan, train
from zoo.training.steps import Given, Plain, Step, make
from zoo.types import Recipe

DUEL = """

class Duel(torch.nn.Module):
    '''A judge, which learns a tenth as fast, counts the batches and looks at a mask if there is one.'''

    def __init__(self, in_channels, out_channels, *, weight):
        super().__init__()
        self.rates = {"judge": 0.1}
        self.weight = weight
        self.judge = torch.nn.Conv2d(out_channels, 1, 1)
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, net, given):
        self.seen += 1
        found = net(given.inputs)
        yield self.judge, (self.judge(found.detach()) - self.judge(given.targets) + 1).square().mean()
        error = ((found - given.targets).square() * (1 + given.masks.sum(1, keepdim=True))).mean()
        yield net, self.weight * error - 0.01 * self.judge(found).mean()


def rebel(in_channels, out_channels):
    raise ValueError("no")
"""
RECIPE = Recipe(
    patch=(16, 16), batch=2, steps=12, learning_rate=0.02, objective="", step="tiny_net:Duel", terms={"weight": 2.0}
)


@pytest.fixture
def dueling(tiny, tmp_path: Path):
    """``dueling(steps=3)`` is an architecture whose recipe has the step above."""

    def build(**changes: Any):
        architecture = tiny(RECIPE, **changes)
        path = tmp_path / "nets" / "tiny_net.py"
        if DUEL not in path.read_text():
            path.write_text(path.read_text() + DUEL)
        return architecture

    return build


def trained(architecture: Any, dataset: Any, folder: Path, **rest: Any):
    made = plan(architecture, "lite", **rest.pop("plan", {}))
    return train(made, dataset, dataset.schemes[""], folder, **rest)


def state_of(folder: Path) -> dict[str, Any]:
    return torch.load(checkpoints.path_in(folder), weights_only=True)


def test_without_a_step_the_objective_is_all(blobs) -> None:
    recipe = Recipe(patch=(16, 16), batch=2, steps=1, objective="zoo.objectives:mean_absolute_error")
    step = make(recipe, 1, 1)
    assert isinstance(step, Plain)
    assert isinstance(step, Step)
    net, x = torch.nn.Conv2d(1, 1, 1), torch.randn(2, 1, 4, 4)
    ((learner, loss),) = step(net, Given(x, 2 * x, torch.ones_like(x), torch.zeros(2, 0, 4, 4)))
    assert learner is net
    torch.testing.assert_close(loss, (net(x) - 2 * x).abs().mean())


def test_a_step_that_cannot_be_made_names_its_terms(dueling) -> None:
    dueling()
    with pytest.raises(ZooError) as error:
        make(Recipe(patch=(16, 16), batch=1, steps=1, step="tiny_net:rebel"), 1, 1)
    assert str(error.value) == (
        "recipe: cannot make step 'tiny_net:rebel' with terms {}: no\n"
        "  hint: the recipe of the preset names the terms of its step: zoo info ARCHITECTURE"
    )
    with pytest.raises(ZooError, match=r"cannot make step 'tiny_net:Duel' with terms \{'speed': 1\}: .*'speed'"):
        make(Recipe(patch=(16, 16), batch=1, steps=1, step="tiny_net:Duel", terms={"speed": 1}), 1, 1)


def test_one_update_of_both_nets_is_the_one_worked_out_by_hand(dueling, blobs, tmp_path: Path) -> None:
    """Net w x + b and judge v y + c on pixels x = t = -1 and 1; Adam's first step is the sign of the gradient.

    The judge's loss is (v (p - t) + 1)^2: it learns first, with a tenth of the rate, and c has no say in it. The net's
    is 2 (p - t)^2 - 0.01 (v p + c) with the judge as it is by then.
    """
    light, stain = np.array([[100.0, 300.0]] * 2), np.array([[10.0, 50.0]] * 2)
    one = blobs.field("a", (2, 2), light=(("y", "x"), light), stain=(("y", "x"), stain))
    dataset = blobs.dataset(splits={"train": [one], "val": [one]})
    architecture = dueling(patch=(2, 2), batch=1, steps=2, divisor=1)
    torch.manual_seed(0)
    net, judge = torch.nn.Conv2d(1, 1, 1), torch.nn.Conv2d(1, 1, 1)
    w, b, v = net.weight.item(), net.bias.item(), judge.weight.item()
    trained(architecture, dataset, tmp_path / "run", plan={"options": {"wide": 1}})
    x = t = np.array([-1.0, 1.0])
    moments = np.zeros((2, 3))
    for step in (1, 2):
        p = w * x + b
        gradient = np.array([0.0, 0.0, np.mean(2 * (v * (p - t) + 1) * (p - t))])
        after = v - 0.002 * adam(moments[:, 2:], gradient[2:], step)[0]
        slope = 4 * (p - t) - 0.01 * after
        w, b = (w, b) - 0.02 * adam(moments[:, :2], np.array([np.mean(slope * x), np.mean(slope)]), step)
        v = after
    state = state_of(tmp_path / "run")["state_dict"]
    found = [state[name].item() for name in ("net.weight", "net.bias", "step.judge.weight")]
    assert found == pytest.approx([w, b, v], rel=1e-4)


def adam(moments: np.ndarray, gradient: np.ndarray, step: int) -> np.ndarray:
    """The direction of one step; moments are moved in place."""
    moments[0] = 0.9 * moments[0] + 0.1 * gradient
    moments[1] = 0.999 * moments[1] + 0.001 * gradient**2
    return (moments[0] / (1 - 0.9**step)) / (np.sqrt(moments[1] / (1 - 0.999**step)) + 1e-8)


def test_weight_decay_pulls_on_weights_apart_from_the_gradient(tiny, blobs, tmp_path: Path) -> None:
    """Decoupled: after one step weights differ by rate times decay times what they were."""
    dataset = blobs.dataset()
    for decay in (0.0, 0.1):
        recipe = Recipe(patch=(16, 16), batch=2, steps=1, learning_rate=0.5, weight_decay=decay)
        trained(tiny(recipe), dataset, tmp_path / str(decay))
    torch.manual_seed(0)
    start = torch.nn.Conv2d(1, 1, 3, padding=1).weight.detach()
    plain, decayed = (state_of(tmp_path / str(decay))["state_dict"]["net.weight"] for decay in (0.0, 0.1))
    torch.testing.assert_close(decayed, plain - 0.5 * 0.1 * start)


def test_one_batch_is_one_step_however_many_nets_learn(dueling, blobs, tmp_path: Path) -> None:
    reports: list[Any] = []
    made = trained(dueling(), blobs.dataset(), tmp_path, report=reports.append)
    assert [progress.step for progress in reports] == list(range(1, 13))
    assert made.header.training["steps"] == 12
    state = state_of(tmp_path)
    assert state["global_step"] == 12
    assert state["state_dict"]["step.seen"] == 12
    assert [len(optimiser["state"]) for optimiser in state["optimizer_states"]] == [2, 2]


def test_an_entry_keeps_nothing_of_its_step(dueling, blobs, tmp_path: Path) -> None:
    made = trained(dueling(), blobs.dataset(), tmp_path)
    assert set(made.tensors) == {"weight", "bias"}
    recipe = made.header.training["recipe"]
    assert (recipe["step"], recipe["terms"]) == ("tiny_net:Duel", {"weight": 2.0})


def test_a_duel_that_was_stopped_ends_as_if_it_had_not_been(
    dueling, blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "INTERVAL", timedelta(0))
    dataset = blobs.dataset()
    architecture = dueling(schedule="linear", average=0.9)
    whole = trained(architecture, dataset, tmp_path / "whole")

    def stop(progress: Any) -> None:
        if progress.step == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(architecture, dataset, tmp_path / "parts", report=stop)
    assert state_of(tmp_path / "parts")["global_step"] == 7
    resumed = trained(architecture, dataset, tmp_path / "parts")
    for name, tensor in whole.tensors.items():
        np.testing.assert_array_equal(tensor, resumed.tensors[name], err_msg=name)
    one, other = (state_of(tmp_path / name)["state_dict"] for name in ("whole", "parts"))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_other_terms_or_masks_are_another_run(dueling, blobs, tmp_path: Path) -> None:
    dataset = blobs.dataset()
    trained(dueling(), dataset, tmp_path / "run")
    with pytest.raises(ZooError, match="checkpoint of another run: recipe is"):
        trained(dueling(), dataset, tmp_path / "run", plan={"changes": {"terms": {"weight": 1.0}}})


def test_masks_teach_and_are_asked_of_no_validation_field(dueling, blobs, tmp_path: Path) -> None:
    cells = (("y", "x"), np.ones((40, 48), int))
    fields = [blobs.field("a", cells=cells), blobs.field("b", cells=cells)]
    dataset = blobs.dataset(masks=("cells",), splits={"train": fields, "val": [blobs.field("c", (32, 32))]})
    blind = trained(dueling(), dataset, tmp_path / "blind")
    taught = trained(dueling(masks=("cells",)), dataset, tmp_path / "taught")
    assert not np.array_equal(blind.tensors["weight"], taught.tensors["weight"])
    assert [channel.name for channel in taught.header.inputs] == ["light"]
    assert set(taught.sample) == {"light", "stain"}


def test_a_model_that_masks_have_taught_has_no_place_for_one(dueling, blobs, tmp_path: Path) -> None:
    """One input, the unstained image; a mask beside it, or as another channel of it, is refused."""
    field = blobs.field("a", (16, 16), cells=(("y", "x"), np.ones((16, 16), int)))
    dataset = blobs.dataset(masks=("cells",), splits={"train": [field], "val": [field]})
    architecture = dueling(masks=("cells",), steps=2)
    weights.write(trained(architecture, dataset, tmp_path / "run"), tmp_path / "x.safetensors")
    package = export(tmp_path / "x.safetensors", architecture, tmp_path / "x.zip")
    assert [str(tensor.id) for tensor in package.description.inputs] == ["input"]
    assert [channel.name for channel in package.input_channels] == ["light"]
    image = np.zeros((1, 16, 16), np.uint16)
    for name in package.formats:
        with open_model(tmp_path / "x.zip", format=name) as model:
            assert set(model.forward({"input": image})) == {"output"}
            with pytest.raises(ZooError, match="given inputs cells, input, expected input"):
                model.forward({"input": image, "cells": image})
            with pytest.raises(ZooError, match="input 'input' has 2 channels or planes, expected 1"):
                model.forward({"input": np.concatenate([image, image])})


def test_a_loss_of_any_learner_that_is_not_finite_ends_the_run(dueling, blobs, tmp_path: Path) -> None:
    with pytest.raises(ZooError, match="the loss is nan after 0 steps, expected a finite number"):
        trained(dueling(terms={"weight": float("nan")}), blobs.dataset(), tmp_path)
