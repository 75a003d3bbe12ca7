"""Random numbers by name: every random quantity has a stream of its own, so that changing one moves no other."""

from __future__ import annotations

import hashlib
import json
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def digest(*words: str | int) -> int:
    """256 bits that belong to these words, the same everywhere and always.

    Words are told apart by their kind and their borders:

    >>> digest("cell", 3) == digest("cell", "3"), digest("a", "bc") == digest("ab", "c")
    (False, False)
    """
    plain = [word if isinstance(word, str) else int(word) for word in words]
    return int.from_bytes(hashlib.sha256(json.dumps(plain).encode()).digest(), "big")


def uniform(*words: str | int) -> float:
    """One number from 0 to 1 that belongs to these words: cheaper than a stream.

    >>> round(uniform("phantom", "cell", 3), 6)
    0.792329
    """
    return digest(*words) / 2.0**256


def normal(*words: str | int, most: float = 2.5) -> float:
    """One number of mean 0 and standard deviation 1, without the rarest: cut off at ``most`` on both sides."""
    drawn = NormalDist().inv_cdf(min(max(uniform(*words), 1e-9), 1 - 1e-9))
    return max(-most, min(most, drawn))


def stream(*words: str | int) -> np.random.Generator:
    """The generator of one named quantity, for instance ``stream(seed, "cell", 3, "lipid")``.

    >>> stream("phantom", "cell", 3).integers(0, 1000, 3).tolist()
    [361, 482, 874]
    """
    import numpy as np  # noqa: PLC0415 - plans are read without it

    return np.random.Generator(np.random.PCG64(digest(*words)))
