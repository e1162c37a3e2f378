"""Trusted documents: a server that executes the operations of its own clients, and no others.

A client's build writes a manifest, one JSON object of document texts by their names: `persisted-documents.json` of
GraphQL Code Generator's client preset, or the file of `persistConfig` in relay.config.json.
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
    """A client sent a text where only names are taken."""

    def __init__(self) -> None:
        super().__init__(
            "This server executes trusted documents only. Send documentId instead of query.",
            extensions={"code": "PERSISTED_QUERY_ID_REQUIRED"},
        )


class NotTrusted(GraphQLError):
    """No manifest has the name. Apollo's code for it: with PERSISTED_QUERY_NOT_FOUND clients would send the text."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{shown(name, 80)} is not one of this server's trusted documents. Check documentId.",
            extensions={"code": "PERSISTED_QUERY_NOT_IN_LIST"},
        )


class TrustedDocuments:
    """The documents of the manifests in a folder, all of them within the limits and valid."""

    def __init__(self, folder: Path, guard: Guard) -> None:
        """Raises SettingsError, which names each file, document and error."""
        self._texts: dict[str, str] = {}
        problems = []
        for file, name, text in _documents(folder):
            if self._texts.setdefault(name, text) != text:
                problems.append(f"{file}: {shown(name, 80)}: another file has another text under this name")
            self._texts[SHA256 + sha256(text.encode()).hexdigest()] = text
            problems += [f"{file}: {problem}" for problem in _problems(name, text, guard)]
        if problems:
            raise _wrong("\n".join(("has documents that cannot be executed:", *problems)))

    def text(self, asked: GraphQLRequest) -> str:
        """The document that a request names. Raises DocumentIdRequired, NotTrusted."""
        name = asked.document_id
        if asked.query is not None or name is None:
            raise DocumentIdRequired
        # Whoever asks as Apollo's clients do has called any name a SHA-256.
        text = self._texts.get(name) or self._texts.get(name.removeprefix(SHA256))
        if text is None:
            raise NotTrusted(name)
        return text


def _documents(folder: Path) -> Iterator[tuple[Path, str, str]]:
    """File, name and text of every document. Raises SettingsError."""
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
    """What is wrong with a document; a valid one is in the guard's memory afterwards."""
    called = shown(name, 80)
    try:
        document = guard.document(text)
        called = f"{_operations(document)} ({called})"
        guard.validate(document)
    except GraphQLError as error:
        yield f"{called}: {error.message}{_place(error)}"
    except Invalid as invalid:
        for rejected in invalid.errors:
            yield f"{called}: {plain_message(rejected, guard.schema)}{_place(rejected)}"


def _operations(document: Document) -> str:
    operations = [node for node in document.parsed.definitions if isinstance(node, OperationDefinitionNode)]
    return ", ".join(name_of(node) or node.operation.value for node in operations) or "no operation"


def _place(error: GraphQLError) -> str:
    return "".join(f" (line {place.line}, column {place.column})" for place in (error.locations or ())[:1])


def _wrong(rule: str) -> SettingsError:
    return SettingsError(f"{VARIABLES['trusted_documents']} {rule}")
