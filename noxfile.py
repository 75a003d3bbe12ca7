"""Checks, each in an environment of its own: ``nox`` runs the quick ones, ``nox -s NAME`` any, ``nox -l`` lists."""

from __future__ import annotations

import filecmp
import json
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
    listed = {
        kind: json.loads(session.run("zoo", "list", kind, "--json", silent=True, log=False))
        for kind in ("plugins", "models")
    }
    for row in (*listed["plugins"], *listed["models"]):
        session.run("zoo", "check", row["id"])


@nox.session(default=False)
def package(session: nox.Session) -> None:
    """The wheel holds zoo, harness and metadata, and predicts in a clean place without any framework."""
    temporary = Path(session.create_tmp()).resolve()
    model, wheel = temporary / "model.zip", _built_wheel(session, temporary)
    session.install(*EVERYTHING)
    session.run("python", "-c", _PACK, str(model))
    session.run("python", "-m", "venv", "--clear", str(temporary / "clean"))
    scripts = next(folder for name in ("bin", "Scripts") if (folder := temporary / "clean" / name).is_dir())
    python, zoo = str(scripts / "python"), str(scripts / "zoo")
    constraints = str(ROOT / "constraints.txt")
    with session.chdir(temporary):
        session.run(python, "-m", "pip", "install", "--quiet", "-c", constraints, str(wheel), external=True)
        session.run(python, "-c", _NO_FRAMEWORK, external=True)
        session.run(python, "-c", _IMAGE, external=True)
        session.run(zoo, "list", "models", "--json", external=True)
        session.run(zoo, "predict", str(model), "cells.tif", "-o", "stained.ome.tif", external=True)


@nox.session(default=False)
def boards(session: nox.Session) -> None:
    """Every committed board comes out of its records again, byte for byte."""
    session.install(*EVERYTHING)
    temporary = Path(session.create_tmp())
    for run in sorted(path.parent for path in (ROOT / "leaderboards").rglob("run.json")):
        again = temporary / run.relative_to(ROOT / "leaderboards")
        shutil.rmtree(again, ignore_errors=True)
        shutil.copytree(run, again, ignore=shutil.ignore_patterns("leaderboard.*"))
        session.run("zoo", "report", str(again))
        names = sorted(path.name for path in run.glob("leaderboard.*"))
        _, different, missing = filecmp.cmpfiles(run, again, names, shallow=False)
        if different or missing:
            session.error(f"{run.relative_to(ROOT)}: rebuilt otherwise: {', '.join(different + missing)}")


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Speed, each against a peer in the same run."""
    session.install(*EVERYTHING)
    for script in sorted((ROOT / "benchmarks").glob("*.py")):
        if "from ratios import" in script.read_text(encoding="utf-8"):
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


_PACK = """
import dataclasses, pathlib, sys
from zoo import registry, weights
from zoo.conformance.trial import untrained
from zoo.export import export

model = pathlib.Path(sys.argv[1])
planes = (net for net in registry.load().architectures if net.spatial == 2)
small = dataclasses.replace(next(planes), halo=0)
weights.write(untrained(small), model.with_suffix(".safetensors"))
export(model.with_suffix(".safetensors"), small, model)
"""
_NO_FRAMEWORK = """
import importlib.util
found = [name for name in ("torch", "tensorflow", "keras", "lightning") if importlib.util.find_spec(name)]
assert not found, f"the core must not bring {found}"
"""
_IMAGE = """
import numpy, tifffile
tifffile.imwrite("cells.tif", numpy.random.default_rng(0).integers(0, 4096, (200, 300), "uint16"))
"""
