"""Equality of scraped values across file formats."""

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


def are_equivalent(column: str, one: JsonValue, other: JsonValue) -> bool:
    """Whether two values of a column mean the same: `250.0` and 250, True and "true", URLs with the same key.

    >>> are_equivalent("date_posted", "9/1/2026", "2026-09-01")
    True
    """
    return one == other or _plain(column, one) == _plain(column, other)


def content_key(row: ScrapedJob) -> str:
    """A substitute for the URL key of a row with neither an id on its board nor a URL.

    Returns `#sha256=` and 64 hexadecimal digits; no URL key begins with `#`. The digest is that of the site and the
    direct URL key. Without a direct URL it covers all values, so that rows with any difference are different sources.
    """
    identity: object
    if row.direct_url_key is not None:
        identity = [row.source_site, row.direct_url_key]
    else:
        identity = sorted((column, _plain(column, value)) for column, value in row.raw.items())
    return f"#sha256={sha256(json.dumps(identity).encode()).hexdigest()}"


def changed_columns(stored: Mapping[str, JsonValue], row: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The columns of `row` that `stored` lacks or holds with a different meaning."""
    return {
        column: value
        for column, value in row.items()
        if column not in stored or not are_equivalent(column, stored[column], value)
    }


def _plain(column: str, value: JsonValue) -> str:
    if column in _URLS and isinstance(value, str) and (key := url_key(value)) is not None:
        return key
    if column == _DATE and (day := read_date(value)) is not None:
        return day.isoformat()
    return plain_text(value)


def plain_text(value: JsonValue) -> str:
    """A value as text that does not depend on the file format, such as "250" for `250.0` and "true" for True."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(str(item) for item in value)
    if isinstance(value, list | dict):
        return json.dumps(value, sort_keys=True)
    text = str(value).replace("\r\n", "\n").strip()
    if _WHOLE_NUMBER.fullmatch(text):
        return text.removesuffix(".0")
    return text.lower() if text in {"True", "False", "TRUE", "FALSE"} else text
