"""Detection of unsupported file formats by their first bytes, with advice for conversion."""

import re

HEAD = 4096
"""Number of bytes that `advice` inspects."""

_SAVE_AS_CSV = "save it as CSV (UTF-8) and import that"
_AS_UTF_8 = "save it as UTF-8, or convert it with `iconv -f {encoding} -t UTF-8`"


def _compressed(tool: str) -> str:
    return (
        f"is compressed with {tool}: decompress it and import the result, for example"
        f" `{tool} -dc FILE | jobbot-gql import -`"
    )


_SIGNATURES = (
    (b"\x1f\x8b", _compressed("gzip")),
    (b"BZh", _compressed("bzip2")),
    (b"\xfd7zXZ\0", _compressed("xz")),
    (b"\x28\xb5\x2f\xfd", _compressed("zstd")),
    (b"7z\xbc\xaf\x27\x1c", "is a 7-Zip archive: extract it and import the files in it"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", f"is an old Excel workbook (XLS): {_SAVE_AS_CSV}"),
    (b"PAR1", "is a Parquet file: write it as CSV or JSON Lines, for example with pandas, and import that"),
    (b"ARROW1", "is an Arrow file: write it as CSV or JSON Lines, for example with pandas, and import that"),
    (b"SQLite format 3\0", "is a SQLite database: set DATABASE_URL to use it, or export its jobs as CSV"),
    (b"\xff\xfe\0\0", f"is UTF-32 text: {_AS_UTF_8.format(encoding='UTF-32')}"),
    (b"\0\0\xfe\xff", f"is UTF-32 text: {_AS_UTF_8.format(encoding='UTF-32')}"),
)
_MARKUP = (
    (re.compile(rb"%PDF-"), "is a PDF document: export the jobs as CSV or JSON and import that"),
    (re.compile(rb"\{\\rtf"), f"is an RTF document: {_SAVE_AS_CSV}"),
    (
        re.compile(rb"<!doctype html|<html|<head|<body|<table", re.IGNORECASE),
        "is an HTML page: export the jobs as CSV or JSON and import that",
    ),
    (
        re.compile(rb"<\?xml|<!--|<[a-z]", re.IGNORECASE),
        "is an XML document: export the jobs as CSV or JSON and import that",
    ),
)
_EXCEL_SEPARATOR = re.compile(r"\ufeff?\"?sep=.?\"?\s*", re.IGNORECASE)


def advice(head: bytes) -> str | None:
    """The unsupported format of a file and how to convert it; None if the file may be text.

    `head` holds the first `HEAD` bytes. The message is one line and does not name the file.
    """
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archive(head)
    for signature, message in _SIGNATURES:
        if head.startswith(signature):
            return message
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for pattern, message in _MARKUP:
        if pattern.match(text):
            return message
    return _unmarked_utf_16(head)


def is_excel_separator(line: str) -> bool:
    """Whether a line is Excel's delimiter declaration, such as `sep=;`."""
    return _EXCEL_SEPARATOR.fullmatch(line) is not None


def _archive(head: bytes) -> str:
    if b"[Content_Types].xml" in head or b"xl/" in head or b"_rels/.rels" in head:
        kind = "a Word document (DOCX)" if b"word/" in head else "an Excel workbook (XLSX)"
        return f"is {kind}: {_SAVE_AS_CSV}"
    if b"application/vnd.oasis.opendocument" in head:
        return f"is an OpenDocument file (ODS): {_SAVE_AS_CSV}"
    return "is a ZIP archive: extract it and import the files in it"


def _unmarked_utf_16(head: bytes) -> str | None:
    """Detect UTF-16 without a byte order mark. ASCII text in it has a zero in every other byte."""
    head = head[:16]
    pairs = len(head) // 2
    if pairs < 2 or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    zeros = head[: 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    for encoding, many, few in (("UTF-16LE", zeros[1], zeros[0]), ("UTF-16BE", zeros[0], zeros[1])):
        if many > pairs / 2 and few < pairs / 10:
            return f"is UTF-16 text without a byte order mark: {_AS_UTF_8.format(encoding=encoding)}"
    return None
