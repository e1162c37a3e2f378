"""What a scraped row changes in what is stored, value by value.

Values go together where they mean something together only: the two ends of a salary, and the five columns of pay.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from jobbot_gql.importing.comparing import columns_that_differ
from jobbot_gql.importing.raw import JsonValue
from jobbot_gql.importing.rows import RowRejected, ScrapedJob, parse_row

Raw: TypeAlias = dict[str, JsonValue]
Values: TypeAlias = dict[str, Any]

_JOB_FIELDS = (
    *(("title",), ("company",), ("location",), ("salary_min", "salary_max"), ("description",), ("job_url",)),
    *(("source_site",), ("posting_date",), ("remote_option",), ("job_type",), ("experience_level",), ("industry",)),
    ("keywords",),
)
JOB_COLUMNS = tuple(column for fields in _JOB_FIELDS for column in fields)
SCRAPED_AS = {
    **{column: column for column in JOB_COLUMNS},
    **{"salary_min": "min_amount", "salary_max": "max_amount", "source_site": "site", "posting_date": "date_posted"},
    **{"remote_option": "is_remote", "experience_level": "job_level", "industry": "company_industry"},
    "keywords": "skills",
}
"""What a scrape calls the columns of a job."""
COMPANY_COLUMNS = ("industry", "size", "location", "website")

_PAY = frozenset({"salary_source", "interval", "min_amount", "max_amount", "currency"})
# Problems with which the value is used nevertheless, if only in job_sources.
_STILL_USED = frozenset({"characters", "max_length"})


def job_values(row: ScrapedJob) -> Values:
    """The columns of `jobs` that a row tells, None where it does not."""
    values = {column: getattr(row, column) for column in JOB_COLUMNS}
    values["keywords"] = list(row.keywords) or None
    values["company"] = row.company if has_company(row) else None
    return values


def place_values(row: ScrapedJob) -> Values:
    """The columns of `job_sources` that hold what a row tells, beside its keys."""
    pay = {column: getattr(row, column) for column in ("pay_interval", "pay_min", "pay_max", "pay_currency")}
    return {"url": row.url, **pay, "pay_source": row.pay_source, "raw": row.raw}


def company_values(row: ScrapedJob) -> Values:
    """The columns of `companies` that a row tells, None where it does not."""
    values = (row.industry, row.company_size, row.company_location, row.company_website)
    return dict(zip(COMPANY_COLUMNS, values, strict=True))


def has_company(row: ScrapedJob) -> bool:
    """Whether the row names its company, rather than being kept under a placeholder."""
    return "company" in row.raw


def understood(raw: Raw, placeholder_company: str = "?") -> ScrapedJob | None:
    """A row that was stored, read again; None where it is none that this version could have stored."""
    try:
        return parse_row(raw, placeholder_company=placeholder_company)
    except RowRejected:
        return None


def later_word(stored_raw: Raw, stored: ScrapedJob | None, row: ScrapedJob) -> Raw:
    """All that a place has said, after a later scrape: what it says now, and for the rest what it said before.

    Also what two rows of one file about one source say together, the later one being `row`.

    Equal to `stored_raw` when there is no news. A value that cannot be used replaces none. `stored` is `stored_raw` as
    it is understood, None where it cannot be.
    """
    unusable = {warning.field for warning in row.warnings if warning.rule not in _STILL_USED}
    news = {
        column: value
        for column, value in columns_that_differ(stored_raw, row.raw).items()
        if column not in stored_raw or column not in unusable
    }
    if _PAY.isdisjoint(news):
        return {**stored_raw, **news}
    others = {column: value for column, value in {**stored_raw, **news}.items() if column not in _PAY}
    return {**others, **_later_pay(stored_raw, stored, row)}


def updates(present: Mapping[str, Any], before: Values, after: Values) -> Values:
    """The columns of a job that a later scrape changes, `before` being what the one before it told.

    A job that does not show what was scraped last has been edited, there or in another place: that value stays.
    """
    changes: Values = {}
    for columns in _JOB_FIELDS:
        if _is_blank(after, columns):
            continue
        is_as_scraped = all(_value(present, column) == _value(before, column) for column in columns)
        if is_as_scraped:
            changes |= {column: after[column] for column in columns if after[column] != _value(present, column)}
    return changes


def blanks_filled(present: Mapping[str, Any], values: Values) -> Values:
    """The columns of a job that are empty and that a row tells."""
    return {
        column: values[column]
        for columns in _JOB_FIELDS
        if _is_blank(present, columns)
        for column in columns
        if values[column] is not None
    }


def _value(values: Mapping[str, Any], column: str) -> Any:
    value = values[column]
    return None if value in ("", []) else value


def _is_blank(values: Mapping[str, Any], columns: tuple[str, ...]) -> bool:
    return all(_value(values, column) is None for column in columns)


def _later_pay(stored_raw: Raw, stored: ScrapedJob | None, row: ScrapedJob) -> Raw:
    """The five columns of pay after a later scrape. Half of an old pay and half of a new one are nobody's pay."""
    old, new = _pay(stored_raw), _pay(row.raw)
    if not _tells_amounts(row):
        return old if stored and _tells_amounts(stored) else {**old, **new}
    if stored is None or not _tells_amounts(stored):
        return new
    lower = stored.pay_min if row.pay_min is None else row.pay_min
    upper = stored.pay_max if row.pay_max is None else row.pay_max
    is_one_statement = (
        row.pay_interval == stored.pay_interval
        and row.pay_currency in {None, stored.pay_currency}
        and (lower is None or upper is None or lower <= upper)
    )
    if is_one_statement:
        untold = {"min_amount"} if row.pay_min is None else {"max_amount"} if row.pay_max is None else set()
        return {**old, **{column: value for column, value in new.items() if column not in untold}}
    return new if _has_salary(row) or not _has_salary(stored) else old


def _pay(raw: Raw) -> Raw:
    return {column: value for column, value in raw.items() if column in _PAY}


def _tells_amounts(row: ScrapedJob) -> bool:
    return row.pay_min is not None or row.pay_max is not None


def _has_salary(row: ScrapedJob) -> bool:
    return row.salary_min is not None or row.salary_max is not None
