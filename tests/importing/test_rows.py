"""Scraped rows as typed jobs: what is parsed, what is warned of, what is rejected."""

import json
import math
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobbot_gql.importing.files import RawRow, read_rows
from jobbot_gql.importing.raw import COLUMNS, JsonValue
from jobbot_gql.importing.rows import Problem, RowRejected, ScrapedJob, company_size, parse_row
from jobbot_gql.outreach.models import CompanySize

FILES = Path(__file__).parent / "files"

BARE: dict[str, JsonValue] = {"title": "Baker", "company": "Example Foods"}

MISSING: list[JsonValue] = ["", "  ", "nan", "NaN", "None", "null", "NaT", "<NA>", None, math.nan, [], {}]


def job(**values: JsonValue) -> ScrapedJob:
    return parse_row({**BARE, **values})


def warned(**values: JsonValue) -> tuple[ScrapedJob, Problem]:
    parsed = job(**values)
    (warning,) = parsed.warnings
    return parsed, warning


def rejection(values: dict[str, JsonValue], **options: Any) -> Problem:
    with pytest.raises(RowRejected) as rejected:
        parse_row(values, **options)
    return rejected.value.problem


def parsed_file(name: str) -> list[ScrapedJob]:
    return [
        parse_row(row.values, placeholder_company="Unknown employer")
        for row in read_rows(FILES / name)
        if isinstance(row, RawRow)
    ]


def test_a_full_row() -> None:
    parsed = parsed_file("jobspy-readme.csv")[0]
    assert replace(parsed, raw={}) == ScrapedJob(
        source_site="indeed",
        external_id="ex-101",
        url="https://jobs.example.com/view?jk=101&from=serp",
        url_key="jobs.example.com/view?from=serp&jk=101",
        job_url="https://jobs.example.com/view?jk=101&from=serp",
        direct_url="https://robotics.example/careers/7?utm_source=indeed&gh_jid=7",
        direct_url_key="robotics.example/careers/7?gh_jid=7",
        title="Senior C++ Engineer",
        company="Example Robotics GmbH",
        location="Berlin, Germany",
        description='**Your work**\n\n* modern C\\+\\+ and "ROS", daily\n* paths such as C:\\robots\\arm\n\n5\\+ years',
        posting_date=date(2026, 9, 1),
        job_type="fulltime, contract",
        remote_option=False,
        experience_level=None,
        industry="Robotics",
        keywords=(),
        salary_min=72_000,
        salary_max=96_500,
        pay_interval="yearly",
        pay_min=72_000.0,
        pay_max=96_500.5,
        pay_currency="EUR",
        pay_source="direct_data",
        company_website="https://robotics.example",
        company_location="Hauptstr. 1, Berlin",
        company_size_text="51 to 200",
        company_size=CompanySize.MEDIUM,
        raw={},
        warnings=(),
    )
    assert parsed.raw["min_amount"] == "72000.0"
    assert parsed.raw["company_revenue"] == "$5M to $25M"
    assert "job_level" not in parsed.raw


@pytest.mark.parametrize("name", ["jobspy-cli.csv", "jobspy-cli.json", "jobspy-cli.jsonl"])
def test_every_format_gives_the_same_jobs(name: str) -> None:
    expected = [replace(parsed, raw={}) for parsed in parsed_file("jobspy-readme.csv")]
    assert [replace(parsed, raw={}) for parsed in parsed_file(name)] == expected
    assert [(parsed.title, parsed.company, parsed.salary_max, parsed.remote_option) for parsed in expected] == [
        ("Senior C++ Engineer", "Example Robotics GmbH", 96_500, False),
        ("Data Analyst", "Sample Analytics", None, True),
        ("ML Engineer", "\uff25\uff38\uff21\uff2d\uff30\uff2c\uff25\u3000Foods", None, None),
        ("Nurse", "Unknown employer", 87_360, False),
    ]
    assert expected[2].keywords == ("Python", "SQL", "C#")
    assert [parsed.warnings for parsed in expected] == [()] * 4


# Missing values


@pytest.mark.parametrize("missing", MISSING)
def test_all_ways_to_say_nothing_are_one(missing: JsonValue) -> None:
    nothing: dict[str, JsonValue] = {**dict.fromkeys(COLUMNS, missing), **BARE}
    assert parse_row(nothing) == parse_row(BARE)
    assert parse_row(nothing).raw == BARE


def test_nothing_is_invented() -> None:
    parsed = parse_row(BARE)
    said = {name for name in ScrapedJob.__slots__ if getattr(parsed, name) not in (None, ())}
    assert said == {"title", "company", "raw"}


@pytest.mark.parametrize("missing", MISSING)
@pytest.mark.parametrize("field", ["title", "company"])
def test_a_row_without_title_or_company_is_rejected(field: str, missing: JsonValue) -> None:
    assert rejection({**BARE, field: missing}) == Problem(field, "required", "", "is empty")
    assert rejection({name: value for name, value in BARE.items() if name != field}).rule == "required"


def test_a_placeholder_stands_for_a_missing_company_only() -> None:
    assert parse_row({"title": "Baker"}, placeholder_company="Unknown").company == "Unknown"
    assert "company" not in parse_row({"title": "Baker"}, placeholder_company="Unknown").raw
    assert parse_row(BARE, placeholder_company="Unknown").company == "Example Foods"
    assert rejection({**BARE, "company": "x" * 256}, placeholder_company="Unknown").rule == "max_length"
    assert rejection({"company": "Example Foods"}, placeholder_company="Unknown").field == "title"


# Texts


@pytest.mark.parametrize("field", ["title", "company"])
def test_title_and_company_at_their_limit(field: str) -> None:
    assert getattr(parse_row({**BARE, field: " " + "x" * 255 + "\n"}), field) == "x" * 255
    assert rejection({**BARE, field: "x" * 256}) == Problem(
        field, "max_length", "x" * 79 + "…", "has 256 characters, at most 255 are stored"
    )
    assert rejection({**BARE, field: {"name": "x"}}) == Problem(field, "type", '{"name": "x"}', "is not a string")


@pytest.mark.parametrize(
    ("field", "attribute", "limit"),
    [
        ("location", "location", 255),
        ("site", "source_site", 100),
        ("id", "external_id", 255),
        ("job_type", "job_type", 50),
        ("job_level", "experience_level", 50),
        ("experience_range", "experience_level", 50),
        ("company_industry", "industry", 100),
        ("company_url", "company_website", 500),
        ("company_url_direct", "company_website", 500),
        ("company_addresses", "company_location", 255),
        ("interval", "pay_interval", 50),
        ("currency", "pay_currency", 50),
        ("salary_source", "pay_source", 50),
    ],
)
def test_an_optional_text_that_does_not_fit_is_left_empty_and_kept_in_raw(
    field: str, attribute: str, limit: int
) -> None:
    start = "https://é.example/" if attribute == "company_website" else ""
    text = start + "é" * (limit - len(start))
    fitting = job(**{field: text})
    assert getattr(fitting, attribute) == text
    assert fitting.warnings == ()
    parsed, warning = warned(**{field: text + "é"})
    assert getattr(parsed, attribute) is None
    assert (warning.field, warning.rule) == (field, "max_length")
    assert warning.message == f"has {limit + 1} characters, at most {limit} are stored"
    assert parsed.raw[field] == text + "é"


def test_second_choices() -> None:
    assert job(job_level="senior", experience_range="3-6 Yrs").experience_level == "senior"
    assert job(experience_range="3-6 Yrs").experience_level == "3-6 Yrs"
    assert job(company_url="https://a.example", company_url_direct="https://b.example").company_website == (
        "https://b.example"
    )
    assert job(company_url="https://a.example").company_website == "https://a.example"


def test_a_description_keeps_its_blanks() -> None:
    assert job(description="  * a\n\n    * b\n").description == "  * a\n\n    * b\n"


@pytest.mark.parametrize(
    ("value", "text"), [(42, "42"), (42.0, "42"), (4.5, "4.5"), (["a", "", "b", 3], "a, b, 3"), (" a  b ", "a  b")]
)
def test_texts_from_other_types(value: JsonValue, text: str) -> None:
    parsed = job(location=value)
    assert (parsed.location, parsed.raw["location"], parsed.warnings) == (text, value, ())


@pytest.mark.parametrize("value", [True, {"city": "Ulm"}, ["a", {"b": 1}]])
def test_what_is_no_text_is_left_empty(value: JsonValue) -> None:
    parsed, warning = warned(location=value)
    assert parsed.location is None
    assert parsed.raw["location"] == value
    assert warning == Problem("location", "type", json.dumps(value), "is not a string")


@pytest.mark.parametrize(("value", "text"), [(250, "250"), (250.0, "250"), ("250.0", "250"), ("a-1.0", "a-1.0")])
def test_an_id_is_the_same_with_and_without_a_decimal_point(value: JsonValue, text: str) -> None:
    assert job(id=value).external_id == text


def test_characters_that_no_database_stores_are_replaced() -> None:
    values: dict[str, JsonValue] = {"skills": ["C\0++", {"\udc00": 1}], "my\0 column": "x"}
    parsed = parse_row({**BARE, **values, "title": "Ba\0ker\ud83d"})
    assert parsed.title == "Baker\ufffd"
    stored: dict[str, Any] = {"title": "Baker\ufffd", "skills": ["C++", {"\ufffd": 1}], "my column": "x"}
    assert parsed.raw == {**BARE, **stored}
    message = "holds NUL characters or unpaired surrogates; they are replaced"
    assert parsed.warnings[:2] == (
        Problem("title", "characters", "Baker\ufffd", message),
        Problem("skills", "characters", '["C\\u0000++", {"\\udc00": 1}]', message),
    )
    assert rejection({**BARE, "title": "\0 \0"}) == Problem("title", "required", "", "is empty")


def test_raw_holds_only_what_json_and_the_database_can() -> None:
    parsed = parse_row({**BARE, "a": [1, math.nan, math.inf], "b": -math.inf, "c": 2**70, "d": {"e": None}})
    assert parsed.raw == {**BARE, "a": [1, None, "Infinity"], "b": "-Infinity", "c": str(2**70), "d": {"e": None}}


def test_a_value_nested_too_deeply_rejects_its_row() -> None:
    nested: JsonValue = "x"
    for _ in range(60):
        nested = [nested]
    assert rejection({**BARE, "extra": nested}) == Problem("extra", "type", "…", "is nested too deeply")


# Pay


@pytest.mark.parametrize(
    ("interval", "periods"),
    [("yearly", 1), ("monthly", 12), ("weekly", 52), ("daily", 260), ("hourly", 2080), ("Hourly", 2080)],
)
def test_pay_is_compared_per_year(interval: str, periods: int) -> None:
    parsed = job(interval=interval, min_amount="30.5", max_amount=42, currency="CAD")
    assert (parsed.salary_min, parsed.salary_max) == (round(30.5 * periods), 42 * periods)
    assert (parsed.pay_interval, parsed.pay_min, parsed.pay_max, parsed.pay_currency) == (interval, 30.5, 42.0, "CAD")
    assert parsed.warnings == ()


@pytest.mark.parametrize("interval", [None, "", "per project", "year"])
def test_amounts_without_a_known_interval_are_not_guessed(interval: str | None) -> None:
    parsed, warning = warned(interval=interval, min_amount="100000.0", max_amount="120000.0")
    assert (parsed.salary_min, parsed.salary_max) == (None, None)
    assert (parsed.pay_min, parsed.pay_max, parsed.pay_interval) == (100_000.0, 120_000.0, interval or None)
    assert warning == Problem(
        "interval",
        "interval",
        interval or "",
        "is none of yearly, monthly, weekly, daily, hourly: the amounts are not compared per year",
    )


@pytest.mark.parametrize("nothing", ["0", 0, "0.0", -1, "-1", "-1.0"])
@pytest.mark.parametrize("interval", [None, "yearly"])
def test_zero_and_minus_one_are_no_amounts(nothing: JsonValue, interval: str | None) -> None:
    parsed = job(interval=interval, min_amount=nothing, max_amount=nothing)
    assert (parsed.salary_min, parsed.salary_max, parsed.pay_min, parsed.pay_max) == (None,) * 4
    assert parsed.warnings == ()
    assert job(interval="yearly", min_amount=nothing, max_amount=5).salary_min is None
    assert job(interval="yearly", min_amount=nothing, max_amount=5).salary_max == 5


def test_a_lower_amount_above_the_upper_one_is_not_swapped() -> None:
    parsed, warning = warned(interval="yearly", min_amount="90000", max_amount="60000")
    assert (parsed.salary_min, parsed.salary_max, parsed.pay_min, parsed.pay_max) == (None, None, 90_000.0, 60_000.0)
    assert warning == Problem("min_amount", "min_max", "90000 > 60000", "is above max_amount; the salary is omitted")


@pytest.mark.parametrize(
    ("value", "rule", "message"),
    [
        ("$120,000", "number", "is not a number"),
        ("1_000", "number", "is not a number"),
        ("\uff11\uff12", "number", "is not a number"),
        ("inf", "number", "is not a number"),
        (True, "number", "is not a number"),
        (math.inf, "number", "is not a number"),
        ("1e999", "range", "is too large"),
        (1e300, "range", "is too large"),
        (10**400, "range", "is too large"),
        (-5, "range", "is negative"),
    ],
)
def test_amounts_that_are_none(value: JsonValue, rule: str, message: str) -> None:
    parsed, warning = warned(interval="yearly", min_amount=value, max_amount=50_000)
    assert (parsed.pay_min, parsed.salary_min, parsed.salary_max) == (None, None, 50_000)
    assert (warning.field, warning.rule, warning.message) == ("min_amount", rule, message)
    assert "min_amount" in parsed.raw


def test_a_salary_beyond_the_column_is_left_empty() -> None:
    assert job(interval="yearly", max_amount=2**31 - 1).salary_max == 2**31 - 1
    parsed, warning = warned(interval="hourly", min_amount=20, max_amount=1_032_445)
    assert (parsed.salary_min, parsed.salary_max, parsed.pay_max) == (41_600, None, 1_032_445.0)
    assert warning == Problem("max_amount", "range", "1032445", "is more than 2,147,483,647 a year")


# Dates and booleans


@pytest.mark.parametrize(
    "value",
    [
        "2026-09-05",
        " 2026-09-05 ",
        "2026-09-05T23:59:59.123Z",
        "2026-09-05 00:00:00",
        "2026-09-05T23:00:00-08:00",
        "20260905",
        "9/5/2026",
        "09/05/2026",
        "9/5/2026 0:00",
        1_788_566_400_000,
        1_788_652_799_999.0,
        "1788566400000",
        "1788566400000.0",
    ],
)
def test_dates(value: JsonValue) -> None:
    parsed = job(date_posted=value)
    assert (parsed.posting_date, parsed.warnings) == (date(2026, 9, 5), ())


@pytest.mark.parametrize(
    "value",
    [
        "3 days ago",
        "25/12/2026",
        "2026-02-30",
        "9999-12-31",
        "1/1/0001",
        "9/5/26",
        12,
        "1788566400",
        True,
        ["2026-09-05"],
        10**40,
    ],
)
def test_an_unreadable_date_is_left_empty(value: JsonValue) -> None:
    parsed, warning = warned(date_posted=value)
    assert parsed.posting_date is None
    assert (warning.field, warning.rule) == ("date_posted", "date")
    assert warning.message == "is not a date such as 2026-09-30, 9/30/2026 or 1790726400000"
    assert parsed.raw["date_posted"] == (value if value != 10**40 else str(value))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([True, "True", "TRUE", "true", " yes ", "Yes", 1, "1", 1.0, "1.0"], True),
        ([False, "False", "FALSE", "false", "no", "NO", 0, "0", 0.0, "0.0"], False),
    ],
)
def test_booleans(values: list[JsonValue], expected: bool) -> None:
    assert [(job(is_remote=value).remote_option, job(is_remote=value).warnings) for value in values] == [
        (expected, ())
    ] * 10


@pytest.mark.parametrize("value", ["Hybrid", "2", 2, [True]])
def test_an_unreadable_boolean_is_left_empty(value: JsonValue) -> None:
    parsed, warning = warned(is_remote=value)
    assert parsed.remote_option is None
    assert (warning.field, warning.rule, warning.message) == ("is_remote", "boolean", "is neither true nor false")


# URLs


def test_a_url_beyond_the_column_lives_in_the_source() -> None:
    fitting = "https://example.com/" + "x" * 480
    assert job(job_url=fitting).job_url == fitting
    parsed, warning = warned(job_url=fitting + "x")
    assert (parsed.job_url, parsed.url) == (None, fitting + "x")
    assert parsed.url_key == "example.com/" + "x" * 481
    assert warning == Problem("job_url", "max_length", fitting[:79] + "…", "has 501 characters, at most 500 are stored")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "/jobs/1", "see website"])
def test_a_url_that_is_none_is_no_job_url(url: str) -> None:
    parsed, warning = warned(job_url=url)
    assert (parsed.job_url, parsed.url, parsed.url_key, parsed.raw["job_url"]) == (None, None, None, url)
    assert warning == Problem("job_url", "http_url", url, "is not an http or https URL")
    for field in ("company_url", "company_url_direct"):
        parsed, warning = warned(**{field: url})
        assert (parsed.company_website, parsed.raw[field]) == (None, url)
        assert warning == Problem(field, "http_url", url, "is not an http or https URL")


# Keywords


@pytest.mark.parametrize(
    ("skills", "keywords"),
    [
        ("Python, SQL,C++ , C#", ("Python", "SQL", "C++", "C#")),
        (["Python", " SQL ", "", None, "nan"], ("Python", "SQL")),
        ('["Python", "say \\"hi\\"", "a, b"]', ("Python", 'say "hi"', "a, b")),
        ("['Python', \"it's\", 'C:\\\\x']", ("Python", "it's", "C:\\x")),
        ("['Python' 'SQL']", ("Python", "SQL")),  # as NumPy prints an array
        ("[Python, don't, can't]", ("Python", "don't", "can't")),
        ("Python, python, \uff30\uff39\uff34\uff28\uff2f\uff2e", ("Python",)),
        (",,", ()),
    ],
)
def test_keywords(skills: JsonValue, keywords: tuple[str, ...]) -> None:
    if isinstance(skills, list):
        skills = [skill for skill in skills if isinstance(skill, str)]
    parsed = job(skills=skills)
    assert (parsed.keywords, parsed.warnings) == (keywords, ())


@pytest.mark.parametrize("skills", [{"a": 1}, [1], 7])
def test_what_is_no_list_of_keywords_is_left_empty(skills: JsonValue) -> None:
    parsed, warning = warned(skills=skills)
    assert parsed.keywords == ()
    assert warning == Problem("skills", "type", json.dumps(skills), "is not a list of strings")


# Company size


@pytest.mark.parametrize(
    ("headcount", "size"),
    [
        ("1", CompanySize.SMALL),
        ("0-1 employees", CompanySize.SMALL),
        ("2 to 10", CompanySize.SMALL),
        ("11-50 employees", CompanySize.SMALL),
        ("49", CompanySize.SMALL),
        ("50", CompanySize.MEDIUM),
        ("51 to 200", CompanySize.MEDIUM),
        ("201\u2013500", CompanySize.MEDIUM),
        ("249.0", CompanySize.MEDIUM),
        ("250", CompanySize.LARGE),
        ("501 to 1,000", CompanySize.LARGE),
        ("10,000+", CompanySize.LARGE),
        ("5001-10000 Employees", CompanySize.LARGE),
        ("1-1000", None),
        ("500-51", None),
        ("0", None),
        ("-1", None),
        ("Decline to state", None),
        ("< 500", None),
        ("1.000", None),
        ("51 to", None),
        (None, None),
    ],
)
def test_company_size(headcount: str | None, size: CompanySize | None) -> None:
    assert company_size(headcount) == size
    parsed = job(company_num_employees=headcount)
    assert (parsed.company_size, parsed.company_size_text, parsed.warnings) == (size, headcount, ())


# Any row at all

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(COLUMNS) | st.text(max_size=8), json_values))
def test_any_row_is_a_job_or_rejected_and_can_be_stored(values: dict[str, JsonValue]) -> None:
    values = {**values, "title": values.get("title") or "Baker"}
    try:
        parsed = parse_row(values, placeholder_company="Unknown")
    except RowRejected as rejected:
        assert rejected.problem.field in {"title", "company"}  # noqa: PT017 - both outcomes are right
        return
    stored = json.dumps(parsed.raw, allow_nan=False, ensure_ascii=False).encode()
    assert b"\\u0000" not in stored
    assert json.loads(stored) == parsed.raw
    for warning in parsed.warnings:
        warning.value.encode()
        assert len(warning.value) <= 80
