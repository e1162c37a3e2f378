"""Rules for merging a scraped row into stored values.

Values that belong together are merged as a group: both ends of a salary, and the five columns of pay.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from jobbot_gql.importing.comparison import changed_columns
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
"""Scrape columns by column of `jobs`."""
COMPANY_COLUMNS = ("industry", "size", "location", "website")

_PAY = frozenset({"salary_source", "interval", "min_amount", "max_amount", "currency"})
# Problems whose value is stored nevertheless, if only in job_sources.
_STILL_USED = frozenset({"characters", "max_length"})


def job_values(row: ScrapedJob) -> Values:
    """Values for the columns of `jobs`; None for those the row lacks."""
    values = {column: getattr(row, column) for column in JOB_COLUMNS}
    values["keywords"] = list(row.keywords) or None
    values["company"] = row.company if has_company(row) else None
    return values


def source_values(row: ScrapedJob) -> Values:
    """Values for the columns of `job_sources`, without its keys."""
    pay = {column: getattr(row, column) for column in ("pay_interval", "pay_min", "pay_max", "pay_currency")}
    return {"url": row.url, **pay, "pay_source": row.pay_source, "raw": row.raw}


def company_values(row: ScrapedJob) -> Values:
    """Values for the columns of `companies`; None for those the row lacks."""
    values = (row.industry, row.company_size, row.company_location, row.company_website)
    return dict(zip(COMPANY_COLUMNS, values, strict=True))


def has_company(row: ScrapedJob) -> bool:
    """Whether the row names its company, so that it needs no placeholder."""
    return "company" in row.raw


def reparse(raw: Raw, placeholder_company: str = "?") -> ScrapedJob | None:
    """Parse a stored row again; None if this version would reject it."""
    try:
        return parse_row(raw, placeholder_company=placeholder_company)
    except RowRejected:
        return None


def merge_raw(stored_raw: Raw, stored: ScrapedJob | None, row: ScrapedJob) -> Raw:
    """Merge a later row of the same source into a stored one.

    Present values of `row` win, and absent ones keep the stored value. An unusable value never replaces a stored one.

    Args:
        stored_raw: The stored row, or an earlier row of the same file.
        stored: `stored_raw` parsed, None if it cannot be.
        row: The later row.

    Returns:
        The merged row; equal to `stored_raw` if `row` adds nothing.
    """
    unusable = {warning.field for warning in row.warnings if warning.rule not in _STILL_USED}
    changes = {
        column: value
        for column, value in changed_columns(stored_raw, row.raw).items()
        if column not in stored_raw or column not in unusable
    }
    if _PAY.isdisjoint(changes):
        return {**stored_raw, **changes}
    others = {column: value for column, value in {**stored_raw, **changes}.items() if column not in _PAY}
    return {**others, **_later_pay(stored_raw, stored, row)}


def updates(present: Mapping[str, Any], before: Values, after: Values) -> Values:
    """Changes to a job by a later scrape of the same source.

    A column changes only if it still holds the value of the previous scrape, `before`. Any other value was edited or
    comes from another source, and is kept.
    """
    changes: Values = {}
    for columns in _JOB_FIELDS:
        if _is_blank(after, columns):
            continue
        is_as_scraped = all(_value(present, column) == _value(before, column) for column in columns)
        if is_as_scraped:
            changes |= {column: after[column] for column in columns if after[column] != _value(present, column)}
    return changes


def fill_blanks(present: Mapping[str, Any], values: Values) -> Values:
    """Values of a row for the empty columns of a job."""
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
    """The five columns of pay after a later scrape. Amounts are combined only if interval and currency agree."""
    old, new = _pay(stored_raw), _pay(row.raw)
    if not _has_amounts(row):
        return old if stored and _has_amounts(stored) else {**old, **new}
    if stored is None or not _has_amounts(stored):
        return new
    lower = stored.pay_min if row.pay_min is None else row.pay_min
    upper = stored.pay_max if row.pay_max is None else row.pay_max
    is_compatible = (
        row.pay_interval == stored.pay_interval
        and row.pay_currency in {None, stored.pay_currency}
        and (lower is None or upper is None or lower <= upper)
    )
    if is_compatible:
        absent = {"min_amount"} if row.pay_min is None else {"max_amount"} if row.pay_max is None else set()
        return {**old, **{column: value for column, value in new.items() if column not in absent}}
    return new if _has_salary(row) or not _has_salary(stored) else old


def _pay(raw: Raw) -> Raw:
    return {column: value for column, value in raw.items() if column in _PAY}


def _has_amounts(row: ScrapedJob) -> bool:
    return row.pay_min is not None or row.pay_max is not None


def _has_salary(row: ScrapedJob) -> bool:
    return row.salary_min is not None or row.salary_max is not None
