"""CPU time, memory and cores of processes on Linux.

On other systems the figures are None, and processes are not pinned.
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
    """CPU seconds of a process, including all its threads."""
    if pid is None or not LINUX:
        return None
    return time.clock_gettime((~pid << 3) | 2)  # the clock id that clock_getcpuclockid(3) returns


def cpu_seconds_of_group(pid: int | None) -> float | None:
    """CPU seconds of a process and its children, including those that have ended."""
    if pid is None or not LINUX:
        return None
    seconds = sum(map(int, _stat(pid)[13:15])) / os.sysconf("SC_CLK_TCK")  # of ended children
    for process in map(int, filter(str.isdecimal, (entry.name for entry in Path("/proc").iterdir()))):
        try:
            if process == pid or int(_stat(process)[1]) == pid:
                seconds += cpu_seconds(process) or 0
        except OSError:  # the process has ended
            continue
    return seconds


def parent_named(pid: int, name: str) -> int | None:
    """The parent of a process, if it has this name."""
    if not LINUX or not Path(f"/proc/{pid}").exists():
        return None
    parent = int(_stat(pid)[1])
    return parent if Path(f"/proc/{parent}/comm").read_text().strip() == name else None


def resident(pid: int) -> float | None:
    """Resident memory of a process in MiB."""
    return _status(pid, "VmRSS")


def peak(pid: int) -> float | None:
    """Peak resident memory of a process since `forget_peak`, in MiB."""
    return _status(pid, "VmHWM")


def forget_peak(pid: int) -> None:
    """Reset `peak`."""
    if LINUX:
        Path(f"/proc/{pid}/clear_refs").write_text("5")


def _status(pid: int, name: str) -> float | None:
    if not LINUX:
        return None
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / MIB for line in lines if line.startswith(f"{name}:"))


class Cores:
    """The cores of the server, the load generator and the database.

    With two cores the database shares the load generator's. With more it has all others. With one core, or if cores
    cannot be chosen or `pinned` is false, processes are not pinned.
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
    """Run processes that are started inside the context on these cores."""
    if not cores or not LINUX:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
