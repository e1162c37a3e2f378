"""Mutations of contacts and their links."""

import strawberry

import jobbot_gql.contacts.schema  # noqa: F401 - inputs are derived from its types
from jobbot_gql.api.mutations.fields import create, delete, update, upsert
from jobbot_gql.api.mutations.payloads import row_field
from jobbot_gql.api.mutations.user_errors import UserError, user_error
from jobbot_gql.contacts import models
from jobbot_gql.contacts.service import CONTACT_LINKS, CONTACTS, AlreadyLinked
from jobbot_gql.history.models import Change

_ONE_SUBJECT = " Give exactly one of `companyId`, `jobId` and `applicationId`."


@user_error(AlreadyLinked)
class AlreadyLinkedError(UserError):
    """The contact already has this role there."""

    contact_link = row_field(models.ContactLink, "link_id", "The existing link; null if it was not saved.")


@strawberry.type
class ContactMutations:
    """Root fields that write contacts and their links."""

    create_contact, create_contacts = create(CONTACTS)
    update_contact, update_contacts = update(CONTACTS)
    upsert_contact, upsert_contacts = upsert(CONTACTS)
    delete_contact, delete_contacts = delete(CONTACTS, Change)

    create_contact_link, create_contact_links = create(CONTACT_LINKS, note=_ONE_SUBJECT)
    update_contact_link, update_contact_links = update(CONTACT_LINKS)
    upsert_contact_link, upsert_contact_links = upsert(CONTACT_LINKS)
    delete_contact_link, delete_contact_links = delete(CONTACT_LINKS, Change)
