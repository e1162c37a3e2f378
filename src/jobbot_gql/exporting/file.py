"""An export as a file: its name, and its parts in the order in which they are read, encoded and sent."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from difflib import get_close_matches

from jobbot_gql.access.clients import Client, Scope
from jobbot_gql.api.engine.document_cache import Guard
from jobbot_gql.api.guard.authorization import require
from jobbot_gql.api.types.errors import BadRequest, shown
from jobbot_gql.db.read.snapshot import Snapshot
from jobbot_gql.exporting import bundle
from jobbot_gql.exporting.bundle_writer import BundleFile
from jobbot_gql.exporting.formats import FORMATS, Encoder
from jobbot_gql.exporting.pages import Counts, Pages
from jobbot_gql.exporting.query import export_query, exportable


class UnknownFile(Exception):
    """There is no export with this name. The message says which there are."""


@dataclass(frozen=True)
class ExportFile:
    """An export that can be read once."""

    name: str
    pages: Pages
    encoder: Encoder

    @property
    def media_type(self) -> str:
        """The value of Content-Type."""
        return self.encoder.media_type

    @property
    def counts(self) -> Counts:
        """What was read so far."""
        return self.pages.counts

    async def parts(self) -> AsyncGenerator[bytes]:
        """The parts of the file, at least one. The first one comes after the first page was read.

        Raises what `Pages.read` raises.
        """
        pending = self.encoder.begin()
        async for rows in self.pages.read():
            yield pending + self.encoder.add(rows)
            pending = b""
        yield pending + self.encoder.end()


def open_file(
    guard: Guard,
    client: Client,
    snapshot: Snapshot,
    name: str,
    *,
    excel_safe: str = "false",
    **parameters: str,
) -> ExportFile | BundleFile:
    """The export with a name such as `jobs.csv`, or the bundle `bundle.zip`; nothing is read yet.

    Args:
        excel_safe: `true` or `false`: whether text that spreadsheets may execute is escaped.
        parameters: See `export_query`.

    Raises UnknownFile and GraphQLError.
    """
    if name == bundle.NAME:
        require(client, frozenset({Scope.READ}))
        if parameters or excel_safe != "false":
            raise BadRequest(f"{name} holds everything and takes no parameters. Omit them.")
        return BundleFile(snapshot)
    connection, _, extension = name.rpartition(".")
    entities = exportable(guard.schema)
    if extension not in FORMATS:
        raise UnknownFile(
            f"The name of an export must be {bundle.NAME} or end with .{', .'.join(FORMATS)}; got {shown(name)}."
        )
    if connection not in entities:
        near = get_close_matches(connection, entities, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(entities)}."
        raise UnknownFile(f"Unknown export {shown(connection)}. {hint}")
    if excel_safe not in ("true", "false"):
        raise BadRequest(f"excelSafe must be true or false; got {shown(excel_safe)}.")
    encoder = FORMATS[extension]
    if excel_safe == "true" and not encoder.has_formulas:
        raise BadRequest(f"excelSafe is for formats that spreadsheets open; {extension} is none. Omit it.")
    query = export_query(guard, client, connection, **parameters)
    return ExportFile(name, Pages(snapshot, query), encoder(query.columns.names, excel_safe=excel_safe == "true"))
