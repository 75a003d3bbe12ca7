"""The one exception, and the one warning, that a user is meant to read. Nothing else lives here."""

from __future__ import annotations


class ZooError(Exception):
    """Something the user can mend: what happened, with the values, and what to do next.

    The command line prints both lines without a traceback and exits with status 2.

    >>> print(ZooError("cells.tif: no such file", hint="check the path"))
    cells.tif: no such file
      hint: check the path
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep ``message`` (file, field, found, expected) apart from ``hint`` (the next step)."""
        super().__init__(message)
        self.message = message
        """What happened: names the file and the field, what was found and what was expected."""
        self.hint = hint
        """What to do next, as a sentence or a command; empty where nothing can be done."""

    def __str__(self) -> str:
        """Both lines, as the command line prints them."""
        return f"{self.message}\n  hint: {self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way back from a worker process with the hint intact."""
        return (_rebuild, (type(self), self.message, self.hint))


class ZooWarning(UserWarning):
    """Something the user should know and need not mend now; the command line prints it as one line."""


def _rebuild(kind: type[ZooError], message: str, hint: str) -> ZooError:
    return kind(message, hint=hint)
