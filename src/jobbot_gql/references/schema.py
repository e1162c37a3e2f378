"""References and their uses in the API."""

import strawberry

from jobbot_gql.api.fields.connections import connection
from jobbot_gql.api.fields.history import history_of
from jobbot_gql.api.fields.lookups import lookup
from jobbot_gql.api.fields.relations import to_one
from jobbot_gql.api.types.entity import Node, Written, column, entity
from jobbot_gql.db.sql.keyset import OrderTerm
from jobbot_gql.history.models import Change
from jobbot_gql.history.timeline import Happening, TimelineKind, timeline_of
from jobbot_gql.references import models


@entity(models.Reference, order=[OrderTerm("name")])
class Reference(Node):
    """Somebody who can be asked about the applicant."""

    name = column(models.Reference.name, "Name.")
    title = column(models.Reference.title, "Job title.")
    company = column(models.Reference.company, "Employer.")
    email = column(models.Reference.email, "E-mail address.")
    phone = column(models.Reference.phone, "Phone number.")
    relationship_type = column(
        models.Reference.relationship_type, "What they were to the applicant, such as `manager` or `colleague`."
    )
    years_worked_together = column(models.Reference.years_worked_together, "For how many years they worked together.")
    consent_given = column(models.Reference.consent_given, "Whether they agreed to be asked.")
    consent_date = column(models.Reference.consent_date, "When they agreed.")
    last_contacted = column(
        models.Reference.last_contacted, "When they were last in touch. A use that is written down moves it on."
    )
    usage_count = column(models.Reference.usage_count, "How often they were asked.", Written.NEVER)
    credibility_score = column(models.Reference.credibility_score, "How much their word counts, from 0 to 10.")
    response_rate = column(models.Reference.response_rate, "Share of the requests that they answered, from 0 to 1.")
    notes = column(models.Reference.notes, "The applicant's own notes.")

    usages = connection(models.Reference.usages, "Each time that this reference was used, the latest first.")
    history = history_of(models.Reference.history)
    timeline = timeline_of(
        Happening(TimelineKind.CHANGE, models.Reference.history, Change.at),
        Happening(TimelineKind.REFERENCE_USE, models.Reference.usages, models.ReferenceUsage.used_on),
        description="What was done to it, and when they were asked, in the order of time.",
    )


@entity(models.ReferenceUsage, order=[OrderTerm("used_on", descending=True)])
class ReferenceUsage(Node):
    """One use of a reference."""

    used_on = column(models.ReferenceUsage.used_on, "The day.")
    context = column(models.ReferenceUsage.context, "What it was for.")

    reference = to_one(models.ReferenceUsage.reference, models.ReferenceUsage.reference_id, "Who was asked.")
    application = to_one(
        models.ReferenceUsage.application, models.ReferenceUsage.application_id, "The application it was for, if any."
    )


@strawberry.type
class ReferenceQueries:
    """Root fields about references."""

    reference = lookup(models.Reference, "One reference by a unique key, or null.")
    references = connection(models.Reference, "References, by name unless ordered otherwise.")
    reference_usage = lookup(models.ReferenceUsage, "One use of a reference, or null.")
    reference_usages = connection(models.ReferenceUsage, "Uses of references, the latest first.")
