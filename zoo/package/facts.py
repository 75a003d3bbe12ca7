"""What a package says of its size and its training, in the words of the format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoo.package.contents import Package

MINUTES = 60
"""Of an hour, in which the format counts."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """None where a package does not say."""

    parameters: int | None
    """Trainable parameters."""
    minutes: float | None
    """Of training."""


def facts(package: Package) -> Facts:
    """Parameters and minutes of training."""
    known = package.description.config.bioimageio
    own = package.config.get("training", {}).get("minutes")
    hours = known.training.training_duration
    minutes = own if isinstance(own, int | float) else None if hours is None else hours * MINUTES
    return Facts(parameters=known.model_parameter_count, minutes=minutes)


def doubts(package: Package) -> dict[str, str]:
    """Labels that it did not learn, by what its training found on validation fields, and how that showed.

    Empty for packages that do not say, such as those of others.
    """
    training = package.config.get("training", {})
    found, linear = (training.get(key, {}) for key in ("labels_r", "linear_r"))
    kinds = {
        "unpredictable": "unpredictable: r {r} on validation fields",
        "not_above_linear": "no better than a linear pixel model: r {r} on validation fields, against {linear}",
    }
    return {
        label: text.format(r=_short(found.get(label)), linear=_short(linear.get(label)))
        for key, text in kinds.items()
        for label in str(training.get(key, "")).split(", ")
        if label
    }


def _short(r: object) -> str:
    """Two digits; an r that is defined nowhere is none.

    >>> _short(0.0123), _short(None)
    ('0.01', 'undefined')
    """
    return f"{r:.2f}" if isinstance(r, int | float) else "undefined"


def levels(package: Package) -> dict[str, float]:
    """From which count on a pixel of each label is stained, by its training data; empty where it does not say."""
    found = package.config.get("training", {}).get("levels", {})
    return {label: float(level) for label, level in found.items() if isinstance(level, int | float)}
