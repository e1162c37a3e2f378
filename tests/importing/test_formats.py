"""Files that cannot be read as they are: each says what it is and what to do with it."""

import bz2
import gzip
import io
import json
import lzma
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from jobbot_gql.importing.files import read_rows
from jobbot_gql.importing.raw import ScrapeFileError

TEXT = "id,site,title,company\n1,indeed,Cook,Foods\n"


def archive(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name in names:
            made.writestr(name, TEXT * 10)
    return file.getvalue()


OPEN_DOCUMENT = io.BytesIO()
with zipfile.ZipFile(OPEN_DOCUMENT, "w") as made:
    made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (archive("[Content_Types].xml", "xl/workbook.xml"), ["Excel workbook (XLSX)", "CSV (UTF-8)"]),
        (archive("docProps/app.xml", "xl/theme/theme1.xml"), ["Excel workbook (XLSX)", "CSV (UTF-8)"]),
        (OPEN_DOCUMENT.getvalue(), ["OpenDocument", "CSV (UTF-8)"]),
        (archive("jobs.csv"), ["ZIP archive", "extract it"]),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), ["XLS", "CSV (UTF-8)"]),
        (gzip.compress(TEXT.encode(), mtime=0), ["gzip", "`gzip -dc FILE | jobbot-gql import -`"]),
        (bz2.compress(TEXT.encode()), ["bzip2", "`bzip2 -dc FILE | jobbot-gql import -`"]),
        (lzma.compress(TEXT.encode()), ["xz", "`xz -dc FILE | jobbot-gql import -`"]),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", ["PDF", "CSV or JSON"]),
        (b"\xef\xbb\xbf \n<!DOCTYPE html><html><table><tr><td>title", ["HTML", "CSV or JSON"]),
        (b"<?xml version='1.0'?><jobs/>", ["XML", "CSV or JSON"]),
        (b"PAR1" + bytes(20), ["Parquet", "CSV or JSON Lines"]),
        (b"SQLite format 3\0" + bytes(100), ["SQLite database", "DATABASE_URL"]),
        (TEXT.encode("utf-16-le"), ["UTF-16 text without a byte order mark", "save it as UTF-8", "UTF-16LE"]),
        (TEXT.encode("utf-16-be"), ["UTF-16 text without a byte order mark", "save it as UTF-8", "UTF-16BE"]),
        (json.dumps([{"title": "Cook"}]).encode("utf-16-le"), ["UTF-16", "save it as UTF-8"]),
        (("title,company\n" + "料理人,会社\n" * 900).encode("utf-16-le"), ["UTF-16", "save it as UTF-8"]),
        (TEXT.encode("utf-32"), ["UTF-32", "save it as UTF-8"]),
        (b"sep=;\r\n" + TEXT.replace(",", ";").encode(), ["sep=;", "Excel", "remove that line"]),
        (b'\xef\xbb\xbf"sep=,"\n' + TEXT.encode(), ["sep=,", "remove that line"]),
        (TEXT.replace("Cook", "Café").encode("latin-1"), ["is not UTF-8 text: byte 0xe9", "save it as UTF-8"]),
    ],
    ids=[
        "xlsx",
        "xlsx-other-order",
        "ods",
        "zip",
        "xls",
        "gzip",
        "bzip2",
        "xz",
        "pdf",
        "html",
        "xml",
        "parquet",
        "sqlite",
        "utf-16-le",
        "utf-16-be",
        "utf-16-json",
        "utf-16-chinese",
        "utf-32",
        "sep=",
        "quoted-sep",
        "latin-1",
    ],  # an archive has the time in it, and ids must be the same in every worker
)
def test_what_is_no_scrape_says_what_it_is_and_what_to_do(content: bytes, words: list[str]) -> None:
    with pytest.raises(ScrapeFileError) as rejected:
        list(read_rows(io.BytesIO(content)))

    message = str(rejected.value)
    assert [word for word in words if word not in message] == []
    assert message.isprintable()


SCRIPT = """
import sys
from pathlib import Path
from jobbot_gql.importing.files import read_rows
print(sum(1 for row in read_rows(Path(sys.argv[1])) if type(row).__name__ == "BadRow"))
"""


@pytest.mark.process
@pytest.mark.parametrize("line", ["ab\n", "é" * 5000 + "\n"])
def test_a_quote_that_never_closes_takes_little_memory(line: str, tmp_path: Path) -> None:
    def peak(path: Path) -> int:
        """The most memory that reading held, in KiB."""
        process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(path)], stdout=subprocess.PIPE, text=True)  # noqa: S603
        out, _ = process.communicate(timeout=300)
        assert process.returncode == 0
        assert out == f"{bad_rows}\n"
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss

    header = "id,site,job_url,title,company,description\n1,indeed,https://jobs.example.com/1,Cook,Foods,"
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    small.write_text(f'{header}"closed"\n')
    large.write_text(f'{header}"never closed\n' + line * (12_000_000 // len(line.encode())))
    assert large.stat().st_size > 11_900_000
    bad_rows = 0
    before = peak(small)
    bad_rows = 1
    assert peak(large) - before < 120_000
