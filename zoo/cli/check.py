"""``zoo check``: whether a plugin, an entry or a package does what it says."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.conformance import Finding

app = typer.Typer()
COLOURS = {"passed": "green", "failed": "red", "skipped": "dim", "expected-failure": "yellow"}


@app.command()
def check(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="PLUGIN|PACKAGE|ID", help="What to check; a package is a zip.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts, nothing else.")] = False,
) -> None:
    """Run every conformance check that applies; exits with 1 if one failed. Nothing is downloaded.

    A plugin is checked with all its architectures, each packed with random weights; a trained entry or a package with
    its own. Code of a package is run: check only what you would install.

    Example: zoo check model.zip
    """
    from rich.console import Console  # noqa: PLC0415 - JSON for scripts does not need it

    from zoo.conformance import examine  # noqa: PLC0415 - opens packages

    console = Console(stderr=True)
    with console.status(f"checking {name}") as status:
        findings = examine(context.obj, name, note=status.update)
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        _print(findings)
    if any(finding.failed for finding in findings):
        raise typer.Exit(1)


def _print(findings: Sequence[Finding]) -> None:
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.markup import escape  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above

    console = Console()
    table = Table("status", "check", "figure", "found", box=None, header_style="bold")
    for subject, found in groupby(findings, key=lambda finding: finding.subject):
        table.add_row("", f"[bold]{escape(subject)}[/bold]")
        for finding in found:
            status = f"[{COLOURS[finding.status]}]{finding.status}[/]"
            figure = "" if finding.figure is None else f"{finding.figure:.3g}"
            table.add_row(status, finding.check.replace("_", " "), figure, escape(finding.message))
    console.print(table)
    counts = {status: sum(finding.status == status for finding in findings) for status in COLOURS}
    console.print(", ".join(f"{count} {status}" for status, count in counts.items() if count))
