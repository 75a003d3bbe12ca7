"""Shared ground of all tests: a place of their own, and the command line in this process or in one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from typer.testing import CliRunner

from zoo import registry as registries
from zoo.cli import application
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zoo.registry import Registry

settings.register_profile("zoo", deadline=None, derandomize=True, database=None)
settings.load_profile("zoo")  # the same examples every time, however slow the machine: a red run is a real one


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, read as one JSON document."""
        return json.loads(self.out)


@pytest.fixture(autouse=True)
def _place_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A cache of its own for every test, no plugin switched off, and nothing changed behind its back."""
    monkeypatch.setenv("ZOO_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ZOO_NO_PLUGINS", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    folder, threads = Path.cwd(), _threads()
    yield
    assert Path.cwd() == folder, "the test, or what it ran, changed the working folder"
    assert 0 in (threads, _threads()) or threads == _threads(), (
        "the test, or what it ran, changed the number of threads of all later ones"
    )


def _threads() -> int:
    """Threads of torch, on which the last digit of a sum depends; 0 while it is not loaded, or hidden by the test."""
    torch = sys.modules.get("torch")
    return torch.get_num_threads() if torch else 0


@pytest.fixture(scope="session")
def registry() -> Registry:
    """Everything that the installed plugins register."""
    return registries.load()


@pytest.fixture
def zoo() -> Callable[..., Ran]:
    """``zoo("list", "models")`` runs a command in this process, as ``zoo.cli.main`` would."""

    def run(*words: object, given: str | None = None) -> Ran:
        loaded = registries.load()
        result = CliRunner().invoke(application(loaded), [str(word) for word in words], obj=loaded, input=given)
        if isinstance(result.exception, ZooError):
            return Ran(2, result.stdout, f"{result.stderr}zoo: {result.exception}\n")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def zoo_process(tmp_path: Path) -> Callable[..., Ran]:
    """``zoo_process("list")`` runs the installed command in a process of its own, from an empty folder."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()

    def run(*words: object, **environment: str) -> Ran:
        program = "from zoo.cli import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", program, *map(str, words)],
            cwd=folder,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real images that ``ZOO_DATA`` names; a test that needs it is skipped where there is none."""
    folder = os.environ.get("ZOO_DATA", "")
    if not folder:
        pytest.skip("set ZOO_DATA to a folder with local copies of the datasets")
    return Path(folder).resolve()
