"""The commands of the harness: parse, call, print. Everything heavy is imported inside a command."""

from __future__ import annotations

from harness.commands import advise, bench, boards, calls, drymass, evaluations, pages, score

APPS = (bench.app, score.app, boards.app, evaluations.app, pages.app, advise.app, drymass.app, calls.app)
