"""GraphQL types and queries of references and their usages."""

import strawberry

from jobbot_gql.api.fields.connections import connection
from jobbot_gql.api.fields.lookups import lookup
from jobbot_gql.api.fields.relations import history_of, to_one
from jobbot_gql.api.types.entity import Node, Written, column, entity
from jobbot_gql.db.sql.keyset import OrderTerm
from jobbot_gql.history.models import Change
from jobbot_gql.history.timeline import TimelineKind, TimelineSource, timeline_of
from jobbot_gql.references import models


@entity(models.Reference, order=[OrderTerm("name")])
class Reference(Node):
    """A person who can vouch for the applicant."""

    name = column(models.Reference.name, "Name.")
    title = column(models.Reference.title, "Job title.")
    company = column(models.Reference.company, "Employer.")
    email = column(models.Reference.email, "Email address.")
    phone = column(models.Reference.phone, "Phone number.")
    relationship_type = column(
        models.Reference.relationship_type, "Relationship to the applicant, such as `manager` or `colleague`."
    )
    years_worked_together = column(models.Reference.years_worked_together, "Number of years that they worked together.")
    consent_given = column(models.Reference.consent_given, "Whether the reference has consented to being contacted.")
    consent_date = column(models.Reference.consent_date, "Date on which consent was given.")
    last_contacted = column(
        models.Reference.last_contacted, "Date of the last contact. `recordReferenceUse` moves it forward."
    )
    usage_count = column(models.Reference.usage_count, "Number of times that the reference was used.", Written.NEVER)
    credibility_score = column(models.Reference.credibility_score, "Credibility of the reference, 0 to 10.")
    response_rate = column(models.Reference.response_rate, "Share of requests that the reference answered, 0 to 1.")
    notes = column(models.Reference.notes, "Notes of the applicant.")

    usages = connection(models.Reference.usages, "Uses of this reference, newest first.")
    history = history_of(models.Reference.history)
    timeline = timeline_of(
        TimelineSource(TimelineKind.CHANGE, models.Reference.history, Change.at),
        TimelineSource(TimelineKind.REFERENCE_USE, models.Reference.usages, models.ReferenceUsage.used_on),
        description="Changes of this row and uses of the reference, oldest first.",
    )


@entity(models.ReferenceUsage, order=[OrderTerm("used_on", descending=True)])
class ReferenceUsage(Node):
    """A use of a reference."""

    used_on = column(models.ReferenceUsage.used_on, "Date of use.")
    context = column(models.ReferenceUsage.context, "Purpose of the use.")

    reference = to_one(models.ReferenceUsage.reference, models.ReferenceUsage.reference_id, "Reference that was used.")
    application = to_one(
        models.ReferenceUsage.application,
        models.ReferenceUsage.application_id,
        "Application for which it was used; null if none.",
    )


@strawberry.type
class ReferenceQueries:
    """Root query fields of references."""

    reference = lookup(models.Reference, "Reference with a unique key; null if not found.")
    references = connection(models.Reference, "References. Default order: by name.")
    reference_usage = lookup(models.ReferenceUsage, "Use of a reference with a unique key; null if not found.")
    reference_usages = connection(models.ReferenceUsage, "Uses of references. Default order: newest first.")
