"""Doctor's check of `applications.interview_date`, which is derived from the interviews."""

from collections.abc import Iterator

from sqlalchemy import Connection, Table, Text, case, func, select, type_coerce

from jobbot_gql.upkeep.findings import SHOWN_IDS, SHOWN_VALUES, Finding, FindingKind


def incorrect_interview_dates(connection: Connection, interviews: Table) -> Iterator[Finding]:
    """Applications whose date is not the start of the earliest scheduled interview, or else of the latest."""
    applications = interviews.metadata.tables["applications"]
    scheduled = case((type_coerce(interviews.c.status, Text) == "scheduled", interviews.c.starts_at))
    date = func.coalesce(func.min(scheduled), func.max(interviews.c.starts_at)).label("date")
    derived = select(interviews.c.application_id, date).group_by(interviews.c.application_id).subquery("derived")
    differing = (
        select(applications.c.id, type_coerce(applications.c.interview_date, Text))
        .outerjoin(derived, derived.c.application_id == applications.c.id)
        .where(applications.c.interview_date.is_distinct_from(derived.c.date))
        .order_by(applications.c.id)
    )
    found = connection.execute(differing).all()
    if found:
        yield Finding(
            FindingKind.DERIVED,
            applications.name,
            "interview_date",
            ids=tuple(row_id for row_id, _ in found[:SHOWN_IDS]),
            count=len(found),
            values=tuple(dict.fromkeys(str(stored) for _, stored in found))[:SHOWN_VALUES],
            rule="must be the start of the earliest scheduled interview, or else of the latest",
            fix="Update one of the application's interviews, or its interviewDate: it is derived again.",
        )
