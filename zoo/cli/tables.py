"""What ``zoo list`` and ``zoo info`` found, laid out for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoo.cli.packages import scores

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

PIPED_WIDTH = 160
"""Columns of a table that no terminal shows: nobody can widen a pipe."""
_COLUMNS: dict[str, tuple[str, ...]] = {
    "models": ("id", "inputs", "outputs", "preset", "trained_on", "license", "plugin"),
    "architectures": ("id", "title", "framework", "presets", "plugin"),
    "datasets": ("id", "title", "inputs", "labels", "schemes", "license"),
    "metrics": ("id", "title", "better", "perfect", "version", "plugin"),
    "plugins": ("id", "distribution", "status", "hooks", "reason"),
    "controls": ("id", "title", "kind", "plugin"),
}
"""What people are shown of each kind; scripts get everything."""


def print_details(described: Mapping[str, Any]) -> None:
    """One thing, a line or more for each of its keys."""
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
    if key == "evaluations":
        return scores(value)
    if key == "schemes":
        return "\n".join(f"{scheme}: {', '.join(f'{k} {v}' for k, v in of.items())}" for scheme, of in value.items())
    if key in ("presets", "recipes", "training"):
        colon = "" if key == "training" else ":"
        return "\n".join(f"{name}{colon} {_plain(part)}" for name, part in value.items())
    return _plain(value)


def print_table(kind: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Things of one kind (``models``, ``datasets`` ...), a row each."""
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
    if isinstance(value, list | tuple):
        return ", ".join(_plain(part) for part in value)
    return str(value)


def _named(channel: dict[str, Any]) -> str:
    planes = f" x {channel['planes']}" if channel.get("planes", 1) > 1 else ""
    return f"{channel['name']} ({channel.get('modality') or channel.get('structure')}{planes})"
