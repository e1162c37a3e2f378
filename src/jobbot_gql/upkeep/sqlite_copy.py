"""Copy of a SQLite database that is in use.

It uses `VACUUM INTO`, not the online backup API. The API restarts after each write of another connection and may never
finish, while `VACUUM INTO` copies one snapshot. It also copies rows instead of pages, so the copy holds no deleted or
purged data.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from jobbot_gql.db.maintenance_connection import DatabaseProblem


def copy_into(source: Path, file: Path) -> None:
    """Copy a database, including its write-ahead log, into an empty file. The copy is checked and synced to disk.

    Raises DatabaseProblem, OSError and sqlite3.Error. The file must not be used then.
    """
    with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True)) as connection:  # rw: it must exist
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # gives a clearer error than VACUUM
        connection.execute("VACUUM INTO ?", (str(file),))
    if (verdict := integrity(file)) != "ok":
        raise DatabaseProblem(
            f"{source} is damaged ({verdict}): restore a copy, or save what sqlite3's .recover still finds"
        )
    with file.open("rb") as copied:
        os.fsync(copied.fileno())


def integrity(file: Path) -> str:
    """The first result of `PRAGMA integrity_check`: `ok` or an error. The database must not be in use."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        verdict: str = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    return verdict
