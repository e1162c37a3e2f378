"""Commands on the rows: import and export."""

from pathlib import Path

import click

from jobbot_gql.settings import load_settings


@click.command("import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--dry-run", is_flag=True, help="Import, report the result, and roll back.")
@click.option(
    "--rejects", metavar="FILE", type=click.Path(path_type=Path),
    help="Write rejected rows to FILE as JSON Lines, with the reason; import the file once corrected.",
)  # fmt: skip
@click.option(
    "--warnings", metavar="FILE", type=click.Path(path_type=Path),
    help="Write every warning to FILE as JSON Lines.",
)  # fmt: skip
@click.option(
    "--placeholder-company", metavar="NAME",
    help="Keep rows without a company under this name instead of rejecting them.",
)  # fmt: skip
@click.option(
    "--date-order", type=click.Choice(["dmy", "mdy"]),
    help="Order of day and month in ambiguous dates such as 9/1/2026.",
)  # fmt: skip
@click.option(
    "--without-identity", is_flag=True,
    help="Import files whose rows have neither an id nor a URL; changed rows become new jobs.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object with the counts on standard output.")
def import_scrapes(  # noqa: PLR0917 - click passes the options by name
    files: tuple[Path, ...],
    dry_run: bool,
    rejects: Path | None,
    warnings: Path | None,
    placeholder_company: str | None,
    date_order: str | None,
    without_identity: bool,
    as_json: bool,
) -> None:
    """Import scraped jobs: python-jobspy's CSV, JSON or JSON Lines; `-` is standard input.

    Existing jobs are updated, not duplicated; your edits are kept. A bad row is reported and does not affect other
    rows. Importing a file again changes nothing.
    """
    from jobbot_gql.importing.command import import_files
    from jobbot_gql.importing.dates import DayMonthOrder
    from jobbot_gql.importing.examination import Options

    options = Options(
        None if placeholder_company is None else placeholder_company.strip(),
        DayMonthOrder(date_order) if date_order else None,
        without_identity,
    )
    import_files(load_settings(), files, options, dry_run=dry_run, rejects=rejects, warnings=warnings, as_json=as_json)


@click.command()
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--filter", "filter_", metavar="JSON", help="Filter, as the API's connections take it. [all rows]")
@click.option("--order-by", metavar="JSON", help="Order, as the API's connections take it. [newest first]")
@click.option("--columns", metavar="NAMES", help="Columns, separated by commas, such as title,company. [all]")
@click.option("--excel-safe", is_flag=True, help="Escape text that spreadsheets would execute as formulas.")
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
def export(  # noqa: PLR0917 - click names them
    name: str,
    file: Path | None,
    filter_: str | None,
    order_by: str | None,
    columns: str | None,
    excel_safe: bool,
    force: bool,
) -> None:
    """Export rows as the file NAME, such as jobs.csv or applications.jsonl, to FILE or standard output.

    A NAME is a list of the API and a format: csv, jsonl or json. Columns may follow relations to one row, such as
    job.company. bundle.zip holds everything, with ids, history and the change log; see import-bundle.
    """
    from jobbot_gql.exporting import command
    from jobbot_gql.schema import schema

    given = {"filter": filter_, "order_by": order_by, "columns": columns, "excel_safe": "true" if excel_safe else None}
    parameters = {name: value for name, value in given.items() if value is not None}
    command.export(schema, load_settings(), name, file, force=force, **parameters)


@click.command("import-bundle")
@click.argument("file", type=click.Path(path_type=Path))
def import_bundle(file: Path) -> None:
    """Import the bundle FILE, which `export bundle.zip` wrote, into an empty database of either engine.

    Ids, versions, times, status history and the change log stay as they are. If anything is wrong, nothing is written.
    """
    from jobbot_gql.exporting import bundle_import

    bundle_import.import_bundle(load_settings(), file)
