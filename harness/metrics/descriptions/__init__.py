"""What each metric is called, where it lives, and which way is better. Loads no array library."""

from __future__ import annotations

from harness.metrics.descriptions import challenges, detail, pixels

METRICS = (*pixels.METRICS, *detail.METRICS, *challenges.METRICS)
"""In the order of a board's columns."""
