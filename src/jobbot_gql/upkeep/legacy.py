"""Adoption of databases of JobBot's older code, which uses the same table names with other columns. SQLite only.

The old tables are renamed to `legacy_<name>` and kept. Values are copied with their ids by the mapping below. Columns
without a counterpart remain readable in the old tables, and `doctor` reports them. Uses of references are copied by
revision 0015, because their table is created by revision 0003.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import prod
from typing import Any

from sqlalchemy import Connection, MetaData, UniqueConstraint, inspect

from jobbot_gql.upkeep import jobbot_tables
from jobbot_gql.upkeep.findings import Finding, FindingKind

PREFIX = "legacy_"
SIZES = {"1-10": "small", "11-50": "small", "51-200": "medium", "201-500": "medium", "500+": "large"}
WAITING = {"submitted", "acknowledged", "under_review", None}
"""Statuses that a response of type `ghosted` replaces."""

Row = Mapping[str, Any]
Rows = list[dict[str, Any]]

CONSUMED: Mapping[str, set[str]] = {
    "jobs": {column.name for column in jobbot_tables.metadata.tables["jobs"].columns},
    "applications": {
        *("id", "job_id", "applied_date", "application_status", "resume_version", "cover_letter_version", "notes"),
        "exaggeration_notes",
    },
    "employer_responses": {
        *("id", "application_id", "response_date", "response_type", "response_content", "subject_line"),
        *("sender_email", "sentiment_score", "follow_up_needed", "interview_scheduled"),
    },
    "references": {
        *("id", "name", "title", "company", "email", "phone", "relationship_type", "last_contacted", "notes"),
        *("credibility_rating", "times_used"),
    },
    "reference_usage": {"id", "application_id", "reference_id", "usage_date", "context", "permission_granted"},
    "experience_claims": {
        *("id", "application_id", "skill_claimed", "years_claimed", "actual_years", "proficiency_claimed"),
        *("actual_proficiency", "verification_source", "credibility_notes"),
    },
    "companies": {
        *("id", "name", "website", "website_url", "industry", "size_estimate", "city", "state", "country"),
        *("tech_stack", "automation_opportunities", "pain_points", "discovery_date", "updated_at"),
    },
    "decision_makers": {"id", "company_id", "name"},
}
"""Copied or converted columns by table."""


def is_legacy(connection: Connection) -> bool:
    """Whether the database was created by JobBot's older code and is not adopted yet."""
    if connection.dialect.name != "sqlite":
        return False
    inspector = inspect(connection)
    if not {"jobs", "applications"} <= set(inspector.get_table_names()):
        return False
    columns = {column["name"] for column in inspector.get_columns("applications")}
    return {"application_status", "applied_date"} <= columns and "status" not in columns


def convert(connection: Connection) -> None:
    """Rename the old tables, create JobBot's eight tables, and copy the rows."""
    ours = jobbot_tables.metadata.tables
    there = [name for name in inspect(connection).get_table_names() if name in ours]
    # Makes SQLite rewrite foreign keys, so that the renamed tables refer to each other.
    connection.exec_driver_sql("PRAGMA legacy_alter_table = OFF")
    for name in there:
        for index in inspect(connection).get_indexes(name):
            connection.exec_driver_sql(f'DROP INDEX "{index["name"]}"')
        connection.exec_driver_sql(f'ALTER TABLE "{name}" RENAME TO "{PREFIX}{name}"')
    connection.exec_driver_sql("PRAGMA legacy_alter_table = ON")
    _loose_tables().create_all(connection, checkfirst=False)

    columns = list(ours["jobs"].columns.keys())
    _insert(connection, "jobs", [{name: row.get(name) for name in columns} for row in _old(connection, "jobs")])
    claims = [_claim(row) for row in _old(connection, "experience_claims")]
    responses = _old(connection, "employer_responses")
    answers: dict[Any, Rows] = defaultdict(list)
    for row in responses:
        answers[row.get("application_id")].append(row)
    of_application: dict[Any, Rows] = defaultdict(list)
    for claim in claims:
        of_application[claim["application_id"]].append(claim)
    applications = _old(connection, "applications")
    _insert(
        connection,
        "applications",
        [_application(row, answers[row["id"]], of_application[row["id"]]) for row in applications],
    )
    _insert(connection, "employer_responses", [_response(row) for row in responses if not _is_ghosted(row)])
    _insert(connection, "experience_claims", claims)
    usages: dict[Any, Rows] = defaultdict(list)
    for row in _old(connection, "reference_usage"):
        usages[row.get("reference_id")].append(row)
    _insert(connection, "references", [_reference(row, usages[row["id"]]) for row in _old(connection, "references")])
    people: dict[Any, list[str]] = defaultdict(list)
    for row in _old(connection, "decision_makers"):
        if row.get("name"):
            people[row.get("company_id")].append(str(row["name"]))
    _insert(connection, "companies", [_company(row, people[row["id"]]) for row in _old(connection, "companies")])


def _loose_tables() -> MetaData:
    """JobBot's eight tables without constraints. `alignment` adds them after the findings are fixed."""
    metadata = MetaData()
    for table in jobbot_tables.metadata.sorted_tables:
        loose = table.to_metadata(metadata)
        loose.constraints = {one for one in loose.constraints if not isinstance(one, UniqueConstraint)}
        for column in loose.columns:
            column.nullable = not column.primary_key
    return metadata


def notes(connection: Connection) -> list[Finding]:
    """Findings about the copied, converted and remaining columns of an adopted legacy database."""
    if connection.dialect.name != "sqlite":
        return []
    there = inspect(connection).get_table_names()
    if f"{PREFIX}applications" not in there:
        return []
    found = []
    for name in there:
        source = name.removeprefix(PREFIX)
        if source not in CONSUMED and not name.startswith(PREFIX):
            continue
        columns = [column["name"] for column in inspect(connection).get_columns(name)]
        count = connection.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar() or 0  # noqa: S608 - a name
        if source not in CONSUMED:
            found.append(_note(name, "", (), count, "No row was copied; the table is kept as it was."))
        elif left := tuple(column for column in columns if column not in CONSUMED[source]):
            fix = f"The rows were copied; these columns have no place in jobbot-gql's tables and stay in {name}."
            found.append(_note(name, "", left, count, fix))
        else:
            found.append(_note(name, "", (), count, f"The rows were copied; the originals are kept in {name}."))
    return found + _inventions(connection)


def _inventions(connection: Connection) -> list[Finding]:
    """Findings about values that were inferred, not copied."""
    claims = _old(connection, "experience_claims")
    fabricated = tuple(row["id"] for row in claims if _claim(row)["claim_type"] == "fabrication")
    ghosted = tuple(row["id"] for row in _old(connection, "employer_responses") if _is_ghosted(row))
    counted: dict[Any, int] = defaultdict(int)
    for row in _old(connection, "reference_usage"):
        counted[row.get("reference_id")] += 1
    differing = tuple(
        row["id"] for row in _old(connection, "references") if (row.get("times_used") or 0) != counted[row["id"]]
    )
    inferred = (
        ("experience_claims", "claim_type", fabricated, "A claim without anything behind it became a fabrication."),
        ("employer_responses", "response_type", ghosted, "It is not a response; it became the application's status."),
        ("references", "times_used", differing, "It differs from the rows in reference_usage; the larger was taken."),
    )  # fmt: skip
    return [
        Finding(FindingKind.LEGACY, PREFIX + table, column, ids[:5], len(ids), (), "was converted", fix)
        for table, column, ids, fix in inferred
        if ids
    ]


def _note(table: str, column: str, values: tuple[str, ...], count: int, fix: str) -> Finding:
    return Finding(FindingKind.LEGACY, table, column, (), count, values, "is kept from JobBot's older code", fix)


def _old(connection: Connection, name: str) -> Rows:
    """The rows of an old table; empty if it does not exist."""
    there = inspect(connection).get_table_names()
    stored = next((one for one in (PREFIX + name, name) if one in there), None)
    if stored is None or (stored == name and name in jobbot_tables.metadata.tables):
        return []
    order = ' ORDER BY "id"'
    return [dict(row) for row in connection.exec_driver_sql(f'SELECT * FROM "{stored}"{order}').mappings()]  # noqa: S608 - a name


def _insert(connection: Connection, table: str, rows: Sequence[Row]) -> None:
    if rows:
        names = list(rows[0])
        columns, marks = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
        insert = f'INSERT INTO "{table}" ({columns}) VALUES ({marks})'  # noqa: S608 - names of ours
        connection.exec_driver_sql(insert, [tuple(row[name] for name in names) for row in rows])


def _application(row: Row, answers: Rows, claims: Rows) -> dict[str, Any]:
    human = [
        answer for answer in answers if not _is_ghosted(answer) and answer.get("response_type") != "acknowledgment"
    ]
    notes = row.get("notes")
    if row.get("exaggeration_notes"):
        notes = f"{notes}\n\n" if notes else ""
        notes += f"Exaggeration notes:\n{row['exaggeration_notes']}"
    inflations = [_inflation(claim["exaggeration_multiplier"]) for claim in claims]
    level = sum(inflations) / len(inflations) if inflations else 0.0
    credibility = prod(1 - claim["credibility_impact"] for claim in claims)
    return {
        "id": row["id"],
        "job_id": row.get("job_id"),
        "application_date": row.get("applied_date"),
        "status": _status(row, answers),
        "cover_letter_version": row.get("cover_letter_version"),
        "resume_version": row.get("resume_version"),
        "interview_date": _extreme(max, (answer.get("interview_scheduled") for answer in answers)),
        "response_date": _extreme(min, (one.get("response_date") for one in human)),
        "notes": notes,
        "credibility_rating": credibility,
        "exaggeration_level": level,
        "integrity_score": 100 * credibility * (1 - level),
    }


def _status(row: Row, answers: Rows) -> str | None:
    """The status in the vocabulary's form if possible. A last response `ghosted` replaces a waiting status."""
    status = row.get("application_status")
    word = "_".join(str(status).strip().lower().replace("-", " ").split()) if status is not None else None
    known = word if word in jobbot_tables.metadata.tables["applications"].c.status.type.enums else status  # type: ignore[attr-defined] # an Enum
    last = max(answers, key=lambda answer: str(answer.get("response_date") or ""), default=None)
    return "ghosted" if last is not None and _is_ghosted(last) and known in WAITING else known


def _is_ghosted(row: Row) -> bool:
    return str(row.get("response_type") or "").strip().lower() == "ghosted"


def _response(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "application_id": row.get("application_id"),
        "response_date": row.get("response_date"),
        "response_type": row.get("response_type") or "other",
        "subject_line": row.get("subject_line"),
        "email_content": row.get("response_content"),
        "sender_email": row.get("sender_email"),
        "sentiment_score": row.get("sentiment_score"),
        "requires_action": row.get("follow_up_needed"),
    }


def _reference(row: Row, usages: Rows) -> dict[str, Any]:
    same = ("id", "name", "title", "company", "email", "phone", "relationship_type", "notes")
    last = row.get("last_contacted")
    return {name: row.get(name) for name in same} | {
        "last_contacted": last[:10] if isinstance(last, str) else last,
        "consent_given": int(any(usage.get("permission_granted") == 1 for usage in usages)),
        "usage_count": max(_number(row.get("times_used")) or 0, len(usages)),
        "credibility_score": row.get("credibility_rating"),
        "response_rate": 0.0,
    }


def _claim(row: Row) -> dict[str, Any]:
    years, actual_years = _number(row.get("years_claimed")), _number(row.get("actual_years"))
    skill, actual_skill = _number(row.get("proficiency_claimed")), _number(row.get("actual_proficiency"))
    claimed, actual = (years, actual_years) if years is not None else (skill, actual_skill)
    kind, multiplier = "embellishment", 1.0
    if claimed and not actual:
        kind, multiplier = "fabrication", 2.0
    elif claimed is not None and actual:
        multiplier = claimed / actual or 1.0
        kind = "omission" if claimed < actual else kind
    name = row.get("skill_claimed") or "(unnamed)"
    source = row.get("verification_source")
    reasons = [row.get("credibility_notes"), f"Verification source: {source}" if source else None]
    inflation = _inflation(multiplier)
    return {
        "id": row["id"],
        "application_id": row.get("application_id"),
        "claim_type": kind,
        "original_experience": _experience(name, actual_years, actual_skill),
        "claimed_experience": _experience(name, years, skill),
        "exaggeration_multiplier": multiplier,
        "credibility_impact": inflation / 2,
        "risk_level": "high" if kind == "fabrication" or inflation >= 0.34 else "low" if inflation < 0.1 else "medium",
        "justification": "\n".join(reason for reason in reasons if reason) or None,
    }


def _experience(name: str, years: Any, proficiency: Any) -> str:
    parts = [] if years is None else [f"{years:g} years"]
    parts += [] if proficiency is None else [f"proficiency {proficiency:g}"]
    return f"{name}: {', '.join(parts) or 'none'}"


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) else None


def _inflation(multiplier: float) -> float:
    return max(0.0, 1 - 1 / multiplier)


def _company(row: Row, people: list[str]) -> dict[str, Any]:
    location = [str(row[part]) for part in ("city", "state", "country") if row.get(part)]
    return {
        "id": row["id"],
        "name": row.get("name"),
        "industry": row.get("industry"),
        "size": SIZES.get(str(row.get("size_estimate")).strip()),
        "location": ", ".join(location) or None,
        "website": row.get("website") or row.get("website_url"),
        "automation_opportunities": _names(row.get("automation_opportunities")),
        "technology_stack": _names(row.get("tech_stack")),
        "pain_points": _names(row.get("pain_points")),
        "decision_makers": json.dumps(people, ensure_ascii=False) if people else None,
        "research_date": row.get("discovery_date"),
        "last_updated": row.get("updated_at"),
        "confidence_score": 0.0,
    }


def _names(stored: Any) -> str | None:
    """A JSON array of strings. Objects are replaced by their names. Other text is returned unchanged."""
    try:
        value = json.loads(stored)
    except (TypeError, ValueError):
        return None if stored is None else str(stored)
    items = list(value) if isinstance(value, dict) else value
    if not isinstance(items, list):
        return None if value is None else str(stored)
    names = [item.get("name") or item.get("title") if isinstance(item, dict) else item for item in items]
    return json.dumps([str(name) for name in names if name is not None], ensure_ascii=False)


def _extreme(choose: Callable[[Iterable[Any]], Any], values: Iterable[Any]) -> Any:
    known = [value for value in values if value is not None]
    return choose(known) if known else None
