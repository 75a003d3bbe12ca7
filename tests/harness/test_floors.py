"""The floors on real images: what a net has to beat, and what there is to see where nothing was stained."""

from __future__ import annotations

import pytest

from harness.bench import bench
from harness.commands.options import Options
from harness.commands.running import request


@pytest.fixture
def floors(registry, real_data, tmp_path):
    """The controls on the first fields of a split of real images: YFP, seen in phase contrast."""

    def judged(split, limit):
        told = Options(
            dataset="ecoli-yfp",
            split=split,
            suite="core",
            limit=limit,
            out=tmp_path / split,
            data_dir=real_data,
            ledger=tmp_path / "ledger.csv",
            as_json=False,
            no_resume=False,
        )
        asked = request(registry, told)
        made = bench(asked, lambda _: [], lambda *_: None).board
        return {row.contender.id: row for row in made.rows}

    return judged


def test_a_linear_model_of_pixels_is_a_high_floor_and_invents_signal_where_nothing_was_stained(floors):
    stained, bare = floors("test", 3), floors("control", 2)
    assert stained["linear-pixel"].score == pytest.approx(0.88, abs=0.03)
    assert stained["input-as-stain"].score == pytest.approx(0.45, abs=0.05)
    assert stained["training-mean"].score == 0
    assert bare["linear-pixel"].rank is None
    assert bare["linear-pixel"].values["truth-amplitude"] < 0.05
    assert bare["linear-pixel"].values["amplitude"] > 0.5
