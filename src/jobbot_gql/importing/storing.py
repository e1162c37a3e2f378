"""Reading and writing what an import merges: a fixed number of statements for a batch, however many rows it has."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from sqlalchemy import (
    ColumnElement,
    Executable,
    Integer,
    Row,
    Table,
    Text,
    and_,
    bindparam,
    exists,
    insert,
    or_,
    select,
    text,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from jobbot_gql.db.base import Base
from jobbot_gql.db.columns import utcnow
from jobbot_gql.db.keys import is_among, key_list
from jobbot_gql.db.writing import new_ids
from jobbot_gql.importing.matching import Keys, KnownJob, KnownPlace
from jobbot_gql.importing.merging import COMPANY_COLUMNS, JOB_COLUMNS, Values
from jobbot_gql.jobs.identity import company_key, location_key, title_key, url_key
from jobbot_gql.jobs.models import Job, JobSource
from jobbot_gql.outreach.models import Company

# How long to wait for whoever writes jobs or companies at the moment.
LOCK_TIMEOUT_MS = 60_000

_JOBS, _SOURCES, _COMPANIES = (cast("Table", model.__table__) for model in (Job, JobSource, Company))


def _among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    return is_among(column, key_list(name, column.type))


# Keywords as the text that is stored: as a list, text of another form would read as empty and be written over.
_KEYWORDS = type_coerce(_JOBS.c.keywords, Text)
_JOBS_BY_ID = select(
    _JOBS.c.id, *(_KEYWORDS.label(name) if name == "keywords" else _JOBS.c[name] for name in JOB_COLUMNS)
).where(_among(_JOBS.c.id, "ids"))

_PLACES_BY_KEYS = (
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
_RAW_BY_ID = select(_SOURCES.c.id, _SOURCES.c.raw).where(_among(_SOURCES.c.id, "ids"))

_JOBS_BY_URL = (
    select(_JOBS.c.id, _JOBS.c.job_url)
    .where(or_(_among(_JOBS.c.job_url, "urls"), _among(_JOBS.c.id, "ids")), _JOBS.c.job_url.is_not(None))
    .order_by(_JOBS.c.id)
)
_JOBS_OF_NO_SCRAPE = (
    select(_JOBS.c.id, _JOBS.c.job_url)
    .where(_JOBS.c.job_url.is_not(None), ~exists().where(_SOURCES.c.job_id == _JOBS.c.id))
    .order_by(_JOBS.c.id.desc())
)
_COMPANIES_SINCE = (
    select(_COMPANIES.c.id, _COMPANIES.c.name).where(_COMPANIES.c.id > bindparam("after")).order_by(_COMPANIES.c.id)
)
_COMPANIES_BY_ID = select(*(_COMPANIES.c[name] for name in ("id", "name", *COMPANY_COLUMNS))).where(
    _among(_COMPANIES.c.id, "ids")
)

# What executing them is given beside these becomes a column of its own; keywords go around their type, see above.
_KEYWORDS_TEXT = bindparam("keywords_text", type_=Text())
_INSERT_JOBS = insert(_JOBS).values(keywords=_KEYWORDS_TEXT)
_UPDATE_JOBS = (
    update(_JOBS)
    .where(_JOBS.c.id == bindparam("stored_id"))
    .values(keywords=_KEYWORDS_TEXT, version=_JOBS.c.version + 1)
)
_UPDATE_COMPANIES = (
    update(_COMPANIES)
    .where(_COMPANIES.c.id == bindparam("stored_id"))
    .values(last_updated=utcnow(), version=_COMPANIES.c.version + 1)
)
_UPDATE_PLACES = (
    update(_SOURCES)
    .where(_SOURCES.c.id == bindparam("stored_id"))
    .values(last_seen=utcnow(), seen_count=_SOURCES.c.seen_count + bindparam("sightings", type_=Integer()))
)


@dataclass(slots=True)
class KnownCompany:
    """A company, stored or about to be; `values` are its name and what a scrape can tell of it."""

    values: Values
    id: int | None = None
    is_changed: bool = False


@dataclass(slots=True)
class Directory:
    """What has no index by its key, kept in memory for the length of an import: some 200 bytes for each entry.

    `companies` are ids by company key. `hand_entered` are ids of jobs that no scrape has told of, by the key of their
    URL; those that are entered while the import runs are not among them.
    """

    companies: dict[str, int] = field(default_factory=dict)
    hand_entered: dict[str, int] | None = None
    last_company: int = 0

    async def refresh(self, session: AsyncSession) -> None:
        """Learn what is new since the last time."""
        for id_, name in await session.execute(_COMPANIES_SINCE, {"after": self.last_company}):
            self.companies.setdefault(company_key(name) or name, id_)
            self.last_company = id_
        if self.hand_entered is None:
            jobs = await session.execute(_JOBS_OF_NO_SCRAPE)
            self.hand_entered = {key: id_ for id_, url in jobs if (key := url_key(url)) is not None}


@dataclass(frozen=True, slots=True)
class Found:
    """What a batch's rows may be recognised as. `urls` are the jobs that have one of the rows' URLs, by URL."""

    places: list[KnownPlace]
    hand_entered: dict[str, KnownJob]
    urls: dict[str, KnownJob]


async def begin(session: AsyncSession) -> None:
    """Keep other writers of jobs and companies away until the transaction ends, as SQLite does of itself.

    What is looked up then stays true until it is written, and two imports of one file at a time make no duplicates.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"))
        await session.execute(text("LOCK TABLE jobs, companies IN SHARE ROW EXCLUSIVE MODE"))


async def find(
    session: AsyncSession, directory: Directory, keys: Sequence[Keys], job_urls: Iterable[str], met: Mapping[int, bool]
) -> Found:
    """The stored places and jobs that have a key in common with the rows; `met` are the places met already, by id.

    Jobs come without their values, and places without their rows.
    """
    await directory.refresh(session)
    board_ids = [key.board_id for key in keys if key.board_id]
    parameters = {
        "sites": sorted({site for site, _ in board_ids}),
        "ids": sorted({id_ for _, id_ in board_ids}),
        "url_keys": sorted({key.url_key for key in keys if key.url_key}),
        "direct_url_keys": sorted({key.direct_url_key for key in keys if key.direct_url_key}),
    }
    rows = await session.execute(_PLACES_BY_KEYS, parameters)

    jobs: dict[int, KnownJob] = {}

    def job(id_: int) -> KnownJob:
        return jobs.setdefault(id_, KnownJob(id_))

    places = [
        KnownPlace(job(row.job_id), _stored_keys(row), row.id, is_met=row.id in met, is_added=met.get(row.id, False))
        for row in rows
    ]
    by_key = directory.hand_entered or {}
    candidates = {by_key[key.url_key] for key in keys if key.url_key in by_key}
    jobs_by_url = await session.execute(_JOBS_BY_URL, {"urls": sorted(set(job_urls)), "ids": sorted(candidates)})
    urls = {url: job(id_) for id_, url in jobs_by_url}
    # Two jobs that were entered by hand may have one key: the older is meant.
    hand_entered = {key: known for url, known in reversed(urls.items()) if (key := url_key(url)) is not None}
    return Found(places, hand_entered, urls)


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


async def load_raw(session: AsyncSession, places: Iterable[KnownPlace]) -> None:
    """Give stored places the rows that were scraped there."""
    by_id = {place.id: place for place in places if place.id is not None}
    if by_id:
        for id_, raw in await session.execute(_RAW_BY_ID, {"ids": sorted(by_id)}):
            by_id[id_].raw = raw


async def load_jobs(session: AsyncSession, jobs: Iterable[KnownJob]) -> None:
    """Give stored jobs their values."""
    by_id = {job.id: job for job in jobs if job.id is not None}
    if by_id:
        for row in await session.execute(_JOBS_BY_ID, {"ids": sorted(by_id)}):
            by_id[row.id].values = {name: value for name, value in row._mapping.items() if name != "id"}


async def load_companies(session: AsyncSession, directory: Directory, keys: Iterable[str]) -> dict[str, KnownCompany]:
    """The stored companies by company key; one that was renamed or deleted meanwhile is not among them."""
    ids = {directory.companies[key]: key for key in keys if key in directory.companies}
    if not ids:
        return {}
    return {
        ids[row.id]: KnownCompany({name: value for name, value in row._mapping.items() if name != "id"}, row.id)
        for row in await session.execute(_COMPANIES_BY_ID, {"ids": sorted(ids)})
        if (company_key(row.name) or row.name) == ids[row.id]
    }


async def write(
    session: AsyncSession, places: Iterable[KnownPlace], jobs: Iterable[KnownJob], companies: Iterable[KnownCompany]
) -> None:
    """Write what is new or changed; what is new gets its id."""
    new_companies, changed_companies = await _with_ids(session, Company, companies)
    await _execute(session, insert(_COMPANIES), [{"id": it.id, **it.values} for it in new_companies])
    await _execute(session, _UPDATE_COMPANIES, [{"stored_id": it.id, **it.values} for it in changed_companies])
    new_jobs, changed_jobs = await _with_ids(session, Job, jobs)
    await _execute(session, _INSERT_JOBS, [{"id": it.id, **_with_text(it.values)} for it in new_jobs])
    await _execute(session, _UPDATE_JOBS, [{"stored_id": it.id, **_with_text(it.values)} for it in changed_jobs])
    new_places, changed_places = await _with_ids(session, JobSource, places)
    await _execute(session, insert(_SOURCES), [{"id": it.id, **_place_row(it)} for it in new_places])
    updates = [{"stored_id": it.id, "sightings": it.sightings, **_place_row(it)} for it in changed_places]
    await _execute(session, _UPDATE_PLACES, updates)


_T = TypeVar("_T", KnownJob, KnownPlace, KnownCompany)


async def _with_ids(session: AsyncSession, model: type[Base], entries: Iterable[_T]) -> tuple[list[_T], list[_T]]:
    """The new entries, which get ids, and the stored ones that have changed.

    Ids are taken in advance because rows that were inserted in one statement come back in any order.
    """
    entries = list(entries)
    changed = [entry for entry in entries if entry.id is not None and entry.is_changed]
    new = [entry for entry in entries if entry.id is None]
    ids = await new_ids(session, model, len(new))
    for entry, id_ in zip(new, ids, strict=True):
        entry.id = id_
    return new, changed


async def _execute(session: AsyncSession, statement: Executable, rows: list[Values]) -> None:
    if rows:
        await session.execute(statement, rows)


def _with_text(values: Values) -> Values:
    return {"keywords_text" if name == "keywords" else name: value for name, value in values.items()}


def _place_row(place: KnownPlace) -> Values:
    keys = place.keys
    return {
        "job_id": place.job.id,
        "source_site": keys.site,
        "external_id": keys.external_id,
        "url_key": keys.url_key,
        "direct_url_key": keys.direct_url_key,
        **place.values,
    }
