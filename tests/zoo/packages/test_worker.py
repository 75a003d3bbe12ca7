"""Foreign code in a process of its own: it may crash, hang or eat all memory, and is named here."""

from __future__ import annotations

import os
import pickle
import resource
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from zoo.errors import ZooError
from zoo.package import read
from zoo.runtime import JobFailed, isolated, open_model
from zoo.runtime.failures import job_failed

if TYPE_CHECKING:
    from pathlib import Path


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_worker_predicts_the_same(packed) -> None:
    image = np.random.default_rng(0).normal(1000, 100, (1, 40, 50)).astype(np.uint16)
    with open_model(packed.package, format="onnx") as here:
        expected = here.predict({"input": image})["output"]
    with open_model(packed.package, format="onnx", runner="worker") as there:
        pid = there._runner.pid
        for _ in range(2):
            np.testing.assert_array_equal(there.predict({"input": image})["output"], expected)
        assert alive(pid)
    assert not alive(pid)


def test_a_worker_that_is_killed_is_a_failed_job_and_the_next_image_gets_a_new_one(packed) -> None:
    image = np.ones((1, 40, 50), np.uint16)
    with open_model(packed.package, format="onnx", runner="worker") as model:
        os.kill(model._runner.pid, signal.SIGKILL)
        with pytest.raises(JobFailed) as caught:
            model.predict({"input": image})
        assert caught.value.status == "failed"
        assert caught.value.message == f"{packed.package.path}: its process was killed (SIGKILL)"
        assert "out of memory" in caught.value.hint
        assert model.predict({"input": image})["output"].shape == image.shape


def test_errors_of_a_worker_come_home_as_they_were(packed, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    shutil.copy(packed.package.path, path)
    package = read(path)
    path.unlink()
    with pytest.raises(ZooError) as caught:
        open_model(package, runner="worker")
    assert caught.value.message == f"{path}: cannot read the package: No such file or directory"
    assert caught.value.hint == "check the path"


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def leave() -> None:
    os._exit(3)


def hang() -> None:
    time.sleep(60)


def hog() -> int:
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    return np.ones(1 << 30).size


def fail() -> None:
    raise ValueError("no such thing\nand more")


def double(number: int) -> int:
    return 2 * number


@pytest.mark.parametrize(
    ("function", "status", "message"),
    [
        (crash, "failed", "job: its process crashed (SIGSEGV)"),
        (leave, "failed", "job: its process crashed (exit status 3)"),
        (fail, "failed", "job: ValueError: no such thing"),
        (hang, "timeout", "job: no answer after 1 s"),
        (hog, "out-of-memory", "job: "),
    ],
)
def test_every_bad_end_has_a_name(function, status: str, message: str) -> None:
    with pytest.raises(JobFailed) as caught:
        isolated("job", function, timeout=1 if function is hang else 60)
    assert caught.value.status == status
    assert caught.value.message.startswith(message)


def test_what_goes_well_is_returned() -> None:
    assert isolated("job", double, 21) == 42


def test_failures_survive_the_way_between_processes() -> None:
    failure = JobFailed("a", hint="b", status="timeout")
    copy = pickle.loads(pickle.dumps(failure))  # noqa: S301 - as multiprocessing sends it
    assert (copy.message, copy.hint, copy.status) == ("a", "b", "timeout")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (MemoryError(), "out-of-memory"),
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate"), "out-of-memory"),
        (RuntimeError("[ONNXRuntimeError] Failed to allocate memory for requested buffer"), "out-of-memory"),
        (RuntimeError("shapes differ"), "failed"),
    ],
)
def test_the_frameworks_words_for_no_memory_are_known(error: Exception, status: str) -> None:
    assert job_failed("a.zip", error).status == status


INTERRUPTED = """
import sys, time
from pathlib import Path
from zoo.runtime.worker import Worker

def slow():
    return lambda: time.sleep(60)

if __name__ == "__main__":
    worker = Worker("job", slow)
    print(worker.pid, flush=True)
    try:
        worker.call()
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


def test_ctrl_c_ends_the_worker_as_well(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(INTERRUPTED)
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=30)
    assert said.strip() == "interrupted"
    assert not alive(pid)


def test_a_worker_that_is_idle_ends_by_itself_and_leaves_nothing_behind(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\n"
        "from zoo.runtime.worker import isolated\n"
        "import semaphores\n"
        "if __name__ == '__main__':\n"
        "    print(isolated('a job', semaphores.made))\n"
    )
    (tmp_path / "semaphores.py").write_text(
        "import multiprocessing\n"
        "kept = []\n"
        "def made():\n"
        "    kept.append(multiprocessing.get_context('spawn').Lock())\n"
        "    return 'made'\n"
    )
    ran = subprocess.run([sys.executable, script, tmp_path], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "made"
    assert "leaked" not in ran.stderr
