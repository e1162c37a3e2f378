"""Trusted documents: the server executes only the documents of its own clients.

A client's build writes a manifest: a JSON object from document ids to document texts. Examples are
`persisted-documents.json` of GraphQL Code Generator's client preset and the file of Relay's `persistConfig`.
"""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import orjson
from graphql import GraphQLError, OperationDefinitionNode

from jobbot_gql.api.engine.document_cache import Document, Guard, Invalid
from jobbot_gql.api.engine.plain_messages import plain_message
from jobbot_gql.api.guard.cost import name_of
from jobbot_gql.api.types.errors import shown
from jobbot_gql.settings import VARIABLES, SettingsError
from jobbot_gql.web.requests import SHA256, GraphQLRequest


class DocumentIdRequired(GraphQLError):
    """A client sent a document text, but the server accepts only document ids."""

    def __init__(self) -> None:
        super().__init__(
            "This server executes trusted documents only. Send documentId instead of query.",
            extensions={"code": "PERSISTED_QUERY_ID_REQUIRED"},
        )


class NotTrusted(GraphQLError):
    """No manifest has the document id.

    The code is Apollo's. PERSISTED_QUERY_NOT_FOUND would make clients send the text.
    """

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{shown(name, 80)} is not one of this server's trusted documents. Check documentId.",
            extensions={"code": "PERSISTED_QUERY_NOT_IN_LIST"},
        )


class TrustedDocuments:
    """The documents of all manifests in a folder. All are valid and within the limits."""

    def __init__(self, folder: Path, guard: Guard) -> None:
        """Read and validate the manifests. Raises SettingsError, which names each file, document and error."""
        self._texts: dict[str, str] = {}
        problems = []
        for file, name, text in _documents(folder):
            if self._texts.setdefault(name, text) != text:
                problems.append(f"{file}: {shown(name, 80)}: another file has another text under this name")
            self._texts[SHA256 + sha256(text.encode()).hexdigest()] = text
            problems += [f"{file}: {problem}" for problem in _problems(name, text, guard)]
        if problems:
            raise _wrong("\n".join(("has documents that cannot be executed:", *problems)))

    def text(self, request: GraphQLRequest) -> str:
        """The document of a request. Raises DocumentIdRequired, NotTrusted."""
        name = request.document_id
        if request.query is not None or name is None:
            raise DocumentIdRequired
        # Apollo's clients send any document id in `sha256Hash`.
        text = self._texts.get(name) or self._texts.get(name.removeprefix(SHA256))
        if text is None:
            raise NotTrusted(name)
        return text


def _documents(folder: Path) -> Iterator[tuple[Path, str, str]]:
    """File, document id and text of every document. Raises SettingsError."""
    try:
        files = sorted(file for file in folder.iterdir() if file.suffix == ".json")
    except OSError as error:
        raise _wrong(f"must be a folder; got {str(folder)!r} ({error.strerror})") from None
    if not files:
        raise _wrong(f"must be a folder with manifests, *.json; {str(folder)!r} has none")
    for file in files:
        try:
            manifest = orjson.loads(file.read_bytes())
        except OSError as error:
            raise _wrong(f"cannot be read: {file} ({error.strerror})") from None
        except orjson.JSONDecodeError as error:
            raise _wrong(f"{file}: must be JSON ({error})") from None
        if not isinstance(manifest, dict) or not all(isinstance(text, str) for text in manifest.values()):
            raise _wrong(f"{file}: must be a manifest, one object of document texts by their names")
        for name, text in manifest.items():
            yield file, name, text


def _problems(name: str, text: str, guard: Guard) -> Iterator[str]:
    """Errors of a document. A valid document is in the guard's cache afterwards."""
    called = shown(name, 80)
    try:
        document = guard.document(text)
        called = f"{_operations(document)} ({called})"
        guard.validate(document)
    except GraphQLError as error:
        yield f"{called}: {plain_message(error, guard.schema)}{_position(error)}"
    except Invalid as invalid:
        for rejected in invalid.errors:
            yield f"{called}: {plain_message(rejected, guard.schema)}{_position(rejected)}"


def _operations(document: Document) -> str:
    operations = [node for node in document.parsed.definitions if isinstance(node, OperationDefinitionNode)]
    return ", ".join(name_of(node) or node.operation.value for node in operations) or "no operation"


def _position(error: GraphQLError) -> str:
    return "".join(f" (line {place.line}, column {place.column})" for place in (error.locations or ())[:1])


def _wrong(rule: str) -> SettingsError:
    return SettingsError(f"{VARIABLES['trusted_documents']} {rule}")
