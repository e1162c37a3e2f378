"""Whether two scraped values say the same, however their files write it."""

import json
import re
from collections.abc import Mapping
from hashlib import sha256

from jobbot_gql.importing.dates import read_date
from jobbot_gql.importing.raw import JsonValue
from jobbot_gql.importing.rows import ScrapedJob
from jobbot_gql.jobs.identity import url_key

_URLS = frozenset({"job_url", "job_url_direct"})
_DATE = "date_posted"
_WHOLE_NUMBER = re.compile(r"-?[0-9]+\.0")


def says_the_same(column: str, one: JsonValue, other: JsonValue) -> bool:
    """Whether two values of a column are one: `250.0` and 250, True and "true", URLs with the same key.

    >>> says_the_same("date_posted", "9/1/2026", "2026-09-01")
    True
    """
    return one == other or _plain(column, one) == _plain(column, other)


def content_key(row: ScrapedJob) -> str:
    """What stands in for the URL key of a row that has neither an id on its board nor a URL.

    A row with the employer's own address is known by that, on its board; any other only by everything that it says, so
    that a row which differs anywhere is another one. The key begins with `#`, which no URL's key does.

    A digest: 64 hexadecimal digits.
    """
    known_by: object
    if row.direct_url_key is not None:
        known_by = [row.source_site, row.direct_url_key]
    else:
        known_by = sorted((column, _plain(column, value)) for column, value in row.raw.items())
    return f"#sha256={sha256(json.dumps(known_by).encode()).hexdigest()}"


def columns_that_differ(stored: Mapping[str, JsonValue], row: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The columns of `row` that `stored` lacks, or has with another meaning."""
    return {
        column: value
        for column, value in row.items()
        if column not in stored or not says_the_same(column, stored[column], value)
    }


def _plain(column: str, value: JsonValue) -> str:
    if column in _URLS and isinstance(value, str) and (key := url_key(value)) is not None:
        return key
    if column == _DATE and (day := read_date(value)) is not None:
        return day.isoformat()
    return plain_text(value)


def plain_text(value: JsonValue) -> str:
    """A value as text that is the same in every format: `250.0` and 250, True and "true", a list and its words."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(str(item) for item in value)
    if isinstance(value, list | dict):
        return json.dumps(value, sort_keys=True)
    text = str(value).replace("\r\n", "\n").strip()
    if _WHOLE_NUMBER.fullmatch(text):
        return text.removesuffix(".0")
    return text.lower() if text in {"True", "False", "TRUE", "FALSE"} else text
