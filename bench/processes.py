"""What Linux knows about processes: the CPU time that they took, the memory that they hold, the cores they may use.

Elsewhere the figures are None, and nothing is pinned.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LINUX = sys.platform == "linux"
MIB = 2**20


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on; see proc_pid_stat(5)."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def cpu_seconds(pid: int | None) -> float | None:
    """CPU seconds that a process has taken so far, in all its threads."""
    if pid is None or not LINUX:
        return None
    return time.clock_gettime((~pid << 3) | 2)  # what clock_getcpuclockid(3) makes of a process


def cpu_seconds_of_group(pid: int | None) -> float | None:
    """CPU seconds of a process and its children, those that have ended included."""
    if pid is None or not LINUX:
        return None
    seconds = sum(map(int, _stat(pid)[13:15])) / os.sysconf("SC_CLK_TCK")  # of those that have ended
    for process in map(int, filter(str.isdecimal, (entry.name for entry in Path("/proc").iterdir()))):
        try:
            if process == pid or int(_stat(process)[1]) == pid:
                seconds += cpu_seconds(process) or 0
        except OSError:  # it has ended meanwhile
            continue
    return seconds


def parent_named(pid: int, name: str) -> int | None:
    """The parent of a process, if it goes by that name."""
    if not LINUX or not Path(f"/proc/{pid}").exists():
        return None
    parent = int(_stat(pid)[1])
    return parent if Path(f"/proc/{parent}/comm").read_text().strip() == name else None


def resident(pid: int) -> float | None:
    """Resident memory of a process in MiB."""
    return _status(pid, "VmRSS")


def peak(pid: int) -> float | None:
    """The most resident memory that a process held since `forget_peak`, in MiB."""
    return _status(pid, "VmHWM")


def forget_peak(pid: int) -> None:
    """Let `peak` begin anew."""
    if LINUX:
        Path(f"/proc/{pid}/clear_refs").write_text("5")


def _status(pid: int, name: str) -> float | None:
    if not LINUX:
        return None
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / MIB for line in lines if line.startswith(f"{name}:"))


class Cores:
    """Which cores serve, drive, and keep the database.

    With two cores the database shares the driver's, so that the server's core is the server's alone; with more it has
    all others. With one core, where cores cannot be chosen, and where speed does not matter, nothing is pinned.
    """

    def __init__(self, *, pinned: bool = True) -> None:
        cores = sorted(os.sched_getaffinity(0)) if LINUX else []
        self.pinned = pinned and len(cores) > 1
        self.server = set(cores[:1] if self.pinned else cores)
        self.driver = set(cores[1:2] if self.pinned else cores)
        self.database = set(cores[2:]) or self.driver

    def __str__(self) -> str:
        if not self.pinned:
            return "nothing is pinned to a core"
        database = ", ".join(map(str, sorted(self.database)))
        return f"server on core {min(self.server)}, driver on core {min(self.driver)}, PostgreSQL on {database}"


@contextmanager
def on(cores: set[int]) -> Iterator[None]:
    """Processes that are started inside the context run on these cores."""
    if not cores or not LINUX:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
