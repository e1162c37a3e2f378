"""Keys by which the same job, company or place is recognised however it was written.

A key is for comparing, never for showing: the stored URL and the stored names stay as they came.
"""

import re
import unicodedata
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote, unquote, urlsplit

from jobbot_gql.jobs.url_rules import APPENDED, is_tracking, vacancy_key

_DEFAULT_PORTS = (80, 443)
# What RFC 3986 lets stand in a path, in parameters and in a fragment, and "%", which was seen to before.
_URL_SAFE = "%:/?@!$&'()*+,;=~"
# A percent-encoded byte, or a percent sign that encodes nothing.
_ENCODED = re.compile("%([0-9A-Fa-f]{2})?")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# An ampersand as HTML has it, even if written so twice.
_AMPERSAND = re.compile("&(?:amp;|#0*38;|#x0*26;)+", re.IGNORECASE)
_IGNORED = re.compile("[\t\n\r]")  # which urlsplit() ignores, as browsers do
_APPENDED = re.compile(APPENDED)
_WWW = re.compile(r"(?:www\.)+(?=.)")
# A DNS name (RFC 1035: at most 253 characters) or an address.
_HOST = re.compile(r"[\w.:-]{1,253}")
# A digit behind the host that is no part of a percent-encoded character.
_NAMES_ONE_VACANCY = re.compile(r"[^/?]*[/?](?:%[0-9A-F]{2}|[^0-9%])*[0-9]")
# PostgreSQL refuses an index entry of more than 2,704 bytes.
_LONGEST_KEY = 1500
_LONGEST_KEPT = 2000


def url_key(url: str | None) -> str | None:
    """A URL as it is compared: without what does not tell one vacancy from another; None for no http(s) URL.

    Dropped: the scheme (http and https are alike), user and password, `www.`, ports 80 and 443, trailing slashes, the
    parameters that only track (`url_rules`), and a fragment unless it routes (`#/...`, `#!...`). The other parameters
    are sorted. Host names are folded to lower case and to their ASCII form (RFC 3492); path, parameters and fragment
    keep their case, because ids live there. Percent-encoding and dot segments are normalised (RFC 3986, section 6.2.2),
    and `&amp;` is read as `&`. A vacancy of a board in `url_rules` has one key, however its URL is written. Of a key
    longer than 1,500 characters only the host and a digest are kept, as `host#sha256=...`.

    >>> url_key("HTTPS://WWW.Example.com/jobs/A1/?UTM_source=x&b=2&amp;a=%7E1#apply")
    'example.com/jobs/A1?a=~1&b=2'
    >>> url_key("https://app.example/46903#/job/aaa")
    'app.example/46903#/job/aaa'
    """
    if url is None:
        return None
    return _url_key(url) if len(url) <= _LONGEST_KEPT else _url_key.__wrapped__(url)


# A write asks for one URL's key several times. 8 MB at most.
@lru_cache(maxsize=4096)
def _url_key(url: str) -> str | None:
    text = _AMPERSAND.sub("&", _IGNORED.sub("", url.strip()))
    try:
        parts = urlsplit(_APPENDED.sub("", _ENCODED.sub(_normalised, text)))
        port = parts.port
        host = _ascii_host(parts.hostname or "")
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        return None
    host = _WWW.sub("", host, count=1) if host.startswith("www.") else host
    place = f"[{host}]" if ":" in host else host
    if port is not None and port not in _DEFAULT_PORTS:
        place = f"{place}:{port}"
    base = _with_parameters(place + _without_dots(_encoded(parts.path)).rstrip("/"), parts.query, host)
    key = vacancy_key(base) or base + _route(parts.fragment, host)
    return key if len(key) <= _LONGEST_KEY else f"{place}#sha256={sha256(key.encode()).hexdigest()}"


def _normalised(encoded: re.Match[str]) -> str:
    """A percent-encoded byte in upper case, or as the character if that need not be encoded."""
    if encoded[1] is None:
        return "%25"
    character = chr(int(encoded[1], 16))
    return character if character in _UNRESERVED else encoded[0].upper()


def _encoded(text: str) -> str:
    return quote(text, safe=_URL_SAFE, errors="surrogatepass")


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
    parameters = sorted(pair for pair in _encoded(query).split("&") if pair and not is_tracking(host, pair))
    return f"{place}?{'&'.join(parameters)}" if parameters else place


def _route(fragment: str, host: str) -> str:
    """A fragment that a page's own program takes for a path, with its `#`; nothing for any other."""
    path, _, query = fragment.partition(":~:")[0].partition("?")  # :~: tells the browser what to highlight
    if not path.startswith(("/", "!")):
        return ""
    route = _with_parameters(_encoded(path).rstrip("/"), query, host)
    return "" if route in {"", "!"} else f"#{route}" if route.startswith(("/", "!")) else f"#/{route}"


def names_one_vacancy(direct_url_key: str) -> bool:
    """Whether an employer's own URL leads to one vacancy, rather than to the page of them all: it has a digit."""
    return _NAMES_ONE_VACANCY.match(direct_url_key) is not None


def text_key(text: str | None) -> str | None:
    """A name as it is compared: compatibility forms, case and white space folded; None when nothing is left.

    Full-width letters equal plain ones and a no-break space equals a space: Unicode NFKC and full case folding, each
    applied until nothing changes any more (the Unicode Standard's compatibility caseless matching, section 3.13).
    Punctuation stays: "C++", "C#" and "C" are three names.

    >>> text_key("  Example\\u00a0 GMBH ")
    'example gmbh'
    """
    if text is None:
        return None
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    folded = unicodedata.normalize("NFKC", folded.casefold())
    return " ".join(folded.split()) or None


# One rule for three columns, under the names that say at the call what is compared.
company_key = title_key = location_key = text_key
