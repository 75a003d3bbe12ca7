"""``zoo list`` and ``zoo info``: what there is, without importing what it is made of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from zoo.errors import ZooError
from zoo.types import inputs_of, labels_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rich.console import Console

    from zoo.registry import Registry, Shelf
    from zoo.types import Architecture, Channel, Citation, Dataset, Metric, ModelEntry

app = typer.Typer()
Kind = Literal["models", "architectures", "datasets", "metrics", "plugins", "controls"]
Rows = list[dict[str, Any]]
PIPED_WIDTH = 160
"""Columns of a table that no terminal shows: nobody can widen a pipe."""
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
        _print_table(kind, rows)
    else:
        typer.echo(f"no {kind}; zoo list plugins shows what is installed")


@app.command()
def info(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID", help="A model, an architecture or a dataset.")],
    *,
    as_json: Json = False,
) -> None:
    """Tell all about one model, architecture or dataset; counts the parameters of each preset.

    Example: zoo info ID
    """
    described = _described(context.obj, name)
    if as_json:
        typer.echo(json.dumps(described, indent=2))
        return
    _print_details(described)


def _described(registry: Registry, name: str) -> dict[str, Any]:
    if name in registry.models:
        entry = registry.models.get(name)
        counted = _parameters(registry, entry.architecture, len(_planes(entry.inputs)), len(entry.outputs))
        known = {"title": entry.title, "architecture": entry.architecture}
        return {**_model(registry, entry), **known, **counted, **_training(entry)}
    if name in registry.architectures:
        architecture = registry.architectures.get(name)
        return {**_architecture(registry, architecture), **_parameters(registry, name, 1, 1)}
    if name in registry.datasets:
        return _dataset(registry, registry.datasets.get(name))
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
    return {
        "parameters": {name: trainable_parameters(net, name, in_channels, out_channels) for name in net.presets},
    }


def _training(entry: ModelEntry) -> dict[str, Any]:
    """How an entry came about and whom to cite, if its weights are ours; a finished package says so itself."""
    from zoo import weights  # noqa: PLC0415 - only details need the file

    if entry.weights.suffix != weights.SUFFIX:
        return {}
    header = weights.read_header(entry.weights)
    shown = ("command", "minutes", "steps", "seed", "kept")
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


_COLUMNS: dict[Kind, tuple[str, ...]] = {
    "models": ("id", "inputs", "outputs", "preset", "trained_on", "license", "plugin"),
    "architectures": ("id", "title", "framework", "presets", "plugin"),
    "datasets": ("id", "title", "inputs", "labels", "schemes", "license"),
    "metrics": ("id", "title", "better", "perfect", "version", "plugin"),
    "plugins": ("id", "distribution", "status", "hooks", "reason"),
    "controls": ("id", "title", "kind", "plugin"),
}
"""What people are shown of each kind; scripts get everything."""


def _print_details(described: Mapping[str, Any]) -> None:
    from rich.table import Table  # noqa: PLC0415 - JSON for scripts does not need it
    from rich.text import Text  # noqa: PLC0415

    table = Table.grid("key", "value", padding=(0, 2, 0, 0))
    table.columns[0].justify = "right"
    for key, value in described.items():
        table.add_row(Text(key, style="bold"), Text(_detail(key, value), overflow="fold"))
    _console().print(table)


def _detail(key: str, value: Any) -> str:  # noqa: ANN401 - a value of a JSON document
    if key == "parameters":
        return ", ".join(f"{preset} {count:,}" for preset, count in value.items())
    if key == "cite":
        return "\n".join(value)
    if key == "schemes":
        return "\n".join(f"{scheme}: {', '.join(f'{k} {v}' for k, v in of.items())}" for scheme, of in value.items())
    if key == "training":
        return "\n".join(f"{name} {_plain(part)}" for name, part in value.items())
    return _plain(value)


def _print_table(kind: Kind, rows: Rows) -> None:
    from rich.table import Table  # noqa: PLC0415 - JSON for scripts does not need it

    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for name in _COLUMNS[kind]:
        table.add_column(name, no_wrap=name == "id", overflow="fold")  # an id is there to be copied: never cut
    for row in rows:
        table.add_row(*(_short(name, row[name]) for name in _COLUMNS[kind]))
    _console().print(table)


def _console() -> Console:
    from rich.console import Console  # noqa: PLC0415 - JSON for scripts does not need it

    console = Console()
    return console if console.is_terminal else Console(width=max(console.width, PIPED_WIDTH))


def _short(name: str, value: Any) -> str:  # noqa: ANN401 - a cell of a JSON row
    if name == "presets":
        return ", ".join(value)
    if name == "schemes":
        return ", ".join(scheme if scheme != "default" else f"by {found['unit']}" for scheme, found in value.items())
    return _plain(value)


def _plain(value: object) -> str:
    if isinstance(value, dict) and "name" in value:
        return _named(value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(part)}" for key, part in value.items())
    if isinstance(value, list):
        return ", ".join(_plain(part) for part in value)
    return str(value)


def _named(channel: dict[str, Any]) -> str:
    planes = f" x {channel['planes']}" if channel.get("planes", 1) > 1 else ""
    return f"{channel['name']} ({channel.get('modality') or channel.get('structure')}{planes})"
