"""Business rules of contacts and their links."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from jobbot_gql.contacts.models import SUBJECTS, Contact, ContactLink
from jobbot_gql.db.sql.compiled_query import KeyedStatement
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.jobs.service import check_url
from jobbot_gql.writing.entity_writer import EntityWriter
from jobbot_gql.writing.rules import PendingWrite, Required, RuleViolation, api_name

LINKS_OF_CONTACTS = KeyedStatement(
    ContactLink.contact_id,
    select(
        ContactLink.contact_id, *(getattr(ContactLink, name) for name in SUBJECTS), ContactLink.role, ContactLink.id
    ).where,
)
_Link = tuple[Any, ...]
"""Contact, the keys of `SUBJECTS`, and role."""


class AlreadyLinked(RuleViolation):
    """The contact already has this role there."""


async def check_contacts(session: WriteSession, pending_writes: Sequence[PendingWrite[Contact]]) -> None:
    """Check that profiles are URLs."""
    for pending in pending_writes:
        check_url(pending, "profile_url")


async def check_links(session: WriteSession, pending_writes: Sequence[PendingWrite[ContactLink]]) -> None:
    """A link has one subject, and a contact has a role there once.

    Contacts are locked as the parents of the links, so that two requests cannot link one twice.
    """
    to_compare = []
    for pending in pending_writes:
        given = [name for name in SUBJECTS if getattr(pending.row, name) is not None]
        if len(given) != 1:
            names = ", ".join(map(api_name, SUBJECTS))
            pending.reject(Required(f"Give exactly one of {names}; got {len(given)}."))
        elif not pending.violations and pending.changes("contact_id", *SUBJECTS, "role"):
            to_compare.append(pending)
    if not to_compare:
        return
    contact_ids = sorted({pending.row.contact_id for pending in to_compare})
    stored: dict[_Link, int] = {
        tuple(link): link_id for *link, link_id in await session.rows_by_key(LINKS_OF_CONTACTS, contact_ids)
    }
    for pending in to_compare:
        row = pending.row
        key = row.contact_id, *(getattr(row, name) for name in SUBJECTS), row.role
        link_id = stored.setdefault(key, row.id)
        if link_id != row.id:
            message = f"is already linked there as {row.role.name} (ContactLink {link_id})."
            pending.reject(AlreadyLinked(f"Contact {row.contact_id} {message}", "contact_id", link_id=link_id))


CONTACTS = EntityWriter(Contact, check_contacts)
CONTACT_LINKS = EntityWriter(ContactLink, check_links)
