"""Merge of a batch of scraped rows into the database."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.importing import storage
from jobbot_gql.importing.matcher import Keys, KnownJob, Match, Matcher
from jobbot_gql.importing.merge_rules import (
    COMPANY_COLUMNS,
    JOB_COLUMNS,
    Values,
    company_values,
    fill_blanks,
    has_company,
    job_values,
    merge_raw,
    reparse,
    source_values,
    updates,
)
from jobbot_gql.importing.report import RowOutcome
from jobbot_gql.importing.rows import Problem, ScrapedJob
from jobbot_gql.importing.storage import KeyIndex, KnownCompany
from jobbot_gql.jobs.identity import company_key
from jobbot_gql.jobs.service import job_url_key


@dataclass(slots=True)
class ImportState:
    """State shared by the batches of one import. `seen`: source ids seen so far, and whether this import added them."""

    placeholder_company: str | None = None
    key_index: KeyIndex = field(default_factory=KeyIndex)
    seen: dict[int, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Merged:
    """Outcome of importing one row.

    `is_new_source`: whether this import added the row's source. `warnings`: those of the merge, not of parsing.
    """

    outcome: RowOutcome
    is_new_source: bool = False
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _RowChange:
    """A row that changes its source: the source's row before, if stored, and after the merge."""

    row: ScrapedJob
    match: Match
    before: ScrapedJob | None
    after: ScrapedJob


async def merge_rows(session: WriteSession, rows: Sequence[ScrapedJob], state: ImportState) -> list[Merged]:
    """Merge rows in their order, in the caller's transaction. Returns the outcome of each.

    Raises sqlalchemy.exc.DBAPIError if the database rejects a row, RuleViolations if a business rule does. `state` is
    unchanged then.
    """
    keys = [Keys.of(row) for row in rows]
    urls = [row.url for row in rows if row.url is not None]
    found = await storage.find(session, state.key_index, keys, urls, state.seen)
    matcher = Matcher(found.sources, found.owners, found.board_ids)
    matches = [matcher.match(key) for key in keys]
    await storage.load_sources(session, {match.source for match in matches})

    row_changes = [_row_change(row, match) for row, match in zip(rows, matches, strict=True)]
    changed = [change for change in row_changes if change]
    await storage.load_jobs(session, {change.match.source.job for change in changed})
    warnings = [
        _change_job(change, found.owners, state.placeholder_company) if change else () for change in row_changes
    ]
    companies = await _companies(session, [change.row for change in changed], state.key_index)
    sources = list(dict.fromkeys(match.source for match in matches))
    omitted = await storage.write(session, sources, dict.fromkeys(source.job for source in sources), companies)
    state.seen.update((source.id, source.is_added) for source in sources if source.id is not None)
    return [
        Merged(_outcome(match, change), match.source.is_added, (*warned, *omitted.pop(match.source.job, ())))
        for match, change, warned in zip(matches, row_changes, warnings, strict=True)
    ]


def _row_change(row: ScrapedJob, match: Match) -> _RowChange | None:
    """Merge the row into its source. None if it changes nothing."""
    source = match.source
    before = None
    after = row
    if not match.is_new_source:
        if source.raw == row.raw:
            return None
        before = reparse(source.raw)
        raw = merge_raw(source.raw, before, row)
        if raw == source.raw:
            return None
        after = row if raw == row.raw else reparse(raw) or row
    source.raw = after.raw
    source.values = source_values(after)
    source.is_changed = True
    source.seen_count += not match.is_repeated
    return _RowChange(row, match, before, after)


def _change_job(change: _RowChange, owners: dict[str, KnownJob], placeholder: str | None) -> tuple[Problem, ...]:
    """Apply a changed row to its job, and update `owners`, the jobs by URL key. Returns warnings."""
    job, match = change.match.source.job, change.match
    if match.is_new_job:
        changes: Values = {**job_values(change.row), "company": change.row.company}
    else:
        had_company = change.before is not None and has_company(change.before)
        present = job.values
        if present["company"] == placeholder and not had_company:
            present = {**present, "company": None}
        if match.is_new_source or change.before is None:
            changes = fill_blanks(present, job_values(change.row))
        else:
            changes = updates(present, job_values(change.before), job_values(change.after))

    warnings: tuple[Problem, ...] = ()
    key = job_url_key(changes)
    if key is not None and owners.setdefault(key, job) is not job:
        message = "is another job's job_url: this job has none, its source keeps the URL"
        warnings = (Problem("job_url", "unique", changes.pop("job_url"), message),)
    job.values = {**dict.fromkeys(JOB_COLUMNS), **job.values, **changes}
    job.changes |= changes
    return warnings


def _outcome(match: Match, change: _RowChange | None) -> RowOutcome:
    if match.is_new_job:
        return RowOutcome.CREATED
    if match.source.is_added and not match.is_hand_entered:
        return RowOutcome.DUPLICATE
    return RowOutcome.UPDATED if change else RowOutcome.UNCHANGED


async def _companies(session: WriteSession, rows: Sequence[ScrapedJob], key_index: KeyIndex) -> list[KnownCompany]:
    """The rows' companies: new ones, and stored ones with empty columns filled."""
    by_key = {company_key(row.company) or row.company: row for row in rows if has_company(row)}
    companies = await storage.load_companies(session, key_index, by_key)
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
