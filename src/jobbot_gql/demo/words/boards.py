"""Job boards with JobSpy's names, on `.example` domains."""

from typing import NamedTuple


class Board(NamedTuple):
    """A job board.

    `alphabet` and `length` describe its job numbers. `countries` is empty for all countries. `columns` has the
    probability of each optional column, 0 to 1.
    """

    site: str
    prefix: str
    url: str
    alphabet: str
    length: int
    weight: int
    countries: frozenset[str]
    columns: dict[str, float]


DIGITS, HEX, BASE62 = "0123456789", "0123456789abcdef", "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
EVERYWHERE: frozenset[str] = frozenset()

INDEED = Board(
    "indeed",
    "in-",
    "https://www.indeed.example/viewjob?jk={number}",
    HEX,
    16,
    36,
    EVERYWHERE,
    {"direct": 0.9, "pay": 0.7, "type": 0.9, "industry": 0.9, "description": 1, "level": 0, "skills": 0},
)
LINKEDIN = Board(
    "linkedin",
    "li-4",
    "https://www.linkedin.example/jobs/view/4{number}",
    DIGITS,
    9,
    40,
    EVERYWHERE,
    {"direct": 0.6, "pay": 0.58, "type": 0.95, "industry": 0.95, "description": 0.85, "level": 1, "skills": 0},
)
GLASSDOOR = Board(
    "glassdoor",
    "gd-1009",
    "https://www.glassdoor.example/job-listing/j?jl=1009{number}",
    DIGITS,
    9,
    14,
    EVERYWHERE,
    {"direct": 0, "pay": 0.8, "type": 0.4, "industry": 0, "description": 1, "level": 0, "skills": 0},
)
ZIP_RECRUITER = Board(
    "zip_recruiter",
    "zr-",
    "https://www.ziprecruiter.example/jobs/j?lvk={number}",
    BASE62,
    22,
    26,
    frozenset({"US", "CA"}),
    {"direct": 0, "pay": 0.9, "type": 0.7, "industry": 0, "description": 1, "level": 0, "skills": 0},
)
NAUKRI = Board(
    "naukri",
    "nk-28",
    "https://www.naukri.example/job-listings-28{number}",
    DIGITS,
    10,
    90,
    frozenset({"IN"}),
    {"direct": 0, "pay": 0.35, "type": 0.3, "industry": 0, "description": 1, "level": 1, "skills": 1},
)
BAYT = Board(
    "bayt",
    "bayt-5",
    "https://www.bayt.example/en/uae/jobs/5{number}/",
    DIGITS,
    6,
    60,
    frozenset({"AE"}),
    {"direct": 0, "pay": 0.3, "type": 0.2, "industry": 0, "description": 0.4, "level": 0, "skills": 0},
)
BOARDS = (INDEED, LINKEDIN, GLASSDOOR, ZIP_RECRUITER, NAUKRI, BAYT)
