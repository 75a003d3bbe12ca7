"""Ratios of pairs, memory of a process, costs on disk."""

from __future__ import annotations

import os
import time
from dataclasses import replace

import pytest

from harness.cost import memory
from harness.cost.figures import Cost, Pairs, Size, Timing
from harness.cost.files import keep, kept, read_costs, write_costs
from harness.cost.timing import LEAST, Patience, paired, summary
from harness.records import JOBS, DamagedError


@pytest.fixture
def cost():
    """The cost of a model."""
    single = Pairs(p50=2.0, p90=2.5, quartiles=(1.9, 2.1), seconds=0.2, reference_seconds=0.1, count=7, steady=True)
    timing = Timing(single=single, bulk=0.5, mpx_per_second=1.5, memory=10_000_000)
    size = Size(parameters=12, macs=34.0, package=56, minutes=7.5)
    return Cost(
        key="k", reference="net/1", format="onnx", threads=2, machine="a processor", load=0.5, size=size, timing=timing
    )


def test_both_are_timed_in_turn_and_who_begins_changes():
    order = []
    found = paired(lambda: order.append("m"), lambda: order.append("r"), Patience(most=4, seconds=60))
    assert "".join(order) == "mrrmmrrm"
    assert found.p50 > 0


def test_patience_ends_after_the_fewest_pairs():
    count = []
    paired(lambda: time.sleep(0.001), lambda: count.append(1), Patience(most=50, seconds=0))
    assert len(count) == LEAST


def test_pairs_in_which_the_reference_was_disturbed_do_not_count():
    found = summary([(2.0, 1.0)] * 5 + [(2.0, 5.0), (2.0, 0.1)])
    assert (found.p50, found.p90, found.count, found.steady) == (2.0, 2.0, 5, True)


def test_if_too_few_remain_all_count_and_the_figures_say_that_they_are_doubtful():
    found = summary([(1.0, 1.0), (4.0, 2.0), (12.0, 4.0)])
    assert (found.p50, found.count, found.steady) == (2.0, 3, False)


@pytest.mark.skipif(not memory.PROCESSES.exists(), reason="the system does not tell")
def test_a_peak_counts_from_when_it_was_set_back():
    old = bytearray(b"x" * 60_000_000)
    del old
    idle = memory.idle(os.getpid())
    if idle is None:
        pytest.skip("peaks cannot be set back here")
    assert memory.peak(os.getpid()) - idle < 30_000_000
    held = bytearray(b"x" * 60_000_000)
    assert 50_000_000 < memory.peak(os.getpid()) - idle < 200_000_000
    del held


def test_no_process_and_one_that_is_gone_have_no_memory():
    assert (memory.idle(None), memory.peak(None)) == (None, None)
    assert (memory.idle(2**22 + 1), memory.peak(2**22 + 1)) == (None, None)


def test_costs_come_back_as_they_were_written(tmp_path, cost):
    (tmp_path / JOBS).mkdir()
    costs = {"net": cost, "broken": replace(cost, timing=None, note="its process crashed")}
    write_costs(tmp_path, costs)
    assert read_costs(tmp_path) == costs
    keep(tmp_path, cost)
    assert kept(tmp_path, "k") == cost
    assert kept(tmp_path, "another") is None


def test_a_run_without_models_writes_nothing(tmp_path):
    write_costs(tmp_path, {})
    assert list(tmp_path.iterdir()) == []
    assert read_costs(tmp_path) == {}


def test_a_damaged_file_is_named_and_a_damaged_record_is_timed_again(tmp_path, cost):
    (tmp_path / JOBS).mkdir()
    keep(tmp_path, cost)
    (tmp_path / JOBS / "cost-k.json").write_text("{")
    assert kept(tmp_path, "k") is None
    (tmp_path / "cost.json").write_text("{")
    with pytest.raises(DamagedError) as error:
        read_costs(tmp_path)
    assert error.value.message.startswith(f"{tmp_path / 'cost.json'}: cannot be read as costs: ")
    assert error.value.hint == "delete it and run the same zoo bench again: nothing else is lost"
