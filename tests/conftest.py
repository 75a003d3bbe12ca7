"""Shared ground of all tests: a place and plugins of their own, and the command line in this process or its own."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from typer.testing import CliRunner

from zoo import registry as registries
from zoo.cli import application
from zoo.data.store import cache_folder
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zoo.registry import Registry

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as of a job in the background, and then of all its children
    signal.signal(signal.SIGINT, signal.default_int_handler)
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


class Site:
    """A folder on the path, in which plugins are installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.modules: list[str] = []

    @property
    def environment(self) -> dict[str, str]:
        """What another process needs to see the same plugins."""
        return {"PYTHONPATH": os.pathsep.join([str(self.folder), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)}

    def install(self, name: str, code: str, *, version: str = "1.0") -> None:
        """Install distribution ``NAME-plugin`` with the entry point ``name`` of the group ``zoo``."""
        module = f"{name}_module"
        self.modules.append(module)
        (self.folder / f"{module}.py").write_text(textwrap.dedent(code), encoding="utf-8")
        info = self.folder / f"{name}_plugin-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-plugin\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[zoo]\n{name} = {module}\n")
        importlib.invalidate_caches()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """An empty folder on the path, and nothing of it left in memory afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    made = Site(folder)
    yield made
    for module in made.modules:
        sys.modules.pop(module, None)


@pytest.fixture
def generated(site: Site, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The plugin of ``generated.py``, whose dataset alone is a default; its fields will lie in the folder given."""
    others = {registry.datasets.owners[dataset.id] for dataset in registry.datasets if dataset.default}
    monkeypatch.setenv("ZOO_NO_PLUGINS", ",".join(others))
    site.install("made", Path(__file__).with_name("generated.py").read_text(encoding="utf-8"))
    return cache_folder() / "made"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real images that ``ZOO_DATA`` names; a test that needs it is skipped where there is none."""
    folder = os.environ.get("ZOO_DATA", "")
    if not folder:
        pytest.skip("set ZOO_DATA to a folder with local copies of the datasets")
    return Path(folder).resolve()
