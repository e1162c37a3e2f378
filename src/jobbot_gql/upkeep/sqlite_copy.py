"""Copying a SQLite database while it is in use.

`VACUUM INTO` and not the online backup API: it copies one snapshot, however much is written meanwhile, where the API's
steps begin anew after each write of another connection and may never end; and it copies rows, not pages, so that
nothing of what was deleted or purged is in the copy.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from jobbot_gql.db.maintenance_connection import DatabaseProblem


def copy_into(source: Path, file: Path) -> None:
    """Copy a database, what lies in its write-ahead log included, into an empty file; whole, checked and on disk.

    Raises DatabaseProblem, OSError and sqlite3.Error; then the file is not to be used.
    """
    with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True)) as connection:  # rw: it must exist
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # VACUUM would not say what is wrong
        connection.execute("VACUUM INTO ?", (str(file),))
    if (verdict := integrity(file)) != "ok":
        raise DatabaseProblem(
            f"{source} is damaged ({verdict}): restore a copy, or save what sqlite3's .recover still finds"
        )
    with file.open("rb") as copied:
        os.fsync(copied.fileno())


def integrity(file: Path) -> str:
    """The first thing that is wrong with the structure of a database that nobody writes to, or `ok`."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        verdict: str = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    return verdict
