"""``zoo phantom``: datasets to order, in the open and sealed; what is wrong with an order; figures and pictures."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import signal
import subprocess
import sys
import time
from dataclasses import fields

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from unstained_phantom import acquisition, fingerprint, making, order, tables
from unstained_phantom.cells.parameters import EVERYTHING
from unstained_phantom.channels import LABELS
from unstained_phantom.commands import SEED, app
from unstained_phantom.quantities import quantities
from unstained_phantom.specimen import Cell
from zoo.data import PairedDataset, all_fields, checks
from zoo.errors import ZooError
from zoo.images import read_image
from zoo.types import inputs_of, labels_of

TINY = ("--fields", "1", "--size", "32", "--planes", "1", "--processes", "1")
KNOWN = "0123456789abcdef" * 4


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def refused(*words: object) -> tuple[str, str]:
    error = run(*words).exception
    assert isinstance(error, ZooError), error
    return error.message, error.hint


def test_an_order_becomes_an_ordinary_dataset(tmp_path, cache):
    out = tmp_path / "My cells"
    ran = run("make", out, "--sessions", "train=1", "--sessions", "odd=1", "--size", "48", "--fields", "2")
    assert ran.exception is None
    assert f"{out / 'manifest.toml'}: 4 of 4 fields made, all complete\nnext: zoo data check" in ran.output
    dataset = PairedDataset(out / "manifest.toml")
    assert dataset.id == "my-cells"
    assert (dataset.license, dataset.intensity, dataset.masks) == ("CC0-1.0", "comparable", ("cells", "nuclei"))
    assert dataset.schemes[""].members == {"train": ("train-01-1", "train-01-2"), "odd": ("odd-01-1", "odd-01-2")}
    assert [one.name for one in inputs_of(dataset.channels)][:2] == ["brightfield", "brightfield7"]
    assert [report.problems for report in checks.check(dataset, all_fields(dataset))] == [()] * 4
    assert not (out / ".making").exists()
    assert not (cache / "phantom").exists()
    wanted = order.Order(sessions={"train": 1, "odd": 1}, fields=2, size=48)
    _compare(dataset.fields("odd")[0].open(), order.plan(wanted, SEED), out)


def _compare(opened, plan, out):
    """A field of the folder is what the plan makes."""
    recording = acquisition.acquire(plan.scenes["odd-01-1"], plan)
    assert np.array_equal(opened["brightfield7"], recording.stack)
    assert np.array_equal(opened["brightfield"], recording.stack[3])
    for name, image in {**recording.single, **recording.masks}.items():
        assert np.array_equal(opened[name], image), name
    for name in ("brightfield7", *recording.single):
        assert read_image(out / "inputs" / "odd-01-1" / f"{name}.ome.tif").coords["c"].item() == name
    for place, label in enumerate(LABELS):
        assert np.array_equal(opened[label], recording.labels[place])
        assert np.array_equal(opened[f"{label}_repeat"], recording.repeats[place])
        assert np.array_equal(opened[f"{label}_clean"], recording.clean[place])
    with (out / "truth" / "odd-01-1" / "cells.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["id"]) for row in rows] == [cell.id for cell in recording.cells]
    assert [row["state"] for row in rows] == [cell.state for cell in recording.cells]
    assert {one.name for one in fields(Cell)} == set(rows[0])


def test_a_dish_of_neurons_is_ordered_like_any_other(tmp_path):
    out = tmp_path / "dish"
    assert run("make", out, "--preset", "neurons", "--sessions", "test=1", *TINY).exit_code == 0
    dataset = PairedDataset(out / "manifest.toml")
    assert [one.name for one in labels_of(dataset.channels)][-2:] == ["neuron", "motor_neuron"]
    opened = dataset.fields("test")[0].open()
    assert opened["neuron"].shape == opened["dna"].shape
    stains = read_image(out / "truth" / "test-01-1" / "labels.ome.tif")
    assert stains.coords["c"].to_numpy().tolist()[-2:] == ["neuron", "motor_neuron"]


def test_a_sealed_dataset_keeps_its_truth_apart_and_its_seed_nowhere(tmp_path, monkeypatch):
    monkeypatch.setattr(making.secrets, "token_hex", lambda size: KNOWN[: 2 * size])
    out = tmp_path / "sealed"
    ran = run("make", out, "--sessions", "test=1", "--secret", *TINY)
    assert f"{out / 'inputs/manifest.toml'}: the inputs alone, to be handed out" in ran.output
    found = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert len(found) == 12
    assert [path for path, content in found.items() if KNOWN[:16].encode() in content] == []
    assert KNOWN not in ran.output
    digest = hashlib.sha256(KNOWN.encode()).hexdigest()
    for manifest in (out / "manifest.toml", out / "inputs/manifest.toml"):
        assert f"sealed, sha256 of its seed {digest}" in manifest.read_text()
    public, whole = PairedDataset(out / "inputs/manifest.toml"), PairedDataset(out / "manifest.toml")
    assert public.channels == whole.channels, "what is to be predicted is said"
    opened = public.fields("test")[0].open()
    assert set(opened) == {"brightfield", "dic", "phase-contrast", "phase", "valid"}
    assert "truth" not in (out / "inputs/manifest.toml").read_text()
    assert sorted(path.name for path in (out / "inputs/test-01-1").iterdir()) == sorted(
        f"{name}.ome.tif" for name in set(opened) - {"valid"}
    )
    truth = whole.fields("test")[0].open()
    assert np.array_equal(truth["dic"], opened["dic"])
    assert "dna" in truth


def test_two_sealed_datasets_have_nothing_in_common(monkeypatch):
    seeds = {order.plan(order.Order(), making.secrets.token_hex(32)).digest for _ in range(2)}
    assert len(seeds) == 2


def test_what_was_killed_is_gone_on_with_and_keeps_its_secret(tmp_path):
    out = tmp_path / "killed"
    words = ["make", str(out), "--sessions", "test=5", "--secret", *TINY]
    program = "import sys; from unstained_phantom.commands import app\nif __name__ == '__main__': app(sys.argv[1:])"
    script = tmp_path / "make.py"
    script.write_text(program)
    with subprocess.Popen([sys.executable, str(script), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as one:
        deadline = time.monotonic() + 120
        while not list(out.glob("truth/*")) and time.monotonic() < deadline:
            time.sleep(0.05)
        one.send_signal(signal.SIGKILL)
        one.communicate()  # ends when the process that it started has: that one finished its field
    note = out / ".making" / "order.json"
    assert note.stat().st_mode & 0o077 == 0, "for its owner alone"
    kept = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in out.glob("truth/*/*")}
    assert 6 <= len(kept) < 30
    message, hint = refused(*words[:-1], "2", "--size", "64")
    assert message == f"{out}: was begun with other options: size 32, now 64"
    assert hint == "give the options that it was begun with, or choose another folder"
    seed = json.loads(note.read_text())["seed"]
    ran = run(*words)
    assert f"{5 - len(kept) // 6} of 5 fields made, all complete" in ran.output
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in kept} == kept
    assert sorted(path.name for path in out.iterdir()) == ["inputs", "manifest.toml", "truth"]
    assert hashlib.sha256(seed.encode()).hexdigest() in (out / "manifest.toml").read_text()
    plan = order.plan(order.Order(sessions={"test": 5}, fields=1, size=32, planes=1), seed)
    last = PairedDataset(out / "manifest.toml").fields("test")[4].open()
    assert np.array_equal(last["dna"], acquisition.acquire(plan.scenes["test-05-1"], plan).labels[0])


def test_what_another_version_began_is_not_gone_on_with(tmp_path, monkeypatch):
    wanted = order.Order(sessions={"test": 1}, size=32)
    with monkeypatch.context() as patched:
        patched.setattr("unstained_phantom.production.produce", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            making.make(wanted, tmp_path / "out", print, seed="one")
    monkeypatch.setattr("unstained_phantom.plan.GENERATOR", "another")
    with pytest.raises(ZooError, match="out: was begun by another version of the generator\n  hint: remove the folder"):
        making.make(wanted, tmp_path / "out", print, seed="one")


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (("--size", "16"), "--size 16: expected 32 to 2048 pixels", "choose a number in that range"),
        (("--fields", "0"), "--fields 0: expected 1 to 10000", "choose a number in that range"),
        (
            ("--sessions", "train"),
            "--sessions train: expected SPLIT=NUMBER, with 1 to 10000 sessions",
            "for example --sessions train=24 --sessions test=12",
        ),
        (
            ("--sessions", "test=0"),
            "--sessions test=0: expected SPLIT=NUMBER, with 1 to 10000 sessions",
            "for example --sessions train=24 --sessions test=12",
        ),
        (("--sessions", "a=1", "--sessions", "a=2"), "--sessions a: given twice", "give each split once"),
        (
            ("--sessions", "control=1"),
            "--sessions control: a split of that name holds cells without the stain, and these are stained",
            "choose another name",
        ),
        (
            ("--preset", "volumes"),
            "--preset volumes: unknown; did you mean volume? There are default, neurons, volume",
            "",
        ),
        (
            ("--microscope", "40x/0.95"),
            "--microscope 40x/0.95: unknown; did you mean 40x/0.75? There are 40x/0.75, 20x/0.5, 60x/1.2",
            "choose one of these",
        ),
        (("--microscope", "huge"), "--microscope huge: unknown; 40x/0.75, 20x/0.5, 60x/1.2", "choose one of these"),
        (
            ("--preset", "volume", "--planes", "7"),
            "--preset volume: has a microscope of its own, with isotropic voxels",
            "leave --microscope, --planes, --pixel and --na out",
        ),
        (("--planes", "5"), "--planes 5: expected 1, 7 or 13", "nets for bright field take one of these"),
        (
            ("--na", "1.4"),
            "microscope 40x/0.75: NA 1.4 is not below the refractive index 1.337",
            "light in the medium reaches no angle of which that would be the sine",
        ),
        (
            ("--pixel", "3"),
            "microscope 40x/0.75: Microscope.pixel = 3 µm: expected 0.05 to 1",
            "choose a number in its range",
        ),
        (("--seed", ""), "--seed: is empty", "give any text, or --secret for a seed that nobody knows"),
        (
            ("--seed", "mine", "--secret"),
            "--secret draws a seed of its own, and --seed gives one",
            "leave one of them out",
        ),
        (("--processes", "0"), "--processes 0: expected 1 or more", "leave it out for one on each core"),
    ],
)
def test_an_order_that_cannot_be_made_is_refused_before_a_folder_is(tmp_path, words, message, hint):
    found = refused("make", tmp_path / "out", *words)
    assert found == (message, hint or "choose one of these")
    assert not (tmp_path / "out").exists()


def test_a_folder_with_anything_in_it_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("all of it")
    hint = "name a new one; only what was interrupted is gone on with"
    assert refused("make", tmp_path, *TINY) == (f"{tmp_path}: the folder is not empty", hint)
    file = tmp_path / "thesis.txt"
    assert refused("make", file, *TINY) == (f"{file}: is no folder", "name a folder that is to be made")


def test_wide_pixels_are_warned_of_with_the_nyquist_figure(tmp_path, monkeypatch):
    monkeypatch.setattr(making, "make", lambda *_, **__: 1 / 0)
    ran = run("make", tmp_path / "out", "--pixel", "0.5")
    assert "warning: microscope 40x/0.75: pixels of 0.5 µm are wider than 0.367 µm, the Nyquist limit" in ran.output


def test_optics_change_brightness_and_margin_with_the_area_of_pixels_and_aperture():
    usual, fine = (order.plan(order.Order(pixel=pixel), "a") for pixel in (None, 0.1625))
    assert fine.microscope.brightness["dna"] == pytest.approx(usual.microscope.brightness["dna"] / 4)
    assert (usual.margin, fine.margin) == (16, 32)
    assert fine.size == usual.size == (256, 256)


def test_a_volume_has_stacks_of_every_stain():
    plan = order.plan(order.Order(preset="volume", size=32, sessions={"test": 1}), "a")
    assert plan.volume
    assert plan.microscope.planes == plan.slices == 32
    assert list(plan.splits) == ["test"]


def test_processes_are_as_many_as_there_is_memory_for(monkeypatch):
    monkeypatch.setattr(making, "cores", lambda: 8)
    monkeypatch.setattr(making, "_memory", lambda: 16.0)
    assert [making.affordable(order.Order(size=size)) for size in (64, 512, 1024, 2048)] == [8, 8, 3, 1]


def test_every_number_is_listed_with_unit_range_meaning_and_source():
    rows = json.loads(run("parameters", "--json").output)
    assert len(rows) == len(list(tables.parameters())) > 400
    for thing in EVERYTHING:
        names = {(row["name"], row["value"]) for row in rows}
        assert {(one.name, one.value) for one in quantities(thing)} <= names
    for row in rows:
        assert set(row) == {"group", "name", "value", "low", "high", "unit", "meaning", "source"}
        assert row["low"] <= row["value"] <= row["high"]
        assert row["meaning"]
        assert row["source"]
    lines = run("parameters").output.splitlines()
    assert len(lines) == len(rows)
    assert lines[0] == ("materials: medium = 1.337 (1.33 to 1.35); index of the medium; culture medium, handbook value")


def test_a_machine_is_verified_and_one_that_differs_is_told(monkeypatch):
    ran = run("verify", "--quick")
    assert ran.exit_code == 0
    assert ran.output.endswith("14 of 14 channels are what other machines make\n")
    assert re.match(r"ok small brightfield: .*% of the pixels identical", ran.output)
    monkeypatch.setattr(fingerprint, "SMALL", "test-01-2")
    ran = run("verify", "--quick")
    assert ran.exit_code == 1
    assert "FAILED small dna: differs by " in ran.output
    assert "0 of 14 channels are what other machines make" in ran.output
    rows = json.loads(run("verify", "--quick", "--json").output)
    assert [row["passed"] for row in rows] == [False] * 14


def test_a_gallery_shows_every_kind_of_cell_in_every_channel(tmp_path, monkeypatch):
    monkeypatch.setattr("unstained_phantom.gallery.PRESETS", ("epithelial", "dead"))
    out = tmp_path / "pictures"
    ran = run("gallery", out, "--size", "64")
    assert ran.exception is None
    assert ran.output.endswith(f"{out}: 59 images\n")
    names = {path.stem for path in (out / "dead").iterdir()}
    stains = {name for label in LABELS for name in (label, f"{label}-truth")}
    light = {"brightfield", "brightfield-below-focus", "brightfield-above-focus", "phase-contrast", "dic", "phase"}
    assert names == {*light, *stains, "cells-mask", "nuclei-mask"}
    with Image.open(out / "dead" / "dna.png") as one, Image.open(out / "overview.jpg") as all_:
        assert one.size == (64, 64 + 16)
        assert np.asarray(one)[:64].std() > 10
        assert all_.size == (8 * 66, 2 * (64 + 18))


def test_a_gallery_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    message, hint = refused("gallery", tmp_path / "file", "--size", "32")
    assert message == f"{tmp_path / 'file'}: cannot be written (File exists)"
    assert hint == "choose a folder you may write to"


def test_commands_are_listed_without_an_array_library():
    program = "import sys, unstained_phantom as it; list(it.zoo_commands()); print({'numpy', 'PIL'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_a_full_disk_is_told_and_leaves_no_half_field(tmp_path):
    program = (
        "import resource, sys; from pathlib import Path; from unstained_phantom import exchange, order\n"
        "plan = order.plan(order.Order(sessions={'test': 1}, fields=1, size=32, planes=1), 'a')\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))\n"
        "exchange.make(plan, 'test-01-1', Path(sys.argv[1]))\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False)
    assert "cannot be written (File too large)" in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == [".making"]
    assert [path.name for path in (tmp_path / ".making").iterdir()] == [".locks"]
