"""Merging a batch of scraped rows into the database, in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.importing import storing
from jobbot_gql.importing.matching import Keys, KnownJob, Match, Matcher
from jobbot_gql.importing.merging import (
    COMPANY_COLUMNS,
    JOB_COLUMNS,
    Values,
    blanks_filled,
    company_values,
    has_company,
    job_values,
    later_word,
    place_values,
    understood,
    updates,
)
from jobbot_gql.importing.report import Outcome
from jobbot_gql.importing.rows import Problem, ScrapedJob
from jobbot_gql.importing.storing import Directory, KnownCompany
from jobbot_gql.jobs.identity import company_key
from jobbot_gql.jobs.service import job_url_key


@dataclass(slots=True)
class Memory:
    """What the batches of one import have in common. `met`: the ids of the places met, and whether it added them."""

    placeholder_company: str | None = None
    directory: Directory = field(default_factory=Directory)
    met: dict[int, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Merged:
    """Outcome of importing one row, and the warnings beside those that the row itself has.

    `is_new_source`: whether this import has added the source that the row is about.
    """

    outcome: Outcome
    is_new_source: bool = False
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _News:
    """A row that told something new: what its place had said before, if anything, and has said now."""

    row: ScrapedJob
    match: Match
    before: ScrapedJob | None
    after: ScrapedJob


async def merge_rows(session: WriteSession, rows: Sequence[ScrapedJob], memory: Memory) -> list[Merged]:
    """Write what the rows tell, in their order, and say what became of each.

    Raises sqlalchemy.exc.DBAPIError when the database refuses a row, and RuleViolations when a rule does; then `memory`
    is as it was.
    """
    keys = [Keys.of(row) for row in rows]
    job_urls = [row.job_url for row in rows if row.job_url is not None]
    found = await storing.find(session, memory.directory, keys, job_urls, memory.met)
    matcher = Matcher(found.sources, found.owners, found.board_ids)
    matches = [matcher.match(key) for key in keys]
    await storing.load_sources(session, {match.source for match in matches})

    all_news = [_news(row, match) for row, match in zip(rows, matches, strict=True)]
    told = [news for news in all_news if news]
    await storing.load_jobs(session, {news.match.source.job for news in told})
    warnings = [_change_job(news, found.owners, memory.placeholder_company) if news else () for news in all_news]
    companies = await _companies(session, [news.row for news in told], memory.directory)
    sources = list(dict.fromkeys(match.source for match in matches))
    left_out = await storing.write(session, sources, dict.fromkeys(source.job for source in sources), companies)
    memory.met.update((source.id, source.is_added) for source in sources if source.id is not None)
    return [
        Merged(_outcome(match, news), match.source.is_added, (*warned, *left_out.pop(match.source.job, ())))
        for match, news, warned in zip(matches, all_news, warnings, strict=True)
    ]


def _news(row: ScrapedJob, match: Match) -> _News | None:
    """What the row tells, which its place then has said; None when that is nothing new."""
    source = match.source
    before = None
    after = row
    if not match.is_new_source:
        if source.raw == row.raw:
            return None
        before = understood(source.raw)
        raw = later_word(source.raw, before, row)
        if raw == source.raw:
            return None
        after = row if raw == row.raw else understood(raw) or row
    source.raw = after.raw
    source.values = place_values(after)
    source.is_changed = True
    source.seen_count += not match.is_repeated
    return _News(row, match, before, after)


def _change_job(news: _News, owners: dict[str, KnownJob], placeholder: str | None) -> tuple[Problem, ...]:
    """Change the job as the row tells, and keep `owners`, the jobs by the keys of their URLs, up to date."""
    job, match = news.match.source.job, news.match
    if match.is_new_job:
        changes: Values = {**job_values(news.row), "company": news.row.company}
    else:
        had_company = news.before is not None and has_company(news.before)
        present = job.values
        if present["company"] == placeholder and not had_company:
            present = {**present, "company": None}
        if match.is_new_source or news.before is None:
            changes = blanks_filled(present, job_values(news.row))
        else:
            changes = updates(present, job_values(news.before), job_values(news.after))

    warnings: tuple[Problem, ...] = ()
    key = job_url_key(changes)
    if key is not None and owners.setdefault(key, job) is not job:
        message = "is another job's job_url: this job has none, its source keeps the URL"
        warnings = (Problem("job_url", "unique", changes.pop("job_url"), message),)
    job.values = {**dict.fromkeys(JOB_COLUMNS), **job.values, **changes}
    job.changes |= changes
    return warnings


def _outcome(match: Match, news: _News | None) -> Outcome:
    if match.is_new_job:
        return Outcome.CREATED
    if match.source.is_added and not match.is_hand_entered:
        return Outcome.DUPLICATE
    return Outcome.UPDATED if news else Outcome.UNCHANGED


async def _companies(session: WriteSession, rows: Sequence[ScrapedJob], directory: Directory) -> list[KnownCompany]:
    """The companies of the rows, new or with their blanks filled."""
    by_key = {company_key(row.company) or row.company: row for row in rows if has_company(row)}
    companies = await storing.load_companies(session, directory, by_key)
    for row in rows:
        if not has_company(row):
            continue
        key = company_key(row.company) or row.company
        if key not in companies:
            new = {"name": row.company, **dict.fromkeys(COMPANY_COLUMNS)}
            companies[key] = KnownCompany(new, changes=dict(new))
        values = companies[key].values
        filled = {name: value for name, value in company_values(row).items() if value is not None and not values[name]}
        values |= filled
        companies[key].changes |= filled
    return list(companies.values())
