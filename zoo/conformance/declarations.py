"""Checks of what a package says about itself; nothing in it is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.conformance.findings import Finding, judged, skipped
from zoo.normalization import Normalization

if TYPE_CHECKING:
    from zoo.package import Package

LARGEST_ROUND_TRIP_ERROR = 1e-3
"""In deviations. float32 counts resolve this as long as the mean is below some thousand deviations."""


def check_format_is_valid(package: Package) -> Finding:
    """The description keeps to the BioImage.IO format. Figure: completeness of its metadata, from 0 to 1."""
    summary = package.description.validation_summary
    errors = [error.msg for detail in summary.details for error in detail.errors]
    complete = float(summary.metadata_completeness)
    message = errors[0] if errors else f"BioImage.IO {package.description.format_version}, metadata {complete:.0%}"
    return judged(check_format_is_valid, ok=summary.status != "failed", figure=complete, message=message)


def check_licence_and_citation_are_given(package: Package) -> Finding:
    """The package names its licence, and whom to cite with a DOI or an address. Figure: number of citations."""
    cited = [entry.doi or entry.url for entry in package.cite if entry.doi or entry.url]
    lacking = [what for what, there in (("a licence", package.license), ("a citation", cited)) if not there]
    message = f"lacks {' and '.join(lacking)}" if lacking else f"{package.license}; {'; '.join(cited)}"
    return judged(check_licence_and_citation_are_given, ok=not lacking, figure=len(cited), message=message)


def check_channels_are_told(package: Package) -> Finding:
    """Inputs have a modality and outputs a structure, so that the package can be matched to data. Figure: channels."""
    told = [*package.input_channels, *package.output_channels]
    if not package.config:
        return skipped(check_channels_are_told, "a package from elsewhere: tell its channels with --map")
    names = ", ".join(f"{channel.name} ({channel.modality or channel.structure})" for channel in told)
    ok = bool(package.input_channels and package.output_channels)
    return judged(check_channels_are_told, ok=ok, figure=len(told), message=names or "no channels")


def check_normalization_is_invertible(package: Package) -> Finding:
    """Predictions come back as counts. Figure: largest error of a way there and back, in deviations of the images."""
    stored = package.config.get("normalization", {})
    if not stored:
        return skipped(check_normalization_is_invertible, "a package from elsewhere: its normalisation is not known")
    target = Normalization.from_dict(stored["target"])
    if not target.invertible:
        message = f"targets were normalised {target.method}: predictions stay in deviations and have no counts"
        return judged(check_normalization_is_invertible, ok=False, message=message)
    error = _round_trip(target)
    message = f"{error:.1e} deviations at most, expected up to {LARGEST_ROUND_TRIP_ERROR:.0e}"
    ok = error <= LARGEST_ROUND_TRIP_ERROR
    return judged(check_normalization_is_invertible, ok=ok, figure=error, message=message)


def _round_trip(target: Normalization) -> float:
    """Largest error of normalising and back, over ten deviations either way of every channel's mean."""
    mean, std = (np.asarray(values)[:, None] for values in (target.mean, target.std))
    counts: Any = mean + std * np.linspace(-10, 10, 2001)
    there = target.fit(counts)
    error = np.abs(there.inverse().apply(there.apply(counts)) - counts) / std
    return float(error.max())
