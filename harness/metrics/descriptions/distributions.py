"""How sure a net says it is, and whether that is true: for nets that give quantiles. Nobody is ranked by it."""

from __future__ import annotations

from math import inf
from typing import Literal

from zoo.types import Metric

PLACE = "over recorded pixels inside cells, or all that were recorded where cells are unknown"
_MODULE = "harness.metrics.distributions"
_COVERED = "share of pixels in the central interval between two quantiles; as sure as it should be where it is the name"


def _metric(
    name: str,
    title: str,
    source: str,
    *,
    better: Literal["higher", "lower", "neither"],
    span: tuple[float, float],
    perfect: float | None = None,
) -> Metric:
    return Metric(
        id=name,
        version=1,
        title=title,
        better=better,
        perfect=perfect,
        range=span,
        fn=f"{_MODULE}:{name.replace('-', '_')}",
        needs=("quantiles",),
        ranked=False,
        averaged="fisher-z" if name == "r-sure" else "plain",
        source=f"{source}; {PLACE}",
    )


METRICS = (
    _metric(
        "crps",
        "Continuous ranked probability score, in deviations of the training truth",
        "Gneiting and Raftery 2007, JASA 102: 2 ∫ pinball loss over levels, by trapezoids, 0 at levels 0 and 1",
        better="lower",
        span=(0.0, inf),
        perfect=0.0,
    ),
    _metric(
        "crps-skill",
        "What the distribution of each pixel adds to that of all training pixels",
        "1 - crps / crps of the quantiles of the training truth, the same for every pixel",
        better="higher",
        span=(-inf, 1.0),
        perfect=1.0,
    ),
    *(
        _metric(
            f"coverage-{share}",
            f"Pixels whose stain lies in their central {share} % interval",
            _COVERED,
            better="neither",
            span=(0.0, 1.0),
        )
        for share in (50, 80, 90, 95)
    ),
    _metric(
        "width-90",
        "Mean width of the central 90 % interval, in deviations of the training truth",
        "q95 - q5; narrow is good only where coverage-90 is right",
        better="neither",
        span=(-inf, inf),
    ),
    _metric(
        "sharpness",
        "The same over the width that all training pixels have",
        "Gneiting, Balabdaoui and Raftery 2007, JRSS B 69: 1 is no sharper than knowing nothing of the field",
        better="neither",
        span=(-inf, inf),
    ),
    _metric(
        "risk-coverage",
        "Whether errors are where the net is unsure: 0 as well as can be, 1 no better than chance",
        "area under mean absolute error of the surest pixels over their share, less that of the best order, over what"
        " a random order leaves; after Geifman and El-Yaniv 2017, NeurIPS, and Ilg et al. 2018, ECCV",
        better="lower",
        span=(0.0, inf),
    ),
    _metric(
        "r-sure",
        "Pearson correlation without the fifth of the pixels that the net is least sure of",
        "r where q95 - q5 is up to its 80th percentile in the field",
        better="higher",
        span=(-1.0, 1.0),
        perfect=1.0,
    ),
    _metric(
        "error-auroc",
        "How well the width of the interval tells gross errors from the rest",
        "area under the ROC curve of q95 - q5 for errors beyond one deviation of the training truth; 0.5 is chance",
        better="higher",
        span=(0.0, 1.0),
    ),
)
