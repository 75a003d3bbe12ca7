"""From plan to files: fields made one by one, or by several processes at once, each finished one kept."""

from __future__ import annotations

import multiprocessing
import shutil
import signal
from contextlib import ExitStack, suppress
from multiprocessing import connection as waiting
from typing import TYPE_CHECKING, Self

from zoo.data.lock import alone_in
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection
    from pathlib import Path

    from unstained_phantom.plan import Plan
    from zoo.types import Told

    Maker = Callable[[Plan, str, Path], None]
    """Makes one field of a plan below a folder, whole or not at all; travels to other processes by its name."""

LOCKS = ".locks"
"""Folder in the cache in which makers of one field wait for each other."""
PATIENCE = 20.0
"""Seconds that an interrupted process has to finish its field before it is ended."""


def place(folder: Path, field: str) -> Path:
    """Where a field of a plan is kept."""
    return folder / f"{field}.zarr"


def make(plan: Plan, field: str, folder: Path, *, threads: int = 1) -> None:
    """Make one field, unless another process has done so meanwhile; what a killed one left half done is removed."""
    from unstained_phantom import acquisition, store  # noqa: PLC0415 - loads scipy, which plans do without

    with alone_in(folder / LOCKS / field):
        path = place(folder, field)
        if path.is_dir():
            return
        for half in folder.glob(f".{path.name}.*.part"):
            shutil.rmtree(half, ignore_errors=True)
        scene = plan.scenes[field]
        store.write(path, acquisition.acquire(scene, plan, threads=threads), scene, plan)


def produce(plan: Plan, names: Sequence[str], folder: Path, told: Told, *, processes: int, maker: Maker = make) -> None:
    """Make fields in that many processes of one thread each; ``told`` hears of each that is finished.

    A field is the same whichever process makes it, beside whichever others. Raises what a process raised, and a
    ``ZooError`` where one was killed; finished fields are kept.
    """
    told(0, len(names))
    left = list(reversed(names))
    with ExitStack() as stack:
        workers = [stack.enter_context(_Worker(plan, folder, maker)) for _ in range(min(processes, len(names)))]
        for worker in workers:
            worker.ask(left.pop())
        for done in range(len(names)):
            ready = waiting.wait([worker.answers for worker in workers if worker.field])
            worker = next(one for one in workers if one.answers in ready)
            worker.finish()
            told(done + 1, len(names))
            if left:
                worker.ask(left.pop())


class _Worker:
    """A process that makes one field after the other, until this one hangs up or dies."""

    def __init__(self, plan: Plan, folder: Path, maker: Maker) -> None:
        context = multiprocessing.get_context("spawn")
        self.answers, theirs = context.Pipe()
        self.field = ""
        """What it is at; empty while it is idle."""
        self._process = context.Process(target=_serve, args=(theirs, plan, folder, maker), daemon=True)
        self._process.start()
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up, and give it the time to finish its field."""
        self.answers.close()
        self._process.join(PATIENCE)
        self._process.kill()
        self._process.join()

    def ask(self, field: str) -> None:
        self.field = field
        with suppress(BrokenPipeError):  # it died: what it answers says so
            self.answers.send(field)

    def finish(self) -> None:
        """Take its answer: nothing, or what went wrong."""
        try:
            error = self.answers.recv()
        except (EOFError, ConnectionResetError) as lost:
            self._process.join()
            code = self._process.exitcode or 0
            how = signal.Signals(-code).name if code < 0 else f"exit status {code}"
            message = f"field {self.field!r}: the process that made it died ({how})"
            hint = "each process takes up to 1 GB of memory; run the command again to go on where it stopped"
            raise ZooError(message, hint=hint) from lost
        if error is not None:
            raise error
        self.field = ""


def _serve(ours: Connection, plan: Plan, folder: Path, maker: Maker) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent decides
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the parent is gone, and what is made is kept
        while True:
            ours.send(_attempt(maker, plan, ours.recv(), folder))


def _attempt(maker: Maker, plan: Plan, field: str, folder: Path) -> ZooError | None:
    try:
        maker(plan, field, folder)
    except ZooError as error:
        return error
    return None
