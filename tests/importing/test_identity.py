"""Keys: what is the same, and above all what is not."""

from urllib.parse import quote

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from jobbot_gql.jobs.identity import company_key, location_key, names_one_vacancy, text_key, title_key, url_key

TRACKING = ["utm_source", "UTM_Campaign", "fbclid", "gclid", "msclkid", "mc_cid", "mc_eid", "gh_src"]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/jobs/A1?a=1&b=2",
        "http://example.com/jobs/A1?a=1&b=2",
        "HTTPS://WWW.Example.COM/jobs/A1?a=1&b=2",
        "https://www.www.example.com./jobs/A1?a=1&b=2",
        "https://example.com:443/jobs/A1?a=1&b=2",
        "http://example.com:80/jobs/A1?a=1&b=2",
        "https://example.com/jobs/A1/?b=2&a=1",
        "https://example.com/jobs/A1//?&b=2&&a=1&",
        "https://example.com/jobs/A1?a=1&b=2#apply",
        "https://user:secret@example.com/jobs/A1?a=1&b=2",
        "  https://example.com/jobs/A1?a=1&b=2\n",
        "https://example.com/jobs/A1?b=2&amp;a=1",
        "https://example.com/jobs/A1?b=2&amp;amp;a=1&#38;utm_source=x",
        "https://example.com/%6Aobs/%411?%61=%31&b=2",
        "https://example.com/x/../jobs/./A1/%2e?a=1&b=2",
        "https://example.com/jobs/A1?a=1&b=2#:~:text=apply",
        *(f"https://example.com/jobs/A1?{name}=x&b=2&a=1" for name in TRACKING),
        *(f"https://example.com/jobs/A1?b=2&a=1&{name}" for name in TRACKING),
    ],
)
def test_ways_to_write_one_url(url: str) -> None:
    assert url_key(url) == "example.com/jobs/A1?a=1&b=2"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.com/j?id=aB", "https://example.com/j?id=Ab"),
        ("https://example.com/jobs/A1", "https://example.com/jobs/a1"),
        ("https://example.com/j?jk=1", "https://example.com/j?jk=2"),
        ("https://example.com/j?id=1&id=2", "https://example.com/j?id=1"),
        ("https://example.com/j?refer=1", "https://example.com/j"),
        ("https://example.com/j?Ref=GO-1", "https://example.com/j?Ref=GO-2"),
        ("https://example.com/jobs//j", "https://example.com/jobs/j"),
        ("https://example.com/a%2Fb", "https://example.com/a/b"),
        ("https://example.com/j?a=1%262", "https://example.com/j?a=1&2"),
        ("https://example.com:8443/j", "https://example.com/j"),
        ("https://jobs.example.com/j", "https://example.com/j"),
        ("https://www.com/j", "https://example.com/j"),
        ("https://jobs.uni.example/Vacancy.aspx?ref=X1", "https://jobs.uni.example/Vacancy.aspx?ref=X2"),
        ("https://jobs.uni.example/Vacancy.aspx?source=X1", "https://jobs.uni.example/Vacancy.aspx?source=X2"),
        ("https://jobs.uni.example/Vacancy.aspx?from=X1", "https://jobs.uni.example/Vacancy.aspx?from=X2"),
        ("https://app.example/46903#/job/aaa", "https://app.example/46903#/job/bbb"),
        ("https://app.example/46903#!aaa", "https://app.example/46903#!bbb"),
        ("https://app.example/46903#/job/aaa", "https://app.example/46903"),
        ("https://app.example/46903#/job?id=1", "https://app.example/46903#/job?id=2"),
        ("https://example.com/c%2B%2B", "https://example.com/c%23"),
        ("https://example.com/j?q=c%2B%2B", "https://example.com/j?q=c++"),
        ("https://example.com/?id=%2561", "https://example.com/?id=a"),
    ],
)
def test_urls_of_different_jobs(one: str, other: str) -> None:
    assert url_key(one) != url_key(other)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://example.com", "example.com"),
        ("https://example.com/?utm_source=x", "example.com"),
        ("https://example.com/?id=1", "example.com?id=1"),
        ("https://example.com/jobs//j?lvk=7", "example.com/jobs//j?lvk=7"),
        ("https://example.com/a b/ü", "example.com/a%20b/%C3%BC"),
        ("https://example.com/a%20b/%C3%BC", "example.com/a%20b/%C3%BC"),
        ("https://example.com/a%c3%bc~%7E?%7e=%2f", "example.com/a%C3%BC~~?~=%2F"),
        ("https://example.com/100%?a=5%&b=%zz", "example.com/100%25?a=5%25&b=%25zz"),
        ("https://example.com/j?ids[]=1", "example.com/j?ids%5B%5D=1"),
        ("https://bücher.example/x", "xn--bcher-kva.example/x"),
        ("https://www.BÜCHER.example/x", "xn--bcher-kva.example/x"),
        ("https://bu\u0308cher\u3002example/x", "xn--bcher-kva.example/x"),
        ("https://b%C3%BCcher.example/x", "xn--bcher-kva.example/x"),
        ("https://XN--BCHER-KVA.example./x", "xn--bcher-kva.example/x"),
        ("https://straße.example", "xn--strae-oqa.example"),
        ("https://strasse.example", "strasse.example"),
        ("https://xn--.example", "xn--.example"),
        ("https://xn--99999.example", "xn--99999.example"),
        ("https://app.example/46903#/job/aaa", "app.example/46903#/job/aaa"),
        ("https://app.example/46903/#/job/aaa/", "app.example/46903#/job/aaa"),
        ("https://app.example/46903?utm_source=x#/job/aaa?UTM_Medium=y&b=2&a=1", "app.example/46903#/job/aaa?a=1&b=2"),
        ("https://app.example/46903#/job/aaa:~:text=apply", "app.example/46903#/job/aaa"),
        ("https://app.example/#!/job/%7Eaaa", "app.example#!/job/~aaa"),
        ("https://app.example/#!job=1#2", "app.example#!job=1%232"),
        ("https://app.example/#/?id=3", "app.example#/?id=3"),
        ("https://app.example/#/", "app.example"),
        ("https://app.example/#!", "app.example"),
        ("https://app.example/?id=1#", "app.example?id=1"),
        ("https://[2001:DB8::1]:8080/x", "[2001:db8::1]:8080/x"),
    ],
)
def test_keys_of_urls(url: str, key: str) -> None:
    assert url_key(url) == key


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "   ",
        "example.com/jobs/1",
        "//example.com/jobs/1",
        "ftp://example.com/1",
        "javascript:alert(1)",
        "mailto:jobs@example.com",
        "https://",
        "https:///jobs/1",
        "https://./jobs",
        "https://exa mple.com/1",
        "https://example.com\x00/1",
        "https://example.com:99999/1",
        "https://example.com:port/1",
        "https://[::1/1",
        "https://" + "a" * 254,
    ],
)
def test_what_is_no_http_url_has_no_key(url: str | None) -> None:
    assert url_key(url) is None


def test_the_key_of_a_very_long_url_is_short_and_its_own() -> None:
    url = "https://example.com/" + "x" * 100_000
    key = url_key(url)
    assert key is not None
    assert key.startswith("example.com#sha256=")
    assert len(key) == len("example.com#sha256=") + 64
    assert url_key(url + "y") != key
    assert url_key("http://www.example.com/" + "x" * 100_000 + "/?utm_source=a") == key


@pytest.mark.parametrize(
    ("key", "names_one"),
    [
        ("acme.example/careers", False),
        ("acme1.example/careers", False),
        ("acme.example/caf%C3%A9s", False),
        ("acme.example/careers/42?source=x", True),
        ("acme.example/careers?id=7&source=LinkedIn2", True),
        ("app.example#/job/1", True),
        ("acme.example/careers?source=LinkedIn2", False),
        ("acme.example/careers?lang=en&src=li2024&team=Sales", False),
        ("jobs.uni.example/Vacancy.aspx?ref=X1", False),
        ("jobs.uni.example/Vacancy.aspx?xref=X1", True),
    ],
)
def test_urls_that_name_one_vacancy(key: str, *, names_one: bool) -> None:
    assert names_one_vacancy(key) is names_one


ids = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12)
tracking = st.lists(st.tuples(st.sampled_from(TRACKING), ids), max_size=4)


@given(path=ids, job=ids, track=tracking, order=st.randoms())
def test_tracking_and_order_change_nothing(path: str, job: str, track: list[tuple[str, str]], order: object) -> None:
    pairs = [f"{name}={value}" for name, value in [("jk", job), ("a", "1"), *track]]
    order.shuffle(pairs)  # type: ignore[attr-defined]
    noisy = f"http://WWW.example.com/{path}/?{'&'.join(pairs)}#top"
    assert url_key(noisy) == url_key(f"https://example.com/{path}?jk={job}&a=1") == f"example.com/{path}?a=1&jk={job}"


@given(st.text(min_size=1), st.text(min_size=1))
def test_distinct_ids_stay_distinct(one: str, other: str) -> None:
    assume(one != other)
    keys = [url_key(f"https://example.com/view?jk={quote(job, safe='')}") for job in (one, other)]
    assert None not in keys
    assert keys[0] != keys[1]


urls = st.builds(
    "{}://{}{}/{}?{}#{}".format,
    st.sampled_from(["http", "https", "HTTP"]),
    st.from_regex(r"(www\.){0,2}[A-Za-zß-ü0-9-]{1,8}(\.[a-zA-Z]{1,4}){0,2}\.?", fullmatch=True),
    st.sampled_from(["", ":80", ":443", ":8080", ":"]),
    st.text(max_size=20),
    st.text(max_size=20),
    st.one_of(st.text(max_size=5), st.from_regex(r"[/!][^\x00]{0,8}", fullmatch=True)),
)


@given(st.one_of(urls, st.text()))
@example("https://x/%%37E#/%%37e?%&url%48ash=AAAA")
@example("https://x/?url%48ash=AAAA&a")
@example("https://x//#//?#/")
@example("https://www.x/a /?b=1 &a=2 ")
@example("https://x/\ud800?\udfff")
def test_the_key_of_any_text_is_its_own_key(url: str) -> None:
    key = url_key(url)
    if key is not None:
        assert url_key(f"https://{key}") == key
        key.encode()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Example GmbH", "example gmbh"),
        ("  EXAMPLE\u00a0 \t gmbh\n", "example gmbh"),
        ("\uff25\uff58\uff41\uff4d\uff50\uff4c\uff45\u3000GmbH", "example gmbh"),  # full-width letters and space
        ("Straße", "strasse"),
        ("Cafe\u0301", "café"),
        ("\ufb01nance", "finance"),  # the ligature fi
        ("C++", "c++"),
        ("C\uff0b\uff0b", "c++"),
        ("C#", "c#"),
        (".NET", ".net"),
        ("", None),
        (" \u00a0 ", None),
        (None, None),
    ],
)
def test_keys_of_names(text: str | None, key: str | None) -> None:
    assert company_key(text) == title_key(text) == location_key(text) == key


@given(st.text())
@example("\u0390\u0345\u1fb3")
def test_the_key_of_a_name_is_its_own_key(text: str) -> None:
    key = text_key(text)
    assert text_key(key) == key
    assert text_key(f"\u00a0 {text}\n") == key


@given(st.text())
def test_languages_never_collapse(text: str) -> None:
    assert len({title_key(f"{text} {language}") for language in ("C", "C+", "C++", "C#", "F#", "F")}) == 6
