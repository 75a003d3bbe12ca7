"""What is written comes back, whole or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import records
from harness.records import DamagedError, Score
from zoo.errors import ZooError

SCORE = Score(
    protocol="training-scale/2",
    model="net",
    kind="model",
    digest="abc",
    dataset="cells",
    split="test",
    field="f0",
    session="",
    condition="dark",
    label="dna",
    metric="r",
    version=1,
    value=0.1 + 0.2,
    status="ok",
)


@given(
    value=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    text=st.text(max_size=20),
    status=st.sampled_from(["ok", "missing", "not-applicable"]),
)
def test_scores_come_back_bit_for_bit(tmp_path_factory, value, text, status):
    path = tmp_path_factory.mktemp("scores") / "scores.parquet"
    written = (replace(SCORE, value=value, note=text, field=text, status=status), SCORE)
    records.write_scores(path, written)
    assert records.read_scores(path) == written


def test_no_scores_are_scores_too(tmp_path):
    records.write_scores(tmp_path / "empty.parquet", [])
    assert records.read_scores(tmp_path / "empty.parquet") == ()


@pytest.mark.parametrize("keep", [0, 1, 100, -8])
def test_a_truncated_file_is_named(tmp_path, keep):
    path = tmp_path / "scores.parquet"
    records.write_scores(path, [SCORE])
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DamagedError) as error:
        records.read_scores(path)
    assert error.value.message.startswith(f"{path}: cannot be read as scores: ")


def test_a_file_with_other_columns_is_named(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / "scores.parquet"
    pq.write_table(pa.table({"model": ["net"]}), path)
    with pytest.raises(DamagedError, match="cannot be read as scores"):
        records.read_scores(path)


def test_a_write_that_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "scores.parquet"
    records.write_scores(path, [SCORE])
    before = path.read_bytes()
    with pytest.raises(Exception, match="int"):
        records.write_scores(path, [SCORE, replace(SCORE, version="one")])
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path], "nothing half-written is left behind"


def test_a_place_that_cannot_be_written_to_is_named(tmp_path):
    path = tmp_path / "gone" / "leaderboard.md"
    with pytest.raises(ZooError) as error:
        records.write_text(path, "text")
    assert error.value.message == f"{path}: cannot be written: No such file or directory"
    assert error.value.hint == "make room, or give another --out; finished jobs are kept"


def test_scores_of_another_protocol_are_refused(tmp_path):
    path = tmp_path / "scores.parquet"
    records.write_scores(path, [SCORE, replace(SCORE, protocol="training-scale/0")])
    with pytest.raises(ZooError) as error:
        records.scores_of(tmp_path)
    assert error.value.message == (
        f"{path}: scores of protocol training-scale/0, this version judges by training-scale/2"
    )
