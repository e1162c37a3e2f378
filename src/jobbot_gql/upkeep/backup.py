"""Backup and restore of a SQLite database. A backup may be made while the database is in use; a restore may not."""

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
from jobbot_gql.upkeep.migrations import DatabaseKind, SchemaState, require_ours, state_of
from jobbot_gql.upkeep.sqlite_copy import copy_into

LOCK_BYTES = (510, 0x40000002)
"""Length and offset of the bytes that SQLite locks in an open database (SHARED_FIRST in SQLite's os.h)."""

SIDE_FILES = ("-wal", "-shm", "-journal")
"""Suffixes of the files that SQLite keeps beside a database."""

SYSTEM_TABLES = {"alembic_version", "sqlite_sequence"}
"""Tables that hold rows in an empty database, in addition to those of the search index."""


@dataclass(frozen=True)
class Backup:
    """A completed backup."""

    file: Path
    bytes: int
    revision: str | None


@dataclass(frozen=True)
class Restored:
    """A completed restore."""

    state: SchemaState
    """State of the restored database."""
    replaced: Path | None
    """Path of the replaced database; None if there was none."""


def sqlite_at(file: Path) -> DatabaseUrl:
    """The URL of a SQLite file."""
    return DatabaseUrl(URL.create("sqlite+aiosqlite", database=str(file)), {})


def back_up(database: DatabaseUrl, target: Path, *, force: bool = False) -> Backup:
    """Copy the database atomically to a checked file that only its owner can read.

    `force` allows replacing an existing file. Raises DatabaseProblem.
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
        _publish(file, target, replace=force)
    return Backup(target, size, state.revision)


def restore(database: DatabaseUrl, backup: Path, *, force: bool = False) -> Restored:
    """Replace the database by a copy of a backup. The replaced database is kept under another name.

    No process may have the database open. Ids and sequences continue above those of the replaced database. `force`
    allows replacing a database that holds data. Raises DatabaseProblem, and changes nothing then.
    """
    target = _file(database)
    if not backup.is_file():
        raise DatabaseProblem(f"{backup} does not exist")
    require_other_file(target, backup, "cannot be restored into")
    if target.is_symlink():  # SQLite opens the link's target and keeps its side files there
        target = target.resolve()
    try:
        private_files.create_folders(target)
    except OSError as error:
        raise DatabaseProblem(f"cannot copy {backup} to {target}: {_reason(error)}") from error
    with _unfinished(backup, target, replace=True) as file:
        copy_into(backup, file)
        state = _state(file)
        if state.kind is DatabaseKind.EMPTY:
            raise DatabaseProblem(f"{backup} has no tables: name a backup that `jobbot-gql backup` has made")
        require_ours(sqlite_at(backup), state)
        return Restored(state, _replace(target, file, force=force))


def _replace(target: Path, file: Path, *, force: bool) -> Path | None:
    """Rename `file` to `target`. Returns the new path of the replaced database, None if there was none."""
    if not target.exists():
        _publish(file, target, replace=False)
        return None
    if _is_open(target):
        raise DatabaseProblem(
            f"{target} is open in another program, such as `jobbot-gql serve`: end that program first"
        )
    problem = _checkpoint(target)
    if problem and not force:
        raise DatabaseProblem(f"{target} {problem}: --force replaces it, and keeps it under another name")
    _continue_after(target, file)
    aside = target.with_name(f"{target.stem}.replaced-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}{target.suffix}")
    # SQLite would apply side files of the old database to the new one.
    for ending in SIDE_FILES:
        left = target.with_name(target.name + ending)
        if left.exists():
            left.rename(aside.with_name(aside.name + ending))
    with suppress(OSError):  # without hard links the database has no name for a moment
        os.link(target, aside)
    if not aside.exists():
        target.rename(aside)
    _publish(file, target, replace=True)
    return aside


def _checkpoint(path: Path) -> str | None:
    """Checkpoint the database into its main file. Returns a reason not to replace it, if there is one."""
    try:
        with closing(sqlite3.connect(path, timeout=0)) as connection:
            # Checkpoints and removes the write-ahead log. Fails while another process has the database open.
            connection.execute("PRAGMA journal_mode = DELETE").fetchall()
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            user_tables = [name for name in tables if name not in SYSTEM_TABLES and not search_index.owns(name)]
            queries = (f'SELECT EXISTS (SELECT 1 FROM "{name}")' for name in user_tables)  # noqa: S608 - names of its tables
            filled = [connection.execute(query).fetchone()[0] for query in queries]
    except sqlite3.Error as error:
        if "locked" in str(error):
            raise DatabaseProblem(f"{path} is locked by another program: end that program first") from None
        return f"cannot be read ({error})"
    return "holds data" if any(filled) else None


def _continue_after(replaced: Path, file: Path) -> None:
    """Continue ids and sequences above those of the replaced database."""
    try:
        with _connection(replaced) as connection:
            numbers = (
                sequences.issued_numbers(connection) if state_of(connection).kind is not DatabaseKind.FOREIGN else {}
            )
    except DBAPIError:  # a damaged database's numbers are unknown
        return
    with _connection(file) as connection, connection.begin():
        sequences.continue_after(connection, numbers)


def _is_open(path: Path) -> bool:
    """Whether another process has the database open. In WAL mode SQLite holds a lock permanently."""
    with path.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, *LOCK_BYTES)
        except OSError:
            return True
    return False


@contextmanager
def _unfinished(source: Path, target: Path, *, replace: bool) -> Iterator[Path]:
    """A temporary file to copy into. It is deleted unless it is renamed. Raises DatabaseProblem."""
    try:
        if replace:
            private_files.require_replaceable(target)
        with private_files.unfinished(target) as file:
            yield file
    except BlockingIOError:
        raise DatabaseProblem(f"another process is writing {target}") from None
    except (OSError, sqlite3.Error) as error:
        raise DatabaseProblem(f"cannot copy {source} to {target}: {_reason(error)}") from error


def _publish(file: Path, target: Path, *, replace: bool) -> None:
    """Rename a complete file atomically and durably. Raises DatabaseProblem if the name is taken."""
    try:
        private_files.rename(file, target, replace=replace)
    except FileExistsError:
        raise DatabaseProblem(f"{target} already exists: name another file, or replace it with --force") from None


def require_other_file(database: Path, file: Path, rule: str) -> None:
    """Raise DatabaseProblem if `file` is the database or one of its side files, also through links."""
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
    """The error's text, with its file name if it has one."""
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
