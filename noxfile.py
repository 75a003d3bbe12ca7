"""Checks, each in an environment of its own: ``nox`` runs the quick ones, ``nox -s NAME`` any other, ``nox -l`` lists."""

from __future__ import annotations

import filecmp
import shutil
import zipfile
from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"
nox.options.sessions = ["lint", "types", "layers", "tests"]
nox.options.reuse_existing_virtualenvs = True

ROOT = Path(__file__).parent
EVERYTHING = ("-r", "requirements.txt")
PLUGINS = sorted(folder.name for folder in (ROOT / "plugins").iterdir() if (folder / "pyproject.toml").is_file())


@nox.session
def lint(session: nox.Session) -> None:
    """Style: ruff, both as linter and as formatter."""
    session.install("-c", "constraints.txt", "ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """mypy, strict."""
    session.install(*EVERYTHING)
    session.run("mypy")


@nox.session
def layers(session: nox.Session) -> None:
    """A module imports only what stands below it."""
    session.install("-c", "constraints.txt", "import-linter", "-e", ".", *_editable(PLUGINS))
    session.run("lint-imports")


@nox.session
def tests(session: nox.Session) -> None:
    """All tests; arguments go to pytest."""
    session.install(*EVERYTHING)
    session.run("pytest", *session.posargs)


@nox.session(default=False)
def conformance(session: nox.Session) -> None:
    """Every architecture and every entry of every plugin through ``zoo check``."""
    session.install(*EVERYTHING)
    for plugin in session.posargs or PLUGINS:
        session.run("zoo", "check", plugin)


@nox.session(default=False)
def package(session: nox.Session) -> None:
    """The wheel holds zoo, harness and metadata, and predicts in a clean place without any framework."""
    temporary = Path(session.create_tmp())
    weights = _packed_model(session, temporary)
    wheel = _built_wheel(session, temporary)
    session.run("python", "-m", "venv", "--clear", str(temporary / "clean"), external=True)
    scripts = temporary / "clean" / ("Scripts" if (temporary / "clean" / "Scripts").is_dir() else "bin")
    pip = (str(scripts / "python"), "-m", "pip", "install", "--quiet", "-c", str(ROOT / "constraints.txt"))
    session.run(*pip, str(wheel), external=True)
    with session.chdir(temporary):
        clean = str(scripts / "python")
        session.run(str(scripts / "zoo"), "list", "models", "--json", external=True)
        session.run(clean, "-c", _NO_FRAMEWORK, external=True)
        session.run(clean, "-c", _IMAGE, external=True)
        session.run(str(scripts / "zoo"), "predict", str(weights), "cells.tif", "-o", "stained.ome.tif", external=True)


@nox.session(default=False)
def boards(session: nox.Session) -> None:
    """Every committed board comes out of its records again, byte for byte."""
    session.install(*EVERYTHING)
    temporary = Path(session.create_tmp())
    for run in sorted(path.parent for path in (ROOT / "leaderboards").rglob("run.json")):
        again = temporary / run.relative_to(ROOT / "leaderboards")
        shutil.rmtree(again, ignore_errors=True)
        shutil.copytree(run, again, ignore=shutil.ignore_patterns("leaderboard.*"))
        session.run("zoo", "rank", str(again))
        names = sorted(path.name for path in run.glob("leaderboard.*"))
        _, different, missing = filecmp.cmpfiles(run, again, names, shallow=False)
        if different or missing:
            session.error(f"{run.relative_to(ROOT)}: rebuilt otherwise: {', '.join(different + missing)}")


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Speed, each against a peer in the same run."""
    session.install(*EVERYTHING)
    for script in sorted((ROOT / "benchmarks").glob("*.py")):
        if "__main__" in script.read_text(encoding="utf-8"):
            session.run("python", str(script), *session.posargs)


def _editable(plugins: list[str]) -> list[str]:
    return [word for plugin in plugins for word in ("-e", f"plugins/{plugin}")]


def _built_wheel(session: nox.Session, folder: Path) -> Path:
    session.install("build")
    built = folder / "wheel"
    shutil.rmtree(built, ignore_errors=True)
    session.run("python", "-m", "build", "--wheel", "--outdir", str(built), str(ROOT), silent=True)
    (wheel,) = built.glob("unstained-*.whl")
    held = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    strangers = {name for name in held if name not in {"zoo", "harness"} and not name.endswith(".dist-info")}
    if strangers or not {"zoo", "harness"} <= held:
        session.error(f"{wheel.name}: expected zoo, harness and metadata, found {', '.join(sorted(held))}")
    return wheel


def _packed_model(session: nox.Session, folder: Path) -> Path:
    session.install(*EVERYTHING)
    packed = folder / "model.zip"
    session.run("python", "-c", _PACK, str(packed))
    return packed


_PACK = ""  # filled in below
_NO_FRAMEWORK = """
import importlib.util
found = [name for name in ("torch", "tensorflow", "keras", "lightning") if importlib.util.find_spec(name)]
assert not found, f"the core must not bring {found}"
"""
_IMAGE = """
import numpy, tifffile
tifffile.imwrite("cells.tif", numpy.random.default_rng(0).integers(0, 4096, (200, 300), "uint16"))
"""
