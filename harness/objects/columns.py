"""The columns of a board that come from objects: one judged prediction in, one float out.

NaN says that the truth leaves a number undefined: nothing to find and nothing found, or too few objects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.objects import agreement, scores

if TYPE_CHECKING:
    from harness.objects.truths import Judged


def f1(judged: Judged) -> float:
    """F1 at an IoU of 0.5."""
    return scores.f1(judged.overlaps)


def f1_curve(judged: Judged) -> float:
    """Mean F1 over IoU 0.5 to 0.95."""
    return scores.f1_curve(judged.overlaps)


def precision_curve(judged: Judged) -> float:
    """Mean TP / (TP + FP + FN) over IoU 0.5 to 0.95."""
    return scores.precision_curve(judged.overlaps)


def panoptic(judged: Judged) -> float:
    """Panoptic quality at an IoU of 0.5."""
    return scores.panoptic(judged.overlaps)


def segmentation(judged: Judged) -> float:
    """SEG of the Cell Tracking Challenge."""
    return scores.segmentation(judged.overlaps)


def detection_cost(judged: Judged) -> float:
    """DET of the Cell Tracking Challenge."""
    return scores.detection_cost(judged.overlaps)


def count_error(judged: Judged) -> float:
    """Signed relative error of the number of objects."""
    return scores.count_error(judged.overlaps)


def absolute_count_error(judged: Judged) -> float:
    """Relative error of the number of objects, without its sign."""
    return scores.absolute_count_error(judged.overlaps)


def stain_concordance(judged: Judged) -> float:
    """Mean concordance of the features of the stain in given objects."""
    return agreement.mean_concordance(judged.stain_agreements)


def stain_gain(judged: Judged) -> float:
    """The same, less what size and place alone reach."""
    return agreement.mean_gain(judged.stain_agreements)


def feature_concordance(judged: Judged) -> float:
    """Mean concordance of shape and stain of own objects."""
    return agreement.mean_concordance(judged.feature_agreements)


def feature_gain(judged: Judged) -> float:
    """The same, less what size and place alone reach."""
    return agreement.mean_gain(judged.feature_agreements)


def tolerance_level(judged: Judged) -> float:
    """Error that 95 % of signal pixels stay within."""
    return judged.tolerance.level


def tolerance_share(judged: Judged) -> float:
    """Share of signal pixels that err by more than 0.1."""
    return judged.tolerance.share
