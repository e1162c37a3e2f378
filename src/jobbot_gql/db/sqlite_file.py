"""Detection of a SQLite file that was removed or replaced while it was open.

A process would continue to write to the old file and its write-ahead log, and committed data would be lost when it
ends. SQLite does not detect this in WAL mode.
"""

import os
from pathlib import Path
from typing import NamedTuple

from jobbot_gql.db.failures import FileReplaced


class Identity(NamedTuple):
    """Identifies a file independently of its name."""

    device: int
    inode: int


def _identity(path: str) -> Identity | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - runs at each write, and Path.stat() takes three times as long
    except OSError:
        return None
    return Identity(found.st_dev, found.st_ino)


class SqliteFile:
    """A database file that all connections of a process must share."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._name = str(path.absolute())
        self._opened: Identity | None = None

    def require_same(self) -> None:
        """Raise FileReplaced if the path is no longer the file that was opened."""
        if self._opened is not None and _identity(self._name) != self._opened:
            raise _replaced(self._name)

    def opened(self) -> "OpenFiles":
        """Files that a new connection has opened. Raises FileReplaced if they are not those of earlier connections."""
        self.require_same()
        self._opened = _identity(self._name)
        # If the path is a symbolic link, SQLite creates the log next to its target.
        return OpenFiles((self._name, f"{os.path.realpath(self._name)}-wal"))


class OpenFiles:
    """Database file and write-ahead log of a connection."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._files = {name: _identity(name) for name in names}

    def require_same(self) -> None:
        """Raise FileReplaced if one of the files was removed or replaced."""
        for name, opened in self._files.items():
            if _identity(name) != opened:
                raise _replaced(name)


def _replaced(name: str) -> FileReplaced:
    return FileReplaced(f"{name} was removed or replaced after it was opened: put it back, or restart the server")
