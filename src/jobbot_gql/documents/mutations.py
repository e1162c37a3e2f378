"""Mutations of documents."""

from typing import Any

import strawberry

import jobbot_gql.documents.schema  # noqa: F401 - inputs are derived from its types
from jobbot_gql.api.mutations.fields import MAX_ITEMS, REQUEST_ID, action, create, delete, update, upsert
from jobbot_gql.api.mutations.inputs import InputField, id_field, ids_field
from jobbot_gql.api.mutations.payloads import row_field
from jobbot_gql.api.mutations.user_errors import UserError, user_error
from jobbot_gql.applications.models import Application
from jobbot_gql.documents import models, service
from jobbot_gql.documents.service import DOCUMENTS, DuplicateDocument
from jobbot_gql.history.models import Change

MAX_DOCUMENTS = 10


@user_error(DuplicateDocument)
class DuplicateDocumentError(UserError):
    """Another document has the same SHA-256."""

    attached_document = row_field(
        models.AttachedDocument, "document_id", "The other document; null if it was not saved."
    )


def _fields(verb: str, preposition: str) -> list[InputField]:
    application = id_field("application_id", Application, "")
    document = id_field("document_id", models.AttachedDocument, "")
    return [
        ids_field(
            "application_ids",
            application.check,
            MAX_ITEMS,
            f"Applications to {verb} the documents {preposition}, at most {MAX_ITEMS:,}.",
            required=True,
        ),
        ids_field(
            "document_ids",
            document.check,
            MAX_DOCUMENTS,
            f"Documents to {verb}, at most {MAX_DOCUMENTS}.",
            required=True,
        ),
    ]


_GIVES: dict[str, tuple[Any, str]] = {
    "count": (int, "Number of attachments that changed; null if the request was rejected."),
    **REQUEST_ID,
}


@strawberry.type
class DocumentMutations:
    """Root fields that write documents."""

    create_attached_document, create_attached_documents = create(DOCUMENTS)
    update_attached_document, update_attached_documents = update(DOCUMENTS)
    upsert_attached_document, upsert_attached_documents = upsert(DOCUMENTS)
    delete_attached_document, delete_attached_documents = delete(DOCUMENTS, Change)

    attach_documents = action(
        "AttachDocuments",
        f"Attach documents to up to {MAX_ITEMS:,} applications. Documents that an application already has stay"
        " attached.",
        service.attach_documents,
        _fields("attach", "to"),
        _GIVES,
    )
    detach_documents = action(
        "DetachDocuments",
        f"Detach documents from up to {MAX_ITEMS:,} applications. Documents that an application does not have are"
        " ignored.",
        service.detach_documents,
        _fields("detach", "from"),
        _GIVES,
    )
