"""Not written yet."""

import typer

app = typer.Typer()
