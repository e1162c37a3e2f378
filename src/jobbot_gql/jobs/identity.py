"""Normalised keys of URLs and names, for comparison.

Keys are never displayed. The stored URLs and names are kept unchanged.
"""

import re
import unicodedata
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote, unquote, urlsplit

from jobbot_gql.jobs.url_rules import APPENDED, is_tracking, vacancy_key

_DEFAULT_PORTS = (80, 443)
# Characters that RFC 3986 allows in path, query and fragment, and "%", which is normalised before.
_URL_SAFE = "%:/?@!$&'()*+,;=~"
# A percent-encoded byte, or a percent sign that encodes nothing.
_ENCODED = re.compile("%([0-9A-Fa-f]{2})?")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# An ampersand escaped for HTML, once or several times.
_AMPERSAND = re.compile("&(?:amp;|#0*38;|#x0*26;)+", re.IGNORECASE)
_IGNORED = re.compile("[\t\n\r]")  # urlsplit() and browsers ignore them
_APPENDED = re.compile(APPENDED)
_WWW = re.compile(r"(?:www\.)+(?=.)")
# A DNS name (RFC 1035: at most 253 characters) or an address.
_HOST = re.compile(r"[\w.:-]{1,253}")
# A digit after the host that is not part of a percent-encoded character.
_NAMES_ONE_VACANCY = re.compile(r"[^/?]*[/?](?:%[0-9A-F]{2}|[^0-9%])*[0-9]")
# Parameters that track on some hosts. A digit in them does not show that a URL names one vacancy.
_MAY_TRACK = re.compile(r"(?<=[?&])(?:source|src|ref|referr?er|from|via|channel|campaign|medium)=[^&#]*", re.IGNORECASE)
# PostgreSQL rejects index entries of more than 2,704 bytes.
_LONGEST_KEY = 1500
_LONGEST_CACHED = 2000


def url_key(url: str | None) -> str | None:
    """URL key of a job URL; None if it is not an http or https URL.

    Removes the scheme, user and password, `www.`, ports 80 and 443, trailing slashes, tracking parameters
    (`url_rules`), and fragments that do not route (`#/...` and `#!...` do). Sorts the other parameters. Converts host
    names to lower case and ASCII (RFC 3492). Path, parameters and fragment keep their case, because they may contain
    ids. Normalises percent-encoding and dot segments (RFC 3986, section 6.2.2), and reads `&amp;` as `&`. All spellings
    of a vacancy's URL on a board in `url_rules` have the same key. A key of more than 1,500 characters is shortened to
    `host#sha256=...`.

    >>> url_key("HTTPS://WWW.Example.com/jobs/A1/?UTM_source=x&b=2&amp;a=%7E1#apply")
    'example.com/jobs/A1?a=~1&b=2'
    >>> url_key("https://app.example/46903#/job/aaa")
    'app.example/46903#/job/aaa'
    """
    if url is None:
        return None
    return _url_key(url) if len(url) <= _LONGEST_CACHED else _url_key.__wrapped__(url)


# A write needs the key of a URL several times. The cache uses at most 8 MB.
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
    authority = f"[{host}]" if ":" in host else host
    if port is not None and port not in _DEFAULT_PORTS:
        authority = f"{authority}:{port}"
    base = _with_parameters(authority + _without_dots(_encoded(parts.path)).rstrip("/"), parts.query, host)
    key = vacancy_key(base) or base + _route(parts.fragment, host)
    return key if len(key) <= _LONGEST_KEY else f"{authority}#sha256={sha256(key.encode()).hexdigest()}"


def _normalised(encoded: re.Match[str]) -> str:
    """Decode a percent-encoded byte if it is unreserved; otherwise convert it to upper case."""
    if encoded[1] is None:
        return "%25"
    character = chr(int(encoded[1], 16))
    return character if character in _UNRESERVED else encoded[0].upper()


def _encoded(text: str) -> str:
    return quote(text, safe=_URL_SAFE, errors="surrogatepass")


def _ascii_host(host: str) -> str:
    """Host name in lower case and ASCII (RFC 3492), as browsers send it. It keeps ß distinct from ss."""
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
    # Character by character, because str.lower() converts a sigma at the end of a word differently.
    lower = "".join(map(str.lower, unicodedata.normalize("NFKC", host)))
    return unicodedata.normalize("NFKC", lower)


def _without_dots(path: str) -> str:
    """Remove `.` and `..` segments from a path (RFC 3986, section 5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    return "".join(f"/{segment}" for segment in kept)


def _with_parameters(path: str, query: str, host: str) -> str:
    parameters = sorted(pair for pair in _encoded(query).split("&") if pair and not is_tracking(host, pair))
    return f"{path}?{'&'.join(parameters)}" if parameters else path


def _route(fragment: str, host: str) -> str:
    """Normalised fragment with its `#` if it is a client-side route; otherwise empty."""
    path, _, query = fragment.partition(":~:")[0].partition("?")  # a fragment directive follows :~:
    if not path.startswith(("/", "!")):
        return ""
    route = _with_parameters(_encoded(path).rstrip("/"), query, host)
    return "" if route in {"", "!"} else f"#{route}" if route.startswith(("/", "!")) else f"#/{route}"


def names_one_vacancy(direct_url_key: str) -> bool:
    """Whether an employer's URL names one vacancy, not a list of vacancies.

    It does if it contains a digit, not counting parameters that track on some hosts, such as `source=LinkedIn2`.
    """
    return _NAMES_ONE_VACANCY.match(_MAY_TRACK.sub("", direct_url_key)) is not None


def text_key(text: str | None) -> str | None:
    """Normalised form of a name for comparison; None if it is empty.

    Applies Unicode compatibility caseless matching (The Unicode Standard, section 3.13), so that full-width letters
    equal plain ones, and collapses white space. Keeps punctuation: "C++", "C#" and "C" are three names.

    >>> text_key("  Example\\u00a0 GMBH ")
    'example gmbh'
    """
    if text is None:
        return None
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    folded = unicodedata.normalize("NFKC", folded.casefold())
    return " ".join(folded.split()) or None


# Aliases that name the compared column at the call.
company_key = title_key = location_key = text_key
