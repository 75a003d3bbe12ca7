"""Training from end to end: reproducible, resumable, and honest when it fails."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import textwrap
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from zoo import weights as weight_files
from zoo.errors import ZooError
from zoo.training import checkpoints, plan, train
from zoo.training.loop import follow
from zoo.types import Channel, Modality, Recipe, Structure
from zoo.weights import Weights

LONG = Recipe(
    patch=(16, 16), batch=2, steps=60, learning_rate=0.02, schedule="cosine", augment=True, sampling="foreground",
    clip=1.0, average=0.9,
)  # fmt: skip


def trained(architecture: Any, dataset: Any, folder: Path, *, resume: bool = True, report: Any = None, **rest: Any):
    made = plan(architecture, "lite", **rest)
    return train(made, dataset, dataset.schemes[""], folder, resume=resume, report=report)


def same(a: Weights, b: Weights) -> bool:
    return all(np.array_equal(a.tensors[name], b.tensors[name]) for name in a.tensors)


def test_the_header_says_what_was_trained_on_what_and_how(tiny, blobs, tmp_path: Path) -> None:
    dataset = blobs.dataset()
    made = trained(tiny(), dataset, tmp_path, seed=4, variant="small", command="zoo train tiny", max_minutes=5.0)
    header = made.header
    assert (header.id, header.preset, header.license) == ("tiny-small@blobs", "lite", "CC0-1.0")
    assert header.trained_on == ("blobs:train",)
    assert (header.inputs, header.outputs) == (dataset.channels[:1], dataset.channels[1:])
    assert header.input_normalization.method == "per-image"
    assert header.target_normalization.invertible
    assert header.options == {"spatial": 2}
    assert header.cite == dataset.cite
    account = header.training
    assert account["recipe"]["batch"] == 2
    assert account["dataset"] == {"id": "blobs", "version": "1", "digest": "d1", "scheme": ""}
    assert (account["steps"], account["seed"], account["max_minutes"]) == (6, 4, 5.0)
    assert account["command"] == "zoo train tiny"
    assert [len(point) for point in account["curve"]] == [3] * 6
    assert account["kept"]["val_r"] == max(r for _, _, r in account["curve"])
    assert set(account["versions"]) == {"python", "unstained", "torch", "lightning", "numpy"}
    assert set(made.sample) == {"light", "stain"}


def test_the_weights_go_through_a_file_and_predict(tiny, blobs, tmp_path: Path) -> None:
    made = trained(tiny(), blobs.dataset(), tmp_path / "run")
    weight_files.write(made, tmp_path / "x.safetensors")
    back = weight_files.read(tmp_path / "x.safetensors")
    assert back.header == made.header
    assert {name: t.shape for name, t in back.tensors.items()} == {"weight": (1, 1, 3, 3), "bias": (1,)}
    np.testing.assert_allclose(back.tensors["weight"], made.tensors["weight"], rtol=1e-3)


def test_the_same_seed_gives_the_same_weights_and_another_does_not(tiny, blobs, tmp_path: Path) -> None:
    dataset = blobs.dataset()
    first, again, other = (
        trained(tiny(LONG), dataset, tmp_path / str(index), seed=seed) for index, seed in enumerate((0, 0, 1))
    )
    assert same(first, again)
    assert not same(first, other)


def test_it_learns(tiny, blobs, tmp_path: Path) -> None:
    made = trained(tiny(LONG, steps=300), blobs.dataset(), tmp_path)
    assert made.header.training["kept"]["val_r"] > 0.99


def test_one_patch_is_learnt_by_heart(tiny, blobs, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    noise = [(("y", "x"), rng.integers(0, 99, (4, 4))) for _ in range(2)]
    one = blobs.field("a", (4, 4), light=noise[0], stain=noise[1])
    losses: list[float] = []
    dataset = blobs.dataset(splits={"train": [one], "val": [one]})
    recipe = Recipe(patch=(4, 4), batch=1, steps=600, learning_rate=0.03, schedule="cosine")
    trained(tiny(recipe), dataset, tmp_path, options={"wide": 7}, report=lambda p: losses.append(p.loss))
    assert losses[0] > 0.5
    assert losses[-1] < 1e-3


def test_one_update_is_the_one_worked_out_by_hand(tiny, blobs, tmp_path: Path) -> None:
    """Net y = w x + b, mean squared error: dw = mean 2 (y - t) x, db = mean 2 (y - t); Adam with betas (0.5, 0.999)."""
    light, stain = np.array([[100.0, 300.0]] * 2), np.array([[10.0, 50.0]] * 2)
    one = blobs.field("a", (2, 2), light=(("y", "x"), light), stain=(("y", "x"), stain))
    recipe = Recipe(patch=(2, 2), batch=1, steps=2, learning_rate=0.1, betas=(0.5, 0.999))
    dataset = blobs.dataset(splits={"train": [one], "val": [one]})
    torch.manual_seed(0)
    start = torch.nn.Conv2d(1, 1, 1)
    w, b = start.weight.item(), start.bias.item()
    trained(tiny(recipe, divisor=1), dataset, tmp_path, options={"wide": 1})
    x = t = np.array([-1.0, 1.0])  # both channels in units of their own mean and deviation
    mean, square = np.zeros(2), np.zeros(2)
    for step in (1, 2):
        error = w * x + b - t
        gradient = np.array([np.mean(2 * error * x), np.mean(2 * error)])
        mean, square = 0.5 * mean + 0.5 * gradient, 0.999 * square + 0.001 * gradient**2
        w, b = (w, b) - 0.1 * (mean / (1 - 0.5**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    state = torch.load(checkpoints.path_in(tmp_path), weights_only=True)["state_dict"]
    assert (state["net.weight"].item(), state["net.bias"].item()) == pytest.approx((w, b), rel=1e-5)


def test_gradients_are_shortened_to_the_length_a_recipe_allows(tiny, blobs, tmp_path: Path) -> None:
    """Adam hardly sees the length of a constant gradient, so the second moment it keeps is compared."""
    moments = {}
    for clip in (0.0, 1e-3):
        folder = tmp_path / str(clip)
        trained(tiny(steps=1, clip=clip), blobs.dataset(), folder)
        state = torch.load(checkpoints.path_in(folder), weights_only=True)["optimizer_states"][0]["state"]
        moments[clip] = math.sqrt(sum(float(one["exp_avg_sq"].sum()) for one in state.values()) / 0.001)
    assert moments[0.0] > 0.01
    assert moments[1e-3] == pytest.approx(1e-3, rel=1e-3)


def test_the_average_follows_weights_and_statistics_by_the_share_given() -> None:
    net, average = torch.nn.BatchNorm2d(1), torch.nn.BatchNorm2d(1)
    with torch.no_grad():
        net.weight.fill_(3.0)
        net.running_mean.fill_(10.0)
        net.num_batches_tracked.fill_(7)
    follow(average, net, 0.25)
    assert (average.weight.item(), average.running_mean.item()) == (1.5, 2.5)
    assert average.num_batches_tracked.item() == 7


def test_padding_teaches_nothing(tiny, blobs, tmp_path: Path) -> None:
    field = blobs.field("a", (16, 16))
    valid = np.ones((16, 16), bool)
    valid[:, 8:] = False
    nets = []
    for index, value in enumerate((300, 60_000)):
        stain = field.variables["stain"][1].copy()
        stain[:, 8:] = value
        spoiled = blobs.field("a", (16, 16), light=field.variables["light"], stain=(("y", "x"), stain),
                              valid=(("y", "x"), valid))  # fmt: skip
        dataset = blobs.dataset(splits={"train": [spoiled], "val": [spoiled]})
        nets.append(trained(tiny(augment=True, sampling="foreground"), dataset, tmp_path / str(index)))
    assert same(*nets)
    assert nets[0].header.target_normalization == nets[1].header.target_normalization


def test_several_labels_are_learnt_at_once_and_missing_ones_skipped(tiny, blobs, tmp_path: Path) -> None:
    red = Channel(name="red", structure=Structure.MEMBRANE)
    fields = [blobs.field(name) for name in "abc"]
    for field in fields[1:]:
        field.variables["red"] = (("y", "x"), 500 - field.variables["light"][1] // 4)
    dataset = blobs.dataset()
    dataset = blobs.dataset(channels=(*dataset.channels, red), splits={"train": fields[:2], "val": fields[2:]})
    made = trained(tiny(LONG, steps=300), dataset, tmp_path / "both")
    assert [channel.name for channel in made.header.outputs] == ["stain", "red"]
    assert made.tensors["weight"].shape[0] == 2
    assert made.header.training["kept"]["val_r"] > 0.98
    one = trained(tiny(), dataset, tmp_path / "one", labels=("red",))
    assert one.header.training["labels"] == ["red"]


def test_a_label_that_nothing_in_the_input_tells_of_is_called_unpredictable(tiny, blobs, tmp_path: Path) -> None:
    chance = np.random.default_rng(7)
    fields = [blobs.field(name) for name in "abc"]
    for field in fields:
        field.variables["red"] = (("y", "x"), chance.integers(0, 99, field.variables["light"][1].shape))
    red = Channel(name="red", structure=Structure.DEAD_NUCLEUS)
    dataset = blobs.dataset()
    dataset = blobs.dataset(channels=(*dataset.channels, red), splits={"train": fields[:2], "val": fields[2:]})
    account = trained(tiny(LONG), dataset, tmp_path).header.training
    assert account["unpredictable"] == "red"
    assert account["labels_r"]["stain"] > 0.9
    assert abs(account["labels_r"]["red"]) < 0.1
    assert abs(account["linear_r"]["red"]) < 0.1
    assert "red" not in account.get("not_above_linear", "")


def test_a_net_that_has_learnt_less_than_a_linear_model_says_so(tiny, blobs, tmp_path: Path) -> None:
    """The stain is the light, inverted: one convolution that barely moved cannot be above that."""
    account = trained(tiny(steps=1, learning_rate=1e-6), blobs.dataset(), tmp_path).header.training
    assert account["linear_r"]["stain"] > 0.99
    assert ("stain" in account.get("unpredictable", "")) != ("stain" in account.get("not_above_linear", ""))


def test_labels_that_no_training_field_has_are_left_out_unless_asked_for(tiny, blobs, tmp_path: Path) -> None:
    dataset = blobs.dataset()
    dataset = blobs.dataset(channels=(*dataset.channels, Channel(name="red", structure=Structure.MEMBRANE)))
    assert [channel.name for channel in trained(tiny(), dataset, tmp_path).header.outputs] == ["stain"]
    with pytest.raises(ZooError, match="label 'red' was recorded in no training field"):
        trained(tiny(), dataset, tmp_path, labels=("red",))


def test_stacks_are_trained_on(tiny, blobs, tmp_path: Path) -> None:
    recipe = Recipe(patch=(4, 16, 16), batch=2, steps=4)
    fields = [blobs.field(name, (6, 20, 20)) for name in "ab"]
    dataset = blobs.dataset(splits={"train": fields[:1], "val": fields[1:]})
    made = trained(tiny(recipe, spatial=3), dataset, tmp_path)
    assert made.tensors["weight"].shape == (1, 1, 3, 3, 3)
    assert made.sample["light"].shape == (8, 20, 20)


@pytest.mark.parametrize(("modality", "turned"), [(Modality.BRIGHTFIELD, True), (Modality.DIC, False)])
def test_the_shear_of_dic_is_never_turned(tiny, blobs, tmp_path: Path, modality: Modality, *, turned: bool) -> None:
    dataset = blobs.dataset()
    light = Channel(name="light", modality=modality)
    dataset = blobs.dataset(channels=(light, *dataset.channels[1:]), splits=dataset.splits)
    left = trained(tiny(augment=False), dataset, tmp_path / "left")
    asked = trained(tiny(augment=True), dataset, tmp_path / "asked")
    assert same(left, asked) != turned


def test_time_ends_a_run_and_its_learning_rate(tiny, blobs, tmp_path: Path) -> None:
    reports: list[Any] = []
    start = time.monotonic()
    made = trained(tiny(LONG, steps=10**9), blobs.dataset(), tmp_path, max_minutes=0.03, report=reports.append)
    assert 1.8 <= time.monotonic() - start < 30
    assert reports[-1].spent == 1
    assert reports[-1].seconds >= 1.8
    assert made.header.training["minutes"] == pytest.approx(reports[-1].seconds / 60, abs=0.001)
    assert len(made.header.training["curve"]) >= 8


def test_a_finished_run_is_not_run_again_unless_asked(tiny, blobs, tmp_path: Path) -> None:
    dataset = blobs.dataset()
    first = trained(tiny(), dataset, tmp_path)
    reports: list[Any] = []
    again = trained(tiny(), dataset, tmp_path, report=reports.append)
    assert same(first, again)
    assert not reports
    trained(tiny(), dataset, tmp_path, resume=False, report=reports.append)
    assert len(reports) == 6


def test_a_finished_run_can_be_made_longer(tiny, blobs, tmp_path: Path) -> None:
    dataset = blobs.dataset()
    trained(tiny(), dataset, tmp_path)
    reports: list[Any] = []
    longer = trained(tiny(steps=10), dataset, tmp_path, report=reports.append)
    assert [p.step for p in reports] == [7, 8, 9, 10]
    assert (longer.header.training["steps"], longer.header.training["resumed"]) == (10, 1)


def test_a_checkpoint_of_another_dataset_is_refused(tiny, blobs, tmp_path: Path) -> None:
    trained(tiny(), blobs.dataset(), tmp_path)
    with pytest.raises(ZooError) as error:
        trained(tiny(), blobs.dataset(digest="d2"), tmp_path)
    assert "checkpoint of another run: digest is 'd1', expected 'd2'" in error.value.message


PROGRAM = """
    import sys
    from datetime import timedelta
    from pathlib import Path

    import torch

    sys.path.insert(0, {tests!r})
    import conftest

    from zoo.training import checkpoints, plan, train
    from zoo.types import Architecture, Framework, Preset, Recipe

    checkpoints.INTERVAL = timedelta(0)
    dataset = conftest.Blobs().dataset()
    net = Architecture(id="tiny", title="t", framework=Framework.TORCH, build="tiny_net:build", divisor=4,
                       presets={{"lite": Preset(options={{"spatial": 2}}, recipe={recipe!r})}})
    made = train(plan(net, "lite"), dataset, dataset.schemes[""], Path(sys.argv[1]),
                 report=lambda p: print(p.step, flush=True))
    torch.save({{name: torch.from_numpy(t) for name, t in made.tensors.items()}}, sys.argv[1] + "/result.pt")
"""


def test_a_run_killed_in_the_middle_ends_as_if_it_had_not_been(tiny, blobs, tmp_path: Path) -> None:
    tiny(LONG)
    program = textwrap.dedent(PROGRAM).format(tests=str(Path(__file__).parent), recipe=LONG)
    # One thread everywhere: sums are equal to the last bit only if they are taken in the same order.
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "nets"), "OMP_NUM_THREADS": "1"}
    folder = tmp_path / "killed"
    command = [sys.executable, "-c", program, str(folder)]
    subprocess.run([*command[:-1], str(tmp_path / "whole")], env=environment, capture_output=True, check=True)
    whole = torch.load(tmp_path / "whole" / "result.pt", weights_only=True)
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if int(line) >= 25:
                running.send_signal(signal.SIGKILL)
                break
    assert running.returncode == -signal.SIGKILL
    saved = checkpoints.step_of(checkpoints.path_in(folder))
    assert 20 <= saved < 60
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert [int(line) for line in done.stdout.split()] == list(range(saved + 1, 61))
    resumed = torch.load(folder / "result.pt", weights_only=True)
    assert whole.keys() == resumed.keys()
    for name, tensor in whole.items():
        assert torch.equal(tensor, resumed[name]), name


def test_a_loss_that_is_not_finite_ends_the_run_and_names_the_last_good_checkpoint(
    tiny, blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "INTERVAL", timedelta(0))
    architecture = tiny(objective="tiny_net:sick", steps=50)
    with (tmp_path / "nets" / "tiny_net.py").open("a") as file:
        file.write("\ncalls = []\n\ndef sick(p, t, w):\n    calls.append(1)\n")
        file.write("    return ((p - t) ** 2).mean() * (float('nan') if len(calls) > 4 else 1)\n")
    folder = tmp_path / "run"
    with pytest.raises(ZooError) as error:
        trained(architecture, blobs.dataset(), folder)
    path = checkpoints.path_in(folder)
    assert str(error.value) == (
        f"the loss is nan after 4 steps, expected a finite number; the last good checkpoint is kept: {path} (step 4)\n"
        "  hint: go on from it with a lower --learning-rate, e.g. 0.003"
    )
    state = torch.load(path, weights_only=True)["state_dict"]
    assert all(bool(torch.isfinite(tensor).all()) for tensor in state.values())


def test_a_loss_that_is_never_finite_has_no_checkpoint_to_name(tiny, blobs, tmp_path: Path) -> None:
    with pytest.raises(ZooError) as error:
        trained(tiny(objective="math:prod_of_nothing"), blobs.dataset(), tmp_path)
    assert "cannot import 'math:prod_of_nothing'" in error.value.message
    architecture = tiny(objective="tiny_net:nan")
    with (tmp_path / "nets" / "tiny_net.py").open("a") as file:
        file.write("\ndef nan(p, t, w):\n    return (p * float('nan')).sum()\n")
    del sys.modules["tiny_net"]
    with pytest.raises(ZooError) as error:
        trained(architecture, blobs.dataset(), tmp_path / "run")
    assert str(error.value) == (
        "the loss is nan after 0 steps, expected a finite number\n  hint: train again with a lower --learning-rate"
    )


def test_options_that_the_net_does_not_know_are_refused(tiny, blobs, tmp_path: Path) -> None:
    with pytest.raises(ZooError) as error:
        trained(tiny(), blobs.dataset(), tmp_path, options={"colour": 3})
    assert error.value.message.startswith("tiny: cannot build the net with options {'spatial': 2, 'colour': 3}: ")
    assert error.value.hint == "zoo info tiny shows the options of each preset"


def test_stopping_by_hand_keeps_a_checkpoint(tiny, blobs, tmp_path: Path) -> None:
    def stop(progress: Any) -> None:
        if progress.step == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(tiny(), blobs.dataset(), tmp_path, report=stop)
    assert checkpoints.step_of(checkpoints.path_in(tmp_path)) == 4
    reports: list[Any] = []
    trained(tiny(), blobs.dataset(), tmp_path, report=reports.append)
    assert [p.step for p in reports] == [5, 6]


def test_a_run_without_defined_r_still_returns_weights(tiny, blobs, tmp_path: Path) -> None:
    flat = blobs.field("v", (16, 16), stain=(("y", "x"), np.ones((16, 16))))
    dataset = blobs.dataset(splits={"train": [blobs.field("a")], "val": [flat]})
    made = trained(tiny(), dataset, tmp_path)
    assert made.header.training["kept"] == {"step": 6, "val_r": None}
    assert not any(math.isnan(v) for v in made.tensors["weight"].ravel())
