"""Reading scrape files: formats, dialects, damage."""

import csv
import io
import json
import os
import threading
import tracemalloc
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobbot_gql.importing.files import BadRow, RawRow, ScrapeFileError, read_rows
from jobbot_gql.importing.raw import COLUMNS, MAX_CHARACTERS

FILES = Path(__file__).parent / "files"

Row = RawRow | BadRow


def read(content: bytes | str) -> list[Row]:
    return list(read_rows(io.BytesIO(content.encode() if isinstance(content, str) else content)))


def values(content: bytes | str) -> list[dict[str, Any]]:
    rows = read(content)
    assert all(isinstance(row, RawRow) for row in rows), rows
    return [dict(row.values) for row in rows if isinstance(row, RawRow)]


def rejection(content: bytes | str) -> str:
    with pytest.raises(ScrapeFileError) as rejected:
        read(content)
    message = str(rejected.value)
    assert "\n" not in message
    return message


def present(row: Row) -> dict[str, Any]:
    assert isinstance(row, RawRow)
    return {name: value for name, value in row.values.items() if value not in ("", None)}


# Formats


def test_both_csv_dialects_give_the_same_rows() -> None:
    readme = list(read_rows(FILES / "jobspy-readme.csv"))
    cli = list(read_rows(FILES / "jobspy-cli.csv"))
    assert readme == cli
    assert [(row.number, row.line) for row in readme] == [(1, 2), (2, 8), (3, 9), (4, 10)]
    assert present(readme[0])["description"] == (
        '**Your work**\n\n* modern C\\+\\+ and "ROS", daily\n* paths such as C:\\robots\\arm\n\n5\\+ years'
    )
    assert list(readme[0].values) == list(COLUMNS)  # type: ignore[union-attr]


def test_json_and_json_lines_give_the_same_values_typed() -> None:
    array = list(read_rows(FILES / "jobspy-cli.json"))
    lines = list(read_rows(FILES / "jobspy-cli.jsonl"))
    assert [(row.number, row.line) for row in array] == [(1, None), (2, None), (3, None), (4, None)]
    assert [(row.number, row.line) for row in lines] == [(1, 1), (2, 2), (3, 3), (4, 4)]
    assert [present(row) for row in array] == [present(row) for row in lines]
    text = [present(row) for row in read_rows(FILES / "jobspy-cli.csv")]
    assert [{name: str(value) for name, value in present(row).items()} for row in array] == text


def test_a_spreadsheet_with_byte_order_mark_semicolons_and_mixed_line_breaks() -> None:
    content = (
        "\ufeffTitle; COMPANY ;Job_URL;My notes\r\n"
        '"Baker; nights";Example Foods;https://example.com/b/1;"one\ntwo\r\nthree"\r\n'
        "Clerk;Sample Offices;https://example.com/b/2;\r\n"
    )
    assert read(content) == [
        RawRow(
            1,
            2,
            {
                "title": "Baker; nights",
                "company": "Example Foods",
                "job_url": "https://example.com/b/1",
                "My notes": "one\ntwo\r\nthree",
            },
        ),
        RawRow(
            2,
            5,
            {"title": "Clerk", "company": "Sample Offices", "job_url": "https://example.com/b/2", "My notes": ""},
        ),
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_csv_separators(separator: str) -> None:
    content = "title,company,location\nBaker,Example Foods,Ulm\n".replace(",", separator)
    assert values(content) == [{"title": "Baker", "company": "Example Foods", "location": "Ulm"}]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "content", ["title,company\nBäcker,Beispiel\n", '[{"title": "Bäcker", "company": "Beispiel"}]']
)
def test_byte_order_marks(encoding: str, content: str) -> None:
    mark = "\ufeff" if encoding[-2:] in {"le", "be"} else ""
    assert values((mark + content).encode(encoding)) == [{"title": "Bäcker", "company": "Beispiel"}]


@pytest.mark.parametrize(
    "content",
    [
        '{"jobs": [{"title": "Baker", "company": "Example Foods"}, {"title": "Clerk", "job_url": "x"}]}',
        '{"count": 2, "tags": ["a", {"b": []}], "jobs": [{"title": "Baker", "company": "Example Foods"},\n'
        ' {"title": "Clerk", "job_url": "x"}], "next": null}',
        '{"jobs": [{"title": "Baker", "company": "Example Foods"}]}\n{"jobs": [{"title": "Clerk", "job_url": "x"}]}\n',
        '{"a": [{"title": "Baker", "company": "Example Foods"}], "b": [{"title": "Clerk", "job_url": "x"}]}',
        '[{"title": "Baker", "company": "Example Foods"}]\n[{"title": "Clerk", "job_url": "x"}]\n',
        '{\n  "title": "Baker",\n  "company": "Example Foods"\n}\n{\n  "title": "Clerk",\n  "job_url": "x"\n}',
        '\n\n{"title": "Baker", "company": "Example Foods"}\n\n{"Title": "Clerk", "Job_URL": "x"}',
    ],
)
def test_shapes_of_json(content: str) -> None:
    assert values(content) == [{"title": "Baker", "company": "Example Foods"}, {"title": "Clerk", "job_url": "x"}]


def test_an_array_of_jobs_beside_a_title_belongs_to_that_job() -> None:
    similar = [{"title": "Cook", "company": "Sample Inn"}]
    job = {"title": "Baker", "company": "Example Foods", "similar": similar}
    assert values(json.dumps(job)) == [job]


def test_json_values_are_cut_anywhere_by_the_chunks_they_are_read_in() -> None:
    jobs = [{"title": f"Job {n}", "company": "Ex\u00e4mple \U0001f35e", "n": n, "text": "x" * n} for n in range(1500)]
    assert values(json.dumps(jobs)) == jobs
    assert values(json.dumps(jobs, ensure_ascii=False, indent=1)) == jobs
    numbers = read('[{"title": "a", "company": "b"}, ' + ", ".join(["123456789"] * 50_000) + "]")[1:]
    assert {row.text for row in numbers if isinstance(row, BadRow)} == {"123456789"}
    assert len(numbers) == 50_000


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\n",
        "\r\n\r\n",
        "  \n",
        "\ufeff",
        "\ufeff\n",
        '""\n',
        "[]",
        " [ ] ",
        '{"jobs": []}',
        '{"n": 0, "jobs": []}\n',
    ],
)
def test_an_empty_scrape_has_no_rows(content: str) -> None:
    assert read(content) == []


def test_the_empty_scrape_file() -> None:
    assert list(read_rows(FILES / "empty-scrape.csv")) == []


def test_a_header_alone_has_no_rows() -> None:
    assert read("title,company\n") == []


# Columns


def test_columns_keep_unknown_names_and_number_repeated_ones() -> None:
    assert values("TITLE,Company,,Pay Grade,title\na,b,c,d,e\n") == [
        {"title": "a", "company": "b", "column 3": "c", "Pay Grade": "d", "title (column 5)": "e"}
    ]


def test_json_that_leaves_blanks_out_shows_its_columns_in_later_rows() -> None:
    rows = [{"title": "Baker"}, {"site": "x"}, {"company": "Example Foods"}]
    assert values("\n".join(map(json.dumps, rows))) == rows


@pytest.mark.parametrize(
    ("content", "lacking"),
    [
        (
            "date,amount,payee\n1,2,3\n",
            'it lacks "title" and "company" or "job_url"; its columns are date, amount, payee',
        ),
        ("title,place\n1,2\n", 'it lacks "company" or "job_url"; its columns are title, place'),
        ("company;job_url\n1;2\n", 'it lacks "title"; its columns are company, job_url'),
        ("Dear reader\n", 'it lacks "title" and "company" or "job_url"; its columns are Dear reader'),
        (
            "a,b,c,d,e,f,g,h,i\n",
            'it lacks "title" and "company" or "job_url"; its columns are a, b, c, d, e, f, g, h, …',
        ),
        ('{"a": 1}', 'it lacks "title" and "company" or "job_url"; its columns are a'),
        ('[{"a": 1}, {"title": "b"}]', 'it lacks "company" or "job_url"; its columns are a, title'),
        ("{}", 'it lacks "title" and "company" or "job_url"; it has no columns at all'),
    ],
)
def test_a_file_that_is_no_scrape_is_rejected_with_the_columns_it_lacks(content: str, lacking: str) -> None:
    assert rejection(content) == f"is not a file of jobs: {lacking}"


def test_the_file_that_is_no_scrape() -> None:
    with pytest.raises(ScrapeFileError, match='lacks "title" and "company" or "job_url"'):
        list(read_rows(FILES / "not-a-scrape.csv"))


# Backslashes: which dialect a file is in


def write_csv(rows: list[list[str]], **dialect: Any) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n", **dialect).writerows(rows)
    return file.getvalue().encode()


README: dict[str, Any] = {"quoting": csv.QUOTE_NONNUMERIC, "escapechar": "\\"}

# A carriage return alone is left out: Python's writer does not quote it before 3.13, so that no reader can tell.
_PIECES = ["a", "b", "\\", '"', "'", ",", ";", "\n", "\r\n", "\t", " ", "|", "ü"]
cells = st.lists(st.sampled_from(_PIECES), max_size=12).map("".join)


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=6))
def test_every_text_survives_the_readme_dialect(texts: list[tuple[str, str]]) -> None:
    rows = [["x", title, company] for title, company in texts]
    content = write_csv([["site", "title", "company"], *rows], **README)
    assert [list(row.values()) for row in values(content)] == rows


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=6))
def test_every_text_survives_the_command_line_dialect(texts: list[tuple[str, str]]) -> None:
    rows = [["x", title, company] for title, company in texts]
    content = write_csv([["site", "title", "company"], *rows])
    assert [list(row.values()) for row in values(content)] == rows


def test_one_odd_run_of_backslashes_makes_all_of_a_quoted_file_literal() -> None:
    header = '"title","company","description"\n'
    assert values(header + r'"a","b","\\srv\x"' + "\n")[0]["description"] == r"\\srv\x"
    assert values(header + r'"a","b","\\srv\\x"' + "\n")[0]["description"] == r"\srv\x"
    assert values(header.replace('"', "") + r'"a","b","\\srv\\x"' + "\n")[0]["description"] == r"\\srv\\x"


@pytest.mark.parametrize("odd", [0, 1])
def test_a_run_of_backslashes_across_chunks_is_one_run(odd: int) -> None:
    header = '"title","company","description"\n"a","b","'
    run = "\\" * (600_000 + odd)
    padding = "x" * (256 * 1024 - len(header) - 1)
    description = values(f'{header}{padding}{run}"\n')[0]["description"]
    assert description == padding + "\\" * (600_001 if odd else 300_000)


# Damage


def test_a_row_with_too_many_or_too_few_cells_is_one_bad_row() -> None:
    content = 'title,company,location\na,b,c\na,b\n"d\ne",f,g,h\ni,j,k\n'
    assert read(content) == [
        RawRow(1, 2, {"title": "a", "company": "b", "location": "c"}),
        BadRow(2, 3, "has 2 cells, the header has 3", "a,b\n"),
        BadRow(3, 4, "has 4 cells, the header has 3", '"d\ne",f,g,h\n'),
        RawRow(4, 6, {"title": "i", "company": "j", "location": "k"}),
    ]


def test_blank_rows_are_no_rows() -> None:
    content = "title,company\n\na,b\n,\n  ,\n\nc,d\n"
    assert [(row.number, row.line) for row in read(content)] == [(1, 3), (2, 7)]


def test_a_quote_that_never_closes_costs_its_own_row_only() -> None:
    content = 'title,company,job_url\na,b,http://x/1\n"lost,b,http://x/2\nc,d,http://x/3\n"e ""f""",g,http://x/4\n'
    rows = read(content)
    assert rows == [
        RawRow(1, 2, {"title": "a", "company": "b", "job_url": "http://x/1"}),
        BadRow(2, 3, "is not valid CSV: ',' expected after '\"'", '"lost,b,http://x/2\n'),
        RawRow(3, 4, {"title": "c", "company": "d", "job_url": "http://x/3"}),
        RawRow(4, 5, {"title": 'e "f"', "company": "g", "job_url": "http://x/4"}),
    ]


def test_a_quote_out_of_place_costs_its_own_row_only() -> None:
    content = '"title","company"\n"a" lot,"b"\n"c","d\n"e","f"\n"g","h"\n'
    rows = read(content)
    assert [(row.number, row.line, isinstance(row, RawRow)) for row in rows] == [
        (1, 2, False),
        (2, 3, False),
        (3, 4, True),
        (4, 5, True),
    ]


def test_a_csv_file_cut_off_inside_a_description_loses_its_last_row_only() -> None:
    whole = (FILES / "jobspy-readme.csv").read_bytes()
    cut = whole[: whole.index(b"modern") + 3]
    header_length = len(whole.splitlines(keepends=True)[0])
    (bad,) = read(cut)
    assert bad == BadRow(1, 2, "is not valid CSV: unexpected end of data", cut[header_length:].decode())


def test_quotes_in_the_prose_behind_a_lost_quote_swallow_nothing_either() -> None:
    content = 'title,company,job_url\na,"b\n\n"Said, so\nc,d,http://x/3\n'
    assert read(content) == [
        BadRow(1, 2, "is not valid CSV: ',' expected after '\"'", 'a,"b\n\n"Said, so\n'),
        RawRow(2, 5, {"title": "c", "company": "d", "job_url": "http://x/3"}),
    ]


def test_prose_behind_a_lost_quote_is_not_taken_for_a_job() -> None:
    content = 'title,company,job_url\na,"b\nWe are nice, kind, and loud\nc,d,http://x/3\n'
    assert read(content) == [
        BadRow(1, 2, "is not valid CSV: unexpected end of data", 'a,"b\nWe are nice, kind, and loud\n'),
        RawRow(2, 4, {"title": "c", "company": "d", "job_url": "http://x/3"}),
    ]


def test_a_broken_line_of_json_is_one_bad_row() -> None:
    content = '{"title": "a", "company": "b"}\n{"title": "c", "comp\n[1]\n7\n{"title": "d", "company": "e"}\n{"title": '
    rows = read(content)
    assert rows == [
        RawRow(1, 1, {"title": "a", "company": "b"}),
        BadRow(2, 2, "is not valid JSON: Unterminated string starting at character 16", '{"title": "c", "comp\n'),
        BadRow(3, 3, "is an array, not an object", "[1]"),
        BadRow(4, 4, "is a number, not an object", "7"),
        RawRow(5, 5, {"title": "d", "company": "e"}),
        BadRow(6, 6, "is not valid JSON: Expecting value at character 10", '{"title": '),
    ]


def test_a_first_line_of_json_that_is_broken_is_one_bad_row() -> None:
    rows = read('{"title": "a", "company":\n{"title": "b", "company": "c"}\n')
    assert [type(row) for row in rows] == [BadRow, RawRow]


@pytest.mark.parametrize("number", ["[" * 100_000, "1" * 5_000], ids=["nested", "digits"])
def test_json_that_python_will_not_parse_is_one_bad_row(number: str) -> None:
    rows = read(f'{{"title": "a", "company": "b"}}\n{{"title": {number}}}\n{{"title": "c", "company": "d"}}\n')
    assert [type(row) for row in rows] == [RawRow, BadRow, RawRow]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"title": "a", "company": "b"}, {"tit', "the JSON is cut off: its array is never closed"),
        ('[{"title": "a", "company": "b"}', "the JSON is cut off: its array is never closed"),
        (
            '{"jobs": [{"title": "a", "company": "b"}',
            "is not valid JSON: ']' expected, the end of the file found (after row 1)",
        ),
        ('{"jobs": [{"title": "a", "company": "b"}]', "the JSON is cut off: its outermost object is never closed"),
        ('{"title": "a", "comp', "is not a file of jobs: row 1 is not valid JSON: "),
    ],
)
def test_json_that_is_cut_off_is_rejected(content: str, message: str) -> None:
    assert rejection(content).startswith(message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[{"title": "a", "company": "b"}, {"title" "c"}]', "is not valid JSON: Expecting ':' delimiter (after row 1)"),
        ('[{"title": "a", "company": "b"} {"title": "c"}]', "is not valid JSON: ']' expected, '{' found (after row 1)"),
        (
            '[{"title": "a", "company": "b"}] and more ]',
            "is not valid JSON: text follows the end of the array (after row 1)",
        ),
    ],
)
def test_an_error_inside_a_json_document_is_told_after_the_rows_before_it(content: str, message: str) -> None:
    rows = read_rows(io.BytesIO(content.encode()))
    assert next(rows) == RawRow(1, None, {"title": "a", "company": "b"})
    with pytest.raises(ScrapeFileError) as rejected:
        next(rows)
    assert str(rejected.value) == message


@pytest.mark.parametrize("before", [0, 256 * 1024 - 1, 600_000])
def test_bytes_that_are_no_text_are_rejected_with_their_offset(before: int) -> None:
    content = b"title,company\n" + b"x" * before + "é".encode("latin-1") + b",b\n"
    assert rejection(content) == (
        f"is not UTF-8 text: byte 0xe9 at offset {14 + before} (invalid continuation byte); save it as UTF-8"
    )


def test_the_offset_counts_the_byte_order_mark_and_a_character_cut_by_the_end() -> None:
    assert "byte 0xe2 at offset 17 " in rejection(b"\xef\xbb\xbftitle,company\n\xe2\x82")


def test_what_cannot_be_opened_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(ScrapeFileError, match=r"^cannot be read: No such file or directory$"):
        list(read_rows(tmp_path / "absent.csv"))
    with pytest.raises(ScrapeFileError, match=r"^cannot be read: Is a directory$"):
        list(read_rows(tmp_path))


# Size


def test_a_cell_far_longer_than_the_csv_modules_limit() -> None:
    description = "long\n" * 300_000
    assert values(f'title,company,description\na,b,"{description}"\nc,d,e\n') == [
        {"title": "a", "company": "b", "description": description},
        {"title": "c", "company": "d", "description": "e"},
    ]


@pytest.mark.parametrize("header", ["title,company\na,b\n", '{"title": "a", "company": "b"}\n'])
def test_a_line_beyond_all_bounds_is_one_bad_row(header: str) -> None:
    good = header.splitlines(keepends=True)[-1]
    rows = read(header + "x" * (MAX_CHARACTERS + 10) + "\n" + good)
    assert [type(row) for row in rows] == [RawRow, BadRow, RawRow]
    assert isinstance(rows[1], BadRow)
    assert rows[1].reason == "is a line of more than 8,388,608 characters"
    assert rows[2].line == rows[0].line + 2  # type: ignore[operator]


def test_stray_quotes_everywhere_do_not_make_reading_quadratic() -> None:
    # Each line opens a quote that nothing closes: reading on from every one of them would take hours.
    rows = read("title,company\n" + 'x","\n' * 100_000)
    assert [(row.number, row.line, type(row)) for row in rows] == [(1, 2, BadRow)]
    assert isinstance(rows[0], BadRow)
    assert rows[0].text == 'x","\n' * 100_000


@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_memory_does_not_grow_with_the_file(form: str, tmp_path: Path) -> None:
    path = tmp_path / "scrape"
    job = {"title": "Baker", "company": "Example Foods", "description": "y" * 3_000}
    count = 6_000
    with path.open("w") as file:
        if form == "csv":
            file.write("title,company,description\n" + f"{','.join(job.values())}\n" * count)
        elif form == "json":
            file.write("[" + ",".join([json.dumps(job)] * count) + "]")
        else:
            file.write((json.dumps(job) + "\n") * count)
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_rows(path)) == count
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert path.stat().st_size > 18_000_000
    assert peak < 6_000_000


# Streams


def test_a_pipe_is_read_and_left_open() -> None:
    readable, writable = os.pipe()
    content = (FILES / "jobspy-cli.json").read_bytes()

    def write() -> None:
        with os.fdopen(writable, "wb") as file:
            file.write(content)

    writer = threading.Thread(target=write)
    writer.start()
    with os.fdopen(readable, "rb") as pipe:
        rows = list(read_rows(pipe))
        assert not pipe.closed
    writer.join()
    assert rows == list(read_rows(FILES / "jobspy-cli.json"))


def test_a_stream_is_read_from_where_it_stands_and_left_open() -> None:
    stream: BinaryIO = io.BytesIO(b"# not part of it\ntitle,company\na,b\n")
    stream.readline()
    rows = read_rows(stream)
    assert next(rows) == RawRow(1, 2, {"title": "a", "company": "b"})
    rows.close()
    assert not stream.closed


def test_progress_counts_bytes_up_to_the_whole_file() -> None:
    path = FILES / "jobspy-cli.csv"
    calls: list[tuple[int, int]] = []
    rows = list(read_rows(path, on_progress=lambda *call: calls.append(call)))
    size = path.stat().st_size
    assert len(calls) == len(rows) == 4
    assert calls[-1] == (size, size)
    assert calls == sorted(calls)
