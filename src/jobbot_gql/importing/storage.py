"""Database reads and writes of an import. The number of statements per batch does not depend on its rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Row, Text, and_, bindparam, or_, select, text, type_coerce

import jobbot_gql.models  # noqa: F401 - the mapper needs all models
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.sql.column_types import parse_string_list
from jobbot_gql.db.write.bulk_dml import add_rows, change_rows, new_ids, table_of
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.importing.matcher import Keys, KnownJob, KnownSource
from jobbot_gql.importing.merge_rules import COMPANY_COLUMNS, JOB_COLUMNS, SCRAPED_AS, Values
from jobbot_gql.importing.rows import Problem, storable_text
from jobbot_gql.jobs.identity import company_key, location_key, title_key
from jobbot_gql.jobs.models import ImportedFile, Job, JobSource
from jobbot_gql.jobs.service import SCRAPED_JOBS, job_ids_by_url_key
from jobbot_gql.outreach.models import Company
from jobbot_gql.outreach.service import COMPANIES
from jobbot_gql.writing.entity_writer import EntityWriter
from jobbot_gql.writing.rules import PendingWrite, RuleViolations

# How long to wait for other writers of jobs and companies.
LOCK_TIMEOUT_MS = 60_000

_JOBS, _SOURCES, _COMPANIES = (table_of(model) for model in (Job, JobSource, Company))


def _among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    return is_among(column, key_list(name, column.type))


# Read as text, because malformed text would be converted to an empty list.
_KEYWORDS = type_coerce(_JOBS.c.keywords, Text)
_JOBS_BY_ID = select(
    _JOBS.c.id, *(_KEYWORDS.label(name) if name == "keywords" else _JOBS.c[name] for name in JOB_COLUMNS)
).where(_among(_JOBS.c.id, "ids"))

_SOURCES_BY_KEYS = (
    select(
        *(_SOURCES.c[name] for name in ("id", "job_id", "source_site", "external_id", "url_key", "direct_url_key")),
        *(_SOURCES.c.raw[name].as_string().label(name) for name in ("title", "location")),
    )
    .where(
        or_(
            and_(_among(_SOURCES.c.source_site, "sites"), _among(_SOURCES.c.external_id, "ids")),
            _among(_SOURCES.c.url_key, "url_keys"),
            _among(_SOURCES.c.direct_url_key, "direct_url_keys"),
        )
    )
    .order_by(_SOURCES.c.job_id, _SOURCES.c.id)
)
_BOARD_IDS = select(_SOURCES.c.job_id, _SOURCES.c.source_site, _SOURCES.c.external_id).where(
    _among(_SOURCES.c.job_id, "jobs"), _SOURCES.c.source_site.is_not(None), _SOURCES.c.external_id.is_not(None)
)
_RAW_BY_ID = select(_SOURCES.c.id, _SOURCES.c.raw, _SOURCES.c.seen_count).where(_among(_SOURCES.c.id, "ids"))

_COMPANIES_SINCE = (
    select(_COMPANIES.c.id, _COMPANIES.c.name).where(_COMPANIES.c.id > bindparam("after")).order_by(_COMPANIES.c.id)
)
_COMPANIES_BY_ID = select(*(_COMPANIES.c[name] for name in ("id", "name", *COMPANY_COLUMNS))).where(
    _among(_COMPANIES.c.id, "ids")
)


@dataclass(slots=True, eq=False)
class KnownCompany:
    """A stored or new company. `values` are its name and the scraped columns; `changes` are the values to write."""

    values: Values
    id: int | None = None
    changes: Values = field(default_factory=dict)


@dataclass(slots=True)
class KeyIndex:
    """In-memory index of keys without a database index, about 200 bytes per entry.

    `companies` are ids by company key.
    """

    companies: dict[str, int] = field(default_factory=dict)
    last_company: int = 0

    async def refresh(self, session: WriteSession) -> None:
        """Add companies created since the last call."""
        for id_, name in await session.execute(_COMPANIES_SINCE, {"after": self.last_company}):
            self.companies.setdefault(company_key(name) or name, id_)
            self.last_company = id_


@dataclass(frozen=True, slots=True)
class Candidates:
    """Stored sources and jobs that share a key with the rows of a batch.

    `owners` are jobs by the key of their URL. `board_ids` are all board ids of the jobs in `sources` and `owners`.
    """

    sources: list[KnownSource]
    owners: dict[str, KnownJob]
    board_ids: dict[KnownJob, list[tuple[str, str]]]


async def lock_tables(session: WriteSession) -> None:
    """Lock jobs and companies against other writers until the transaction ends. SQLite has a single writer anyway.

    So lookups stay valid until the writes, and concurrent imports of one file create no duplicates.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"))
        # A weaker lock would allow a deadlock with a transaction that has locked rows.
        await session.execute(text("LOCK TABLE jobs, companies IN EXCLUSIVE MODE"))


class KnownFile(NamedTuple):
    """A completely imported file."""

    name: str
    imported_at: datetime


async def known_file(session: WriteSession, digest: str) -> KnownFile | None:
    """The imported file with this digest, if any."""
    statement = select(ImportedFile.name, ImportedFile.imported_at).where(ImportedFile.digest == digest)
    found = (await session.execute(statement)).one_or_none()
    return None if found is None else KnownFile._make(found)


async def remember_file(session: WriteSession, digest: str, name: str, row_count: int) -> None:
    """Record an imported file, unless a concurrent import has recorded it. Requires `lock_tables`."""
    if await known_file(session, digest) is None:
        session.add(ImportedFile(digest=digest, name=storable_text(name), row_count=row_count))
        await session.flush()


async def find(
    session: WriteSession, key_index: KeyIndex, keys: Sequence[Keys], urls: Iterable[str], seen: Mapping[int, bool]
) -> Candidates:
    """Find the stored sources and jobs that share a key with the rows.

    Their values are not loaded; see `load_sources` and `load_jobs`. `seen` is that of `ImportState`.
    """
    await key_index.refresh(session)
    board_ids = [key.board_id for key in keys if key.board_id]
    parameters = {
        "sites": sorted({site for site, _ in board_ids}),
        "ids": sorted({id_ for _, id_ in board_ids}),
        "url_keys": sorted({key.url_key for key in keys if key.url_key}),
        "direct_url_keys": sorted({key.direct_url_key for key in keys if key.direct_url_key}),
    }
    rows = await session.execute(_SOURCES_BY_KEYS, parameters)

    jobs: dict[int, KnownJob] = {}

    def job(id_: int) -> KnownJob:
        return jobs.setdefault(id_, KnownJob(id_))

    sources = [
        KnownSource(
            job(row.job_id), _stored_keys(row), row.id, is_seen=row.id in seen, is_added=seen.get(row.id, False)
        )
        for row in rows
    ]
    owners = await job_ids_by_url_key(session, [{"job_url": url} for url in urls])
    owning = {key: job(id_) for key, id_ in owners.items()}
    board_ids_by_job: dict[KnownJob, list[tuple[str, str]]] = {}
    for job_id, site, external_id in await session.execute(_BOARD_IDS, {"jobs": sorted(jobs)}):
        board_ids_by_job.setdefault(jobs[job_id], []).append((site, external_id))
    return Candidates(sources, owning, board_ids_by_job)


def _stored_keys(row: Row[Any]) -> Keys:
    title, location = (None if value is None else str(value) for value in (row.title, row.location))
    return Keys(
        row.source_site,
        row.external_id,
        row.url_key,
        row.direct_url_key,
        title_key(title),
        location_key(location),
    )


async def load_sources(session: WriteSession, sources: Iterable[KnownSource]) -> None:
    """Load `raw` and `seen_count` of stored sources."""
    by_id = {source.id: source for source in sources if source.id is not None}
    if by_id:
        for id_, raw, seen_count in await session.execute(_RAW_BY_ID, {"ids": sorted(by_id)}):
            by_id[id_].raw, by_id[id_].seen_count = raw, seen_count


async def load_jobs(session: WriteSession, jobs: Iterable[KnownJob]) -> None:
    """Load the values of stored jobs. Malformed keywords stay text, so that they are not overwritten."""
    by_id = {job.id: job for job in jobs if job.id is not None}
    if by_id:
        for row in await session.execute(_JOBS_BY_ID, {"ids": sorted(by_id)}):
            values = {name: value for name, value in row._mapping.items() if name != "id"}
            if values["keywords"] is not None and (words := parse_string_list(values["keywords"])) is not None:
                values["keywords"] = words
            by_id[row.id].values = values


async def load_companies(session: WriteSession, key_index: KeyIndex, keys: Iterable[str]) -> dict[str, KnownCompany]:
    """Stored companies by company key, without those renamed or deleted since `KeyIndex.refresh`."""
    ids = {key_index.companies[key]: key for key in keys if key in key_index.companies}
    if not ids:
        return {}
    return {
        ids[row.id]: KnownCompany({name: value for name, value in row._mapping.items() if name != "id"}, row.id)
        for row in await session.execute(_COMPANIES_BY_ID, {"ids": sorted(ids)})
        if (company_key(row.name) or row.name) == ids[row.id]
    }


async def write(
    session: WriteSession, sources: Iterable[KnownSource], jobs: Iterable[KnownJob], companies: Iterable[KnownCompany]
) -> dict[KnownJob, list[Problem]]:
    """Write new and changed rows under the API's business rules, and set the ids of new ones.

    Job values that violate a rule are omitted and returned. Raises RuleViolations if that does not suffice.
    """
    now = datetime.now(UTC)
    for company in companies:
        if company.id is not None and company.changes:
            company.changes["last_updated"] = now
    await _save(session, COMPANIES, companies)
    omitted = await _save(session, SCRAPED_JOBS, jobs)
    await _write_sources(session, list(sources), now)
    return omitted


async def _write_sources(session: WriteSession, sources: Sequence[KnownSource], now: datetime) -> None:
    changed = [source for source in sources if source.id is not None and source.is_changed]
    new = [source for source in sources if source.id is None]
    for source, id_ in zip(new, (await new_ids(session, {JobSource: len(new)}))[JobSource], strict=True):
        source.id = id_
    await add_rows(session, JobSource, [_source_row(source) for source in new])
    await change_rows(session, JobSource, [{**_source_row(source), "last_seen": now} for source in changed])


_K = TypeVar("_K", KnownJob, KnownCompany)


async def _save(session: WriteSession, writer: EntityWriter[Any], entries: Iterable[_K]) -> dict[_K, list[Problem]]:
    """Save changed entries. Values that violate a rule are omitted and returned with the reason."""
    pending_writes: dict[_K, PendingWrite[Any]] = {
        entry: PendingWrite(entry.changes, entry.id) for entry in entries if entry.changes
    }
    omitted: dict[_K, list[Problem]] = {}
    await writer.save(session, list(pending_writes.values()))
    while rejected := {entry: pending for entry, pending in pending_writes.items() if pending.violations}:
        for entry, pending in rejected.items():
            omitted.setdefault(entry, []).extend(_omit_violations(pending))
        pending_writes = {entry: PendingWrite(entry.changes, entry.id) for entry in pending_writes if entry.changes}
        await writer.save(session, list(pending_writes.values()))
    for entry, pending in pending_writes.items():
        entry.id = pending.row.id
    return omitted


def _omit_violations(pending: PendingWrite[Any]) -> list[Problem]:
    """Remove the values that violate a rule from a pending write.

    Raises RuleViolations if a rule names a value that the write does not set.
    """
    rejected = {violation.path[0]: violation for violation in reversed(pending.violations)}
    problems = []
    for name, violation in rejected.items():
        value = pending.given.pop(name, None)
        if value is None:
            raise RuleViolations(pending.violations)
        problems.append(Problem(SCRAPED_AS.get(name, name), violation.code.lower(), str(value), violation.message))
        if pending.row_id is None:
            pending.given[name] = None
    return problems


def _source_row(source: KnownSource) -> Values:
    keys = source.keys
    return {
        "id": source.id,
        "job_id": source.job.id,
        "source_site": keys.site,
        "external_id": keys.external_id,
        "url_key": keys.url_key,
        "direct_url_key": keys.direct_url_key,
        "seen_count": source.seen_count,
        **source.values,
    }
