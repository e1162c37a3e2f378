"""Rules on the URLs of job boards: each with the URLs that it is about, and none makes one of two vacancies."""

from itertools import combinations

import pytest

from jobbot_gql.jobs.identity import url_key
from jobbot_gql.jobs.url_rules import SPELLINGS, TRACKING, Spelling
from tests.importing.url_examples import DIFFERENT, SAME, UUID

DROPPED = {
    "utm_.*": ["utm_source", "UTM_Campaign", "utm_brand_new", "utm%5Fsource"],
    "gclid|dclid|gclsrc|gbraid|wbraid|_gl|_ga|srsltid": [
        "gclid", "GCLID", "dclid", "gclsrc", "gbraid", "wbraid", "_gl", "_ga", "srsltid",
    ],
    "fbclid": ["fbclid", "FbClid"],
    "msclkid": ["msclkid"],
    "twclid": ["twclid"],
    "ttclid": ["ttclid"],
    "li_fat_id": ["li_fat_id"],
    "igshid": ["igshid"],
    "yclid|ysclid|_openstat": ["yclid", "ysclid", "_openstat"],
    "mc_cid|mc_eid|mc_tc": ["mc_cid", "mc_eid", "mc_tc"],
    "mkt_tok": ["mkt_tok"],
    "_hsenc|_hsmi|__hssc|__hstc|__hsfp|hsCtaTracking": [
        "_hsenc", "_hsmi", "__hssc", "__hstc", "__hsfp", "hsCtaTracking",
    ],
    "oly_anon_id|oly_enc_id": ["oly_anon_id", "oly_enc_id"],
    "vero_id|vero_conv": ["vero_id", "vero_conv"],
    "wickedid": ["wickedid"],
    "__s": ["__s"],
    "gh_src": ["gh_src"],
    "lever-(?:source|origin|via)(?:%5B%5D)?": ["lever-source", "lever-origin", "lever-via", "lever-source[]"],
    "refId|trackingId|trk|li[a-z]{2}": ["refId", "trackingId", "trk", "lipi"],
    "alternateChannel|eBP": ["alternateChannel", "eBP"],
    "from|alid|[a-z]*tk": ["from", "alid", "tk", "atk"],
}  # fmt: skip
"""Parameters by the rule that drops them."""
EVERYWHERE = [rule.names for rule in TRACKING if rule.hosts == ".*"]
HOSTS = {
    "refId|trackingId|trk|li[a-z]{2}": "de.linkedin.com",
    "alternateChannel|eBP": "linkedin.com",
    "from|alid|[a-z]*tk": "uk.indeed.com",
}
KEPT = ["ref", "source", "from", "tk", "vjk", "src", "id", "refId", "trk", "trackingId", "utm", "mc", "campaign"]
"""What says nothing on some host, and names a vacancy on another."""

"""Ways to write one vacancy's URL, by the rule that knows them. Those of one board lead to one key."""
BOARDS = {
    "LinkedIn": "linkedin.com/jobs/view/4191815023",
    "Indeed": "indeed.com/viewjob?jk=414d00df433bac18",
    "Greenhouse": "boards.greenhouse.io/embed/job_app?token=5460339004",
    "Greenhouse, short id": "boards.greenhouse.io/acme/jobs/127817",
    "Lever": f"jobs.lever.co/acme/{UUID}",
    "Ashby": f"jobs.ashbyhq.com/{UUID}",
    "Workday": "acme.wd5.myworkdayjobs.com/Careers/job/Bonn/Analyst_R-1234",
    "Workday, shared host": "wd5.myworkdaysite.com/recruiting/acme/Careers/job/Bonn/Analyst_R-1234",
    "Glassdoor": "glassdoor.com/job-listing/j?jl=1009689595379",
}


def test_every_rule_has_its_rows_and_its_source() -> None:
    assert DROPPED.keys() == {rule.names for rule in TRACKING}
    assert SAME.keys() == {rule.board for rule in SPELLINGS}
    assert all(rule.source for rule in (*TRACKING, *SPELLINGS))


@pytest.mark.parametrize("rule", DROPPED)
def test_tracking_parameters_are_dropped_where_they_track(rule: str) -> None:
    host = HOSTS.get(rule, "jobs.uni.example")
    for name in DROPPED[rule]:
        assert url_key(f"https://{host}/a?{name}=1&x=2") == url_key(f"https://{host}/a?x=2&{name}=3"), name
        assert url_key(f"https://{host}/a?x=2&amp;{name}") == f"{host}/a?x=2", name
        if rule not in EVERYWHERE:
            assert url_key(f"https://jobs.uni.example/a?{name}=1") != url_key(f"https://jobs.uni.example/a?{name}=2")


@pytest.mark.parametrize("name", KEPT)
def test_what_names_a_vacancy_somewhere_is_kept_elsewhere(name: str) -> None:
    keys = [url_key(f"https://jobs.uni.example/Vacancy.aspx{query}") for query in ("", f"?{name}=X1", f"?{name}=X2")]
    assert keys == [f"jobs.uni.example/Vacancy.aspx{query}" for query in ("", f"?{name}=X1", f"?{name}=X2")]


@pytest.mark.parametrize("rule", SPELLINGS, ids=lambda rule: rule.board)
def test_each_way_to_write_a_vacancy_leads_to_one_key(rule: Spelling) -> None:
    key = BOARDS.get(rule.board) or BOARDS[rule.board.partition(",")[0]]
    assert {url: url_key(url) for url in SAME[rule.board]} == dict.fromkeys(SAME[rule.board], key)
    assert url_key(f"https://{key}") == key
    for url in SAME[rule.board]:
        assert rule.part in url


@pytest.mark.parametrize("urls", DIFFERENT, ids=lambda urls: urls[0])
def test_no_rule_merges_two_vacancies(urls: list[str]) -> None:
    assert [pair for pair in combinations(urls, 2) if url_key(pair[0]) == url_key(pair[1])] == []


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://acme.example/careers&urlHash=AZ9R", "acme.example/careers"),
        ("https://acme.example/careers/&urlHash=a-_9", "acme.example/careers"),
        ("https://acme.example/careers?id=7&urlHash=AZ9R", "acme.example/careers?id=7"),
        ("https://acme.example/careers?id=7&amp;urlHash=AZ9R", "acme.example/careers?id=7"),
        ("https://acme.example/careers?urlHash=AZ9R&id=7", "acme.example/careers?id=7"),
        ("https://acme.example/?urlHash=AZ9R", "acme.example"),
        ("https://acme.example/#/job/aaa&urlHash=AZ9R", "acme.example#/job/aaa"),
        ("https://acme.example/careers&urlHash=AZ9R/?utm_source=x", "acme.example/careers"),
        ("https://acme.example/#apply&urlHash=AZ9R", "acme.example"),
        # Too long to be LinkedIn's: it may be somebody's id.
        ("https://acme.example/careers?urlHash=AZ9R7", "acme.example/careers?urlHash=AZ9R7"),
        ("https://acme.example/careers?myurlHash=AZ9R", "acme.example/careers?myurlHash=AZ9R"),
    ],
)
def test_linkedin_s_hash_is_no_part_of_an_employer_s_url(url: str, key: str) -> None:
    assert url_key(url) == key
