"""Migrations, and detection of a database's state: current, outdated, newer, JobBot's, or another program's."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, partial
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Table, inspect, text

import jobbot_gql
from jobbot_gql.db.maintenance_connection import DatabaseProblem, exclusive, label, reading
from jobbot_gql.db.url import DatabaseUrl
from jobbot_gql.upkeep import adoption, alignment, jobbot_tables, legacy, row_scan, sequences
from jobbot_gql.upkeep.adoption import Settlement, Unsettled
from jobbot_gql.upkeep.findings import Finding

FIRST_OWN_REVISION = "0003"
"""The first revision after JobBot's own tables."""

_alembic = asyncio.Lock()  # alembic's `context` and `op` are global


class DatabaseKind(StrEnum):
    """State of a database relative to this code."""

    EMPTY = "empty"
    CURRENT = "current"
    BEHIND = "behind"
    AHEAD = "ahead"
    """It was migrated by a newer jobbot-gql."""
    SEED = "seed"
    """It was created by JobBot's own code and can be adopted."""
    LEGACY = "legacy"
    """It was created by JobBot's older code and can be adopted."""
    FOREIGN = "foreign"
    """It holds another program's tables."""


@dataclass(frozen=True)
class SchemaState:
    """State and revision of a database."""

    kind: DatabaseKind
    revision: str | None
    """Revision of the tables. For `seed` and `legacy` the equivalent one, 0001 or 0002."""
    head: str
    """The newest revision known to this code."""
    detail: str = ""
    """For `foreign`: the difference from JobBot's tables."""


@dataclass(frozen=True)
class Migration:
    """Result of `migrate`."""

    before: SchemaState
    revision: str | None
    """The new revision; None for an empty database."""
    findings: list[Finding] = field(default_factory=list)
    """Findings before the migration, including those that the settlement covers."""
    deleted: dict[str, int] = field(default_factory=dict)
    """Number of deleted orphans by table, including rows that referred to them."""
    copy: Path | None = None
    """Copy of the SQLite file before the migration."""


def scripts_folder() -> Path:
    """Folder of alembic's scripts: inside an installed package, else at the top of the repository."""
    package = Path(jobbot_gql.__file__).parent
    packaged = package / "_migrations"
    return packaged if packaged.is_dir() else package.parent.parent / "alembic"


async def schema_state(database: DatabaseUrl, *, scripts: Path | None = None) -> SchemaState:
    """State of a database. A missing SQLite file counts as empty. Raises DatabaseProblem."""
    if database.sqlite_path and not database.sqlite_path.exists():
        return SchemaState(DatabaseKind.EMPTY, None, _script(scripts).get_current_head() or "")
    async with reading(database) as connection:
        return await connection.run_sync(state_of, scripts)


@cache
def head_revision() -> str | None:
    """The newest revision known to this code, read once per process."""
    return _script(None).get_current_head()


async def migrate(
    database: DatabaseUrl,
    target: str = "head",
    *,
    settlement: Settlement | None = None,
    scripts: Path | None = None,
    wait: float = 30,
) -> Migration:
    """Upgrade or downgrade a database in one transaction, or adopt a JobBot database.

    Before an adoption, a downgrade or a settlement a SQLite file is copied. The copy is removed if the migration fails.

    Args:
        database: The database.
        target: `head`, `base`, a revision, or a number of steps such as `+1` and `-1`.
        settlement: Decisions about rows that violate rules. It is also applied to a current database.
        scripts: Folder of alembic's scripts.
        wait: Timeout for locks, in seconds.

    Raises:
        Unsettled: Rows that block the adoption are not covered by the settlement.
        DatabaseProblem: The migration failed. The database is unchanged.
    """
    settlement = settlement or Settlement()
    async with AsyncExitStack() as undo, _alembic, exclusive(database, wait=wait) as connection:
        before = await connection.run_sync(state_of, scripts)
        require_ours(database, before)
        order = _order(scripts)
        goal = _resolve(target, before.revision, order)
        current, future = _position(before.revision, order), _position(goal, order)
        adopts = before.kind in (DatabaseKind.SEED, DatabaseKind.LEGACY)
        if adopts and future < current:
            raise DatabaseProblem(f"{label(database)} was created by JobBot: it can be adopted, not downgraded")
        crossing = 0 < current < _position(FIRST_OWN_REVISION, order) <= future

        copy: Path | None = None
        if before.kind is DatabaseKind.LEGACY and database.sqlite_path:
            copy = await _copy(database.sqlite_path, undo)
            await connection.run_sync(legacy.convert)
        found: list[Finding] = []
        tables = _tables(before, settlement)
        if crossing or settlement:
            found = await connection.run_sync(row_scan.in_tables, tables)
        if crossing and any(finding.blocks for finding in found):
            left = await connection.run_sync(partial(row_scan.in_tables, tables=tables, covers=settlement.covers))
            if any(finding.blocks for finding in left):
                raise Unsettled(left)
        if copy is None and database.sqlite_path and current and (crossing or future < current or settlement):
            copy = await _copy(database.sqlite_path, undo)
        deleted = await connection.run_sync(adoption.settle, tables, settlement)
        if adopts:
            found += await connection.run_sync(legacy.notes)
            found += await connection.run_sync(alignment.extras, tables)
            await connection.run_sync(adoption.prepare, tables)
        await connection.run_sync(_run, before, goal, down=future < current, scripts=scripts)
        undo.pop_all()
    return Migration(before, goal, found, deleted, copy)


async def _copy(path: Path, undo: AsyncExitStack) -> Path:
    """Copy a SQLite file. `undo` removes the copy if the migration fails."""
    copying = asyncio.ensure_future(asyncio.to_thread(adoption.copy_file, path))
    try:
        copy = await asyncio.shield(copying)
    except asyncio.CancelledError:  # the thread continues
        with suppress(DatabaseProblem):
            (await copying).unlink()
        raise
    undo.callback(copy.unlink, missing_ok=True)
    return copy


def _tables(state: SchemaState, settlement: Settlement) -> list[Table]:
    """The tables to which a settlement applies."""
    if state.revision is None:
        return []
    if state.kind is DatabaseKind.CURRENT:
        return list(settlement.metadata.sorted_tables)
    return [*jobbot_tables.BUILT, *(() if state.revision == "0001" else jobbot_tables.PLANNED)]


def state_of(connection: Connection, scripts: Path | None = None) -> SchemaState:
    """State of a connected database."""
    order = _order(scripts)
    tables = set(inspect(connection).get_table_names())
    stamps: list[str] = []
    if "alembic_version" in tables:
        tables.remove("alembic_version")
        stamps.extend(connection.scalars(text("SELECT version_num FROM alembic_version")))

    def state(kind: DatabaseKind, revision: str | None, detail: str = "") -> SchemaState:
        return SchemaState(kind, revision, order[-1], detail)

    if not tables and not stamps:
        return state(DatabaseKind.EMPTY, None)
    if "change_log" in tables and "jobs" in tables and stamps:
        if stamps[0] not in order:
            return state(DatabaseKind.AHEAD, stamps[0])
        return state(DatabaseKind.CURRENT if stamps[0] == order[-1] else DatabaseKind.BEHIND, stamps[0])
    if legacy.is_legacy(connection):
        return state(DatabaseKind.LEGACY, "0002")
    if difference := jobbot_tables.difference(connection):
        named = ", ".join(sorted(tables)[:3]) + (", …" if len(tables) > 3 else "")
        return state(DatabaseKind.FOREIGN, None, f"tables {named or 'none'}; not JobBot's: {difference}")
    revision = "0002" if "companies" in tables else "0001"
    return state(DatabaseKind.BEHIND if stamps == [revision] else DatabaseKind.SEED, revision)


def require_ours(database: DatabaseUrl, state: SchemaState) -> None:
    """Raise DatabaseProblem for a newer database and for one of another program."""
    if state.kind is DatabaseKind.AHEAD:
        raise DatabaseProblem(
            f"{label(database)} is at revision {state.revision}, which this version does not know (its latest is"
            f" {state.head}): use the version that migrated it"
        )
    if state.kind is DatabaseKind.FOREIGN:
        raise DatabaseProblem(
            f"{label(database)} belongs to another program ({state.detail}): name a database of its own in DATABASE_URL"
        )


def require_known(connection: Connection) -> None:
    """Raise DatabaseProblem for a database that alembic's own commands cannot migrate."""
    state = state_of(connection)
    if state.kind in (DatabaseKind.SEED, DatabaseKind.LEGACY):
        raise DatabaseProblem("this database was created by JobBot: `jobbot-gql migrate` adopts it")
    if state.kind is DatabaseKind.FOREIGN:
        raise DatabaseProblem(f"this database belongs to another program: {state.detail}")


@contextmanager
def checked_foreign_keys(connection: Connection) -> Iterator[None]:
    """Check foreign keys after migrations on SQLite, where rebuilding a table bypasses them.

    Raises DatabaseProblem if the migration broke a reference. Also prevents the reuse of ids of deleted rows.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    broken_before = set(connection.exec_driver_sql("PRAGMA foreign_key_check"))
    numbers = sequences.issued_numbers(connection)
    yield
    if broken := set(connection.exec_driver_sql("PRAGMA foreign_key_check")) - broken_before:
        table, row_id, parent, _ = min(broken, key=str)
        raise DatabaseProblem(
            f"the migration left row {row_id} of {table} without its row of {parent}; it was rolled back"
        )
    sequences.continue_after(connection, numbers)


def _config(scripts: Path | None, connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts or scripts_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _script(scripts: Path | None) -> ScriptDirectory:
    return ScriptDirectory.from_config(_config(scripts))


def _order(scripts: Path | None) -> list[str]:
    """All revisions, oldest first."""
    return [script.revision for script in _script(scripts).walk_revisions()][::-1]


def _position(revision: str | None, order: list[str]) -> int:
    return order.index(revision) + 1 if revision else 0


def _resolve(target: str, current: str | None, order: list[str]) -> str | None:
    """The target revision; None for `base`. Raises DatabaseProblem."""
    points = [None, *order]
    if target in order:
        return target
    if target in ("head", "base"):
        return points[-1] if target == "head" else None
    try:
        if not target.startswith(("+", "-")):
            raise ValueError
        position = points.index(current) + int(target)
        if position < 0:
            raise IndexError
        return points[position]
    except (ValueError, IndexError):
        raise DatabaseProblem(
            f"no revision {target!r} from {current or 'base'}:"
            f" name head, base, {', '.join(order)}, or steps such as +1 and -1"
        ) from None


def _run(connection: Connection, before: SchemaState, goal: str | None, *, down: bool, scripts: Path | None) -> None:
    config = _config(scripts, connection)
    try:
        if before.kind in (DatabaseKind.SEED, DatabaseKind.LEGACY):
            command.stamp(config, before.revision or "base", purge=True)
        if down:
            command.downgrade(config, goal or "base")
        elif goal:
            command.upgrade(config, goal)
    except CommandError as error:  # raised by a revision that cannot continue
        raise DatabaseProblem(str(error)) from error
