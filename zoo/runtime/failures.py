"""How a job can end badly, in words that a record can hold."""

from __future__ import annotations

from typing import Literal

from zoo.errors import ZooError

Status = Literal["failed", "timeout", "out-of-memory"]
MEMORY = ("out of memory", "not enough memory", "failed to allocate", "bad_alloc", "resource exhausted", "oom when")
"""What the frameworks say when memory runs out; they have no common exception."""


class JobFailed(ZooError):  # noqa: N818 - the name of the event, as in the words of a record
    """Foreign code, a net or its framework, raised, crashed, hung or ran out of memory."""

    def __init__(self, message: str, *, hint: str = "", status: Status = "failed", gone: bool = False) -> None:
        """Keep the status that goes into the record."""
        super().__init__(message, hint=hint)
        self.status: Status = status
        """How the job ended."""
        self.gone = gone
        """Whether the process that held the model is gone: it has to be opened again before it is asked again."""

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way back from a worker process with hint and status intact."""
        return (_rebuild, (self.message, self.hint, self.status, self.gone))


def job_failed(what: str, error: BaseException) -> JobFailed:
    """The failure that an exception of foreign code amounts to.

    >>> job_failed("a.zip", RuntimeError("CUDA out of memory. Tried to allocate")).status
    'out-of-memory'
    """
    text = next(iter(str(error).strip().splitlines()), "")
    told = f"{what}: {type(error).__name__}: {text}" if text else f"{what}: {type(error).__name__}"
    if isinstance(error, MemoryError) or any(phrase in str(error).lower() for phrase in MEMORY):
        return JobFailed(told, status="out-of-memory", hint="use smaller tiles: --tile 512")
    return JobFailed(told)


def _rebuild(message: str, hint: str, status: Status, gone: bool) -> JobFailed:  # noqa: FBT001 - positional, as pickled
    return JobFailed(message, hint=hint, status=status, gone=gone)
