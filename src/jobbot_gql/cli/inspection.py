"""Commands that print what the program has: the schema and the settings."""

from importlib.resources import files
from pathlib import Path

import click

from jobbot_gql.console import echo, echo_json
from jobbot_gql.settings import describe, load_settings


@click.command("schema")
@click.option("--check", is_flag=True, help="Compare with FILE instead; exit code 1 if they differ.")
@click.option("--json", "as_json", is_flag=True, help="The result of the introspection query instead, in JSON.")
@click.argument("file", type=click.Path(path_type=Path), required=False)
def print_schema(check: bool, as_json: bool, file: Path | None) -> None:
    """Print the GraphQL schema in its definition language.

    FILE requires --check. Default: ./schema.graphql, or the packaged schema if that does not exist.
    """
    if check and as_json:
        raise click.UsageError("--check and --json must not be given together")
    if file and not check:
        raise click.UsageError(f"FILE requires --check; `jobbot-gql schema > {file}` writes the schema to a file")
    from jobbot_gql.schema import schema

    if as_json:
        echo_json({"data": schema.introspect()}, indent=2)
        return
    printed = schema.as_str() + "\n"
    if not check:
        click.echo(printed, nl=False)
        return
    target = file or Path("schema.graphql")
    packaged = files("jobbot_gql") / "schema.graphql"
    try:
        stored = target.read_text("utf-8") if file or target.exists() else packaged.read_text("utf-8")
    except OSError as error:
        raise click.ClickException(f"cannot read {target}: {error.strerror}") from None
    if stored != printed:
        raise click.ClickException(
            f"{target} is not the schema of this version: `jobbot-gql schema > {target}` renews it"
        )


@click.command("settings")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def print_settings(as_json: bool) -> None:
    """Print every setting with its value, its source and its default; secrets are masked."""
    rows = describe(load_settings())
    if as_json:
        echo_json({row.variable: row._asdict() for row in rows}, indent=2)
        return
    for row in rows:
        origin = "" if row.source == "default" else f"   ({row.source}; default {row.default})"
        echo(f"{row.variable} = {row.value}{origin}\n    {row.description}")
