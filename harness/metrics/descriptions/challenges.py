"""The formulas of two challenges, shown beside ours and never ranked by."""

from __future__ import annotations

from math import inf

from zoo.types import Metric

LIGHT_MY_CELLS = (
    "Light My Cells, ISBI 2024, lightmycells.grand-challenge.org/metrics-evaluation: each image between its own "
    "percentiles 2 and 99.8, clipped"
)

METRICS = (
    Metric(
        id="lmc-mae",
        version=1,
        title="Light My Cells: mean absolute error",
        better="lower",
        perfect=0.0,
        range=(0.0, 1.0),
        fn="harness.metrics.challenges:light_my_cells_error",
        ranked=False,
        gain_free=True,
        source=f"{LIGHT_MY_CELLS}; mean |p - t|",
    ),
    Metric(
        id="lmc-ssim",
        version=1,
        title="Light My Cells: structural similarity",
        better="higher",
        perfect=1.0,
        range=(-1.0, 1.0),
        fn="harness.metrics.challenges:light_my_cells_similarity",
        ranked=False,
        gain_free=True,
        source=f"{LIGHT_MY_CELLS}; SSIM of scikit-image by its defaults, a box of 7 pixels, data range 1",
    ),
    Metric(
        id="lmc-r",
        version=1,
        title="Light My Cells: Pearson correlation",
        better="higher",
        perfect=1.0,
        range=(-1.0, 1.0),
        fn="harness.metrics.challenges:light_my_cells_correlation",
        ranked=False,
        gain_free=True,
        source=f"{LIGHT_MY_CELLS}; r",
    ),
    Metric(
        id="lmc-euclidean",
        version=1,
        title="Light My Cells: Euclidean distance",
        better="lower",
        perfect=0.0,
        range=(0.0, inf),
        fn="harness.metrics.challenges:light_my_cells_distance",
        ranked=False,
        gain_free=True,
        source=f"{LIGHT_MY_CELLS}; sqrt(Σ (p - t)²) over all pixels",
    ),
    Metric(
        id="lmc-cosine",
        version=1,
        title="Light My Cells: cosine distance",
        better="lower",
        perfect=0.0,
        range=(0.0, 1.0),
        fn="harness.metrics.challenges:light_my_cells_cosine",
        ranked=False,
        gain_free=True,
        source=f"{LIGHT_MY_CELLS}; 1 - Σ p t / sqrt(Σ p² Σ t²)",
    ),
    Metric(
        id="adipocyte-mae",
        version=1,
        title="Adipocyte challenge: mean absolute error over the median of the truth",
        better="lower",
        perfect=0.0,
        range=(0.0, inf),
        fn="harness.metrics.challenges:adipocyte_error",
        ranked=False,
        source="AI Sweden's adipocyte cell imaging challenge 2020, evaluation_code: mean |p - t| / median t, in counts",
    ),
)
