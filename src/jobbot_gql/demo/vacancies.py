"""Demo jobs and their sources."""

from datetime import date, datetime, timedelta
from math import floor, log10
from random import Random
from typing import NamedTuple

from jobbot_gql.demo.words.adverts import AGENCY_CLIENTS, AGENCY_INTRODUCTION, BENEFITS, HIRING, REMOTE, WORKING
from jobbot_gql.demo.words.boards import BOARDS, INDEED, LINKEDIN, Board
from jobbot_gql.demo.words.firms import AGENCIES, EMPLOYERS, LARGE, Firm
from jobbot_gql.demo.words.roles import LEVELS, ROLES, Role, SeniorityLevel
from jobbot_gql.demo.words.towns import TOWNS, Town
from jobbot_gql.importing.raw import JsonValue
from jobbot_gql.importing.rows import PERIODS_PER_YEAR, ScrapedJob, parse_row
from jobbot_gql.jobs.models import Job, JobSource

COUNT = 400
OLDEST = 87
"""Days since the oldest job was found. Jobs are posted up to three days before they are found."""

FREELANCE = {"US": "hourly", "CA": "hourly", "AU": "hourly", "GB": "daily", "IE": "daily", "DE": "daily", "NL": "daily"}
"""Pay interval of contracts by country. Elsewhere it is that of employment."""

FIRMS = EMPLOYERS + AGENCIES
FIRM_WEIGHTS = [4 if firm.size is LARGE or firm in AGENCIES else 3 for firm in FIRMS]


class Vacancy(NamedTuple):
    """A vacancy, independent of the boards that advertise it."""

    title: str
    role: Role
    level: SeniorityLevel
    firm: Firm
    town: Town
    remote: bool
    job_type: str


def jobs(rng: Random, now: datetime) -> list[Job]:
    """Jobs with sources, in the order in which they were found, without a status."""
    found: dict[tuple[str, str, Town], Job] = {}
    while len(found) < COUNT:
        vacancy = _vacancy(rng)
        found.setdefault((vacancy.title, vacancy.firm.name, vacancy.town), _job(rng, now, vacancy))
    return sorted(found.values(), key=lambda job: job.scraped_date or now)


def _vacancy(rng: Random) -> Vacancy:
    firm = rng.choices(FIRMS, FIRM_WEIGHTS)[0]
    role = rng.choices(ROLES, [role.weight for role in ROLES])[0]
    name = rng.choices(role.levels, [LEVELS[level].weight for level in role.levels])[0]
    town = TOWNS[rng.choice(firm.towns)]
    remote = rng.random() < 0.3
    if name == "intern":
        job_type = "internship"
    elif firm in AGENCIES:
        job_type = rng.choice(("contract", "contract", "fulltime, contract", "temporary"))
    else:
        job_type = rng.choices(("fulltime", "contract", "parttime", "fulltime, contract"), (86, 6, 5, 3))[0]
    title = LEVELS[name].title.format(role.title)
    if town.country in {"DE", "AT"}:
        title += " (m/w/d)"
    elif town.country in {"US", "CA"} and name == "middle" and rng.random() < 0.25:
        title += " II"
    if remote and rng.random() < 0.3:
        title += " - Remote"
    return Vacancy(title, role, LEVELS[name], firm, town, remote, job_type)


def _job(rng: Random, now: datetime, vacancy: Vacancy) -> Job:
    """Job from the row of the first board, parsed as by an import, with further values that a person would add."""
    age = floor((OLDEST + 1) * rng.random() ** 1.2)
    # The bot scrapes once a day, at about this time of day.
    scraped = now - timedelta(days=age, minutes=rng.randint(20, 50))
    posted = (scraped - timedelta(days=rng.choices((0, 1, 2, 3), (5, 4, 2, 1))[0])).date()
    board = rng.choices(BOARDS, [_weight(board, vacancy.town) for board in BOARDS])[0]
    row = _row(rng, vacancy, board, posted)
    seen = parse_row(row)
    keywords = list(seen.keywords) or rng.sample(vacancy.role.keywords, rng.randint(3, len(vacancy.role.keywords)))
    job = Job(
        title=seen.title,
        company=seen.company,
        location=seen.location,
        salary_min=seen.salary_min,
        salary_max=seen.salary_max,
        description=seen.description,
        requirements=_requirements(rng, vacancy) if seen.description else None,
        benefits="\n".join(rng.sample(BENEFITS, rng.randint(3, 6)))
        if seen.description and rng.random() < 0.5
        else None,
        scraped_date=scraped,
        application_deadline=posted + timedelta(days=rng.randint(21, 75)) if rng.random() < 0.2 else None,
        remote_option=seen.remote_option,
        job_type=seen.job_type,
        experience_level=seen.experience_level,
        industry=seen.industry,
        keywords=keywords if seen.keywords or rng.random() < 0.8 else None,
    )
    if rng.random() < 0.02:  # entered by hand, without a source
        return job
    job.job_url, job.source_site, job.posting_date = seen.job_url, seen.source_site, seen.posting_date
    job.sources.append(_source(rng, seen, scraped, age))
    other = {"indeed": LINKEDIN, "linkedin": INDEED}.get(board.site)
    if other and seen.direct_url and rng.random() < 0.17:
        again = {**row, **_board_columns(rng, other), "job_url_direct": f"{seen.direct_url}?utm_source={other.site}"}
        again.pop("job_level", None)
        job.sources.append(_source(rng, parse_row(again), scraped, age))
    return job


def _row(rng: Random, vacancy: Vacancy, board: Board, posted: date) -> dict[str, JsonValue]:
    """Scraped row of a board, with JobSpy's columns."""

    def shown(column: str) -> bool:
        return rng.random() < board.columns[column]

    firm, town = vacancy.firm, vacancy.town
    row: dict[str, JsonValue] = {
        **_board_columns(rng, board),
        "title": vacancy.title,
        "company": firm.name,
        "location": rng.choice((None, "Remote", town.location)) if vacancy.remote else town.location,
        "date_posted": posted.isoformat(),
        "is_remote": vacancy.remote,
    }
    if shown("direct"):
        row["job_url_direct"] = f"https://careers.{firm.domain}/jobs/{rng.randint(10_000, 99_999)}"
    if shown("type"):
        row["job_type"] = vacancy.job_type
    if shown("pay"):
        interval, low, high = _pay(rng, vacancy)
        row |= {"interval": interval, "min_amount": low, "max_amount": high, "currency": town.currency}
        row["salary_source"] = rng.choices(("direct_data", "description"), (4, 1))[0]
    if shown("level"):
        row |= (
            {"job_level": vacancy.level.linkedin} if board is LINKEDIN else {"experience_range": vacancy.level.naukri}
        )
    if shown("industry"):
        row["company_industry"] = firm.industry
    if shown("skills"):
        row["skills"] = ", ".join(rng.sample(vacancy.role.keywords, 4))
    if shown("description"):
        row["description"] = _description(rng, vacancy)
    return row


def _board_columns(rng: Random, board: Board) -> dict[str, JsonValue]:
    number = "".join(rng.choices(board.alphabet, k=board.length))
    return {"id": board.prefix + number, "site": board.site, "job_url": board.url.format(number=number)}


def _source(rng: Random, seen: ScrapedJob, first_seen: datetime, age: int) -> JobSource:
    days = rng.randint(0, min(age, 25))
    return JobSource(
        source_site=seen.source_site,
        external_id=seen.external_id,
        url=seen.url,
        url_key=seen.url_key,
        direct_url_key=seen.direct_url_key,
        first_seen=first_seen,
        last_seen=first_seen + timedelta(days=days),
        seen_count=days + 1,
        pay_interval=seen.pay_interval,
        pay_min=seen.pay_min,
        pay_max=seen.pay_max,
        pay_currency=seen.pay_currency,
        pay_source=seen.pay_source,
        raw=seen.raw,
    )


def _weight(board: Board, town: Town) -> int:
    return board.weight if not board.countries or town.country in board.countries else 0


def _pay(rng: Random, vacancy: Vacancy) -> tuple[str, float, float]:
    """Pay interval, minimum and maximum in the town's currency."""
    town = vacancy.town
    year = 1000 * vacancy.role.pay * vacancy.level.pay * town.pay * rng.uniform(0.92, 1.1)
    interval = town.interval
    if vacancy.job_type == "contract":
        year, interval = 1.3 * year, FREELANCE.get(town.country, interval)
    elif vacancy.job_type == "parttime":
        year *= 0.6
    low = _rounded(0.91 * year / PERIODS_PER_YEAR[interval])
    high = _rounded(1.12 * year / PERIODS_PER_YEAR[interval])
    return interval, low, low if rng.random() < 0.08 else high


def _rounded(amount: float) -> float:
    """Round to half a unit of the second digit: 118,300 -> 120,000 and 57.3 -> 57.5."""
    step: float = 10 ** (floor(log10(amount)) - 1) / 2
    return step * round(amount / step)


def _description(rng: Random, vacancy: Vacancy) -> str:
    firm, role = vacancy.firm, vacancy.role
    if firm in AGENCIES:
        introduction = rng.choice(AGENCY_INTRODUCTION).format(firm=firm.name, client=rng.choice(AGENCY_CLIENTS))
    else:
        introduction = f"{firm.name} {firm.does}."
    tasks = rng.sample(role.tasks, min(4, len(role.tasks)))
    return "\n\n".join(
        (
            f"{introduction} {role.summary}",
            "What you will do:\n" + _list(tasks),
            rng.choice(REMOTE if vacancy.remote else WORKING),
            rng.choice(HIRING),
        )
    )


def _requirements(rng: Random, vacancy: Vacancy) -> str:
    return _list([vacancy.level.experience, *rng.sample(vacancy.role.requirements, 3)])


def _list(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
