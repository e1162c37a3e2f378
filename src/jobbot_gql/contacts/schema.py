"""GraphQL types and queries of contacts and their links."""

import strawberry

from jobbot_gql.api.fields.connections import connection
from jobbot_gql.api.fields.lookups import lookup
from jobbot_gql.api.fields.relations import count_of, history_of, to_many, to_one
from jobbot_gql.api.types.entity import Node, Written, column, entity
from jobbot_gql.contacts import models
from jobbot_gql.db.sql.keyset import OrderTerm
from jobbot_gql.history.models import Change
from jobbot_gql.history.timeline import TimelineKind, TimelineSource, timeline_of
from jobbot_gql.tags.models import Tag


@entity(models.Contact, order=[OrderTerm("name")])
class Contact(Node):
    """A person who has to do with the job search, such as a recruiter."""

    name = column(models.Contact.name, "Name.")
    title = column(models.Contact.title, "Job title.")
    company = column(models.Contact.company, "Employer.")
    email = column(models.Contact.email, "Email address.")
    phone = column(models.Contact.phone, "Phone number.")
    profile_url = column(models.Contact.profile_url, "URL of a profile, such as on LinkedIn, http or https.")
    notes = column(models.Contact.notes, "Notes of the applicant.")

    links = to_many(
        models.Contact.links,
        description="Links to companies, jobs and applications, oldest first.",
    )
    link_count = count_of(models.Contact.links, "Number of links.")
    tags = to_many(models.Contact.tags, OrderTerm("name"), description="Tags, by name.", newest=False)
    tag_count = count_of(models.Contact.tags, "Number of tags.")
    history = history_of(models.Contact.history)
    timeline = timeline_of(
        TimelineSource(TimelineKind.CHANGE, models.Contact.history, Change.at),
        TimelineSource(TimelineKind.CONTACT, models.Contact.links, models.ContactLink.linked_at),
        TimelineSource(TimelineKind.TAG, models.Contact.tags, Tag.added_at),
        description="Changes of this row, links and tags, oldest first.",
    )


@entity(models.ContactLink)
class ContactLink(Node):
    """The role of a contact at a company, for a job or for an application."""

    role = column(models.ContactLink.role, "Role of the contact there.")
    linked_at = column(models.ContactLink.linked_at, "Time at which the contact was linked.", Written.NEVER)

    contact = to_one(models.ContactLink.contact, models.ContactLink.contact_id, "Contact that is linked.")
    company = to_one(
        models.ContactLink.company,
        models.ContactLink.company_id,
        "Company that the contact is linked to; null if it is not a company.",
    )
    job = to_one(
        models.ContactLink.job, models.ContactLink.job_id, "Job that the contact is linked to; null if it is not a job."
    )
    application = to_one(
        models.ContactLink.application,
        models.ContactLink.application_id,
        "Application that the contact is linked to; null if it is not an application.",
    )
    history = history_of(models.ContactLink.history)


@strawberry.type
class ContactQueries:
    """Root query fields of contacts."""

    contact = lookup(models.Contact, "Contact with a unique key; null if not found.")
    contacts = connection(models.Contact, "Contacts. Default order: by name.")
    contact_link = lookup(models.ContactLink, "Link of a contact with a unique key; null if not found.")
    contact_links = connection(models.ContactLink, "Links of contacts. Default order: newest first.")
