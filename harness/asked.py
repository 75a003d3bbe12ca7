"""A candidate while it is asked: opened when it first is, and again after it died.

The one border at which a model's own code is called. Whatever it does ends in a status: the rest of the run goes on. A
model is handed the inputs of a field and nothing else.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Self

from harness.judging import UndeliveredError
from harness.scoring import Failure
from zoo.errors import ZooError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    import xarray as xr

    from harness.judging import Candidate, Predictor, Said
    from zoo.types import Field

    Opening = Callable[[], AbstractContextManager[Predictor]]

DEATHS = 2
"""Fields in a row that a model may die on before the rest are failed untried: each death costs a start or a timeout."""


class Asked:
    """A candidate, opened in the two ways in which it can be asked when it first is."""

    def __init__(self, inputs: Sequence[str]) -> None:
        self._inputs = list(inputs)
        self._stack = ExitStack()
        self._whole, self._tiled = (self._stack.enter_context(_Opened()) for _ in range(2))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @contextmanager
    def opened(self, candidate: Candidate) -> Iterator[Predictor]:
        """The bare candidate, for whoever wants to time it; what is raised meanwhile is no failure of a field."""
        try:
            yield self._whole.ready(candidate.open)
        except Exception:
            self._whole.let_go()
            raise

    def open(self, candidate: Candidate) -> None:
        """Open it before it is asked; why it cannot be is told when it is."""
        self._whole.opened_early(candidate.open)

    def let_go_of_tiles(self) -> None:
        """Close what was opened to predict in tiles, which only one gate asks for."""
        self._tiled.let_go()

    def predict(self, candidate: Candidate, field: Field, seen: xr.Dataset, *, tiled: bool = False) -> Said:
        """What the candidate says about a field, of which a model is handed the inputs alone."""
        shown = seen if candidate.contender.kind == "control" else inputs_alone(seen, self._inputs)
        if not tiled:
            return self._whole.predict(candidate.open, field, shown)
        if candidate.tiled is None:
            return Failure("not-applicable", "it cannot be asked to predict in tiles")
        return self._tiled.predict(candidate.tiled, field, shown)


def inputs_alone(seen: xr.Dataset, names: Sequence[str]) -> xr.Dataset:
    """Those inputs that are there: a gate shows no more than a model reads."""
    return seen[[name for name in names if name in seen]].load()


class _Opened:
    """A candidate that is opened when it is first asked, and again after it died."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._predictor: Predictor | None = None
        self._deaths = 0
        self._broken: Failure | None = None
        """Why it is not asked any more."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def predict(self, opening: Opening, field: Field, seen: xr.Dataset) -> Said:
        """What the candidate says about a field."""
        if self._broken:
            return self._broken
        try:
            said = self.ready(opening)(field, seen)
        except UndeliveredError as error:
            return self._died(error.failure, field) if error.gone else error.failure
        except Exception as error:  # noqa: BLE001 - foreign code: one model's fault is named and the rest go on
            return failure_of(error)
        self._deaths = 0
        return said

    def opened_early(self, opening: Opening) -> None:
        """Open it if it may still be asked."""
        if not self._broken:
            with suppress(Exception):  # foreign code: kept as the reason why it is not asked
                self.ready(opening)

    def ready(self, opening: Opening) -> Predictor:
        """The opened candidate; one that cannot be opened is not tried again."""
        if self._predictor is None:
            try:
                self._predictor = self._stack.enter_context(opening())
            except Exception as error:
                self._broken = failure_of(error)
                raise
        return self._predictor

    def let_go(self) -> None:
        """Close it; it is opened again when it is asked again."""
        self._stack.close()
        self._predictor = None

    def _died(self, failure: Failure, field: Field) -> Failure:
        self.let_go()
        self._deaths += 1
        if self._deaths >= DEATHS and not self._broken:
            last = f"not tried after it died {DEATHS} times in a row, last on field {field.id!r}: {failure.note}"
            self._broken = Failure(failure.status, last)
        return failure


def failure_of(error: Exception) -> Failure:
    """What an exception of foreign code amounts to."""
    if isinstance(error, UndeliveredError):
        return error.failure
    if isinstance(error, MemoryError):
        return Failure("out-of-memory", "the machine has no memory left for it")
    if isinstance(error, ZooError):
        return Failure("failed", error.message)
    return Failure("failed", f"{type(error).__name__}: {error}".split("\n", 1)[0])
