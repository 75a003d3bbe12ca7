"""``zoo watch`` as a process of its own, while another writes images as microscopes do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from zoo.cli.watch import _until_interrupted
from zoo.images import read_image

WRITER = """
    import sys, time
    from pathlib import Path
    folder, content = Path(sys.argv[1]), Path(sys.argv[2]).read_bytes()
    with (folder / "slow.tif").open("wb") as file:  # piece by piece, as a camera does
        for start in range(0, len(content), 700):
            file.write(content[start : start + 700])
            file.flush()
            time.sleep(0.1)
    (folder / ".moved").write_bytes(content)
    (folder / ".moved").replace(folder / "moved.tif")
    (folder / "half.tif").write_bytes(content[: len(content) // 2])
    (folder / "log.txt").write_text("exposure 10 ms")
    (folder / "last.tif").write_bytes(content)
"""


def pixels() -> np.ndarray:
    return np.random.default_rng(0).normal(1000, 100, (40, 50)).astype(np.uint16)


def started(packed, folder: Path, *words: object) -> subprocess.Popen[str]:
    told = ("watch", folder, "--model", packed.package.path, "--settle", 0.3, *words)
    command = [sys.executable, "-c", "from zoo.cli import main; main()", *map(str, told)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    folder = tmp_path / "plate"
    folder.mkdir()
    return folder


def test_images_are_predicted_while_another_process_writes_them(packed, plate: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole.tif"
    tifffile.imwrite(whole, pixels())
    with started(packed, plate, "--json", "--count", 4) as watching:
        writer = [sys.executable, "-c", textwrap.dedent(WRITER), str(plate), str(whole)]
        subprocess.run(writer, check=True)
        out, err = watching.communicate(timeout=100)
    *rows, summary = (json.loads(line) for line in out.splitlines())
    outcome = {Path(row["image"]).name: row for row in rows}
    assert {name: row["status"] for name, row in outcome.items()} == {
        "slow.tif": "ok",
        "moved.tif": "ok",
        "last.tif": "ok",
        "half.tif": "failed",
    }
    assert watching.returncode == 1
    assert f"zoo: {plate / 'half.tif'}: truncated TIFF: it needs " in err
    assert outcome["half.tif"]["error"].startswith(f"{plate / 'half.tif'}: truncated TIFF: it needs ")
    first, second = (read_image(plate / "predicted" / f"{name}.ome.tif").to_numpy() for name in ("slow", "moved"))
    np.testing.assert_array_equal(first, second)
    assert (summary["images"], summary["failed"]) == (4, 1)
    for row in (outcome["slow.tif"], outcome["moved.tif"]):
        assert row["latency"] >= row["predicting"] + 0.2
    assert summary["latency"]["p90"] >= summary["latency"]["p50"] > summary["predicting"]["p50"] > 0


def test_a_watch_that_was_killed_goes_on_where_it_stopped(zoo: Any, packed, plate: Path) -> None:
    for name in ("a", "b"):
        tifffile.imwrite(plate / f"{name}.tif", pixels())
    with started(packed, plate) as watching:
        assert watching.stdout is not None
        first = watching.stdout.readline()
        watching.kill()
    assert first.startswith(f"{plate / 'a.tif'} -> {plate / 'predicted' / 'a.ome.tif'}  ")
    before = (plate / "predicted" / "a.ome.tif").stat().st_mtime_ns
    (plate / "predicted" / "b.ome.tif").unlink(missing_ok=True)
    ran = zoo("watch", plate, "--model", packed.package.path, "--settle", 0.1, "--until-idle", 0.5)
    assert ran.status == 0, ran.err
    told = ran.out.splitlines()
    assert told[0].startswith(f"{plate / 'b.tif'} -> ")
    assert told[1] == "1 images, 0 failed"
    assert [line.split(":")[0] for line in told[2:]] == ["latency", "predicting"]
    assert (plate / "predicted" / "a.ome.tif").stat().st_mtime_ns == before


def test_ctrl_c_ends_it_with_a_summary(packed, plate: Path) -> None:
    tifffile.imwrite(plate / "a.tif", pixels())
    with started(packed, plate) as watching:
        assert watching.stdout is not None
        watching.stdout.readline()
        watching.send_signal(signal.SIGINT)
        out, err = watching.communicate(timeout=100)
    assert watching.returncode == 0, err
    assert out.startswith("1 images, 0 failed\nlatency: p50 ")


def test_a_polite_kill_ends_it_as_ctrl_c_does() -> None:
    with _until_interrupted():
        os.kill(os.getpid(), signal.SIGTERM)
        pytest.fail("went on")
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_predictions_are_never_taken_for_images(zoo: Any, packed, plate: Path) -> None:
    ran = zoo("watch", plate, "--model", packed.package.path, "-o", plate)
    assert (ran.status, ran.err) == (
        2,
        f"zoo: {plate}: predictions would be taken for images\n  hint: choose another folder with -o\n",
    )


def test_two_images_of_one_name_are_told_apart(zoo: Any, packed, plate: Path) -> None:
    for name in ("a.tif", "a.ome.tif"):
        tifffile.imwrite(plate / name, pixels())
    ran = zoo("watch", plate, "--model", packed.package.path, "--settle", 0, "--until-idle", 0.1)
    assert ran.status == 1
    output = plate / "predicted" / "a.ome.tif"
    assert ran.err.endswith(
        f"zoo: {output}: holds the prediction of {plate / 'a.ome.tif'} already\n  hint: rename one of the two images\n"
    )
    assert f"{plate / 'a.ome.tif'} -> {output}" in ran.out
