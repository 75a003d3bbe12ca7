"""The metrics that every board has: what each is called, where it lives, which way is better.

Only descriptions are loaded here, so that ``zoo list metrics`` stays instant; the formulas stand beside them. A metric
is a pure function of a ``harness.metrics.pairs.Pair``: it normalises nothing and crops nothing.
"""

from __future__ import annotations

from harness.metrics.descriptions import DISTRIBUTIONS, METRICS

__all__ = ["DISTRIBUTIONS", "METRICS"]
