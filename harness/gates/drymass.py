"""Dry mass of nuclei and of cytoplasm, weighed in the phase image within the outlines that predicted stains give.

No verdict. Phase is measured and not predicted, so what is wrong is outlines. A nucleus is weighed with all that lies
above and below it; cytoplasm is what is left of a cell beside that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.gates.sums import Finding, Untested, averages, diagnostic
from harness.objects.agreement import concordance
from harness.objects.drymass import mass_error, total_error
from harness.objects.matching import numbered
from harness.objects.weighing import cells_around, cytoplasm_weighed, nuclei_weighed
from zoo.types import Structure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.gates.subjects import Measured, Subject
    from harness.gates.verdicts import Row
    from harness.objects.features import Numbers
    from harness.objects.weighing import Weighed
    from harness.segmentation import Image, Labels, Mask

COLUMN = "column_dry_mass"
PARTS = ("nucleus_dry_mass", "cytoplasm_dry_mass")
"""Facts of each cell, in pg."""
FEWEST = 5
"""Cells without which nothing is said."""


@dataclass(frozen=True, eq=False)
class Both:
    """The bodies of a field: as they are drawn, and as a prediction shows them."""

    drawn: Weighed
    said: Weighed
    known: Mapping[int, float]
    """What cells are known to weigh, by their place in ``drawn``; empty where nobody knows."""
    names: Sequence[int]
    """The number of each drawn body in its mask."""


def measured(subject: Subject) -> Measured:
    """Of every whole cell what is said, what its drawn outline weighs, and what it weighs; of the field, the sum."""
    both = weighed(subject)
    said = both.drawn.found_by(both.said)
    for place in np.flatnonzero(both.drawn.whole).tolist():
        values = {"said": float(said[place]), "drawn": float(both.drawn.mass[place])}
        known = {"known": both.known[place]} if place in both.known else {}
        yield str(both.names[place]), {**values, **known}
    yield "", {"field": total_error(np.array([both.said.total]), np.array([both.drawn.total]))}


def judged(rows: Sequence[Row], _said: Sequence[Row]) -> Finding:
    """The figure is the median relative error over cells, one that is not found counting 1."""
    cells = [row for row in rows if row.item]
    said, drawn = (np.array([row.values[name] for row in cells]) for name in ("said", "drawn"))
    truth = "known" if cells and all("known" in row.values for row in cells) else "drawn"
    there = np.array([row.values[truth] for row in cells])
    found = np.isfinite(said)
    if found.sum() < FEWEST:
        return diagnostic(np.nan, "", {})
    figures = {
        "cells": float(said.size),
        "found": float(found.mean()),
        "error": mass_error(said, there),
        "bias": float(np.median(said[found] / there[found])) - 1,
        "concordance": concordance(np.where(found, said, there.mean()), there),
        "error in drawn outlines": mass_error(drawn, there),
        "field": averages([row for row in rows if not row.item])["field"],
    }
    text = (
        f"{figures['found']:.0%} of {said.size} cells are found; median error {figures['error']:.2g}, bias"
        f" {figures['bias']:+.2g}, concordance {figures['concordance']:.2f}; all in a field {figures['field']:+.2g}"
    )
    return diagnostic(figures["error"], text, figures)


def weighed(subject: Subject) -> Both:
    """The bodies that a label shows. Raises ``Untested`` where a field or a prediction lacks what they are found by."""
    drawn = {kind: subject.bodies.get(kind) for kind in (Structure.NUCLEUS, Structure.CYTOPLASM)}
    cells, nuclei = drawn[Structure.CYTOPLASM], drawn[Structure.NUCLEUS]
    if subject.phase is None or cells is None or nuclei is None:
        raise Untested("the field lacks a phase with its wavelength, or drawn cells and nuclei")
    told = subject.told(Structure.NUCLEUS)
    if told is None:
        raise Untested("it says nothing of nuclei")
    seen = _seen(subject, *told)
    if told[0] == subject.label:
        mask, there = nuclei, nuclei_weighed(subject.phase, numbered(nuclei))
        said, facts = nuclei_weighed(subject.phase, seen), _facts(subject, (COLUMN,))
    else:
        mask, there = cells, cytoplasm_weighed(subject.phase, numbered(cells), nuclei)
        said = cytoplasm_weighed(subject.phase, cells_around(seen, _covered(subject)), seen)
        facts = _facts(subject, PARTS, (COLUMN,))
    names = np.unique(mask[mask > 0]).tolist()
    return Both(there, said, {place: facts[name] for place, name in enumerate(names) if name in facts}, names)


def _seen(subject: Subject, label: str, image: Image) -> Labels:
    if label not in subject.objects:
        raise Untested("objects are not judged here")
    return subject.objects[label].seen(image).labels


def _covered(subject: Subject) -> Mask:
    """Wherever the predicted stain shows a cell, by the level that was fitted to training truth."""
    truth = subject.objects.get(subject.label)
    if truth is None or truth.fit.cover is None:
        raise Untested("no training field tells from which level on there is a cell")
    return truth.fit.segmenter.bright(subject.said, subject.valid, truth.fit.cover, truth.shown.pixel_size)


def _facts(subject: Subject, added: Sequence[str], less: Sequence[str] = ()) -> dict[int, float]:
    """What cells weigh, by their number; empty where it is not known."""
    if not {"cell", *added, *less} <= subject.facts.keys():
        return {}
    mass: Numbers = np.sum([subject.facts[name] for name in added], axis=0)
    mass = mass - np.sum([subject.facts[name] for name in less], axis=0)
    return dict(zip(subject.facts["cell"].tolist(), np.atleast_1d(mass).tolist(), strict=True))
