"""How much memory a process takes, as Linux tells; nothing elsewhere."""

from __future__ import annotations

from pathlib import Path

PROCESSES = Path("/proc")
FORGET_PEAK = "5"
"""What ``clear_refs`` is told to set the peak back to what is held now (proc_pid_clear_refs(5))."""
KILOBYTE = 1024


def idle(pid: int | None) -> int | None:
    """Bytes that a process holds now, from which its peak is counted anew; None where the system does not tell."""
    if pid is None:
        return None
    try:
        (PROCESSES / str(pid) / "clear_refs").write_text(FORGET_PEAK)
    except OSError:
        return None  # a peak that still holds how the weights were loaded would say nothing
    return _told(pid, "VmRSS")


def peak(pid: int | None) -> int | None:
    """The most bytes that it held since."""
    return None if pid is None else _told(pid, "VmHWM")


def _told(pid: int, name: str) -> int | None:
    try:
        lines = (PROCESSES / str(pid) / "status").read_text().splitlines()
    except OSError:
        return None
    found = next((line.split() for line in lines if line.startswith(f"{name}:")), None)
    return int(found[1]) * KILOBYTE if found else None
