"""Drawn cells: discs of stain whose every pixel is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import ndimage

from harness.objects.fitting import ObjectFit, fitted
from harness.objects.truths import ObjectTruth, Shown

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = 128


def drawn(seed: int, size: int = SIZE, count: int = 14, radius: float = 7.0) -> np.ndarray:
    """Discs that do not overlap, some of them touching; numbered from 1."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size]
    labels = np.zeros((size, size), np.int32)
    for _ in range(400):
        centre, r = rng.uniform(0, size, 2), radius * rng.uniform(0.8, 1.25)
        disc = (y - centre[0]) ** 2 + (x - centre[1]) ** 2 < r**2
        if not labels[disc].any() and disc.sum() > radius**2:
            labels[disc] = labels.max() + 1
        if labels.max() == count:
            break
    return labels


def stained(labels: np.ndarray, seed: int, noise: float = 0.03) -> np.ndarray:
    """Stain in them on the training scale: a level of its own for each, granules, a soft edge, and noise."""
    rng = np.random.default_rng(seed)
    level = np.concatenate([[0.05], rng.uniform(0.5, 1.0, labels.max())])
    granules = 1 + 0.4 * ndimage.gaussian_filter(rng.normal(size=labels.shape), 2) * 6
    return ndimage.gaussian_filter(level[labels] * granules, 0.8) + rng.normal(0, noise, labels.shape)


@pytest.fixture(scope="session")
def shown() -> Callable[..., Shown]:
    """``shown(seed)`` is one field of drawn cells; fields of one seed differ in ``noise_seed`` alone."""

    def made(seed: int, noise_seed: int = 0, **options) -> Shown:
        labels = drawn(seed)
        image = stained(labels, seed, 0.0) + np.random.default_rng([seed, noise_seed]).normal(0, 0.03, labels.shape)
        return Shown(image, np.ones(labels.shape, bool), **{"objects": labels, **options})

    return made


@pytest.fixture(scope="session")
def fit(shown) -> ObjectFit:
    """What four training fields of drawn cells say."""
    return fitted([shown(seed) for seed in range(4)])


@pytest.fixture(scope="session")
def truth(shown, fit) -> ObjectTruth:
    """A field that was not trained on."""
    return ObjectTruth(shown(20), fit)
