"""Keys by which the same job, company or place is recognised however it was written.

A key is for comparing, never for showing: the stored URL and the stored names stay as they came.
"""

import re
import unicodedata
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote, urlsplit

_TRACKING = frozenset({"ref", "source", "fbclid", "gclid", "msclkid", "tk", "from", "vjk", "gh_src"})
_TRACKING_PREFIX = "utm_"
_DEFAULT_PORTS = (80, 443)
# What RFC 3986 lets stand in a URL, and "%", so that what is percent-encoded already is left as it is.
_URL_SAFE = "%:/?#[]@!$&'()*+,;=~"
_WWW = re.compile(r"(?:www\.)+(?=.)")
# A DNS name (RFC 1035: at most 253 characters), an internationalised one, or an address.
_HOST = re.compile(r"[\w.:-]{1,253}")
# PostgreSQL refuses an index entry of more than 2,704 bytes.
_LONGEST_KEY = 1500
_LONGEST_KEPT = 2000


def url_key(url: str | None) -> str | None:
    """What is left of a URL when everything that does not tell one job from another is gone; None for no http(s) URL.

    Dropped: the scheme (http and https are alike), user and password, `www.`, ports 80 and 443, trailing slashes of
    the path, the fragment, and the tracking parameters (`utm_*`, ref, source, fbclid, gclid, msclkid, tk, from, vjk,
    gh_src). The other parameters are sorted. The host is folded to lower case; path and parameters keep their case,
    because ids live there. Characters that a URL may not hold are percent-encoded, so that `a b` equals `a%20b`. Of a
    key longer than 1,500 characters only the host and a digest are kept; no other key holds a `#`.

    >>> url_key("HTTPS://WWW.Example.com/jobs/A1/?utm_source=x&b=2&a=1#apply")
    'example.com/jobs/A1?a=1&b=2'
    """
    if url is None:
        return None
    return _url_key(url) if len(url) <= _LONGEST_KEPT else _url_key.__wrapped__(url)


# A write asks for one URL's key several times. 8 MB at most.
@lru_cache(maxsize=4096)
def _url_key(url: str) -> str | None:
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        return None
    host = _WWW.sub("", host, count=1) if host.startswith("www.") else host
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port not in _DEFAULT_PORTS:
        host = f"{host}:{port}"
    path = _encoded(parts.path).rstrip("/")
    query = "&".join(sorted(pair for pair in _encoded(parts.query).split("&") if pair and not _is_tracking(pair)))
    key = f"{host}{path}?{query}" if query else f"{host}{path}"
    return key if len(key) <= _LONGEST_KEY else f"{host}#sha256={sha256(key.encode()).hexdigest()}"


def _encoded(text: str) -> str:
    return quote(text, safe=_URL_SAFE, errors="surrogatepass")


def _is_tracking(pair: str) -> bool:
    name = pair.partition("=")[0]
    return name in _TRACKING or name.startswith(_TRACKING_PREFIX)


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
