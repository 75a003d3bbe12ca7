"""``zoo data``: list, fetch and check paired datasets, and make one from a folder."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zoo.cli import folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zoo.data.checks import FieldReport
    from zoo.registry import Registry
    from zoo.types import Dataset, Field

app = typer.Typer()
data = typer.Typer(no_args_is_help=True, help="List, fetch and check paired datasets; make one from a folder.")
app.add_typer(data, name="data")
data.command()(folder.new)

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Folder with local copies, <dataset>/...; then nothing is downloaded [ZOO_DATA]."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts, nothing else.")]
Reference = Annotated[
    str, typer.Argument(metavar="ID|MANIFEST", help="A dataset, or the path of a manifest; else the default one.")
]
Split = Annotated[str, typer.Option("--split", help="Only the fields of this split.")]
MIB = 1 << 20


@data.command("list")
def list_(context: typer.Context, *, data_dir: DataDir = None, as_json: Json = False) -> None:
    """List all datasets, with how much of each lies on this machine.

    Example: zoo data list --data-dir data
    """
    rows = [_row(dataset, data_dir) for dataset in context.obj.datasets]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    from rich.console import Console  # noqa: PLC0415 - only where a table is shown
    from rich.table import Table  # noqa: PLC0415

    table = Table("dataset", "title", "fields", "MiB", "here", "license", box=None)
    for row in rows:
        here = "made here when needed" if row["files"] == 0 else f"{row['files_here']} of {row['files']} files"
        name = f"{row['id']} (default)" if row["default"] else row["id"]
        table.add_row(name, row["title"], str(row["fields"]), f"{row['bytes'] / MIB:.0f}", here, row["license"])
    Console().print(table)


def _row(dataset: Dataset, data_dir: Path | None) -> dict[str, Any]:
    from zoo.data import PairedDataset  # noqa: PLC0415 - keeps the surface light

    row: dict[str, Any] = {
        "id": dataset.id,
        "title": dataset.title,
        "version": dataset.version,
        "license": dataset.license,
        "default": dataset.default,
        "fields": len(
            {field for scheme in dataset.schemes.values() for ids in scheme.members.values() for field in ids}
        ),
        "files": 0,
        "files_here": 0,
        "bytes": 0,
        "folder": "",
    }
    if isinstance(dataset, PairedDataset):
        local = dataset.at(data_dir)
        files = local.files()
        row |= {
            "files": len(files),
            "files_here": sum(local.store.locate(file) is not None for file in files),
            "bytes": sum(file.size for file in files),
            "folder": str(local.store.folders[0]),
        }
    return row


@data.command()
def fetch(
    context: typer.Context,
    reference: Reference = "",
    *,
    split: Split = "",
    data_dir: DataDir = None,
) -> None:
    """Download a dataset into the cache, or make one that is simulated; what is there and right is not fetched again.

    What was interrupted goes on where it stopped. Example: zoo data fetch ID --split test
    """
    from zoo.data.progress import fetch_with_bar  # noqa: PLC0415 - keeps the surface light

    dataset, fields = _found(context.obj, reference, split, data_dir)
    fetched = fetch_with_bar(dataset, fields)
    what = f"{reference or dataset.id}, split {split}" if split else reference or dataset.id
    typer.echo(f"{what}: {fetched} of {len(fields)} fields fetched, all complete")


def _found(registry: Registry, reference: str, split: str, data_dir: Path | None) -> tuple[Dataset, Sequence[Field]]:
    """The dataset, and the fields of a split or all."""
    from zoo.data import all_fields, find  # noqa: PLC0415 - keeps the surface light

    dataset, scheme = find(registry, reference, data_dir=data_dir, note=partial(typer.echo, err=True))
    return dataset, dataset.fields(split, scheme=scheme.name) if split else all_fields(dataset)


@data.command()
def check(
    context: typer.Context,
    reference: Reference = "",
    *,
    split: Split = "",
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Check a dataset: hashes, formats, channels, sizes, pixel sizes, NaN, splits; measure how labels lie on inputs.

    Exits with 1 if a field fails, naming each. Example: zoo data check my_cells/manifest.toml
    """
    from zoo.data import PairedDataset, checks  # noqa: PLC0415 - loads xarray and scikit-image
    from zoo.data.progress import counting, fetch_with_bar  # noqa: PLC0415

    dataset, fields = _found(context.obj, reference, split, data_dir)
    if not isinstance(dataset, PairedDataset) or dataset.store.base_url:
        fetch_with_bar(dataset, fields)
    with counting(f"checking {dataset.id}", len(fields)) as told:
        reports = checks.check(dataset, fields, told)
    _print_check(dataset, reports, as_json=as_json)
    if any(report.problems for report in reports):
        raise typer.Exit(1)


def _print_check(dataset: Dataset, reports: Sequence[FieldReport], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_as_json(dataset, reports), indent=2))
        return
    failed = [report for report in reports if report.problems]
    for report in failed:
        for problem in report.problems:
            typer.echo(f"FAILED {report.field}: {problem}")
    typer.echo(f"{dataset.id}: {len(reports) - len(failed)} of {len(reports)} fields are as described")
    recorded = [report.valid for report in reports if report.valid is not None]
    if recorded and min(recorded) < 1:
        typer.echo(
            f"recorded pixels: {_percent(sum(recorded) / len(recorded))} on average, at least {_percent(min(recorded))}"
        )
    for line in _shift_lines(reports):
        typer.echo(line)


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.1f} %"


def _shift_lines(reports: Sequence[FieldReport]) -> list[str]:
    """For each label the median shift of the fields in which it can be told."""
    lines = []
    labels = dict.fromkeys(label for report in reports for label in report.shifts or {})
    for label in labels:
        seen = [report.shifts[label] for report in reports if report.shifts and label in report.shifts]
        told = [shift for shift in seen if shift]
        if told:
            where = f"y {median(shift.y for shift in told):+.1f}, x {median(shift.x for shift in told):+.1f} px"
            lines.append(
                f"shift of {label} against the input: median {where}, told by {len(told)} of {len(seen)} fields"
            )
        else:
            lines.append(f"shift of {label} against the input: cannot be told, their edges have too little in common")
    return lines


def _as_json(dataset: Dataset, reports: Sequence[FieldReport]) -> Mapping[str, Any]:
    return {
        "dataset": dataset.id,
        "version": dataset.version,
        "digest": dataset.digest,
        "ok": not any(report.problems for report in reports),
        "fields": [asdict(report) for report in reports],
    }
