"""Doctor checks of URL keys: several jobs with one key, and one job for several vacancies."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Table, func, select

from jobbot_gql.jobs.identity import names_one_vacancy, title_key
from jobbot_gql.jobs.stored_keys import IncorrectKey, incorrect_keys
from jobbot_gql.upkeep.findings import SHOWN_IDS, SHOWN_VALUES, Finding, FindingKind, cut, printable

_DROPPED_BY_0_1 = frozenset({"ref", "source", "tk", "from", "vjk"})
_HASH = "urlHash="


def jobs_with_the_same_url(connection: Connection, jobs: Table) -> Iterator[Finding]:
    """Find jobs whose URL has the key of another job's URL. They are never merged automatically."""
    by_key: dict[str, dict[int, str]] = {}
    shared = select(jobs.c.url_key).where(jobs.c.url_key != "").group_by(jobs.c.url_key).having(func.count() > 1)
    known = select(jobs.c.url_key, jobs.c.id, jobs.c.job_url)
    for key, job_id, url in connection.execute(known.where(jobs.c.url_key.in_(shared))):
        by_key.setdefault(key, {})[job_id] = url
    incorrect = [one for found in incorrect_keys(connection, jobs) for one in found]
    for one in incorrect:
        if one.stored:
            by_key.get(one.stored, {}).pop(one.job_id, None)
        if one.key:
            by_key.setdefault(one.key, {})[one.job_id] = str(one.url)
    alone = [key for key, found in by_key.items() if len(found) == 1]
    wrong = {one.job_id for one in incorrect}
    for first in range(0, len(alone), 500):
        for key, job_id, url in connection.execute(known.where(jobs.c.url_key.in_(alone[first : first + 500]))):
            if job_id not in wrong:
                by_key[key][job_id] = url
    found = sorted((sorted(jobs.items()) for jobs in by_key.values() if len(jobs) > 1), key=lambda one: one[0])
    if found:
        yield Finding(
            FindingKind.DUPLICATE,
            "jobs",
            "job_url",
            tuple(job_id for of_key in found for job_id, _ in of_key)[:SHOWN_IDS],
            sum(map(len, found)),
            tuple(_listed(*of_key) for of_key in found[:SHOWN_VALUES]),
            "must not be the URL of another job, however it is written (docs/importing.md)",
            "Delete one of the jobs, or change its URL. They are never merged by themselves.",
        )


def incorrect_url_keys(connection: Connection, jobs: Table) -> Iterator[Finding]:
    """Find jobs that have the key of an earlier URL, because another program changed the URL."""
    count = 0
    shown: list[IncorrectKey] = []
    for found in incorrect_keys(connection, jobs):
        changed = [one for one in found if one.stored is not None]
        count += len(changed)
        shown += changed[: SHOWN_IDS - len(shown)]
    if count:
        yield Finding(
            FindingKind.KEY,
            "jobs",
            "url_key",
            tuple(one.job_id for one in shown),
            count,
            tuple(cut(printable(str(one.stored))) for one in shown[:SHOWN_VALUES]),
            "must be the key of job_url, which another program has changed",
            "A migration computes them.",
            options=("--to head",),
        )


def jobs_of_two_vacancies(connection: Connection, sources: Table) -> Iterator[Finding]:
    """Find jobs with sources that version 0.1 treated as one vacancy and the present rules do not."""
    several = select(sources.c.job_id).group_by(sources.c.job_id).having(func.count() > 1)
    columns = (sources.c[name] for name in ("job_id", "id", "source_site", "external_id", "url", "url_key"))
    raw = (sources.c.raw[name].as_string().label(name) for name in ("title", "job_url_direct"))
    statement = select(*columns, sources.c.direct_url_key, *raw).where(sources.c.job_id.in_(several))
    rows = connection.execute(statement.order_by(sources.c.job_id, sources.c.id))
    found = [
        (job_id, two)
        for job_id, of_job in groupby(rows, lambda row: row.job_id)
        if (two := _two_vacancies(list(of_job)))
    ]
    if found:
        yield Finding(
            FindingKind.MERGED,
            "job_sources",
            "job_id",
            tuple(job_id for job_id, _ in found[:SHOWN_IDS]),
            len(found),
            tuple(
                _listed(*((row.id, row.url or row.job_url_direct or "") for row in two))
                for _, two in found[:SHOWN_VALUES]
            ),
            "must be the job of the source's vacancy: version 0.1 treated different vacancies as one job",
            "The ids are those of jobs, with their sources as values. Create a job for each other vacancy.",
        )


def _two_vacancies(sources: Sequence[Any]) -> tuple[Any, Any] | None:
    """First two sources of a job that are different vacancies under the present rules, but not under those of 0.1."""
    for index, one in enumerate(sources):
        for other in sources[index + 1 :]:
            same_site = one.source_site is not None and one.source_site == other.source_site
            if same_site and None not in (one.external_id, other.external_id) and one.external_id != other.external_id:
                return one, other
            if _same_url(one, other) or _same_direct_url(one, other):
                continue
            for column in ("url_key", "direct_url_key"):
                keys = [getattr(source, column) for source in (one, other)]
                if None not in keys and _key_of_0_1(keys[0]) == _key_of_0_1(keys[1]):
                    return one, other
    return None


def _same_url(one: Any, other: Any) -> bool:
    return one.url_key is not None and one.url_key == other.url_key


def _same_direct_url(one: Any, other: Any) -> bool:
    """Whether both have the same employer URL of one vacancy.

    Titles are compared only if LinkedIn's `urlHash` was part of a URL that names no vacancy: version 0.1 kept it.
    """
    if one.direct_url_key is None or one.direct_url_key != other.direct_url_key:
        return False
    if names_one_vacancy(one.direct_url_key) or not any(_HASH in (row.job_url_direct or "") for row in (one, other)):
        return True
    return title_key(one.title) == title_key(other.title)


def _key_of_0_1(key: str) -> str:
    """Key as version 0.1 made it: without the fragment and without five parameters."""
    path, _, query = key.partition("#")[0].partition("?")
    kept = [pair for pair in query.split("&") if pair and pair.partition("=")[0] not in _DROPPED_BY_0_1]
    return "?".join([path, *(["&".join(kept)] if kept else [])])


def _listed(*urls: tuple[int, str]) -> str:
    return cut(", ".join(f"{row_id}: {url}" for row_id, url in urls))
