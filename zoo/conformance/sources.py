"""Checks of what a plugin brings before anything is packed: its imports, its architectures, its weight files."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.conformance.findings import Finding, judged, skipped
from zoo.parameters import trainable_parameters
from zoo.types import Framework
from zoo.types.statistics import PLAIN, level
from zoo.weights import read_header

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zoo.types import Architecture, ModelEntry

HEAVY = ("numpy", "pandas", "xarray", "scipy", "skimage", "torch", "lightning", "tensorflow", "keras", "onnxruntime")
"""What listing must not load."""
ALLOWED = {Framework.TORCH: {"torch"}, Framework.TENSORFLOW: {"keras", "tensorflow"}}
"""What the module of a net may import beside the standard library."""
IMPORT_SECONDS = 30.0
_ASK = """
import importlib, json, sys, time
start = time.perf_counter()
module = importlib.import_module(sys.argv[1])
for hook in ("zoo_architectures", "zoo_models", "zoo_datasets", "zoo_metrics", "zoo_commands"):
    list(getattr(module, hook, tuple)())
print(json.dumps([time.perf_counter() - start, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


def check_plugin_imports_light(module: str) -> Finding:
    """Importing a plugin and calling its hooks loads no array library and no framework. Figure: seconds it took."""
    done = subprocess.run(  # noqa: S603 - the module is an installed plugin, which every zoo command imports anyway
        [sys.executable, "-c", _ASK, module], capture_output=True, text=True, timeout=IMPORT_SECONDS, check=False
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        return judged(check_plugin_imports_light, ok=False, message=f"{module} cannot be imported: {reason}")
    seconds, loaded = json.loads(done.stdout.splitlines()[-1])
    heavy = [name for name in HEAVY if name in loaded]
    found = f"loads {', '.join(heavy)}, which only opening a model may" if heavy else "nothing heavy is loaded"
    message = f"{module} imported and asked in {seconds:.2f} s: {found}"
    return judged(check_plugin_imports_light, ok=not heavy, figure=seconds, message=message)


def check_net_stands_alone(architecture: Architecture) -> Finding:
    """The module of ``build`` imports its framework and the standard library only: it travels inside packages."""
    module = architecture.build.partition(":")[0]
    spec = find_spec(module)
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        return judged(check_net_stands_alone, ok=False, message=f"{architecture.build}: no Python source to be found")
    allowed = ALLOWED[architecture.framework] | set(sys.stdlib_module_names)
    strange = sorted(set(_imported(Path(spec.origin))) - allowed)
    found = f"imports {', '.join(strange)}" if strange else "imports its framework alone"
    return judged(check_net_stands_alone, ok=not strange, message=f"{module} {found}")


def check_presets_can_be_built(architecture: Architecture) -> Finding:
    """Every preset builds a net that learns something. Figure: trainable parameters of the smallest."""
    counts = trainable_parameters(architecture, 1, 1)
    told = ", ".join(f"{name} {count:,}" for name, count in counts.items()) or "none"
    smallest = min(counts.values(), default=0)
    return judged(check_presets_can_be_built, ok=smallest > 0, figure=smallest, message=f"trainable parameters: {told}")


def check_patches_fit_the_net(architecture: Architecture) -> Finding:
    """Training patches have an edge for each axis, each a multiple of ``divisor``, or of it above ``smallest``."""
    first = architecture.smallest or architecture.divisor
    wrong = {
        name: preset.recipe.patch
        for name, preset in architecture.presets.items()
        if len(preset.recipe.patch) != architecture.spatial
        or any(edge < first or (edge - first) % architecture.divisor for edge in preset.recipe.patch)
    }
    above = f"{first} and a multiple" if architecture.smallest else "a multiple"
    wanted = f"{architecture.spatial} edges, each {above} of {architecture.divisor}"
    told = "; ".join(f"{name}: {patch}" for name, patch in wrong.items())
    return judged(check_patches_fit_the_net, ok=not wrong, message=f"{told}, expected {wanted}" if wrong else wanted)


def check_statistics_are_known(architecture: Architecture) -> Finding:
    """What presets return beside means has names that everybody knows, each once. Figure: how many there are."""
    presets = {name: preset.statistics for name, preset in architecture.presets.items() if preset.statistics}
    if not presets:
        return skipped(check_statistics_are_known, "every preset returns means alone")
    strange = [one for told in presets.values() for one in told if one not in PLAIN and level(one) is None]
    twice = [name for name, told in presets.items() if len(set(told)) < len(told)]
    lines = "; ".join(f"{name}: {len(told)} statistics of each label" for name, told in presets.items())
    wrong = [f"unknown: {', '.join(strange)}"] * bool(strange) + [f"twice in {', '.join(twice)}"] * bool(twice)
    count = max(map(len, presets.values()))
    return judged(check_statistics_are_known, ok=not wrong, figure=count, message="; ".join(wrong) or lines)


def check_source_is_cited(architecture: Architecture) -> Finding:
    """An architecture names whom to cite, with a DOI or an address. Figure: how many it names."""
    followed = [entry for entry in architecture.cite if entry.doi or entry.url]
    message = "; ".join(entry.doi or entry.url for entry in followed) or "no citation with a DOI or an address"
    return judged(check_source_is_cited, ok=bool(followed), figure=len(followed), message=message)


def check_entry_agrees_with_its_file(entry: ModelEntry) -> Finding:
    """What an entry says of itself is what its weight file says."""
    if entry.weights.suffix != ".safetensors":
        return skipped(check_entry_agrees_with_its_file, f"{entry.weights.name} is a finished package")
    header = read_header(entry.weights)
    fields = ("id", "title", "architecture", "preset", "framework", "inputs", "outputs", "license", "trained_on")
    wrong = [name for name in fields if getattr(entry, name) != getattr(header, name)]
    told = "; ".join(f"{name}: {getattr(entry, name)!r}, in the file {getattr(header, name)!r}" for name in wrong)
    return judged(check_entry_agrees_with_its_file, ok=not wrong, message=told or f"{len(fields)} fields agree")


def _imported(source: Path) -> Iterator[str]:
    """Top-level names of everything that a module imports at run time, wherever it does."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    hidden = {id(inner) for node in ast.walk(tree) if _for_typing(node) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0] if node.level == 0 else "." * node.level + (node.module or "")


def _for_typing(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
