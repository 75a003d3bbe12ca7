"""Does it do what it says? One public list of checks, for ``zoo check``, for tests of plugins and for submissions."""

from __future__ import annotations
