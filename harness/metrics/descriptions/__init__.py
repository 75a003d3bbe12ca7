"""What each metric is called, where it lives, and which way is better. Loads no array library."""

from __future__ import annotations

from harness.metrics.descriptions import challenges, detail, distributions, pixels

METRICS = (*pixels.METRICS, *detail.METRICS, *challenges.METRICS)
"""In the order of a board's columns."""
DISTRIBUTIONS = distributions.METRICS
"""Of nets that say how sure they are: not shown on a board that has none of these."""
