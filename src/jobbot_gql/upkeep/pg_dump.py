"""Shell commands for backup, restore and verification of PostgreSQL with its own tools."""

from pathlib import Path
from shlex import quote

from sqlalchemy.engine import URL, make_url

EXCLUDED_PARAMETERS = ("password", "prepared_statement_cache_size", "statement_cache_size")
"""Parameters of DATABASE_URL that are unknown to PostgreSQL's tools or secret."""

PASSWORD = "They ask for the password, unless ~/.pgpass or PGPASSWORD provides it."  # noqa: S105 - advice


def how_to_back_up(database_url: str, file: Path) -> str:
    """Commands that write a complete dump to a file that only its owner can read."""
    template, finished = quote(f"{file}.XXXXXX"), quote(str(file))
    return _instructions(
        "pg_dump copies a PostgreSQL database while it is in use:",
        # mktemp, because pg_dump would follow a symbolic link with a predictable name.
        f"unfinished=$(mktemp -- {template}) \\",
        f'  && pg_dump --format=custom --no-owner --file="$unfinished" {_quoted(_libpq(database_url))} \\',
        f'  && pg_restore --file=/dev/null "$unfinished" && mv -- "$unfinished" {finished}',
    )


def how_to_restore(database_url: str, file: Path) -> str:
    """Commands that restore a dump into a new database, verify it, and swap the names."""
    url = _libpq(database_url)
    name = url.database or url.username or "postgres"
    restored, replaced = f"{name}_restored", f"{name}_replaced"
    new = _quoted(url.set(database=restored))
    maintenance = _quoted(url.set(database="postgres"))
    return _instructions(
        "pg_restore makes a dump a database of its own; then the two change names while nobody is connected:",
        f"createdb --maintenance-db={maintenance} {quote(restored)}",
        f"pg_restore --exit-on-error --single-transaction --no-owner --dbname={new} {quote(str(file))}",
        f"DATABASE_URL={new} jobbot-gql continue-after {_quoted(url)}",
        f"DATABASE_URL={new} jobbot-gql verify",
        f"psql {maintenance} --command={_rename(name, replaced)} --command={_rename(restored, name)}",
    )


def how_to_verify(database_url: str, file: Path) -> str:
    """Commands that check a dump, by reading it and by restoring it into a temporary database."""
    url = _libpq(database_url)
    new = url.set(database=f"{url.database or 'jobbot'}_verified")
    maintenance = _quoted(url.set(database="postgres"))
    return _instructions(
        "pg_restore reads a dump to its end; in a database of its own it can be verified like any other:",
        f"pg_restore --file=/dev/null {quote(str(file))}",
        f"createdb --maintenance-db={maintenance} {quote(str(new.database))}",
        f"pg_restore --exit-on-error --no-owner --dbname={_quoted(new)} {quote(str(file))}",
        f"DATABASE_URL={_quoted(new)} jobbot-gql verify",
        f"dropdb --maintenance-db={maintenance} {quote(str(new.database))}",
    )


def _instructions(first: str, *commands: str) -> str:
    return "\n".join((first, "", *(f"  {command}" for command in commands), "", PASSWORD))


def _libpq(database_url: str) -> URL:
    """The URL in libpq's form, without the password."""
    address, mark, query = database_url.partition("?")
    url = make_url(address + mark + query.replace("@", "%40"))
    parameters = {name: value for name, value in url.query.items() if name not in EXCLUDED_PARAMETERS}
    if "ssl" in parameters:  # SQLAlchemy's name for it with asyncpg
        parameters.setdefault("sslmode", parameters.pop("ssl"))
    database = parameters.pop("dbname", url.database)
    named = database if isinstance(database, str) or database is None else database[-1]
    return URL.create("postgresql", url.username, None, url.host, url.port, named, parameters)


def _quoted(url: URL) -> str:
    return quote(url.render_as_string().replace("+", "%20"))  # libpq does not decode + as a space


def _rename(old: str, new: str) -> str:
    old, new = (name.replace('"', '""') for name in (old, new))
    return quote(f'ALTER DATABASE "{old}" RENAME TO "{new}"')
