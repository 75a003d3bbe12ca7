"""Bars on standard error, so that nobody waits in the dark."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TransferSpeedColumn

from zoo.data.paired import PairedDataset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zoo.types import Dataset


def fetch_with_bar(dataset: Dataset, split: str = "", *, scheme: str = "") -> int:
    """Download what is not here yet of a split, or of all; returns how many files that were.

    Shows nothing and costs nothing where all is here, and for datasets that have nothing to download.
    """
    if not isinstance(dataset, PairedDataset):
        return 0
    wanting = dataset.store.wanting(dataset.files(split, scheme=scheme))
    if not wanting:
        return 0
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(f"fetching {dataset.id}", total=sum(file.size for file in wanting))
        dataset.store.fetch(wanting, lambda count: progress.advance(task, count))
    return len(wanting)


@contextmanager
def counting(description: str, total: int | None = None) -> Iterator[Callable[[str], None]]:
    """A bar that moves by one whenever the function that it gives is called with the name of the next thing."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[name]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(description, total=total, name="")

        def tell(name: str) -> None:
            progress.update(task, advance=1, name=name)

        yield tell
