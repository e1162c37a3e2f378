"""The file of a SQLite database, which must stay the one that was opened.

A process goes on writing to a file that was removed or replaced, and to its write-ahead log likewise: what it has
acknowledged is gone when it ends. SQLite itself notices nothing in WAL mode.
"""

import os
from pathlib import Path
from typing import NamedTuple

from jobbot_gql.db.failures import FileReplaced


class Identity(NamedTuple):
    """What a file is, whatever its name; None for one that does not exist."""

    device: int
    inode: int


def _identity(path: str) -> Identity | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - at each write: a Path takes three times as long
    except OSError:
        return None
    return Identity(found.st_dev, found.st_ino)


class SqliteFile:
    """A database file as all connections of a process must see it: the one that was opened first."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._name = str(path.absolute())
        self._opened: Identity | None = None

    def require_same(self) -> None:
        """Raise FileReplaced where the name stands for another file by now, or for none."""
        if self._opened is not None and _identity(self._name) != self._opened:
            raise _replaced(self._name)

    def opened(self) -> "OpenFiles":
        """What a connection has just opened. Raises FileReplaced where that is another file than before."""
        self.require_same()
        self._opened = _identity(self._name)
        # SQLite keeps the log beside the file itself, wherever the name is a link to it.
        return OpenFiles((self._name, f"{os.path.realpath(self._name)}-wal"))


class OpenFiles:
    """The database and the write-ahead log of one connection: neither is ever replaced while it is open."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._files = {name: _identity(name) for name in names}

    def require_same(self) -> None:
        """Raise FileReplaced where the connection would write to a file that has lost its name."""
        for name, opened in self._files.items():
            if _identity(name) != opened:
                raise _replaced(name)


def _replaced(name: str) -> FileReplaced:
    return FileReplaced(f"{name} was removed or replaced after it was opened: put it back, or restart the server")
