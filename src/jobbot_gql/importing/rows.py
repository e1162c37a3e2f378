"""Parsing of scraped rows into typed jobs.

A value that cannot be parsed or exceeds its column leaves the column empty with a warning, and remains in
`ScrapedJob.raw`. A row is rejected only if its title or company is missing or unusable.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar, cast

from sqlalchemy import String
from sqlalchemy.sql.elements import KeyedColumnElement

from jobbot_gql.db.sql.column_types import Range
from jobbot_gql.importing.dates import DayMonthOrder, TwoNumbers, read_date
from jobbot_gql.importing.raw import JsonValue
from jobbot_gql.jobs.identity import text_key, url_key
from jobbot_gql.jobs.models import Job, JobSource
from jobbot_gql.outreach.models import Company, CompanySize

PERIODS_PER_YEAR = {"yearly": 1, "monthly": 12, "weekly": 52, "daily": 260, "hourly": 2080}


def _length(column: KeyedColumnElement[Any]) -> int:
    return cast("int", cast("String", column.type).length)


_JOB, _SOURCE, _COMPANY = Job.__table__.c, JobSource.__table__.c, Company.__table__.c

MAX_COMPANY_LENGTH = min(_length(_JOB.company), _length(_COMPANY.name))
"""Maximum length of a company's name, in characters."""

# Maximum lengths of fields, from their columns. Other fields are unlimited.
_MAX_LENGTHS = {
    "title": _length(_JOB.title),
    "company": MAX_COMPANY_LENGTH,
    "location": _length(_JOB.location),
    "site": min(_length(_JOB.source_site), _length(_SOURCE.source_site)),
    "id": _length(_SOURCE.external_id),
    "job_type": _length(_JOB.job_type),
    "job_level": _length(_JOB.experience_level),
    "experience_range": _length(_JOB.experience_level),
    "company_industry": min(_length(_JOB.industry), _length(_COMPANY.industry)),
    "interval": _length(_SOURCE.pay_interval),
    "currency": _length(_SOURCE.pay_currency),
    "salary_source": _length(_SOURCE.pay_source),
    "company_url_direct": _length(_COMPANY.website),
    "company_url": _length(_COMPANY.website),
    "company_addresses": _length(_COMPANY.location),
}
_PAY: Range = _SOURCE.pay_min.info["range"]
_MAX_JOB_URL_LENGTH = _length(_JOB.job_url)

_ABSENT = frozenset({"", "nan", "NaN", "None", "null", "NULL", "NaT", "<NA>"})
_BOOLEANS = {
    **dict.fromkeys(("true", "yes", "1", "1.0"), True),
    **dict.fromkeys(("false", "no", "0", "0.0"), False),
}
_LARGEST_INTEGER = 2**31 - 1
_MEDIUM_FROM, _LARGE_FROM = 50, 250

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WHOLE_NUMBER = re.compile(r"([0-9]+)\.0")
_QUOTED = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""")
_COUNT = r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,9})(?:\.0)?"
_HEADCOUNT = re.compile(rf"{_COUNT}(?: ?(?:-|–|to) ?{_COUNT}| ?\+)?(?: employees)?", re.IGNORECASE)  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem in one column of a scraped row.

    `field` is the column's name in the scrape, `value` its value, shortened if long. `rule` is one of

    - required: the column must not be empty;
    - type: the value has an unsupported type, such as an object;
    - max_length: the text exceeds its database column;
    - characters: NUL characters were removed or lone surrogates replaced, because databases cannot store them;
    - number, boolean, date, http_url: the value cannot be parsed;
    - interval: the amounts have no known interval and cannot be converted to a year's pay;
    - min_max: the minimum exceeds the maximum;
    - range: the number is negative or too large;
    - unique: another job has the URL;
    - the code of a business rule, such as date_order.
    """

    field: str
    rule: str
    value: str
    message: str


class RowRejected(Exception):
    """The row cannot be imported; `problem` is the reason."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class ScrapedJob:
    """One parsed row. Every text fits its column; None means absent.

    - `external_id`: the job's id on `source_site`. `url_key`, `direct_url_key`: see `identity.url_key`.
    - `url`: the job's http(s) URL of any length; `job_url`: the same, if it fits the column.
    - `pay_*`: the amounts as scraped, per `pay_interval`. Boards write 0 or -1 for an unknown amount.
    - `salary_min`, `salary_max`: per year, in `pay_currency`, rounded. None with a warning if the interval is unknown
      or the minimum exceeds the maximum.
    - `company_size`: the size class of `company_size_text`.
    - `raw`: the whole row as JSON, including unknown columns, without absent values.
    """

    source_site: str | None
    external_id: str | None
    url: str | None
    url_key: str | None
    job_url: str | None
    direct_url: str | None
    direct_url_key: str | None

    title: str
    company: str
    location: str | None
    description: str | None
    posting_date: date | None
    job_type: str | None
    remote_option: bool | None
    experience_level: str | None
    industry: str | None
    keywords: tuple[str, ...]

    salary_min: int | None
    salary_max: int | None
    pay_interval: str | None
    pay_min: float | None
    pay_max: float | None
    pay_currency: str | None
    pay_source: str | None

    company_website: str | None
    company_location: str | None
    company_size_text: str | None
    company_size: CompanySize | None

    raw: dict[str, JsonValue]
    warnings: tuple[Problem, ...]


def parse_row(
    values: Mapping[str, JsonValue],
    *,
    placeholder_company: str | None = None,
    date_order: DayMonthOrder = DayMonthOrder.MDY,
) -> ScrapedJob:
    """Parse a row.

    Args:
        values: The row.
        placeholder_company: Company of rows without one, at most `MAX_COMPANY_LENGTH` characters. None rejects them.
        date_order: How to parse a date like 9/1/2026. `raw` holds the result as 2026-09-01.

    Raises:
        RowRejected: Title or company is missing, is not a text, or is too long.
    """
    row = _Row(values)
    title = row.required_text("title")
    has_company = "company" in row.values or not placeholder_company
    company = row.required_text("company") if has_company else cast("str", placeholder_company)

    url, direct_url = row.text("job_url"), row.text("job_url_direct")
    key = url_key(url)
    interval = row.text("interval")
    pay_min, pay_max = row.amount("min_amount"), row.amount("max_amount")
    salary_min, salary_max = row.salary(pay_min, pay_max, interval)
    headcount = row.text("company_num_employees")

    return ScrapedJob(
        source_site=row.text("site"),
        external_id=_whole(row.text("id")),
        url=url if key else None,
        url_key=key,
        job_url=row.job_url(url, key),
        direct_url=direct_url,
        direct_url_key=url_key(direct_url),
        title=title,
        company=company,
        location=row.text("location"),
        description=row.text("description", strip=False),
        posting_date=row.day("date_posted", date_order),
        job_type=row.text("job_type"),
        remote_option=row.read("is_remote", _boolean, "boolean", "is neither true nor false"),
        experience_level=row.text("job_level") or row.text("experience_range"),
        industry=row.text("company_industry"),
        keywords=row.read("skills", _keywords, "type", "is not a list of strings") or (),
        salary_min=salary_min,
        salary_max=salary_max,
        pay_interval=interval,
        pay_min=pay_min,
        pay_max=pay_max,
        pay_currency=row.text("currency"),
        pay_source=row.text("salary_source"),
        company_website=row.website("company_url_direct") or row.website("company_url"),
        company_location=row.text("company_addresses"),
        company_size_text=headcount,
        company_size=company_size(headcount),
        raw=row.values,
        warnings=tuple(row.warnings),
    )


def company_size(headcount: str | None) -> CompanySize | None:
    """Company size from a number of employees such as "37", "51 to 200", "1,001-5,000" or "10,000+ employees".

    Fewer than 50 is small, fewer than 250 is medium (European Commission Recommendation 2003/361/EC), more is large. A
    band counts by its lower end: 11 to 50 is small, 201 to 500 is medium. None for a band from small to large, for "0"
    and for other text.
    """
    found = _HEADCOUNT.fullmatch(" ".join((headcount or "").split()))
    if found is None:
        return None
    lowest, highest = (int(count.replace(",", "")) for count in (found[1], found[2] or found[1]))
    if highest < max(lowest, 1) or (lowest < _MEDIUM_FROM and highest >= _LARGE_FROM):
        return None
    if lowest < _MEDIUM_FROM:
        return CompanySize.SMALL
    return CompanySize.MEDIUM if lowest < _LARGE_FROM else CompanySize.LARGE


_T = TypeVar("_T")


class _Row:
    """The present values of a row in storable form, and the warnings of parsing them."""

    def __init__(self, values: Mapping[str, JsonValue]) -> None:
        self.warnings: list[Problem] = []
        self.values: dict[str, JsonValue] = {}
        for name, value in values.items():
            if _is_absent(value):
                continue
            field = storable_text(name)
            try:
                storable, replaced = _storable(value)
            except RecursionError:
                raise RowRejected(Problem(field, "type", "…", "is nested too deeply")) from None
            if replaced:
                self.warn(field, "characters", value, "holds NUL characters or unpaired surrogates; they are replaced")
            if not _is_absent(storable):
                self.values[field] = storable

    def warn(self, field: str, rule: str, value: JsonValue, message: str) -> None:
        self.warnings.append(Problem(field, rule, _shown(value), message))

    def required_text(self, field: str) -> str:
        """The field as text. Raises RowRejected if it is missing, is not a text or is too long."""
        if field not in self.values:
            raise RowRejected(Problem(field, "required", "", "is empty"))
        text = self.text(field)
        if text is None:
            raise RowRejected(self.warnings[-1])
        return text

    def text(self, field: str, *, strip: bool = True) -> str | None:
        """The field as text; None with a warning if it is not a text or is too long."""
        text = self.read(field, lambda value: _text(value, strip=strip), "type", "is not a string")
        return text if text is None or self._fits(field, text, _MAX_LENGTHS.get(field)) else None

    def job_url(self, url: str | None, key: str | None) -> str | None:
        if url is None:
            return None
        if key is None:
            self.warn("job_url", "http_url", url, "is not an http or https URL")
            return None
        return url if self._fits("job_url", url, _MAX_JOB_URL_LENGTH) else None

    def website(self, field: str) -> str | None:
        url = self.text(field)
        if url is not None and url_key(url) is None:
            self.warn(field, "http_url", url, "is not an http or https URL")
            return None
        return url

    def day(self, field: str, order: DayMonthOrder) -> date | None:
        is_ambiguous = TwoNumbers.of(self.values.get(field)) is not None
        day = self.read(
            field,
            lambda value: read_date(value, order),
            "date",
            "is not a date such as 2026-09-30, 9/30/2026 or 1790726400000",
        )
        if day is not None and is_ambiguous:
            self.values[field] = day.isoformat()
        return day

    def amount(self, field: str) -> float | None:
        number = self.read(field, _number, "number", "is not a number")
        if number is None or number in {0, -1}:
            return None
        if number not in _PAY:
            self.warn(field, "range", self.values[field], "is negative" if number < 0 else "is too large")
            return None
        return number

    def salary(self, lower: float | None, upper: float | None, interval: str | None) -> tuple[int | None, int | None]:
        """Both amounts per year."""
        if lower is None and upper is None:
            return None, None
        periods = PERIODS_PER_YEAR.get((interval or "").lower())
        if periods is None:
            known = ", ".join(PERIODS_PER_YEAR)
            self.warn("interval", "interval", interval, f"is none of {known}: the amounts are not compared per year")
            return None, None
        if lower is not None and upper is not None and lower > upper:
            self.warn("min_amount", "min_max", f"{lower:g} > {upper:g}", "is above max_amount; the salary is omitted")
            return None, None
        return self._per_year("min_amount", lower, periods), self._per_year("max_amount", upper, periods)

    def read(self, field: str, how: Callable[[JsonValue], _T | None], rule: str, message: str) -> _T | None:
        """Parse the field with `how`; None from `how` adds a warning."""
        value = self.values.get(field)
        if value is None:
            return None
        result = how(value)
        if result is None:
            self.warn(field, rule, value, message)
        return result

    def _per_year(self, field: str, amount: float | None, periods: int) -> int | None:
        if amount is None:
            return None
        if amount * periods > _LARGEST_INTEGER:
            self.warn(field, "range", self.values[field], f"is more than {_LARGEST_INTEGER:,} a year")
            return None
        return round(amount * periods)

    def _fits(self, field: str, text: str, longest: int | None) -> bool:
        if longest is None or len(text) <= longest:
            return True
        self.warn(field, "max_length", text, f"has {len(text):,} characters, at most {longest} are stored")
        return False


def _shown(value: JsonValue) -> str:
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
    text = " ".join(storable_text(text[:200]).split())
    return text if len(text) <= 80 else text[:79] + "…"


def _is_absent(value: JsonValue) -> bool:
    if isinstance(value, str):
        return value.strip() in _ABSENT
    return value is None or value in ([], {}) or (isinstance(value, float) and math.isnan(value))


def _storable(value: JsonValue, depth: int = 0) -> tuple[JsonValue, bool]:
    """The value in a form that both databases can store as JSON, and whether characters were replaced."""
    if isinstance(value, str):
        text = storable_text(value)
        return text, text != value
    if isinstance(value, float) and not math.isfinite(value):
        return (None if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"), False
    if isinstance(value, int) and value.bit_length() > 63:
        return str(value), False
    if not isinstance(value, list | dict):
        return value, False
    if depth == 50:
        raise RecursionError
    if isinstance(value, list):
        items = [_storable(item, depth + 1) for item in value]
        return [item for item, _ in items], any(replaced for _, replaced in items)
    members = {storable_text(name): _storable(item, depth + 1) for name, item in value.items()}
    return {name: item for name, (item, _) in members.items()}, any(replaced for _, replaced in members.values())


def storable_text(text: str) -> str:
    """The text without NUL characters and lone surrogates, which databases cannot store."""
    if text.isascii() and "\0" not in text:
        return text
    return _UNSTORABLE.sub(lambda found: "" if found[0] == "\0" else "\ufffd", text)


def _text(value: JsonValue, *, strip: bool = True) -> str | None:
    """A text, a number as text (`250.0` is "250"), or a list of these joined by commas."""
    if isinstance(value, str):
        return value.strip() if strip else value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(int(value)) if value == int(value) else str(value)
    if isinstance(value, list):
        items = [_text(item) for item in value if not _is_absent(item)]
        return None if None in items or not items else ", ".join(cast("list[str]", items))
    return None


def _whole(text: str | None) -> str | None:
    """An integer without the `.0` that pandas adds in columns with missing values; other text unchanged."""
    found = _WHOLE_NUMBER.fullmatch(text or "")
    return found[1] if found else text


def _number(value: JsonValue) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return float(value) if isinstance(value, str) and _NUMBER.fullmatch(value.strip()) else None


def _boolean(value: JsonValue) -> bool | None:
    return _BOOLEANS.get(str(value).strip().lower())


def _keywords(value: JsonValue) -> tuple[str, ...] | None:
    """Unique keywords in order, from a list, a JSON or Python list in a string, or a comma-separated string."""
    if isinstance(value, str):
        text = value.strip()
        inner = text[1:-1].strip() if text.startswith("[") and text.endswith("]") else ""
        if inner.startswith(("'", '"')):
            words = [re.sub(r"\\(.)", r"\1", found[1] or found[2] or "") for found in _QUOTED.finditer(inner)]
        else:
            words = (inner or text).split(",")
    elif isinstance(value, list) and all(isinstance(item, str) for item in value):
        words = cast("list[str]", value)
    else:
        return None
    unique: dict[str | None, str] = {}
    for word in words:
        if not _is_absent(word):
            unique.setdefault(text_key(word), word.strip())
    return tuple(unique.values())
