"""Keys of URLs follow rules per host; 0.1 dropped `ref`, `source`, `from` and every fragment.

Both rules are here as they were when this revision was written. Rows whose keys are equal now stay apart.

Revision ID: 0009
Revises: 0008
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

AT_ONCE = 1_000
Rule = Callable[[str | None], str | None]

sources = sa.table(
    "job_sources",
    *(sa.column(name) for name in ("id", "source_site", "url", "url_key", "direct_url_key")),
)


def upgrade() -> None:
    compute_keys(key_of_0_1, url_key)


def downgrade() -> None:
    compute_keys(url_key, key_of_0_1)


def compute_keys(old: Rule, new: Rule) -> None:
    """Compute the keys of all sources anew, which were computed by another rule."""
    connection = op.get_bind()
    by_id = sa.update(sources).where(sources.c.id == sa.bindparam("of"))
    by_id = by_id.values(url_key=sa.bindparam("key"), direct_url_key=sa.bindparam("direct"))
    columns = _texts(connection.dialect.name)
    last = -1
    with _without_log(connection):
        while True:
            page = sa.select(sources.c.id, *columns).where(sources.c.id > last).order_by(sources.c.id).limit(AT_ONCE)
            rows = connection.execute(page).all()
            if not rows:
                break
            last = rows[-1].id
            if changed := [change for row in rows if (change := _change(row, old, new))]:
                connection.execute(by_id, changed)


def _change(row: Any, old: Rule, new: Rule) -> dict[str, Any] | None:
    """The new keys of a source; None where they stay, or where its text is not UTF-8, which doctor lists."""
    try:
        site, url, key, direct, direct_url = (
            value.decode() if isinstance(value, bytes) else value for value in row[1:]
        )
    except UnicodeDecodeError:
        return None
    new_direct = new(direct_url) or direct
    new_key = new(url) or key
    # A source without a URL is known by its page on the site, if it names one.
    if new(url) is None and (page := old(direct_url)) is not None:
        for of_site in (site, None):
            if key == _page_key(of_site, page):
                new_key = _page_key(of_site, new_direct)
    if (new_key, new_direct) == (key, direct):
        return None
    return {"of": row.id, "key": new_key, "direct": new_direct}


def _page_key(site: str | None, direct_url_key: str | None) -> str:
    return f"#sha256={sha256(json.dumps([site, direct_url_key]).encode()).hexdigest()}"


def _texts(dialect: str) -> list[sa.ColumnElement[Any]]:
    """Site, URL, its key, the direct URL's key and the direct URL."""
    stored = [sources.c.source_site, sources.c.url, sources.c.url_key, sources.c.direct_url_key]
    if dialect == "postgresql":
        return [*stored, sa.literal_column("raw ->> 'job_url_direct'").label("direct_url")]
    # As bytes: the driver fails on a text that is not UTF-8.
    direct_url = sa.literal_column("CASE WHEN json_valid(raw) THEN json_extract(raw, '$.job_url_direct') END")
    return [
        sa.cast(column, sa.LargeBinary).label(f"text_{place}") for place, column in enumerate([*stored, direct_url])
    ]


@contextmanager
def _without_log(connection: sa.Connection) -> Iterator[None]:
    """Keep the triggers of the change log from writing."""
    if connection.dialect.name == "postgresql":
        found = connection.exec_driver_sql(
            "SELECT 1 FROM pg_trigger WHERE tgrelid = 'job_sources'::regclass AND tgname = 'log_change'"
        ).scalar()
        if found:
            connection.exec_driver_sql("ALTER TABLE job_sources DISABLE TRIGGER log_change")
        yield
        if found:
            connection.exec_driver_sql("ALTER TABLE job_sources ENABLE TRIGGER log_change")
        return
    name = "log_change_job_sources_update"
    trigger = connection.execute(
        sa.text("SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = :name"), {"name": name}
    ).scalar()
    if trigger:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    yield
    if trigger:
        connection.exec_driver_sql(trigger)


# The rule of 0.1.

TRACKING_0_1 = {"ref", "source", "fbclid", "gclid", "msclkid", "tk", "from", "vjk", "gh_src"}


def key_of_0_1(url: str | None) -> str | None:
    """The key that 0.1 gave a URL."""
    try:
        parts = urlsplit((url or "").strip())
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in {"http", "https"} or not HOST.fullmatch(host):
        return None
    host = WWW.sub("", host, count=1) if host.startswith("www.") else host
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port not in DEFAULT_PORTS:
        host = f"{host}:{port}"
    path = _encoded(parts.path, "%:/?#[]@!$&'()*+,;=~").rstrip("/")
    pairs = _encoded(parts.query, "%:/?#[]@!$&'()*+,;=~").split("&")
    query = "&".join(sorted(pair for pair in pairs if pair and not _tracked_in_0_1(pair.partition("=")[0])))
    return _limited(f"{host}{path}?{query}" if query else f"{host}{path}", host)


def _tracked_in_0_1(name: str) -> bool:
    return name in TRACKING_0_1 or name.startswith("utm_")


# The rule of this revision.

WWW = re.compile(r"(?:www\.)+(?=.)")
HOST = re.compile(r"[\w.:-]{1,253}")
DEFAULT_PORTS = (80, 443)
LONGEST_KEY = 1500
ENCODED = re.compile("%([0-9A-Fa-f]{2})?")
UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
AMPERSAND = re.compile("&(?:amp;|#0*38;|#x0*26;)+", re.IGNORECASE)
IGNORED = re.compile("[\t\n\r]")
APPENDED = re.compile(r"(?:&|(?<=\?))urlHash=[A-Za-z0-9_-]{4}(?=[/.]*(?:[?&#]|$))")
TRACKING = [
    (
        r".*",
        r"utm_.*|"
        r"gclid|dclid|gclsrc|gbraid|wbraid|_gl|_ga|srsltid|"
        r"fbclid|"
        r"msclkid|"
        r"twclid|"
        r"ttclid|"
        r"li_fat_id|"
        r"igshid|"
        r"yclid|ysclid|_openstat|"
        r"mc_cid|mc_eid|mc_tc|"
        r"mkt_tok|"
        r"_hsenc|_hsmi|__hssc|__hstc|__hsfp|hsCtaTracking|"
        r"oly_anon_id|oly_enc_id|"
        r"vero_id|vero_conv|"
        r"wickedid|"
        r"__s|"
        r"gh_src|"
        r"lever-(?:source|origin|via)(?:%5B%5D)?",
    ),
    (r"(?:[a-z]{2,3}\.)?linkedin\.com", r"refId|trackingId|trk|li[a-z]{2}"),
    (r"(?:[a-z]{2,3}\.)?linkedin\.com", r"alternateChannel|eBP"),
    (r"(?:[a-z]+\.)*indeed\.com", r"from|alid|[a-z]*tk"),
]
TRACKING_ON = [(re.compile(hosts), re.compile(names, re.IGNORECASE)) for hosts, names in TRACKING]


def _parameter(name: str, value: str) -> str:
    return rf"\?(?:.*&)?{name}=(?P<id>{value})(?:&.*)?"


UUID = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
ANY = r"(?:\?.*)?"
SPELLINGS = [
    (
        "linkedin.com/",
        r"(?:[a-z]{2,3}\.)?linkedin\.com(?:/comm)?/jobs/view/(?:externalApply/)?(?:[^/?]*-)?(?P<id>\d+)(?:/[^?]*)?"
        + ANY,
        "linkedin.com/jobs/view/{id}",
    ),
    (
        "linkedin.com/",
        r"(?:[a-z]{2,3}\.)?linkedin\.com(?:/comm)?/jobs(?:/[^?]*)?" + _parameter("currentJobId", r"\d+"),
        "linkedin.com/jobs/view/{id}",
    ),
    (
        "linkedin.com/",
        r"linkedin\.com/jobs-guest/jobs/api/jobPosting/(?P<id>\d+)" + ANY,
        "linkedin.com/jobs/view/{id}",
    ),
    (
        "indeed.com",
        r"(?:[a-z-]+\.)*indeed\.com(?:/[^?]*)?" + _parameter("jk", "[0-9A-Za-z]+"),
        "indeed.com/viewjob?jk={id}",
    ),
    (
        "indeed.com",
        r"(?:[a-z-]+\.)*indeed\.com(?:/[^?]*)?" + _parameter("vjk", "[0-9A-Za-z]+"),
        "indeed.com/viewjob?jk={id}",
    ),
    (
        "greenhouse.io/",
        r"(?:job-)?boards(?:\.eu)?\.greenhouse\.io/[^/?]+/jobs/(?P<id>\d{7,})(?:/[^?]*)?" + ANY,
        "boards.greenhouse.io/embed/job_app?token={id}",
    ),
    (
        "greenhouse.io/",
        r"(?:job-)?boards(?:\.eu)?\.greenhouse\.io/embed/job_app" + _parameter("token", r"\d{7,}"),
        "boards.greenhouse.io/embed/job_app?token={id}",
    ),
    (
        "gh_jid=",
        r"[^/?]+(?:/[^?]*)?" + _parameter("gh_jid", r"\d{7,}"),
        "boards.greenhouse.io/embed/job_app?token={id}",
    ),
    (
        "greenhouse.io/",
        r"(?:job-)?boards(?P<region>(?:\.eu)?)\.greenhouse\.io/(?P<board>[^/?]+)/jobs/(?P<id>\d{1,6})(?:/[^?]*)?" + ANY,
        "boards{region}.greenhouse.io/{board}/jobs/{id}",
    ),
    (
        "lever.co/",
        r"jobs(?P<region>(?:\.eu)?)\.lever\.co/(?P<site>[^/?]+)/(?P<id>[^/?]+)(?:/apply|/thanks)?" + ANY,
        "jobs{region}.lever.co/{site}/{id}",
    ),
    (
        "ashbyhq.com/",
        rf"jobs\.ashbyhq\.com/(?:[^/?]+/)?(?P<id>{UUID})(?:/application)?" + ANY,
        "jobs.ashbyhq.com/{id}",
    ),
    (
        "ashby_jid=",
        r"[^/?]+(?:/[^?]*)?" + _parameter("ashby_jid", UUID),
        "jobs.ashbyhq.com/{id}",
    ),
    (
        "myworkdayjobs.com/",
        r"(?P<host>(?:[\w-]+\.)+myworkdayjobs\.com)/(?:[a-z]{2}(?:-[A-Za-z]{2,4})?/)?"
        r"(?P<vacancy>[^/?]+/(?:job|details)/[^?]*?[^/?])(?:/+apply(?:/[^/?]*)?)?" + ANY,
        "{host}/{vacancy}",
    ),
    (
        "myworkdaysite.com/",
        r"(?P<host>(?:[\w-]+\.)*myworkdaysite\.com)/(?:[a-z]{2}(?:-[A-Za-z]{2,4})?/)?"
        r"(?P<vacancy>recruiting/[^/?]+/[^/?]+/(?:job|details)/[^?]*?[^/?])(?:/+apply(?:/[^/?]*)?)?" + ANY,
        "{host}/{vacancy}",
    ),
    (
        "glassdoor.",
        r"(?:[a-z]{2}\.)?glassdoor\.(?:com|com?\.[a-z]{2}|[a-z]{2})(?:/[^?]*)?" + _parameter("jl", r"\d+"),
        "glassdoor.com/job-listing/j?jl={id}",
    ),
    (
        "glassdoor.",
        r"(?:[a-z]{2}\.)?glassdoor\.(?:com|com?\.[a-z]{2}|[a-z]{2})(?:/[^?]*)?" + _parameter("jobListingId", r"\d+"),
        "glassdoor.com/job-listing/j?jl={id}",
    ),
]
PATTERNS = [(part, re.compile(pattern, re.ASCII), key) for part, pattern, key in SPELLINGS]


def url_key(url: str | None) -> str | None:
    """The key of a URL from this revision on."""
    text = AMPERSAND.sub("&", IGNORED.sub("", (url or "").strip()))
    try:
        parts = urlsplit(APPENDED.sub("", ENCODED.sub(_normalised, text)))
        port = parts.port
        host = _ascii_host(parts.hostname or "")
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not HOST.fullmatch(host):
        return None
    host = WWW.sub("", host, count=1) if host.startswith("www.") else host
    place = f"[{host}]" if ":" in host else host
    if port is not None and port not in DEFAULT_PORTS:
        place = f"{place}:{port}"
    base = _with_parameters(place + _without_dots(_encoded(parts.path)).rstrip("/"), parts.query, host)
    return _limited(_vacancy_key(base) or base + _route(parts.fragment, host), place)


def _normalised(encoded: re.Match[str]) -> str:
    """A percent-encoded byte in upper case, or as the character if that need not be encoded."""
    if encoded[1] is None:
        return "%25"
    character = chr(int(encoded[1], 16))
    return character if character in UNRESERVED else encoded[0].upper()


def _encoded(text: str, safe: str = "%:/?@!$&'()*+,;=~") -> str:
    return quote(text, safe=safe, errors="surrogatepass")


def _limited(key: str, host: str) -> str:
    return key if len(key) <= LONGEST_KEY else f"{host}#sha256={sha256(key.encode()).hexdigest()}"


def _vacancy_key(url: str) -> str | None:
    for part, pattern, key in PATTERNS:
        if part in url and (found := pattern.fullmatch(url)):
            return key.format_map(found.groupdict())
    return None


def _is_tracking(host: str, parameter: str) -> bool:
    name = parameter.partition("=")[0]
    return any(hosts.fullmatch(host) and names.fullmatch(name) for hosts, names in TRACKING_ON)


def _ascii_host(host: str) -> str:
    """A host name in lower case and ASCII (RFC 3492), as browsers send it: the ß stays another letter than ss."""
    if not host.isascii() or "%" in host or "xn--" in host:
        host = _folded(unquote(host)).replace("\u3002", ".")
        host = ".".join(_ascii_label(label) for label in host.split("."))
    return host.rstrip(".")


def _ascii_label(label: str) -> str:
    if label.startswith("xn--"):
        try:
            decoded = _folded(label[4:].encode("ascii").decode("punycode"))
        except UnicodeError:
            return label
        label = label if decoded.isascii() else decoded
    return label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")


def _folded(host: str) -> str:
    # One by one, because a sigma at the end of a word would become another letter.
    lower = "".join(map(str.lower, unicodedata.normalize("NFKC", host)))
    return unicodedata.normalize("NFKC", lower)


def _without_dots(path: str) -> str:
    """A path without its `.` and `..` segments (RFC 3986, section 5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    return "".join(f"/{segment}" for segment in kept)


def _with_parameters(place: str, query: str, host: str) -> str:
    parameters = sorted(pair for pair in _encoded(query).split("&") if pair and not _is_tracking(host, pair))
    return f"{place}?{'&'.join(parameters)}" if parameters else place


def _route(fragment: str, host: str) -> str:
    """A fragment that a page's own program takes for a path, with its `#`; nothing for any other."""
    path, _, query = fragment.partition(":~:")[0].partition("?")  # :~: tells the browser what to highlight
    if not path.startswith(("/", "!")):
        return ""
    route = _with_parameters(_encoded(path).rstrip("/"), query, host)
    return "" if route in {"", "!"} else f"#{route}" if route.startswith(("/", "!")) else f"#/{route}"
