"""The metrics that every board has: what each is called, where it lives, which way is better.

Only descriptions stand here, so that ``zoo list metrics`` stays instant; the formulas stand beside this file. A metric
is a pure function of a ``harness.metrics.pairs.Pair``: it normalises nothing and crops nothing.
"""

from __future__ import annotations

from math import inf

from zoo.types import Metric

MURPHY = "Murphy 1988, Mon. Weather Rev. 116, 2417-2424"

METRICS = (
    Metric(
        id="r",
        version=1,
        title="Pearson correlation",
        better="higher",
        perfect=1.0,
        range=(-1.0, 1.0),
        fn="harness.metrics.pixels:pearson",
        gain_free=True,
        averaged="fisher-z",
        source="Ounkomol et al. 2018, Nat. Methods 15, 917-920: mean((p - mean p)(t - mean t)) / (sd p sd t)",
    ),
    Metric(
        id="r2",
        version=1,
        title="Skill (R²)",
        better="higher",
        perfect=1.0,
        range=(-inf, 1.0),
        fn="harness.metrics.pixels:skill",
        source=f"{MURPHY}, eq. 4: 1 - mean((p - t)²) / var t",
    ),
    Metric(
        id="r2-correlation",
        version=1,
        title="Skill, part 1: squared correlation",
        better="higher",
        perfect=1.0,
        range=(0.0, 1.0),
        fn="harness.metrics.pixels:correlation_part",
        gain_free=True,
        source=f"{MURPHY}, eq. 11: r²",
    ),
    Metric(
        id="r2-amplitude",
        version=1,
        title="Skill, part 2: amplitude error, taken off",
        better="lower",
        perfect=0.0,
        range=(0.0, inf),
        fn="harness.metrics.pixels:amplitude_part",
        source=f"{MURPHY}, eq. 11: (r - sd p / sd t)²",
    ),
    Metric(
        id="r2-offset",
        version=1,
        title="Skill, part 3: offset, taken off",
        better="lower",
        perfect=0.0,
        range=(0.0, inf),
        fn="harness.metrics.pixels:offset_part",
        source=f"{MURPHY}, eq. 11: ((mean p - mean t) / sd t)²",
    ),
    Metric(
        id="nmae",
        version=1,
        title="Normalised mean absolute error",
        better="lower",
        perfect=0.0,
        range=(0.0, inf),
        fn="harness.metrics.pixels:absolute_error",
        source="mean |p - t| / mean |t - median t|",
    ),
    Metric(
        id="ssim",
        version=1,
        title="Structural similarity",
        better="higher",
        perfect=1.0,
        range=(-1.0, 1.0),
        fn="harness.metrics.similarity:structural_similarity",
        source="Wang et al. 2004, IEEE Trans. Image Process. 13, 600-612; gaussian window of sd 1.5 px, data range 1, "
        "images clipped to it, mean over pixels whose whole window was recorded",
    ),
    Metric(
        id="amplitude",
        version=1,
        title="Spread of the prediction, in sd of the training truth",
        better="neither",
        perfect=None,
        range=(0.0, inf),
        fn="harness.metrics.pixels:amplitude",
        source="sd p / sd of the training truth: on a field without the stain, the signal that a model invents",
    ),
    Metric(
        id="truth-amplitude",
        version=1,
        title="Spread of the truth, in sd of the training truth",
        better="neither",
        perfect=None,
        range=(0.0, inf),
        fn="harness.metrics.pixels:truth_amplitude",
        source="sd t / sd of the training truth: what `amplitude` is to be read against",
    ),
)
"""In the order of a board's columns."""
