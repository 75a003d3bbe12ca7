"""What ``zoo info`` tells of a BioImage.IO package on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from zoo.types import Channel


def described(path: Path, channel: Callable[[Channel], dict[str, Any]]) -> dict[str, Any]:
    """A package and what was found out about it; ``channel`` describes one of its channels."""
    from zoo.package import evaluations, read  # noqa: PLC0415 - the format's library is heavy
    from zoo.package.facts import facts  # noqa: PLC0415 - as above

    package = read(path)
    told = facts(package)
    known = {
        "id": package.id,
        "title": package.title,
        "digest": package.digest,
        "formats": list(package.formats),
        "architecture": package.architecture,
        "preset": package.preset,
        "trained_on": list(package.trained_on),
        "license": package.license,
        "inputs": [channel(one) for one in package.input_channels],
        "outputs": [channel(one) for one in package.output_channels],
        "trainable": told.parameters,
        "minutes": told.minutes,
        "evaluations": evaluations(package),
    }
    return {key: value for key, value in known.items() if value not in (None, "", [])}


def scores(told: Iterable[Mapping[str, Any]]) -> str:
    """Evaluations for people: of each where it was made, and a line for each label with its first metric and gates."""
    return "\n".join(line for one in told for line in _lines(one))


def _lines(told: Mapping[str, Any]) -> list[str]:
    own = told.get("unstained") or {}
    place = f"split {own['split']}, suite {own['suite']}, protocol {own['protocol']}" if own else told["dataset_role"]
    head = f"{told['dataset_id']}, {place}, {told['sample_count']} fields"
    metric, values = told["metrics"][0], told["results"][0]
    return [
        head,
        *(
            f"  {label}: {metric} {_number(value)}{_gates(own.get('gates', {}).get(label, {}))}"
            for label, value in zip(told["evaluation_factors"], values, strict=True)
        ),
        *([f"  {own['command']}"] if own else []),
    ]


def _number(value: float | str) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _gates(badges: Mapping[str, str]) -> str:
    """Gates that were run, failures first."""
    run = sorted((name for name, badge in badges.items() if badge.startswith(("pass", "fail"))), key=badges.__getitem__)
    return "".join(f", {name} {badges[name]}" for name in run)
