"""The house itself: names, sizes, words, what is loaded when, and that documents say what the code does."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer

from zoo.cli import application

ROOT = Path(__file__).parents[1]
OWN = sorted([*(ROOT / "zoo").rglob("*.py"), *(ROOT / "harness").rglob("*.py")])
PLUGINS = sorted((ROOT / "plugins").glob("*/src/**/*.py"))
WRITTEN = [*OWN, *PLUGINS]
LONGEST_FUNCTION = 35
LONGEST_FILE = 300
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "base", "tools", "stuff"}
HEAVY = ("numpy", "xarray", "pandas", "scipy", "skimage", "torch", "tensorflow", "keras", "onnxruntime", "bioimageio")
LIGHT = ("zoo.cli", "zoo.types", "zoo.hooks", "zoo.plugins", "zoo.registry", "zoo.errors", "harness.plugin")


def _named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _plugin_modules() -> list[str]:
    folders = [folder for folder in (ROOT / "plugins").glob("*/src/*") if (folder / "__init__.py").is_file()]
    return sorted(folder.name for folder in folders)


def _foreign_names(registry) -> dict[str, re.Pattern[str]]:
    """Every id that a plugin or a manifest brought, each as a pattern that finds it as a word of its own."""
    own = {"builtin", "harness"}
    names = {plugin.name for plugin in registry.plugins.found} - own
    for shelf in (registry.architectures, registry.models, registry.datasets):
        names |= {thing.id for thing in shelf}
    return {name: re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])") for name in sorted(names)}


@pytest.mark.parametrize("path", WRITTEN, ids=_named)
def test_no_module_has_a_vague_name(path):
    assert not VAGUE & {*path.relative_to(ROOT).with_suffix("").parts}


@pytest.mark.parametrize("path", WRITTEN, ids=_named)
def test_files_and_functions_are_short(path):
    text = path.read_text(encoding="utf-8")
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    lengths = {f"{node.name} (line {node.lineno})": _length(node) for node in functions}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}
    assert text.count("\n") <= LONGEST_FILE


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines without the docstring; of a command, which is decorated and lists its options, without those too."""
    documented = ast.get_docstring(function) is not None
    body = function.body[1:] if documented else function.body
    first = body[0].lineno if body else function.end_lineno
    command = any(ast.unparse(decorator).startswith("app.command") for decorator in function.decorator_list)
    return function.end_lineno - first + 1 + (0 if command else function.body[0].lineno - function.lineno)


@pytest.mark.parametrize("path", OWN, ids=_named)
def test_zoo_and_harness_name_no_model_dataset_or_plugin(path, registry):
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [
        f"line {number}: {name}"
        for name, pattern in _foreign_names(registry).items()
        for number, line in enumerate(lines, start=1)
        if pattern.search(line)
    ]
    assert found == []


def test_the_search_for_foreign_names_finds_them(registry):
    names = _foreign_names(registry)
    assert {"fnet", "fnet2d", "ecoli-yfp"} <= set(names)
    assert names["fnet"].search('if name == "fnet":')
    assert not names["fnet"].search("fnet2d")


@pytest.mark.parametrize("module", [*LIGHT, *_plugin_modules()])
def test_importing_the_surface_loads_nothing_heavy(module):
    program = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert sorted({name.partition(".")[0] for name in done.stdout.split()} & set(HEAVY)) == []


@pytest.mark.parametrize("words", [["--help"], ["list", "models", "--json"], ["list", "datasets"], ["list", "metrics"]])
def test_listing_loads_nothing_heavy(words):
    program = (
        "import sys\nfrom zoo.cli import main\ntry:\n    main(sys.argv[1:])\n"
        "finally:\n    print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=True)
    assert sorted({name.partition(".")[0] for name in done.stderr.split()} & set(HEAVY)) == []


def _modules_with_examples() -> list[str]:
    """Modules whose docstrings hold examples; the rest is not imported, since some load a framework."""
    names = []
    for path in OWN:
        if ">>> " in path.read_text(encoding="utf-8"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


@pytest.mark.parametrize("module", _modules_with_examples())
def test_examples_in_docstrings_are_true(module):
    tried = doctest.testmod(importlib.import_module(module), optionflags=doctest.ELLIPSIS)
    assert tried.attempted > 0
    assert tried.failed == 0


def _contracts() -> list[dict]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


def _layers(contract: dict) -> set[str]:
    return {name.strip() for layer in contract["layers"] for name in layer.split("|")}


@pytest.mark.parametrize("container", ["zoo", "harness"])
def test_every_module_has_a_layer_and_a_line_in_the_design(container):
    (contract,) = (found for found in _contracts() if found.get("containers") == [container])
    there = {
        path.stem for path in (ROOT / container).iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert _layers(contract) == there - {"__init__"}
    assert contract["exhaustive"]
    house = (ROOT / "docs/design.md").read_text().split(f"\n{container}  ", 2)[-1].split("\n\n")[0].split("\n```")[0]
    assert {name for name in _layers(contract) if not re.search(rf"\b{name}\b", house)} == set()


def test_every_plugin_stands_beside_the_harness_and_apart_from_the_others():
    (contract,) = (found for found in _contracts() if found["id"] == "guest")
    assert contract["layers"][1:] == ["zoo"]
    assert _layers({"layers": contract["layers"][:1]}) == {"harness", *_plugin_modules()}


def test_every_plugin_is_required_and_installable():
    required = (ROOT / "requirements.txt").read_text().splitlines()
    for project in (ROOT / "plugins").glob("*/pyproject.toml"):
        assert f"-e plugins/{project.parent.name}" in required
        declared = tomllib.loads(project.read_text())
        assert declared["project"]["name"].startswith("unstained-")
        assert declared["project"]["entry-points"]["zoo"]
        assert declared["project"]["license"]


def test_every_requirement_is_constrained():
    constrained = {
        line.partition("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line
    }
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    asked = {line for line in lines if line and not line.startswith(("#", "-"))}
    assert {name.lower() for name in asked} <= constrained


def test_ci_runs_the_test_command_of_the_readme():
    readme = (ROOT / "README.md").read_text()
    pattern = re.search(r"sed -n 's/(.+?)/\\1/p' README.md", (ROOT / ".ci/run").read_text())[1]
    found = re.findall(pattern.replace(r"\(", "(").replace(r"\)", ")"), readme, flags=re.MULTILINE)
    assert found == ["python3 -m venv .venv && . .venv/bin/activate && pip install -r requirements.txt && pytest"]


def test_nothing_of_one_machine_is_in_the_project():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    texts = [ROOT / name for name in listed if name.endswith((".py", ".toml", ".md", ".yml", ".txt", ".cff", ".sh"))]
    machine = re.compile(r"(?<![\w.:/])/(work|home|root|tmp)/\w")
    assert [_named(path) for path in texts if path.is_file() and machine.search(path.read_text(encoding="utf-8"))] == []


def _commands(registry) -> dict[str, object]:
    """Every command that can be typed, by its words: ``data fetch``."""
    found: dict[str, object] = {}
    waiting = [("", typer.main.get_command(application(registry)))]
    while waiting:
        words, command = waiting.pop()
        nested = getattr(command, "commands", {})
        waiting += [(f"{words} {name}".strip(), inner) for name, inner in nested.items()]
        if not nested:
            found[words] = command
    return found


def test_the_readme_names_every_command_and_no_other(registry):
    named = set(re.findall(r"\bzoo ([a-z]+)", (ROOT / "README.md").read_text()))
    assert named == {name.split()[0] for name in _commands(registry)} - {"rank"}


def test_every_option_that_a_document_shows_exists(registry):
    commands = _commands(registry)
    shown = [
        line.strip("` ")
        for path in (
            ROOT / "README.md",
            *sorted((ROOT / "docs").glob("*.md")),
            *sorted(ROOT.glob("plugins/*/README.md")),
        )
        for line in path.read_text().splitlines()
        if re.search(r"(^|&& |`)zoo [a-z]", line)
    ]
    assert shown
    unknown = [(line, option) for line in shown for option in _unknown_options(line, commands)]
    assert unknown == []


def _unknown_options(line: str, commands: dict[str, object]) -> list[str]:
    """Options of the ``zoo`` call in a line that its command does not have."""
    typed = re.split(r"\bzoo ", line)[-1].split("`")[0].split("   ")[0].split()
    name = next((words for words in (" ".join(typed[:2]), typed[0]) if words in commands), None)
    if name is None:
        return [typed[0]]
    known = {option for parameter in commands[name].params for option in parameter.opts} | {"--help"}
    return [word for word in typed if word.startswith("-") and word.partition("=")[0] not in known]


def test_every_command_explains_itself_with_an_example(registry):
    lacking = [name for name, command in _commands(registry).items() if f"zoo {name}" not in (command.help or "")]
    assert lacking == []
    silent = [
        f"{name} {parameter.name}"
        for name, command in _commands(registry).items()
        for parameter in command.params
        if parameter.name != "help" and not getattr(parameter, "help", None)
    ]
    assert silent == []
