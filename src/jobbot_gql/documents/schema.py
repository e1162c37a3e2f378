"""GraphQL types and queries of documents."""

import strawberry

from jobbot_gql.api.fields.connections import connection
from jobbot_gql.api.fields.lookups import lookup
from jobbot_gql.api.fields.relations import history_of, to_one
from jobbot_gql.api.types.entity import Node, Written, column, entity
from jobbot_gql.db.sql.keyset import OrderTerm
from jobbot_gql.documents import models
from jobbot_gql.history.models import Change
from jobbot_gql.history.timeline import TimelineKind, TimelineSource, timeline_of


@entity(models.AttachedDocument, order=[OrderTerm("name")], unique=[models.AttachedDocument.sha256])
class AttachedDocument(Node):
    """A file of the applicant, such as a résumé: its description, SHA-256 and location. The content is not stored."""

    kind = column(models.AttachedDocument.kind, "Kind of document.")
    name = column(models.AttachedDocument.name, "Name of the document, such as the name of its file.")
    revision = column(models.AttachedDocument.revision, "Version of the document, such as `backend-v6`.")
    sha256 = column(
        models.AttachedDocument.sha256, "SHA-256 of the content, 64 hexadecimal digits; unique among documents."
    )
    location = column(models.AttachedDocument.location, "Location of the file, such as a path or a URL.")

    links = connection(models.AttachedDocument.links, "Applications that it is attached to, newest first.")
    history = history_of(models.AttachedDocument.history)
    timeline = timeline_of(
        TimelineSource(TimelineKind.CHANGE, models.AttachedDocument.history, Change.at),
        TimelineSource(TimelineKind.DOCUMENT, models.AttachedDocument.links, models.DocumentLink.attached_at),
        description="Changes of this row and attachments to applications, oldest first.",
    )


@entity(models.DocumentLink)
class DocumentLink(Node):
    """A document that is attached to an application."""

    attached_at = column(models.DocumentLink.attached_at, "Time at which it was attached.", Written.NEVER)

    document = to_one(models.DocumentLink.document, models.DocumentLink.document_id, "Document.")
    application = to_one(
        models.DocumentLink.application, models.DocumentLink.application_id, "Application that it is attached to."
    )


@strawberry.type
class DocumentQueries:
    """Root query fields of documents."""

    attached_document = lookup(models.AttachedDocument, "Document with a unique key; null if not found.")
    attached_documents = connection(models.AttachedDocument, "Documents. Default order: by name.")
    document_link = lookup(models.DocumentLink, "Attachment to an application with a unique key; null if not found.")
    document_links = connection(models.DocumentLink, "Attachments to applications. Default order: newest first.")
