"""GraphQL types and queries of tags."""

import strawberry

from jobbot_gql.api.fields.connections import connection
from jobbot_gql.api.fields.lookups import lookup
from jobbot_gql.api.fields.relations import to_one
from jobbot_gql.api.types.entity import Node, column, entity
from jobbot_gql.db.sql.keyset import OrderTerm
from jobbot_gql.tags import models


@entity(models.Tag, order=[OrderTerm("name")])
class Tag(Node):
    """A tag of a job, an application, a company or a contact."""

    name = column(models.Tag.name, "Name of the tag; unique on its row. Case matters.")
    added_at = column(models.Tag.added_at, "Time at which it was added.")

    job = to_one(models.Tag.job, models.Tag.job_id, "Job that has the tag; null if it is not a job.")
    application = to_one(
        models.Tag.application,
        models.Tag.application_id,
        "Application that has the tag; null if it is not an application.",
    )
    company = to_one(
        models.Tag.company, models.Tag.company_id, "Company that has the tag; null if it is not a company."
    )
    contact = to_one(
        models.Tag.contact, models.Tag.contact_id, "Contact that has the tag; null if it is not a contact."
    )


@strawberry.type
class TagQueries:
    """Root fields of tags."""

    tag = lookup(models.Tag, "Tag with a unique key; null if not found.")
    tags = connection(models.Tag, "Tags, one for each row that has it. Default order: by name.")
