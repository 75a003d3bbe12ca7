"""What a user may call a model, and the package that is meant."""

from __future__ import annotations

import signal
import time
from dataclasses import replace
from pathlib import Path
from threading import Thread, main_thread

import pytest

from zoo import registry as registries
from zoo.errors import ZooError
from zoo.export import packaged, packages
from zoo.export.stock import key


@pytest.fixture
def known():
    return registries.load()


def test_a_package_is_itself(packed, known) -> None:
    assert packaged(known, str(packed.package.path)) == packed.package.path


@pytest.mark.parametrize("name", ["none.zip", "none.safetensors"])
def test_a_file_that_is_not_there_is_named(known, tmp_path: Path, name: str) -> None:
    with pytest.raises(ZooError) as caught:
        packaged(known, str(tmp_path / name))
    assert caught.value.message == f"{tmp_path / name}: no such file"


def test_an_id_that_nobody_registered_is_named(known) -> None:
    with pytest.raises(ZooError, match="unknown model 'nobody@nowhere'"):
        packaged(known, "nobody@nowhere")


def test_weights_of_an_architecture_that_is_not_installed_are_named(packed, known) -> None:
    with pytest.raises(ZooError, match="unknown architecture 'small'"):
        packaged(known, str(packed.weights))


def test_several_are_packed_at_once_and_one_that_cannot_be_costs_no_other(packed, known) -> None:
    told: list[tuple[str, int, int]] = []
    path = str(packed.package.path)
    found = packages(known, ["nobody@nowhere", path, path], lambda *words: told.append(words))
    assert found[path] == packed.package.path
    assert "unknown model 'nobody@nowhere'" in str(found["nobody@nowhere"])
    assert {name for name, _, _ in told} == {"nobody@nowhere", path}
    assert [words[1:] for words in told] == [(1, 2), (2, 2)]


def test_an_interruption_ends_what_is_being_packed(site, packer, packed, tmp_path: Path) -> None:
    started = tmp_path / "started"
    (packer.folder / "slow_net.py").write_text(SLOW.format(str(started)))
    slow = replace(packed.architecture, id="slow", build="small_net:build")
    site.install("slow", PLUGIN.replace('"small"', '"slow"').replace("small_net:build", "slow_net:build"))
    path = packer.weights(slow, packer.header(slow))

    def interrupt() -> None:
        while not started.exists():
            time.sleep(0.1)
        signal.pthread_kill(main_thread().ident, signal.SIGINT)

    Thread(target=interrupt, daemon=True).start()
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        packages(registries.load(), [str(path)], lambda *_: None)
    assert time.monotonic() - begun < ASLEEP / 2


def test_a_cache_that_cannot_be_made_is_named(site, packed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site.install("small", PLUGIN)
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(ZooError) as caught:
        packaged(registries.load(), str(packed.weights))
    assert caught.value.message.startswith(f"{tmp_path / 'file' / 'cache' / 'packages'}")
    assert "cannot make the folder for packages: Not a directory" in caught.value.message
    assert "ZOO_CACHE" in caught.value.hint


def test_a_changed_net_gets_a_package_of_its_own(packed) -> None:
    source = packed.weights.parents[1] / "small_net.py"
    code = source.read_text()
    first = key(packed.weights, packed.architecture, "")
    try:
        source.write_text(code + "\n# another")
        changed = key(packed.weights, packed.architecture, "")
    finally:
        source.write_text(code)
    other = replace(packed.architecture, halo=8)
    keys = [first, changed, key(packed.weights, other, ""), key(packed.weights, packed.architecture, "onnx")]
    assert len(set(keys)) == len(keys)
    assert first == key(packed.weights, packed.architecture, "")


ASLEEP = 120
"""Seconds."""
SLOW = f"""
import pathlib, time

def build(in_channels, out_channels, **options):
    pathlib.Path({{!r}}).touch()
    time.sleep({ASLEEP})
"""
PLUGIN = """
from zoo import hooks
from zoo.types import Architecture, Framework

@hooks.impl
def zoo_architectures():
    yield Architecture(
        id="small", title="Small U-Net", framework=Framework.TORCH, build="small_net:build", presets={}, divisor=2,
        halo=6,
    )
"""
