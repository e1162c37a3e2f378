"""Migrating a database, and telling first what it is: ours, JobBot's, another program's, or newer than this code."""

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
from jobbot_gql.db.maintenance_connection import DatabaseProblem, exclusive, place, reading
from jobbot_gql.db.url import DatabaseUrl
from jobbot_gql.upkeep import adoption, jobbot_tables, legacy, reshaping, row_scan, sequences
from jobbot_gql.upkeep.adoption import Settlement, Unsettled
from jobbot_gql.upkeep.findings import Finding

OURS = "0003"
"""The first revision that is not JobBot's."""

_alembic = asyncio.Lock()  # alembic's `context` and `op` are global


class Kind(StrEnum):
    """What a database is to this code."""

    EMPTY = "empty"
    CURRENT = "current"
    BEHIND = "behind"
    AHEAD = "ahead"
    """A newer jobbot-gql has migrated it."""
    SEED = "seed"
    """JobBot's own code has made it; it can be adopted."""
    LEGACY = "legacy"
    """JobBot's older code has made it; it can be adopted too."""
    FOREIGN = "foreign"
    """It holds another program's tables."""


@dataclass(frozen=True)
class SchemaState:
    """What a database is, and which revision its tables are at."""

    kind: Kind
    revision: str | None
    """For `seed` and `legacy` the one that its tables amount to, 0001 or 0002; for `ahead` the unknown one."""
    head: str
    """The newest revision that this code knows."""
    detail: str = ""
    """For `foreign`: what is strange about it."""


@dataclass(frozen=True)
class Migration:
    """What `migrate` did."""

    before: SchemaState
    revision: str | None
    """The revision now; None for an empty database."""
    findings: list[Finding] = field(default_factory=list)
    """What adopting found and took over, or settled as it was told."""
    deleted: dict[str, int] = field(default_factory=dict)
    """How many orphans were deleted from which tables, those that hung on others included."""
    copy: Path | None = None
    """The SQLite file as it was before."""


def scripts_folder() -> Path:
    """alembic's scripts: inside an installed package, or else at the top of the repository."""
    package = Path(jobbot_gql.__file__).parent
    packaged = package / "_migrations"
    return packaged if packaged.is_dir() else package.parent.parent / "alembic"


async def schema_state(database: DatabaseUrl, *, scripts: Path | None = None) -> SchemaState:
    """What the database is. A SQLite file that does not exist is empty. Raises DatabaseProblem."""
    if database.sqlite_path and not database.sqlite_path.exists():
        return SchemaState(Kind.EMPTY, None, _script(scripts).get_current_head() or "")
    async with reading(database) as connection:
        return await connection.run_sync(state_of, scripts)


@cache
def head_revision() -> str | None:
    """The newest revision that this code knows."""
    return _script(None).get_current_head()


async def migrate(
    database: DatabaseUrl,
    target: str = "head",
    *,
    settlement: Settlement | None = None,
    scripts: Path | None = None,
    wait: float = 30,
) -> Migration:
    """Bring the database to a revision: `head`, `base`, a number, or `+1` and `-1` counted from where it is.

    All of it is one transaction. A JobBot database is adopted, if the settlement says what shall become of the rows
    that break the rules; before that, before a downgrade and before a settlement is carried out, a SQLite file is
    copied; if the migration fails, the copy is removed. A settlement is carried out on a current database too. `wait`
    is for locks, in seconds.

    Raises DatabaseProblem (Unsettled where rows are in the way); then the database is as it was.
    """
    settlement = settlement or Settlement()
    async with AsyncExitStack() as undo, _alembic, exclusive(database, wait=wait) as connection:
        before = await connection.run_sync(state_of, scripts)
        require_ours(database, before)
        order = _order(scripts)
        goal = _resolve(target, before.revision, order)
        here, there = _position(before.revision, order), _position(goal, order)
        adopts = before.kind in (Kind.SEED, Kind.LEGACY)
        if adopts and there < here:
            raise DatabaseProblem(f"{place(database)} was created by JobBot: it can be adopted, not downgraded")
        crossing = 0 < here < _position(OURS, order) <= there

        copy: Path | None = None
        if before.kind is Kind.LEGACY and database.sqlite_path:
            copy = await _copied(database.sqlite_path, undo)
            await connection.run_sync(legacy.convert)
        found: list[Finding] = []
        tables = _tables(before, settlement)
        if crossing or settlement:
            found = await connection.run_sync(row_scan.in_tables, tables)
        if crossing and any(finding.blocks for finding in found):
            left = await connection.run_sync(partial(row_scan.in_tables, tables=tables, covers=settlement.covers))
            if any(finding.blocks for finding in left):
                raise Unsettled(left)
        if copy is None and database.sqlite_path and here and (crossing or there < here or settlement):
            copy = await _copied(database.sqlite_path, undo)
        deleted = await connection.run_sync(adoption.settle, tables, settlement)
        if adopts:
            found += await connection.run_sync(legacy.notes)
            found += await connection.run_sync(reshaping.extras, tables)
            await connection.run_sync(adoption.prepare, tables)
        await connection.run_sync(_run, before, goal, down=there < here, scripts=scripts)
        undo.pop_all()
    return Migration(before, goal, found, deleted, copy)


async def _copied(path: Path, undo: AsyncExitStack) -> Path:
    """A copy of a SQLite file, which is removed unless the migration succeeds: then the file is what it was."""
    copying = asyncio.ensure_future(asyncio.to_thread(adoption.copy_file, path))
    try:
        copy = await asyncio.shield(copying)
    except asyncio.CancelledError:  # the thread goes on
        with suppress(DatabaseProblem):
            (await copying).unlink()
        raise
    undo.callback(copy.unlink, missing_ok=True)
    return copy


def _tables(state: SchemaState, settlement: Settlement) -> list[Table]:
    """The tables whose rows can be settled."""
    if state.revision is None:
        return []
    if state.kind is Kind.CURRENT:
        return list(settlement.metadata.sorted_tables)
    return [*jobbot_tables.BUILT, *(() if state.revision == "0001" else jobbot_tables.PLANNED)]


def state_of(connection: Connection, scripts: Path | None = None) -> SchemaState:
    """What the database is that this connection leads to."""
    order = _order(scripts)
    tables = set(inspect(connection).get_table_names())
    stamps: list[str] = []
    if "alembic_version" in tables:
        tables.remove("alembic_version")
        stamps.extend(connection.scalars(text("SELECT version_num FROM alembic_version")))

    def state(kind: Kind, revision: str | None, detail: str = "") -> SchemaState:
        return SchemaState(kind, revision, order[-1], detail)

    if not tables and not stamps:
        return state(Kind.EMPTY, None)
    if "change_log" in tables and "jobs" in tables and stamps:
        if stamps[0] not in order:
            return state(Kind.AHEAD, stamps[0])
        return state(Kind.CURRENT if stamps[0] == order[-1] else Kind.BEHIND, stamps[0])
    if legacy.is_legacy(connection):
        return state(Kind.LEGACY, "0002")
    if difference := jobbot_tables.difference(connection):
        named = ", ".join(sorted(tables)[:3]) + (", …" if len(tables) > 3 else "")
        return state(Kind.FOREIGN, None, f"tables {named or 'none'}; not JobBot's: {difference}")
    revision = "0002" if "companies" in tables else "0001"
    return state(Kind.BEHIND if stamps == [revision] else Kind.SEED, revision)


def require_ours(database: DatabaseUrl, state: SchemaState) -> None:
    """Raise DatabaseProblem for what this code must not touch: another program's database, or a newer one."""
    if state.kind is Kind.AHEAD:
        raise DatabaseProblem(
            f"{place(database)} is at revision {state.revision}, which this version does not know (its latest is"
            f" {state.head}): use the version that migrated it"
        )
    if state.kind is Kind.FOREIGN:
        raise DatabaseProblem(
            f"{place(database)} belongs to another program ({state.detail}): name a database of its own in DATABASE_URL"
        )


def require_known(connection: Connection) -> None:
    """Refuse what alembic's own commands would stumble over: a database that they have not made themselves."""
    state = state_of(connection)
    if state.kind in (Kind.SEED, Kind.LEGACY):
        raise DatabaseProblem("this database was created by JobBot: `jobbot-gql migrate` adopts it")
    if state.kind is Kind.FOREIGN:
        raise DatabaseProblem(f"this database belongs to another program: {state.detail}")


@contextmanager
def nothing_broken(connection: Connection) -> Iterator[None]:
    """Watch over migrations on SQLite, where rebuilding a table goes behind the database's back.

    Raises DatabaseProblem if a reference is broken afterwards that was not before. Keeps the numbers of deleted rows
    from being given out again.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    broken_before = set(connection.exec_driver_sql("PRAGMA foreign_key_check"))
    numbers = sequences.given_out(connection)
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
    """The revisions, oldest first."""
    return [script.revision for script in _script(scripts).walk_revisions()][::-1]


def _position(revision: str | None, order: list[str]) -> int:
    return order.index(revision) + 1 if revision else 0


def _resolve(target: str, current: str | None, order: list[str]) -> str | None:
    """The revision that is meant; None for `base`."""
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
        if before.kind in (Kind.SEED, Kind.LEGACY):
            command.stamp(config, before.revision or "base", purge=True)
        if down:
            command.downgrade(config, goal or "base")
        elif goal:
            command.upgrade(config, goal)
    except CommandError as error:  # a revision's reason not to go on
        raise DatabaseProblem(str(error)) from error
