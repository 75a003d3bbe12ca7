"""Foreign code in a process of its own: what crashes, hangs or eats all memory there ends in a named error here."""

from __future__ import annotations

import multiprocessing
import signal
from multiprocessing import connection as waiting
from typing import TYPE_CHECKING, Any, TypeVar, cast

from zoo.errors import ZooError
from zoo.runtime.failures import JobFailed, job_failed

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

T = TypeVar("T")
START_LIMIT = 300.0
"""Seconds that a worker may take to import its framework and load its weights."""
END_LIMIT = 5.0
"""Seconds that a worker may take to end by itself, giving back what would be reported as leaked if it was killed."""


class Worker:
    """A spawned process that made a callable and answers calls of it, one at a time."""

    def __init__(self, what: str, factory: Callable[..., Callable[..., Any]], *args: object) -> None:
        """Start it and wait until ``factory(*args)`` is done there. ``what`` names the job in errors."""
        context = multiprocessing.get_context("spawn")
        self.what = what
        """The job in errors; a worker of several jobs is told which one is next."""
        self._lost: JobFailed | None = None
        self._idle = False
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, what, factory, args), daemon=True)
        self._process.start()
        theirs.close()
        try:
            self._answer(START_LIMIT)
        except BaseException:
            self.close()
            raise

    @property
    def lost(self) -> bool:
        """Whether it crashed, or was ended because it gave no answer in time."""
        return self._lost is not None

    @property
    def pid(self) -> int:
        """Number of the process."""
        return cast("int", self._process.pid)

    def call(self, *args: object, timeout: float | None = None) -> Any:  # noqa: ANN401 - what the callable returns
        """Call it there. After a timeout or a crash the worker is gone, and every further call says so."""
        if self._lost is not None:
            raise self._lost
        self._idle = False
        try:
            self._connection.send(args)
            return self._answer(timeout)
        except (BrokenPipeError, ConnectionResetError, EOFError) as error:
            raise self._crash() from error
        except KeyboardInterrupt:
            self.close()
            raise

    def close(self) -> None:
        """End the process, whatever it is doing; one that does nothing ends by itself when it is hung up on."""
        self._connection.close()
        if self._idle:
            self._process.join(END_LIMIT)
        self._process.kill()
        self._process.join()

    def _answer(self, timeout: float | None) -> Any:  # noqa: ANN401 - as above
        ready = waiting.wait([self._connection, self._process.sentinel], timeout)
        if not ready:
            self.close()
            message = f"{self.what}: no answer after {timeout:g} s"
            self._lost = JobFailed(message, status="timeout", hint="raise --timeout", gone=True)
            raise self._lost
        if self._connection not in ready:
            raise self._crash()
        try:
            good, answer = self._connection.recv()
        except (EOFError, ConnectionResetError) as error:
            raise self._crash() from error
        self._idle = True
        if not good:
            raise answer
        return answer

    def _crash(self) -> JobFailed:
        self._process.join(5)
        code = self._process.exitcode
        self.close()
        name = signal.Signals(-code).name if code is not None and code < 0 else f"exit status {code}"
        self._lost = JobFailed(f"{self.what}: its process crashed ({name})", gone=True)
        if code == -signal.SIGKILL:
            self._lost = JobFailed(
                f"{self.what}: its process was killed (SIGKILL)",
                hint="the system may have run out of memory: use smaller tiles, --tile 512",
                gone=True,
            )
        return self._lost


def isolated(what: str, function: Callable[..., T], *args: object, timeout: float | None = None) -> T:
    """Call a function in a fresh process and return what it returns: for code that must not share this process."""
    worker = Worker(what, _same, function)
    try:
        return cast("T", worker.call(*args, timeout=timeout))
    finally:
        worker.close()


def _same(function: Callable[..., T]) -> Callable[..., T]:
    return function


def _serve(ours: Connection, what: str, factory: Callable[..., Callable[..., Any]], args: tuple[object, ...]) -> None:
    """Make the callable, then answer until the other side hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent decides
    good, function = _attempt(what, factory, args)
    ours.send((good, None if good else function))
    while good:
        try:
            asked = ours.recv()
        except EOFError:
            return
        ours.send(_attempt(what, function, asked))


def _attempt(what: str, function: Callable[..., Any], args: tuple[object, ...]) -> tuple[bool, Any]:
    """Whether it went well, and the result or the error, as something that can be sent."""
    try:
        return True, function(*args)
    except ZooError as error:
        return False, error
    except Exception as error:  # noqa: BLE001 - foreign code: whatever it raises becomes a named failure
        return False, job_failed(what, error)
