"""How many threads a net may use: what was asked for, else the cores that this process really has."""

from __future__ import annotations

import os
from pathlib import Path

CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""Quota and period of the container this process runs in, in µs; ``max`` if there is none."""
TOPOLOGY = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"


def available() -> int:
    """``OMP_NUM_THREADS`` if it is set, else the physical cores that this process may run on, within its quota."""
    asked = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    if asked.isdecimal() and int(asked) > 0:
        return int(asked)
    return max(1, min(physical_cores(), quota()))


def physical_cores() -> int:
    """Cores that this process may be scheduled on, counting the two threads of one core once."""
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    cpus = os.sched_getaffinity(0)
    siblings = {_text(Path(TOPOLOGY.format(cpu))) or str(cpu) for cpu in cpus}
    return len(siblings)


def quota() -> int:
    """Whole cores that a container's quota allows; the number of processors without one."""
    found = _text(CPU_QUOTA).split()
    if len(found) == 2 and found[0].isdecimal():  # noqa: PLR2004 - quota and period
        return max(1, int(found[0]) // int(found[1]))
    return os.cpu_count() or 1


def _text(path: Path) -> str:
    """Content of a small file of the system, empty where there is none."""
    try:
        return path.read_text().strip()
    except OSError:
        return ""
