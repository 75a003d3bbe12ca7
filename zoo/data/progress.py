"""Bars on standard error, so that nobody waits in the dark."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TypeAlias

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from zoo.types import Dataset, Field

MIB = 1 << 20
Unit: TypeAlias = Literal["fields", "bytes"]


def fetch_with_bar(dataset: Dataset, fields: Sequence[Field]) -> int:
    """See to it that fields can be opened at once: downloaded or made, as the dataset does it.

    Returns how many were not here. The one way in which commands fetch. Shows nothing where all is here, a bar on a
    terminal and a line where nobody watches.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[amount]}"))
    bar = Progress(*columns, TimeRemainingColumn(), console=console, transient=True, disable=not console.is_terminal)
    task = bar.add_task("", amount="")

    def told(done: int, total: int, unit: Unit = "fields", /) -> None:
        if not bar.tasks[task].description:
            bar.update(task, description=_verb(dataset, unit), total=total)
            bar.start()
            if bar.disable:
                console.print(f"{_verb(dataset, unit)}: {_amount(total, unit)}")
        bar.update(task, completed=done, amount=f"of {_amount(total, unit)}")

    try:
        return dataset.fetch(fields, told)
    finally:
        if bar.live.is_started:
            bar.stop()


def _verb(dataset: Dataset, unit: Unit) -> str:
    return f"{'downloading' if unit == 'bytes' else 'generating'} {dataset.id}"


def _amount(total: int, unit: Unit) -> str:
    """A number with its unit.

    >>> _amount(12, "fields"), _amount(12 << 20, "bytes")
    ('12 fields', '12 MiB')
    """
    return f"{total / MIB:.0f} MiB" if unit == "bytes" else f"{total} fields"


@contextmanager
def counting(description: str, total: int | None = None) -> Iterator[Callable[[str], None]]:
    """A bar that moves by one whenever the function that it gives is called with the name of the next thing."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[name]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(description, total=total, name="")

        def tell(name: str) -> None:
            progress.update(task, advance=1, name=name)

        yield tell
