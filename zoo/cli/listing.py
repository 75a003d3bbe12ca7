"""``zoo list`` and ``zoo info``: what there is, without importing what it is made of."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from zoo.cli import packages
from zoo.cli.tables import print_details, print_table
from zoo.errors import ZooError
from zoo.types import inputs_of, labels_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zoo.registry import Registry, Shelf
    from zoo.types import Architecture, Channel, Citation, Dataset, Metric, ModelEntry, Recipe

app = typer.Typer()
Kind = Literal["models", "architectures", "datasets", "metrics", "plugins", "controls"]
Rows = list[dict[str, Any]]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts, nothing else.")]


@app.command("list")
def list_(
    context: typer.Context,
    kind: Annotated[Kind, typer.Argument(help="What to list.", show_default=True)] = "models",
    *,
    as_json: Json = False,
) -> None:
    """List models, architectures, datasets, metrics, plugins or controls.

    Example: zoo list models --json
    """
    rows = _ROWS[kind](context.obj)
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
    elif rows:
        print_table(kind, rows)
    else:
        typer.echo(f"no {kind}; zoo list plugins shows what is installed")


@app.command()
def info(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="ID|PACKAGE", help="A model, an architecture, a dataset, or a package on disk.")
    ],
    *,
    recipe: Annotated[
        bool, typer.Option("--recipe", help="Print the recipe file of a trained model: zoo train --recipe FILE.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Tell all about one model, architecture or dataset; counts the parameters of each preset.

    Of a BioImage.IO package, zip or folder, it tells what was found out about it too: see zoo evaluations.

    Example: zoo info ID
    """
    if recipe:
        typer.echo(_recipe_file(context.obj.models.get(name)), nl=False)
        return
    described = _described(context.obj, name)
    if as_json:
        typer.echo(json.dumps(described, indent=2))
        return
    print_details(described)


def _recipe_file(entry: ModelEntry) -> str:
    """The training run of an entry as a file that is run again."""
    from zoo import recipes, weights  # noqa: PLC0415 - only this needs them

    if entry.weights.suffix != weights.SUFFIX:
        raise ZooError(f"{entry.id}: is a finished package, which no recipe is known of", hint=f"zoo info {entry.id}")
    return recipes.text(recipes.of(weights.read_header(entry.weights)))


def _described(registry: Registry, name: str) -> dict[str, Any]:
    if name in registry.models:
        entry = registry.models.get(name)
        counted = _parameters(registry, entry.architecture, len(_planes(entry.inputs)), len(entry.outputs))
        known = {"title": entry.title, "architecture": entry.architecture}
        return {**_model(registry, entry), **known, **counted, **_training(entry)}
    if name in registry.architectures:
        architecture = registry.architectures.get(name)
        recipes = {preset: _recipe(found.recipe) for preset, found in architecture.presets.items()}
        return {**_architecture(registry, architecture), "recipes": recipes, **_parameters(registry, name, 1, 1)}
    if name in registry.datasets:
        return _dataset(registry, registry.datasets.get(name))
    if Path(name).exists():
        return packages.described(Path(name), _channel)
    raise _unknown(registry, name)


def _unknown(registry: Registry, name: str) -> ZooError:
    shelves: tuple[Shelf[Any], ...] = (registry.models, registry.architectures, registry.datasets)
    near = [shelf.unknown(name) for shelf in shelves]
    best = next((error for error in near if "did you mean" in error.message), near[0])
    kind = shelves[near.index(best)].kind
    message = best.message.replace(f"unknown {kind}", "unknown model, architecture or dataset")
    return ZooError(message, hint="zoo list models, zoo list architectures and zoo list datasets show them all")


def _parameters(registry: Registry, architecture: str, in_channels: int, out_channels: int) -> dict[str, Any]:
    if architecture not in registry.architectures:
        return {}
    from zoo.parameters import trainable_parameters  # noqa: PLC0415 - counts by building: loads the framework

    net = registry.architectures.get(architecture)
    return {"parameters": trainable_parameters(net, in_channels, out_channels)}


def _training(entry: ModelEntry) -> dict[str, Any]:
    """How an entry came about and whom to cite, if its weights are ours; a finished package says so itself."""
    from zoo import weights  # noqa: PLC0415 - only details need the file

    if entry.weights.suffix != weights.SUFFIX:
        return {}
    header = weights.read_header(entry.weights)
    shown = ("command", "minutes", "steps", "seed", "kept", "unpredictable", "not_above_linear")
    told = {key: header.training[key] for key in shown if key in header.training}
    return {"training": told, "cite": [_cited(citation) for citation in header.cite]}


def _cited(citation: Citation) -> str:
    return " ".join(part for part in (citation.text, citation.doi and f"doi:{citation.doi}", citation.url) if part)


def _planes(channels: Iterable[Channel]) -> list[Channel]:
    return [channel for channel in channels for _ in range(channel.planes)]


def _model(registry: Registry, entry: ModelEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "plugin": registry.models.owners[entry.id],
        "framework": entry.framework.value,
        "inputs": [_channel(channel) for channel in entry.inputs],
        "outputs": [_channel(channel) for channel in entry.outputs],
        **({"statistics": list(entry.statistics)} if entry.statistics else {}),
        "preset": entry.preset,
        "trained_on": list(entry.trained_on),
        "license": entry.license,
    }


def _architecture(registry: Registry, architecture: Architecture) -> dict[str, Any]:
    return {
        "id": architecture.id,
        "plugin": registry.architectures.owners[architecture.id],
        "framework": architecture.framework.value,
        "title": architecture.title,
        "presets": {name: preset.note for name, preset in architecture.presets.items()},
        "spatial": architecture.spatial,
        "divisor": architecture.divisor,
        "cite": [_cited(citation) for citation in architecture.cite],
    }


def _recipe(recipe: Recipe) -> dict[str, Any]:
    """What a recipe says; without what is off or empty."""
    return {name: value for name, value in asdict(recipe).items() if value}


def _dataset(registry: Registry, dataset: Dataset) -> dict[str, Any]:
    schemes = {
        scheme.name or "default": {"unit": scheme.unit, **{split: len(ids) for split, ids in scheme.members.items()}}
        for scheme in dataset.schemes.values()
    }
    return {
        "id": dataset.id,
        "plugin": registry.datasets.owners[dataset.id],
        "title": dataset.title,
        "version": dataset.version,
        "default": dataset.default,
        "inputs": [_channel(channel) for channel in inputs_of(dataset.channels)],
        "labels": [_channel(channel) for channel in labels_of(dataset.channels)],
        "schemes": schemes,
        "intensity": dataset.intensity,
        "license": dataset.license,
        "cite": [_cited(citation) for citation in dataset.cite],
    }


def _metric(registry: Registry, metric: Metric) -> dict[str, Any]:
    return {
        "id": metric.id,
        "plugin": registry.metrics.owners[metric.id],
        "title": metric.title,
        "version": metric.version,
        "better": metric.better,
        "perfect": metric.perfect,
        "range": [_finite(bound) for bound in metric.range],
        "source": metric.source,
    }


def _finite(bound: float) -> float | None:
    return bound if abs(bound) < float("inf") else None  # JSON knows no infinity


def _channel(channel: Channel) -> dict[str, Any]:
    described = {
        "name": channel.name,
        "modality": channel.modality and channel.modality.value,
        "structure": channel.structure and channel.structure.value,
        "dye": channel.dye,
        "planes": channel.planes,
        "pixel_size": channel.pixel_size,
    }
    return {key: value for key, value in described.items() if value not in (None, "")}


def _plugin_rows(registry: Registry) -> Rows:
    return [
        {
            "id": plugin.name,
            "distribution": plugin.distribution,
            "status": plugin.status,
            "hooks": list(plugin.hooks),
            "reason": plugin.reason,
        }
        for plugin in registry.plugins.found
    ]


def _control_rows(registry: Registry) -> Rows:
    manager = registry.plugins.manager
    return [
        {"id": control.id, "plugin": name, "title": control.title, "kind": control.kind}
        for name, module in manager.list_name_plugin()
        for control in getattr(module, "CONTROLS", ())
    ]


_ROWS: dict[Kind, Callable[[Registry], Rows]] = {
    "models": lambda registry: [_model(registry, entry) for entry in registry.models],
    "architectures": lambda registry: [_architecture(registry, net) for net in registry.architectures],
    "datasets": lambda registry: [_dataset(registry, dataset) for dataset in registry.datasets],
    "metrics": lambda registry: [_metric(registry, metric) for metric in registry.metrics],
    "plugins": _plugin_rows,
    "controls": _control_rows,
}
