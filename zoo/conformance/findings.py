"""What a check found, and how checks are run so that one that breaks does not hide the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Iterable

Status = Literal["passed", "failed", "skipped", "expected-failure"]
Subject = TypeVar("Subject")
PREFIX = "check_"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one check found on one subject."""

    check: str
    """Name of the check, without ``check_``: ``shape_is_kept``."""
    status: Status
    """``expected-failure``: it failed, and the architecture says why it must."""
    figure: float | None = None
    """What was measured, in the unit that the message names; None where nothing is measured."""
    message: str = ""
    """One line: what was found and, if it failed, what was expected."""
    subject: str = ""
    """What was checked: a plugin, an architecture, an entry or a package."""

    @property
    def failed(self) -> bool:
        """Whether it must be mended."""
        return self.status == "failed"

    def __str__(self) -> str:
        """One line, as a test would report it."""
        return f"{self.subject}: {self.check}: {self.status}: {self.message}"


def judged(check: Callable[..., Finding], *, ok: bool, figure: float | None = None, message: str = "") -> Finding:
    """The finding of a check that came to a judgement."""
    return Finding(check=name_of(check), status="passed" if ok else "failed", figure=figure, message=message)


def skipped(check: Callable[..., Finding], reason: str) -> Finding:
    """The finding of a check that does not apply."""
    return Finding(check=name_of(check), status="skipped", message=reason)


def name_of(check: Callable[..., object]) -> str:
    """The name under which a check is reported and expected to fail.

    >>> def check_shape_is_kept(): ...
    >>> name_of(check_shape_is_kept)
    'shape_is_kept'
    """
    return check.__name__.removeprefix(PREFIX)


def run(
    checks: Iterable[Callable[[Subject], Finding]],
    subject: Subject,
    *,
    name: str,
    expected: Mapping[str, str] | None = None,
) -> tuple[Finding, ...]:
    """Run checks on a subject. One that raises has failed, and the next goes on.

    ``expected`` maps checks that are known to fail to the reason. One of them that passes is a failure too: the
    excuse is out of date.
    """
    excuses: Mapping[str, Any] = expected or {}
    return tuple(replace(_excused(_run(check, subject), excuses), subject=name) for check in checks)


def _run(check: Callable[[Subject], Finding], subject: Subject) -> Finding:
    try:
        return check(subject)
    except ZooError as error:
        return judged(check, ok=False, message=error.message)
    except Exception as error:  # noqa: BLE001 - foreign nets run inside of a check, and may raise anything
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        return judged(check, ok=False, message=f"raised {reason}")


def _excused(finding: Finding, expected: Mapping[str, str]) -> Finding:
    reason = expected.get(finding.check)
    if reason is None or finding.status == "skipped":
        return finding
    if finding.failed:
        return replace(finding, status="expected-failure", message=f"{finding.message} (expected: {reason})")
    message = f"passed, but is expected to fail ({reason}): take it out of expected_failures"
    return replace(finding, status="failed", message=message)
