"""The commands of the harness: parse, call, print. Everything heavy is imported inside a command."""

from __future__ import annotations

from harness.commands import bench, boards, drymass, evaluations, pages, score

APPS = (bench.app, score.app, boards.app, evaluations.app, pages.app, drymass.app)
