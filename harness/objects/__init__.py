"""Objects of a prediction beside those of its truth: what is found, how it looks, what a biologist reads off it.

``fitting.fitted`` looks at the training truth of a label once; ``truths.ObjectTruth`` is the truth of one field,
against which any number of predictions are judged; each metric below is a pure function of what comes out, a
``truths.Judged``. Cells of several fields are judged together by ``viability``, ``drymass`` and ``agreement``.

Only descriptions stand here, so that listing them stays instant.
"""

from __future__ import annotations

from math import inf

from zoo.types import Metric

TRACKING = "Cell Tracking Challenge (Matula et al. 2015, PLoS ONE 10, e0144959)"
LIN = "Lin 1989, Biometrics 45, 255-268: 2 cov / (var p + var t + (mean p - mean t)²), mean over features"
BASELINE = f"{LIN}, less what a line through area and place reaches, fitted on training truth"
NGUYEN = "after the description of Nguyen et al. 2020, J. Biomed. Opt. 25, 096009, whose formula was not at hand"

METRICS = (
    Metric(
        id="f1",
        version=1,
        title="F1 of objects at IoU 0.5",
        better="higher",
        perfect=1.0,
        range=(0.0, 1.0),
        fn="harness.objects.columns:f1",
        sees="objects",
        source="2 TP / (2 TP + FP + FN), one to one by the best assignment (Caicedo et al. 2019, Cytometry A 95, 952)",
    ),
    Metric(
        id="f1-curve",
        version=1,
        title="F1 of objects, mean over IoU 0.5 to 0.95",
        better="higher",
        perfect=1.0,
        range=(0.0, 1.0),
        fn="harness.objects.columns:f1_curve",
        sees="objects",
        source="as f1, at IoU 0.5, 0.55, ... 0.95",
    ),
    Metric(
        id="ap",
        version=1,
        title="Average precision of objects, mean over IoU 0.5 to 0.95",
        better="higher",
        perfect=1.0,
        range=(0.0, 1.0),
        fn="harness.objects.columns:precision_curve",
        sees="objects",
        source="TP / (TP + FP + FN) (Schmidt et al. 2018, MICCAI, sect. 3), mean over IoU 0.5, 0.55, ... 0.95",
    ),
    Metric(
        id="pq",
        version=1,
        title="Panoptic quality of objects",
        better="higher",
        perfect=1.0,
        range=(0.0, 1.0),
        fn="harness.objects.columns:panoptic",
        sees="objects",
        source="Kirillov et al. 2019, CVPR, eq. 1: sum of IoU / (TP + FP/2 + FN/2) at IoU 0.5",
    ),
    Metric(
        id="seg",
        version=1,
        title="SEG: overlap with the objects of the truth",
        better="higher",
        perfect=1.0,
        range=(0.0, 1.0),
        fn="harness.objects.columns:segmentation",
        sees="objects",
        source=f"{TRACKING}: mean IoU with the object that covers more than half, 0 if none does",
    ),
    Metric(
        id="det",
        version=1,
        title="DET: price of mending the detection",
        better="higher",
        perfect=1.0,
        range=(0.0, 1.0),
        fn="harness.objects.columns:detection_cost",
        sees="objects",
        source=f"{TRACKING}: 1 - min(5 splits + 10 FN + FP, 10 n) / 10 n",
    ),
    Metric(
        id="count",
        version=1,
        title="Relative error of the number of objects",
        better="neither",
        perfect=0.0,
        range=(-1.0, inf),
        fn="harness.objects.columns:count_error",
        sees="objects",
        ranked=False,
        source="(found - there) / there",
    ),
    Metric(
        id="count-error",
        version=1,
        title="Relative error of the number of objects, without its sign",
        better="lower",
        perfect=0.0,
        range=(0.0, inf),
        fn="harness.objects.columns:absolute_count_error",
        sees="objects",
        ranked=False,
        source="|found - there| / there",
    ),
    Metric(
        id="stain-ccc",
        version=1,
        title="Concordance of the stain in given objects",
        better="higher",
        perfect=1.0,
        range=(-1.0, 1.0),
        fn="harness.objects.columns:stain_concordance",
        sees="objects",
        ranked=False,
        source=LIN,
    ),
    Metric(
        id="stain-gain",
        version=1,
        title="The same, beyond size and place",
        better="higher",
        perfect=None,
        range=(-2.0, 1.0),
        fn="harness.objects.columns:stain_gain",
        sees="objects",
        source=BASELINE,
    ),
    Metric(
        id="feature-ccc",
        version=1,
        title="Concordance of shape and stain of own objects",
        better="higher",
        perfect=1.0,
        range=(-1.0, 1.0),
        fn="harness.objects.columns:feature_concordance",
        sees="objects",
        ranked=False,
        source=f"{LIN}; an object that is not found has the mean of the truth",
    ),
    Metric(
        id="feature-gain",
        version=1,
        title="The same, beyond size and place",
        better="higher",
        perfect=None,
        range=(-2.0, 1.0),
        fn="harness.objects.columns:feature_gain",
        sees="objects",
        source=BASELINE,
    ),
    Metric(
        id="tolerance",
        version=1,
        title="Tolerance level: error that 95 % of signal pixels stay within",
        better="lower",
        perfect=0.0,
        range=(0.0, inf),
        fn="harness.objects.columns:tolerance_level",
        sees="objects",
        ranked=False,
        source=NGUYEN,
    ),
    Metric(
        id="intolerable",
        version=1,
        title="Share of signal pixels that err by more than 0.1",
        better="lower",
        perfect=0.0,
        range=(0.0, 1.0),
        fn="harness.objects.columns:tolerance_share",
        sees="objects",
        ranked=False,
        source=NGUYEN,
    ),
)
"""In the order of a board's columns. Those of objects mean something for labels that show bodies (nuclei, droplets,
puncta) and little for networks and sheets (membrane), of which the stain in given cells says more."""
