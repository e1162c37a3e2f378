"""The command `document add`."""

from pathlib import Path

import click

from jobbot_gql.console import Group
from jobbot_gql.settings import load_settings


@click.group(cls=Group)
def document() -> None:
    """Describe files of yours, such as résumés, and attach them to applications."""


@document.command("add")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--kind", type=click.Choice(["resume", "cover_letter", "certificate", "work_sample", "other"]),
    help="Kind of document. [other]",
)  # fmt: skip
@click.option("--name", help="Name of the document. [the name of the file]")
@click.option("--revision", help="Version of the document, such as backend-v6.")
@click.option(
    "--application", "applications", metavar="ID", multiple=True,
    help="Application to attach it to: `id` or `databaseId`; repeatable.",
)  # fmt: skip
def add_document(
    file: Path, kind: str | None, name: str | None, revision: str | None, applications: tuple[str, ...]
) -> None:
    """Store the SHA-256 and the path of FILE, and print the document's id. The content is not stored.

    A file with the same content is not added again: its path and the given options are updated.
    """
    import jobbot_gql.models  # noqa: F401 - relationships between domains need all models
    from jobbot_gql.documents import command

    command.add(load_settings(), file, kind=kind, name=name, revision=revision, applications=applications)
