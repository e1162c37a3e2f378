"""The commands `token create`, `token list` and `token revoke`."""

import click

from jobbot_gql.console import Group
from jobbot_gql.settings import load_settings


@click.group(cls=Group)
def token() -> None:
    """Create, list and revoke API tokens; see docs/access.md."""


@token.command("create")
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice(["read", "write", "import", "admin"]),
    help="Scope of the token; repeatable.",
)  # fmt: skip
@click.option("--expires", metavar="TIME", help="When the token expires: after 30m, 12h, 90d or 52w. [never]")
def create_token(name: str, scopes: tuple[str, ...], expires: str | None) -> None:
    """Create a token NAME and print it. It cannot be printed again."""
    from jobbot_gql.access import command

    command.create(load_settings(), name, scopes, expires)


@token.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array on standard output.")
def list_tokens(as_json: bool) -> None:
    """Print all tokens: scopes, creation, expiry and last use."""
    from jobbot_gql.access import command

    command.print_all(load_settings(), as_json=as_json)


@token.command("revoke")
@click.argument("name_or_id", metavar="NAME|ID")
def revoke_token(name_or_id: str) -> None:
    """Revoke a token. Its name cannot be reused."""
    from jobbot_gql.access import command

    command.revoke(load_settings(), name_or_id)
