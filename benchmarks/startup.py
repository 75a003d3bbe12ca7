"""``zoo list models`` against a bare interpreter: at most 0.3 s more, or nobody will press the tab key.

The limit is a difference, not a ratio: a bare interpreter starts in some 20 ms.

Run: python benchmarks/startup.py
"""

from __future__ import annotations

import subprocess
import sys

from ratios import paired, report

ALLOWED = 0.3


def main() -> None:
    """Start both in turn; the limit in seconds is turned into a ratio of the peer's own median."""
    zoo = [sys.executable, "-c", "from zoo.cli import main; main(['list', 'models', '--json'])"]
    bare = [sys.executable, "-c", "pass"]

    def run(command: list[str]) -> None:
        subprocess.run(command, check=True, capture_output=True)

    measured = paired("startup", lambda: run(zoo), lambda: run(bare), limit=float("inf"))
    limit = (measured.peer + ALLOWED) / measured.peer
    note = f"{measured.ours - measured.peer:.3f} s more than a bare start, {ALLOWED} allowed."
    report(type(measured)(**{**vars(measured), "limit": limit, "note": note}))


if __name__ == "__main__":
    main()
