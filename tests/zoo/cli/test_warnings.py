"""What is meant for users is printed as a line; what is not, as Python prints it."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys, warnings
from zoo import cli
from zoo.errors import ZooWarning
from zoo.cli import listing

def warns(context, kind="models", *, as_json=False):
    warnings.warn("two fields lie idle", ZooWarning, stacklevel=1)
    warnings.warn("a library is getting old", UserWarning, stacklevel=1)

listing._ROWS["models"] = lambda registry: warns(None) or []
cli.main(["--no-plugin", "all", "list", "models"])
"""


def test_a_warning_for_users_is_one_line_without_a_place_in_the_code():
    ran = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    lines = ran.stderr.splitlines()
    assert "zoo: two fields lie idle" in lines
    assert any(line.endswith("UserWarning: a library is getting old") for line in lines)
    assert "ZooWarning" not in ran.stderr


INTERRUPTED = """
from zoo import cli
from zoo.cli import listing

def interrupted(registry):
    raise KeyboardInterrupt

listing._ROWS["models"] = interrupted
cli.main(["--no-plugin", "all", "list", "models"])
"""


def test_an_interrupted_command_says_that_finished_work_is_kept():
    ran = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (130, "zoo: interrupted; finished work is kept\n")
