"""Many fields at once: killed, resumed, made twice at the same time, and always the same."""

from __future__ import annotations

import multiprocessing
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from unstained_phantom import production
from unstained_phantom.plan import Plan
from zoo.data import hashes
from zoo.errors import ZooError

TESTS = Path(__file__).parent
PROGRAM = """
import sys, time
from pathlib import Path
def told(done, total):
    print(done, flush=True)
    time.sleep(600 * (total == 9 and done == 2))  # waits in the middle of long productions, to be killed there
if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    from conftest import bare_plan
    from unstained_phantom import production
    plan = bare_plan()
    production.produce(plan, sys.argv[4:], Path(sys.argv[2]), told, processes=int(sys.argv[3]))
"""


def silent(*_: object) -> None:
    """Nobody listens."""


def start(tmp_path: Path, folder: Path, processes: int, names: list[str]) -> subprocess.Popen[str]:
    script = tmp_path / "produce.py"
    script.write_text(PROGRAM)
    words = [sys.executable, str(script), str(TESTS), str(folder), str(processes), *names]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def here(folder: Path, names: Sequence[str], plan: Plan) -> Path:
    """The same fields, made in this process by two threads."""
    for name in names:
        production.make(plan, name, folder / "here", threads=2)
    return folder / "here"


def contents(folder: Path) -> dict[str, str]:
    return {path.name: hashes.digest(path) for path in folder.iterdir() if path.name != production.LOCKS}


def test_fields_are_the_same_from_one_process_as_from_several_and_from_several_threads(tmp_path, plan):
    names = [*plan.splits["train"][:2], "cue-1-034"]
    heard = []
    production.produce(plan, names, tmp_path / "one", lambda *told: heard.append(told), processes=1)
    production.produce(plan, names[::-1], tmp_path / "two", silent, processes=2)
    one, two, three = (contents(folder) for folder in (tmp_path / "one", tmp_path / "two", here(tmp_path, names, plan)))
    assert heard == [(done, 3) for done in range(4)]
    assert set(one) == {f"{name}.zarr" for name in names}
    assert len(set(one.values())) == 3
    assert one == two == three


def test_a_killed_production_goes_on_where_it_stopped(tmp_path, bare):
    names = list(bare.scenes)[:9]
    folder = tmp_path / "cache"
    with start(tmp_path, folder, 2, names) as running:
        for line in running.stdout:
            if int(line) == 2:
                break
        running.send_signal(signal.SIGKILL)
        running.stdout.read()  # ends when the last child has: it finished its field and found nobody to tell
        assert running.stderr.read() == ""
    kept = contents(folder)
    whole = {name: found for name, found in kept.items() if name.endswith(".zarr")}
    assert 2 <= len(whole) < len(names)
    (folder / f".{names[-1]}.zarr.0123abcd.part").mkdir()
    heard = []
    missing = [name for name in names if f"{name}.zarr" not in whole]
    production.produce(bare, missing, folder, lambda *told: heard.append(told), processes=2)
    assert heard[-1] == (len(missing), len(missing))
    after = contents(folder)
    assert {name: after[name] for name in whole} == whole
    assert set(after) == {f"{name}.zarr" for name in names}, "nothing half done is left"
    assert contents(here(tmp_path / "anew", names, bare)) == after


def test_two_processes_that_make_the_same_fields_at_once_agree(tmp_path, bare):
    names = list(bare.splits["train"])
    folder = tmp_path / "cache"
    both = [start(tmp_path, folder, 1, names) for _ in range(2)]
    for running in both:
        with running:
            _, errors = running.communicate(timeout=120)
        assert (running.returncode, errors) == (0, "")
    assert contents(folder) == contents(here(tmp_path / "alone", names, bare))


def test_a_process_that_is_killed_is_told_with_its_field(tmp_path, bare):
    made = []
    names = list(bare.splits["train"])

    def told(done: int, _total: int) -> None:
        made.append(done)
        if done == 1:
            (worker,) = multiprocessing.active_children()
            worker.kill()

    with pytest.raises(ZooError) as raised:
        production.produce(bare, names, tmp_path, told, processes=1)
    assert raised.value.message == f"field {names[1]!r}: the process that made it died (SIGKILL)"
    assert (
        raised.value.hint == "each process takes up to 1 GB of memory; run the command again to go on where it stopped"
    )
    assert set(contents(tmp_path)) >= {f"{names[0]}.zarr"}


def test_what_goes_wrong_in_a_process_is_told_here(tmp_path, bare):
    folder = tmp_path / "cache"
    folder.mkdir()
    (folder / production.LOCKS).write_text("in the way")
    with pytest.raises(ZooError, match="cannot be written to") as raised:
        production.produce(bare, ["train-01-1"], folder, silent, processes=1)
    assert raised.value.hint == "make room, or choose another cache folder with ZOO_CACHE"
