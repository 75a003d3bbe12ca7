"""What is shown while fields are fetched."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from zoo import registry as registries
from zoo.data import progress
from zoo.data.progress import fetch_with_bar


@pytest.fixture
def made(generated: Path):
    return registries.load().datasets.get("made")


def test_what_is_missing_is_made_and_said_once(made, generated, capfd) -> None:
    fields = made.fields("test")
    assert fetch_with_bar(made, fields[:1]) == 1
    assert capfd.readouterr().err == "generating made: 1 fields\n"
    assert fetch_with_bar(made, fields) == 2
    assert capfd.readouterr().err == "generating made: 2 fields\n"
    assert sorted(path.stem for path in generated.iterdir()) == [field.id for field in fields]


def test_nothing_is_shown_where_all_is_here(made, capfd) -> None:
    fields = made.fields("val")
    fetch_with_bar(made, fields)
    capfd.readouterr()
    assert fetch_with_bar(made, fields) == 0
    assert capfd.readouterr() == ("", "")


def test_a_terminal_gets_a_bar(made, monkeypatch) -> None:
    screen = Console(force_terminal=True, width=100, file=io.StringIO())
    monkeypatch.setattr(progress, "Console", lambda **_: screen)
    assert fetch_with_bar(made, made.fields("test")) == 3
    shown = screen.file.getvalue()
    assert "generating made" in shown
    assert "of 3 fields" in shown
