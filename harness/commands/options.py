"""Options that ``zoo bench`` and ``zoo score`` share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Dataset = Annotated[
    str, typer.Option("--dataset", metavar="ID", help="A dataset, ID.SCHEME for another split scheme, or a manifest.")
]
Split = Annotated[str, typer.Option("--split", help="The split to score on. Make choices on val, not on test.")]
Suite = Annotated[str, typer.Option("--suite", help="Which part of the protocol to run: core.")]
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
NoResume = Annotated[
    bool,
    typer.Option("--no-resume", help="Run everything again, also what is finished, and start the board anew."),
]
LEDGER = Path("leaderboards") / "test-ledger.csv"
