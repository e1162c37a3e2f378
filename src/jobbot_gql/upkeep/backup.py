"""Backups of a SQLite database: made while it is in use, and put in its place again while it is not."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from jobbot_gql import private_files
from jobbot_gql.db.maintenance_connection import DatabaseProblem
from jobbot_gql.db.triggers import search_index
from jobbot_gql.db.url import DatabaseUrl
from jobbot_gql.upkeep import sequences
from jobbot_gql.upkeep.migrations import Kind, SchemaState, require_ours, state_of
from jobbot_gql.upkeep.sqlite_copy import copy_into

LOCK_BYTES = (510, 0x40000002)
"""Length and place of the bytes that SQLite locks in a database that it has open (SQLite's os.h, SHARED_FIRST)."""

SIDE_FILES = ("-wal", "-shm", "-journal")
"""What SQLite appends to a database's name for the files that belong to it."""

OF_NO_USER = {"alembic_version", "sqlite_sequence"}
"""Tables that have rows where nobody has written any; beside those of the search index."""


@dataclass(frozen=True)
class Backup:
    """A backup that was made."""

    file: Path
    bytes: int
    revision: str | None


@dataclass(frozen=True)
class Restored:
    """A backup that was put in the database's place."""

    state: SchemaState
    """What the database is now."""
    replaced: Path | None
    """The database as it was before; None where there was none."""


def sqlite_at(file: Path) -> DatabaseUrl:
    """The URL of the SQLite database in a file."""
    return DatabaseUrl(URL.create("sqlite+aiosqlite", database=str(file)), {})


def back_up(database: DatabaseUrl, target: Path, *, force: bool = False) -> Backup:
    """Copy the database as of now to a file that only its owner can read, whole and checked, or not at all.

    A file that is there already is replaced only with `force`. Raises DatabaseProblem.
    """
    source = _file(database)
    if not source.exists():
        raise DatabaseProblem(f"{source} does not exist: nothing to back up")
    require_other_file(source, target, "cannot be the backup of")
    if os.path.lexists(target) and not force:
        raise DatabaseProblem(f"{target} already exists: name another file, or replace it with --force")
    with _unfinished(source, target, replace=force) as file:
        copy_into(source, file)
        state = _state(file)
        size = file.stat().st_size
        _name(file, target, replace=force)
    return Backup(target, size, state.revision)


def restore(database: DatabaseUrl, backup: Path, *, force: bool = False) -> Restored:
    """Put a copy of a backup in the database's place, which nobody may have open; the database is kept beside it.

    Ids and sequences continue above those that the database has given out.

    With `force` a database that holds data is replaced too. Raises DatabaseProblem; then nothing has changed.
    """
    target = _file(database)
    if not backup.is_file():
        raise DatabaseProblem(f"{backup} does not exist")
    require_other_file(target, backup, "cannot be restored into")
    if target.is_symlink():  # the file that SQLite opens, and puts its own files beside
        target = target.resolve()
    try:
        private_files.create_folders(target)
    except OSError as error:
        raise DatabaseProblem(f"cannot copy {backup} to {target}: {_reason(error)}") from error
    with _unfinished(backup, target, replace=True) as file:
        copy_into(backup, file)
        state = _state(file)
        if state.kind is Kind.EMPTY:
            raise DatabaseProblem(f"{backup} has no tables: name a backup that `jobbot-gql backup` has made")
        require_ours(sqlite_at(backup), state)
        return Restored(state, _replace(target, file, force=force))


def _replace(target: Path, file: Path, *, force: bool) -> Path | None:
    """Give a file the database's name; the name that the database has now, if there was one."""
    if not target.exists():
        _name(file, target, replace=False)
        return None
    if _is_open(target):
        raise DatabaseProblem(
            f"{target} is open in another program, such as `jobbot-gql serve`: end that program first"
        )
    problem = _settle(target)
    if problem and not force:
        raise DatabaseProblem(f"{target} {problem}: --force replaces it, and keeps it under another name")
    _continue_after(target, file)
    aside = target.with_name(f"{target.stem}.replaced-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}{target.suffix}")
    # What belongs to the old database must never meet the new one: SQLite would play it back into it.
    for ending in SIDE_FILES:
        left = target.with_name(target.name + ending)
        if left.exists():
            left.rename(aside.with_name(aside.name + ending))
    with suppress(OSError):  # a file system without links: for a moment the database has no name
        os.link(target, aside)
    if not aside.exists():
        target.rename(aside)
    _name(file, target, replace=True)
    return aside


def _settle(path: Path) -> str | None:
    """Have all of a database in its one file; what speaks against replacing it."""
    try:
        with closing(sqlite3.connect(path, timeout=0)) as connection:
            # Plays back and removes the write-ahead log; it fails while anybody else has the database open.
            connection.execute("PRAGMA journal_mode = DELETE").fetchall()
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            of_users = [name for name in tables if name not in OF_NO_USER and not search_index.owns(name)]
            looks = (f'SELECT EXISTS (SELECT 1 FROM "{name}")' for name in of_users)  # noqa: S608 - names of its tables
            filled = [connection.execute(look).fetchone()[0] for look in looks]
    except sqlite3.Error as error:
        if "locked" in str(error):
            raise DatabaseProblem(f"{path} is locked by another program: end that program first") from None
        return f"cannot be read ({error})"
    return "holds data" if any(filled) else None


def _continue_after(replaced: Path, file: Path) -> None:
    """Have the database in a file give out no number that the one which it replaces has given out."""
    try:
        with _connection(replaced) as connection:
            numbers = sequences.given_out(connection) if state_of(connection).kind is not Kind.FOREIGN else {}
    except DBAPIError:  # it is damaged: nobody knows
        return
    with _connection(file) as connection, connection.begin():
        sequences.continue_after(connection, numbers)


def _is_open(path: Path) -> bool:
    """Whether another process has a database open; SQLite in WAL mode holds a lock on it all the time."""
    with path.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, *LOCK_BYTES)
        except OSError:
            return True
    return False


@contextmanager
def _unfinished(source: Path, target: Path, *, replace: bool) -> Iterator[Path]:
    """An empty file to copy into; gone at the end, unless it was renamed. Raises DatabaseProblem."""
    try:
        if replace:
            private_files.require_replaceable(target)
        with private_files.unfinished(target) as file:
            yield file
    except BlockingIOError:
        raise DatabaseProblem(f"another process is writing {target}") from None
    except (OSError, sqlite3.Error) as error:
        raise DatabaseProblem(f"cannot copy {source} to {target}: {_reason(error)}") from error


def _name(file: Path, target: Path, *, replace: bool) -> None:
    """Give a finished file its name, at once and lastingly. Raises DatabaseProblem if it is taken meanwhile."""
    try:
        private_files.rename(file, target, replace=replace)
    except FileExistsError:
        raise DatabaseProblem(f"{target} already exists: name another file, or replace it with --force") from None


def require_other_file(database: Path, file: Path, rule: str) -> None:
    """Raise DatabaseProblem where a file is a SQLite database or belongs to it, also through links."""
    real = database.resolve()
    own = {path.with_name(path.name + ending) for path in (database, real) for ending in ("", *SIDE_FILES)}
    named = file.parent.resolve() / file.name
    if file.is_dir():
        raise DatabaseProblem(f"{file} is a folder: name a file")
    if {named, file.resolve()} & {one.parent.resolve() / one.name for one in own} or (
        file.exists() and any(one.exists() and one.samefile(file) for one in own)
    ):
        raise DatabaseProblem(f"{file} {rule} {database}, which it is or belongs to: name another file")


def _reason(error: Exception) -> str:
    """What is wrong, and with which file."""
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _state(file: Path) -> SchemaState:
    with _connection(file) as connection:
        return state_of(connection)


def _connection(file: Path) -> Connection:
    return create_engine(URL.create("sqlite", database=str(file)), poolclass=NullPool).connect()


def _file(database: DatabaseUrl) -> Path:
    if database.sqlite_path is None:
        raise DatabaseProblem("a SQLite database in memory cannot be backed up: name a file in DATABASE_URL")
    return database.sqlite_path
