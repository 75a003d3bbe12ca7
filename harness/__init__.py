"""Judging: predictions in, scores out, ranks, boards. A guest of ``zoo``: it joins through its own entry point."""
