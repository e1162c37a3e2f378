"""Résumés, cover letters and other documents of the demo's applications."""

from datetime import datetime
from hashlib import sha256
from random import Random

from jobbot_gql.applications.models import Application
from jobbot_gql.demo.words.stories import COVER_LETTERS, RESUMES
from jobbot_gql.documents.models import AttachedDocument, DocumentKind, DocumentLink

OTHERS = {
    "certificate-python": DocumentKind.CERTIFICATE,
    "portfolio": DocumentKind.WORK_SAMPLE,
    "availability": DocumentKind.OTHER,
}


def documents(rng: Random, now: datetime, applications: list[Application]) -> list[AttachedDocument]:
    """A document for each version that was sent, and some others."""
    kinds = dict.fromkeys(RESUMES, DocumentKind.RESUME) | OTHERS
    kinds |= dict.fromkeys((version for version in COVER_LETTERS if version != "none"), DocumentKind.COVER_LETTER)
    found = {
        revision: AttachedDocument(
            kind=kind,
            name=f"{revision}.pdf",
            revision=revision,
            sha256=sha256(revision.encode()).hexdigest(),
            location=f"~/applications/{revision}.pdf",
        )
        for revision, kind in kinds.items()
    }
    for application in applications:
        sent = [application.resume_version, application.cover_letter_version]
        if rng.random() < 0.2:
            sent.append(rng.choice(list(OTHERS)))
        for revision in sent:
            if revision in found:
                link = DocumentLink(application=application, attached_at=application.application_date or now)
                found[revision].links.append(link)
    return list(found.values())
