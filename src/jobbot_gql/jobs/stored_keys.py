"""Stored keys of job URLs, `jobs.url_key`: finding and correcting those that are missing or outdated."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, Text, bindparam, inspect, select, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement

from jobbot_gql.jobs.identity import url_key

AT_ONCE = 1_000
"""Number of rows per statement."""


class IncorrectKey(NamedTuple):
    """A job whose stored key is missing or not the key of its URL."""

    job_id: int
    url: str | None
    stored: str | None
    """None if missing."""
    key: str


class url_text(FunctionElement[Any]):  # noqa: N801 - reads as an SQL function
    """`url_text(column)`: the column's text; its bytes on SQLite, where the driver fails on invalid UTF-8."""

    type = Text()
    inherit_cache = True


@compiles(url_text)
def _url_text(element: url_text, compiler: SQLCompiler, **kw: Any) -> str:
    (column,) = element.clauses
    text = compiler.process(column, **kw)
    return f"CAST({text} AS BLOB)" if compiler.dialect.name == "sqlite" else text


def decoded(found: str | bytes | None) -> str | None:
    """Decode a value of `url_text`."""
    return found.decode(errors="replace") if isinstance(found, bytes) else found


def stored_key(url: str | None) -> str:
    """The value of `jobs.url_key` for a URL: empty if it has no key, because NULL means not stored yet."""
    return url_key(url) or ""


def incorrect_keys(connection: Connection, jobs: Table) -> Iterator[list[IncorrectKey]]:
    """Jobs whose stored keys are missing or outdated, in batches."""
    columns = (jobs.c.id, url_text(jobs.c.job_url), jobs.c.url_key)
    page = select(*columns).where(jobs.c.id > bindparam("last")).order_by(jobs.c.id).limit(AT_ONCE)
    last = -1
    while rows := connection.execute(page, {"last": last}).all():
        last = rows[-1].id
        texts = ((job_id, decoded(url), stored) for job_id, url, stored in rows)
        keyed = (IncorrectKey(job_id, url, stored, stored_key(url)) for job_id, url, stored in texts)
        yield [one for one in keyed if one.stored != one.key]


def correct_keys(connection: Connection, jobs: Table) -> None:
    """Store the correct keys of all jobs, if the database has the column."""
    inspector = inspect(connection)
    if not inspector.has_table(jobs.name) or "url_key" not in {one["name"] for one in inspector.get_columns(jobs.name)}:
        return
    by_id = update(jobs).where(jobs.c.id == bindparam("of")).values(url_key=bindparam("new"))
    for found in incorrect_keys(connection, jobs):
        if found:
            connection.execute(by_id, [{"of": one.job_id, "new": one.key} for one in found])
