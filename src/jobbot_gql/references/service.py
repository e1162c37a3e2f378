"""Rules and actions of references."""

from collections.abc import Collection
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.applications.models import Application
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.write.bulk_dml import locked
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.references.models import Reference, ReferenceUsage
from jobbot_gql.writing.entity_writer import EntityWriter
from jobbot_gql.writing.rules import InFuture, RuleViolation, row_to_change, too_early


class ConsentRequired(RuleViolation):
    """The reference has not consented to being contacted."""


async def record_reference_use(
    session: WriteSession,
    *,
    reference_id: int,
    version: int | None = None,
    application_id: int | None = None,
    used_on: date | None = None,
    context: str | None = None,
) -> dict[str, Any]:
    """Record a use of a reference. `version` is the reference's.

    Raises ConsentRequired, NotFound, StaleVersion, DateOrder for a use before the consent, InFuture.
    """
    reference = await row_to_change(session, Reference, reference_id, version, "reference_id")
    if application_id is not None:
        await row_to_change(session, Application, application_id, name="application_id")
    if not reference.consent_given:
        raise ConsentRequired(
            f"Reference {reference.id} has not consented to being contacted. Set consentGiven first.", "reference_id"
        )
    today = datetime.now(UTC).date()
    day = used_on or today
    # The client may be in a time zone where tomorrow has begun.
    if (day - today).days > 1:
        raise InFuture(f"must not be in the future (today: {today}); got {day}.", "used_on")
    if reference.consent_date is not None and day < reference.consent_date:
        raise too_early(reference.consent_date, day, "the consent", "used_on")
    use = ReferenceUsage(reference_id=reference.id, application_id=application_id, used_on=day, context=context)
    session.add(use)
    reference.usage_count = (reference.usage_count or 0) + 1
    reference.last_contacted = max(reference.last_contacted or day, day)
    return {"reference_usage": use, "reference": reference}


async def subtract_usages(session: WriteSession, key: QueryableAttribute[Any], keys: Collection[int]) -> None:
    """Subtract usages that are about to be deleted from the `usage_count` of their references.

    Args:
        key: Column of ReferenceUsage or Application that selects the usages.
        keys: Its values.
    """
    usages = select(ReferenceUsage.reference_id, func.count()).group_by(ReferenceUsage.reference_id)
    if key.class_ is Application:
        usages = usages.join(Application, Application.id == ReferenceUsage.application_id)
    found = await session.execute(usages.where(is_among(key, key_list("keys", key.type))), {"keys": list(keys)})
    counts: dict[int, int] = dict(found.all())
    for reference_id, reference in (await locked(session, Reference, counts)).items():
        reference.usage_count = max((reference.usage_count or 0) - counts[reference_id], 0)


REFERENCES = EntityWriter(Reference)
