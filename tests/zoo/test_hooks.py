from __future__ import annotations

import inspect
import re
import tomllib
from pathlib import Path

import pytest

from zoo import hooks, registry

ROOT = Path(__file__).parents[2]
HOOKS = [value for name, value in vars(hooks).items() if name.startswith("zoo_")]


def _name(hook) -> str:
    return hook.__name__


def test_there_are_five_hooks_on_one_screen():
    assert len(HOOKS) == 5
    assert len(inspect.getsource(hooks).splitlines()) <= 80


@pytest.mark.parametrize("hook", HOOKS, ids=_name)
def test_a_hook_takes_nothing_and_returns_values(hook):
    signature = inspect.signature(hook)
    assert not signature.parameters
    assert str(signature.return_annotation).startswith("Iterable[")


@pytest.mark.parametrize("hook", HOOKS, ids=_name)
def test_every_hook_is_documented_with_its_live_signature(hook):
    documented = re.findall(r"^## `(.+)`$", (ROOT / "docs/hooks.md").read_text(), re.MULTILINE)
    signature = inspect.signature(hook)
    assert f"{hook.__name__}() -> {signature.return_annotation}" in documented
    assert len(documented) == len(HOOKS)


@pytest.mark.parametrize("hook", HOOKS, ids=_name)
def test_every_hook_has_a_test_here(hook):
    assert f"test_hook_{hook.__name__}" in globals()


def test_hook_zoo_architectures(site):
    site.install("p", _tutorial()["unstained_tiny/__init__.py"])
    assert registry.load().architectures.get("tiny").presets["lite"].recipe.patch == (64, 64)


def test_hook_zoo_models(site):
    site.install(
        "p",
        """
        from pathlib import Path
        from zoo import hooks
        from zoo.types import Channel, Framework, Modality, ModelEntry, Structure

        @hooks.impl
        def zoo_models():
            yield ModelEntry(
                id="foreign", title="T", architecture="", preset="", framework=Framework.TORCH,
                inputs=(Channel(name="light", modality=Modality.BRIGHTFIELD),),
                outputs=(Channel(name="dna", structure=Structure.NUCLEUS),),
                weights=Path("foreign.zip"), license="MIT", trained_on=(),
            )
        """,
    )
    loaded = registry.load()
    assert loaded.models.get("foreign").license == "MIT"
    assert loaded.models.owners["foreign"] == "p"


def test_hook_zoo_datasets(site):
    site.install(
        "p",
        """
        from types import SimpleNamespace
        from zoo import hooks

        @hooks.impl
        def zoo_datasets():
            return [SimpleNamespace(id="mine")]
        """,
    )
    assert registry.load().datasets.owners["mine"] == "p"


def test_hook_zoo_metrics(site):
    site.install(
        "p",
        """
        from zoo import hooks
        from zoo.types import Metric

        @hooks.impl
        def zoo_metrics():
            yield Metric(
                id="mine", version=1, title="T", better="lower", perfect=0.0, range=(0.0, 1.0), fn="nowhere:metric"
            )
        """,
    )
    assert registry.load().metrics.get("mine").better == "lower"


def test_hook_zoo_commands(site, zoo):
    site.install(
        "p",
        """
        import typer
        from zoo import hooks

        app = typer.Typer()

        @app.command()
        def greet(context: typer.Context):
            typer.echo(f"{len(context.obj.plugins.found)} plugins")

        @hooks.impl
        def zoo_commands():
            return [app]
        """,
    )
    ran = zoo("greet")
    assert ran.status == 0
    assert re.fullmatch(r"\d+ plugins\n", ran.out)


def _tutorial() -> dict[str, str]:
    """The files of the tutorial's plugin, by path."""
    text = (ROOT / "docs/plugins.md").read_text()
    return dict(re.findall(r"^`([\w./]+)`\n\n```\w+\n(.*?)^```", text, re.MULTILINE | re.DOTALL))


def test_the_smallest_model_plugin_is_under_forty_lines():
    files = _tutorial()
    assert set(files) == {"pyproject.toml", "unstained_tiny/__init__.py", "unstained_tiny/net.py"}
    assert sum(text.count("\n") for text in files.values()) < 40


def test_the_tutorial_works_as_printed(tmp_path, zoo_process):
    for name, text in _tutorial().items():
        path = tmp_path / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    project = tomllib.loads((tmp_path / "site/pyproject.toml").read_text())
    info = tmp_path / "site" / "unstained_tiny-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['project']['name']}\nVersion: 0.1.0\n")
    points = "".join(f"{name} = {value}\n" for name, value in project["project"]["entry-points"]["zoo"].items())
    (info / "entry_points.txt").write_text(f"[zoo]\n{points}")
    environment = {"PYTHONPATH": str(tmp_path / "site")}

    listed = zoo_process("list", "architectures", "--json", **environment)
    assert "tiny" in [row["id"] for row in listed.json]
    told = zoo_process("info", "tiny", "--json", **environment)
    assert told.json["parameters"] == {"lite": 1 * 16 * 9 + 16 + 16 * 1 * 9 + 1}
    assert listed.err == told.err == ""

    checked = zoo_process("check", "tiny", "--json", **environment)
    assert [finding for finding in checked.json if finding["status"] not in ("passed", "skipped")] == []
    assert checked.status == 0
    assert {finding["subject"] for finding in checked.json} == {
        "tiny",
        "tiny [onnx]",
        "tiny [pytorch_state_dict]",
    }
