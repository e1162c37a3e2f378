"""The commands `jobbot-gql token …`."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import click
from rich.markup import escape
from rich.table import Column, Table

from jobbot_gql.access import tokens
from jobbot_gql.access.clients import Scope
from jobbot_gql.access.token_checker import TAKES_EFFECT_SECONDS
from jobbot_gql.access.tokens import Token, TokenProblem
from jobbot_gql.console import echo_json, err, out
from jobbot_gql.db.database import Database
from jobbot_gql.settings import Settings
from jobbot_gql.upkeep.startup_check import prepare

T = TypeVar("T")

UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
MAX_DURATION = timedelta(days=36_525)


def create(settings: Settings, name: str, scopes: Sequence[str], expires: str | None) -> None:
    """Create a token. Print the token to standard output and its description to standard error."""
    expires_at = None if expires is None else datetime.now(UTC) + _duration(expires)

    async def work(database: Database) -> tuple[Token, str]:
        async with database.transaction() as session:
            return await tokens.create(
                session, name, frozenset(scope for scope in Scope if scope.value in scopes), expires_at
            )

    made, token = _run(settings, work, create=True)
    until = f", until {_shown(made.expires_at)} UTC" if made.expires_at else ""
    err.print(
        f"token {made.name} ({', '.join(tokens.in_order(made.scopes))}{until}); it is shown this once:", markup=False
    )
    click.echo(token)


def print_all(settings: Settings, *, as_json: bool) -> None:
    """Print all tokens without their digests."""

    async def work(database: Database) -> list[Token]:
        snapshot = database.snapshot()
        try:
            return await tokens.list_tokens(snapshot)
        finally:
            await snapshot.close()

    found = _run(settings, work)
    if as_json:
        echo_json([token.as_dict() for token in found], indent=2)
        return
    columns = (Column(name, overflow="fold") for name in ("id", "name", "scopes", "state"))
    table = Table(*columns, box=None, pad_edge=False)
    for name in ("created (UTC)", "expires", "last used"):
        table.add_column(name, no_wrap=True)
    for token in found:
        times = map(_shown, (token.created_at, token.expires_at, token.last_used_at))
        scopes = " ".join(tokens.in_order(token.scopes))
        table.add_row(str(token.id), escape(token.name), scopes, token.state, *times)
    out.print(table)


def revoke(settings: Settings, name_or_id: str) -> None:
    """Revoke a token, and print when this takes effect."""

    async def work(database: Database) -> tuple[Token, bool]:
        async with database.transaction() as session:
            return await tokens.revoke(session, name_or_id)

    token, is_new = _run(settings, work)
    if is_new:
        message = f"token {token.name} is revoked; a running server rejects it within {TAKES_EFFECT_SECONDS} s"
    else:
        message = f"token {token.name} was revoked already, {_shown(token.revoked_at)} UTC"
    err.print(message, markup=False)


async def require_a_token(database: Database) -> None:
    """Raise ClickException if the database has no active token, because the server would reject every request."""
    snapshot = database.snapshot()
    try:
        if await tokens.has_active(snapshot):
            return
    finally:
        await snapshot.close()
    raise click.ClickException(
        "this address requires tokens, and the database has no valid one:"
        " `jobbot-gql token create NAME --scope read --scope write` creates one; --insecure-no-auth allows everyone"
    )


def _run(settings: Settings, work: Callable[[Database], Awaitable[T]], *, create: bool = False) -> T:
    async def run() -> T:
        await prepare(settings.database, create=create)
        database = Database.from_settings(settings)
        try:
            return await work(database)
        finally:
            await database.dispose()

    if settings.database.is_sqlite and settings.database.sqlite_path is None:
        raise click.ClickException("a SQLite database in memory cannot keep tokens: name a file in DATABASE_URL")
    try:
        return asyncio.run(run())
    except TokenProblem as problem:
        raise click.ClickException(str(problem)) from None


def _duration(text: str) -> timedelta:
    match = re.fullmatch(r"([0-9]{1,8})([mhdw])", text)
    duration = int(match[1]) * UNITS[match[2]] if match else timedelta(0)
    if not timedelta(0) < duration <= MAX_DURATION:
        raise click.ClickException(
            "--expires: must be a number of minutes, hours, days or weeks, such as 30m, 12h, 90d or 52w,"
            f" and a hundred years at most, not {text!r}"
        )
    return duration


def _shown(time: datetime | None) -> str:
    return f"{time:%Y-%m-%d %H:%M}" if time else ""
