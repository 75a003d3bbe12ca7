"""Options of ``zoo bench`` and ``zoo score``, and what they amount to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

Dataset = Annotated[
    str,
    typer.Option(
        "--dataset",
        metavar="ID",
        help="A dataset, ID.SCHEME for another split scheme, or a manifest; else the default.",
    ),
]
Split = Annotated[str, typer.Option("--split", help="The split to score on. Make choices on val, not on test.")]
Suite = Annotated[
    str,
    typer.Option(
        "--suite", metavar="core|trust|full", help="core: scores. trust: every gate too. full: and ever worse inputs."
    ),
]
Limit = Annotated[
    int | None,
    typer.Option("--limit", min=1, metavar="N", help="The first N fields alone; the run is not for leaderboards."),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Where to write; default leaderboards/<dataset>-<split>."),
]
DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", metavar="DIR", help="Local copies of the datasets, as ZOO_DATA; nothing is downloaded."),
]
Ledger = Annotated[
    Path,
    typer.Option("--ledger", metavar="FILE", help="Where every scoring on a test split is written down."),
]
Json = Annotated[bool, typer.Option("--json", help="Print leaderboard.json for scripts, nothing else.")]
Cost = Annotated[
    bool | None,
    typer.Option(
        "--cost/--no-cost",
        help="Time each model in turn with a fixed net; a few seconds, and never a score. Default: unless --limit.",
        show_default=False,
    ),
]
NoResume = Annotated[
    bool,
    typer.Option("--no-resume", help="Run everything again, also what is finished, and start the board anew."),
]
Models = Annotated[
    list[str],
    typer.Option("--model", metavar="ID|FILE.zip|all", help="An entry, a BioImage.IO package, or all; repeatable."),
]
Format = Annotated[
    str, typer.Option("--format", help="Weight format to run; default the one chosen when the package was made.")
]
Runner = Annotated[
    Literal["auto", "local", "worker"],
    typer.Option("--runner", help="local: this process. worker: one of its own, whose crash is survived."),
]
Timeout = Annotated[
    float | None, typer.Option("--timeout", min=0.001, metavar="S", help="Seconds that one field may take.")
]
Mapping = Annotated[
    list[str] | None,
    typer.Option("--map", metavar="TENSOR=CHANNEL", help="What a foreign package's tensors are; repeatable."),
]
LEDGER = Path("leaderboards") / "test-ledger.csv"
"""Where scorings on test splits are written down, unless another place is named."""


@dataclass(frozen=True)
class Options:
    """What both commands are told, as it was typed."""

    dataset: str
    split: str
    suite: str
    limit: int | None
    out: Path | None
    data_dir: Path | None
    ledger: Path
    as_json: bool
    no_resume: bool
    cost: bool | None = False
    """None: unless there is a limit."""
