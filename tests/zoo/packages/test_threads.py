from __future__ import annotations

import os
from pathlib import Path

import pytest

from zoo.runtime import threads


def test_what_was_asked_for_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3,2")
    assert threads.available() == 3


@pytest.mark.parametrize("nonsense", ["", "0", "many"])
def test_nonsense_is_not_taken_for_a_number(monkeypatch: pytest.MonkeyPatch, nonsense: str) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", nonsense)
    assert 1 <= threads.available() <= (os.cpu_count() or 1)


@pytest.mark.parametrize(("content", "cores"), [("150000 100000", 1), ("400000 100000", 4), ("50000 100000", 1)])
def test_the_quota_of_a_container_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str, cores: int
) -> None:
    (tmp_path / "cpu.max").write_text(content)
    monkeypatch.setattr(threads, "CPU_QUOTA", tmp_path / "cpu.max")
    assert threads.quota() == cores


def test_two_threads_of_a_core_are_one_core(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for cpu, siblings in enumerate(("0,2", "1,3", "0,2", "1,3")):
        (tmp_path / f"cpu{cpu}").write_text(siblings)
    monkeypatch.setattr(threads, "TOPOLOGY", str(tmp_path / "cpu{}"))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    assert threads.physical_cores() == 2
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 7}, raising=False)
    assert threads.physical_cores() == 3
