"""Rules on the URLs of job boards: each with the URLs that it is about, and none makes one of two vacancies."""

from itertools import combinations

import pytest

from jobbot_gql.jobs.identity import url_key
from jobbot_gql.jobs.url_rules import SPELLINGS, TRACKING, Spelling

UUID = "0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d"

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

SAME = {
    "LinkedIn": [
        "https://www.linkedin.com/jobs/view/4191815023",
        "https://linkedin.com/jobs/view/4191815023/?refId=a%3D%3D&trackingId=b&trk=public_jobs",
        "https://de.linkedin.com/jobs/view/ai-engineer-at-acme-4191815023?position=1&pageNum=0",
        "https://fr.linkedin.com/jobs/view/ing%C3%A9nieur-ia-h-f-2-chez-acme-4191815023",
        "https://www.linkedin.com/comm/jobs/view/4191815023/?midToken=x",
        "https://www.linkedin.com/jobs/view/externalApply/4191815023?url=https%3A%2F%2Facme%2Eexample&urlHash=AZ9R",
    ],
    "LinkedIn, chosen in a list": [
        "https://www.linkedin.com/jobs/search/?currentJobId=4191815023&keywords=ai&refId=x",
        "https://www.linkedin.com/jobs/collections/recommended/?currentJobId=4191815023",
        "https://uk.linkedin.com/jobs/?geoId=1&amp;currentJobId=4191815023",
    ],
    "LinkedIn, guest API": ["https://www.linkedin.com/jobs-guest/jobs/api/jobPosting/4191815023"],
    "Indeed": [
        "https://www.indeed.com/viewjob?jk=414d00df433bac18",
        "https://uk.indeed.com/viewjob?from=serp&jk=414d00df433bac18&tk=1h2&vjk=d51807b7784aea43",
        "https://www.indeed.com/rc/clk?jk=414d00df433bac18&bb=x&xkcb=y&fccid=z",
        "https://www.indeed.com/m/viewjob?jk=414d00df433bac18",
        "https://emplois.ca.indeed.com/viewjob?jk=414d00df433bac18",
    ],
    "Indeed, chosen in a list": [
        "https://www.indeed.com/jobs?q=engineer&l=Austin&vjk=414d00df433bac18",
        "https://ca.indeed.com/?from=gnav&vjk=414d00df433bac18&advn=7127437458449984",
    ],
    "Greenhouse": [
        "https://boards.greenhouse.io/acme/jobs/5460339004",
        "https://job-boards.greenhouse.io/acme/jobs/5460339004?gh_src=abc",
        "https://job-boards.eu.greenhouse.io/acme/jobs/5460339004?gh_jid=5460339004#app",
    ],
    "Greenhouse, form": ["https://job-boards.greenhouse.io/embed/job_app?for=acme&token=5460339004"],
    "Greenhouse, on any site": [
        "https://boards.greenhouse.io/acme?gh_jid=5460339004",
        "https://www.acme.example/careers/engineer?gh_jid=5460339004&gh_src=x",
    ],
    "Greenhouse, short id": [
        "https://boards.greenhouse.io/acme/jobs/127817",
        "https://job-boards.greenhouse.io/acme/jobs/127817/?gh_jid=127817",
    ],
    "Lever": [
        f"https://jobs.lever.co/acme/{UUID}",
        f"https://jobs.lever.co/acme/{UUID}/apply",
        f"https://jobs.lever.co/acme/{UUID}/?lever-source=LinkedIn&lever-source%5B%5D=x",
    ],
    "Ashby": [
        f"https://jobs.ashbyhq.com/Acme%20Inc/{UUID}",
        f"https://jobs.ashbyhq.com/Acme Inc/{UUID}/application?utm_source=x&src=LinkedIn",
    ],
    "Ashby, on any site": [f"https://www.acme.example/careers?ashby_jid={UUID}&department=x"],
    "Workday": [
        "https://acme.wd5.myworkdayjobs.com/Careers/job/Bonn/Analyst_R-1234",
        "https://acme.wd5.myworkdayjobs.com/en-US/Careers/job/Bonn/Analyst_R-1234?source=LinkedIn",
        "https://acme.wd5.myworkdayjobs.com/de-DE/Careers/job/Bonn/Analyst_R-1234/apply/applyManually",
        "https://acme.wd5.myworkdayjobs.com/fr/Careers/job/Bonn/Analyst_R-1234/",
    ],
    "Workday, shared host": [
        "https://wd5.myworkdaysite.com/recruiting/acme/Careers/job/Bonn/Analyst_R-1234",
        "https://wd5.myworkdaysite.com/en-US/recruiting/acme/Careers/job/Bonn/Analyst_R-1234/apply",
    ],
    "Glassdoor": [
        "https://www.glassdoor.com/job-listing/j?jl=1009689595379",
        "https://www.glassdoor.co.uk/job-listing/engineer-acme-JV_IC2671300_KO0,8_KE9,13.htm?jl=1009689595379&src=x",
        "https://de.glassdoor.ch/Job/index.htm?jl=1009689595379",
    ],
    "Glassdoor, partner link": [
        "https://www.glassdoor.com/partner/jobListing.htm?pos=101&ao=1136043&jobListingId=1009689595379&jrtk=5-yul1",
    ],
}
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

DIFFERENT = [
    ["https://www.linkedin.com/jobs/view/1", "https://www.linkedin.com/jobs/view/2", "https://www.linkedin.com/jobs"],
    [
        "https://www.linkedin.com/jobs/search/?currentJobId=1&refId=x",
        "https://www.linkedin.com/jobs/search/?currentJobId=2&refId=x",
        "https://www.linkedin.com/jobs/search/?keywords=a",
        "https://www.linkedin.com/jobs/search/?keywords=b",
    ],
    # Not LinkedIn's or Indeed's hosts.
    [
        "https://linkedin.com.example/jobs/view/1",
        "https://notlinkedin.com/jobs/view/1",
        "https://linkedin.com/jobs/view/1",
    ],
    [
        "https://notindeed.com/viewjob?jk=1",
        "https://indeed.com/viewjob?jk=1",
        "https://indeed.com.example/viewjob?jk=1",
    ],
    ["https://indeed.com/viewjob?jk=a", "https://indeed.com/viewjob?jk=b", "https://indeed.com/viewjob?jk=A"],
    [
        "https://boards.greenhouse.io/acme/jobs/127817",
        "https://boards.greenhouse.io/globex/jobs/127817",
        "https://boards.eu.greenhouse.io/acme/jobs/127817",
        "https://boards.greenhouse.io/acme",
        "https://acme.example/jobs?gh_jid=7",
        "https://globex.example/jobs?gh_jid=7",
    ],
    [
        f"https://jobs.lever.co/acme/{UUID}",
        f"https://jobs.lever.co/globex/{UUID}",
        f"https://jobs.eu.lever.co/acme/{UUID}",
        f"https://jobs.lever.co/acme/{UUID[:-1]}e",
        "https://jobs.lever.co/acme",
        "https://jobs.lever.co/acme?team=Design",
        "https://jobs.lever.co/acme?team=Sales",
    ],
    [
        f"https://jobs.ashbyhq.com/acme/{UUID}",
        f"https://jobs.ashbyhq.com/acme/{UUID[:-1]}e",
        "https://jobs.ashbyhq.com/acme",
    ],
    [
        "https://acme.wd5.myworkdayjobs.com/Careers/job/Bonn/Analyst_R-1234",
        "https://acme.wd5.myworkdayjobs.com/Careers/job/Bonn/Analyst_R-1234-1",
        "https://acme.wd5.myworkdayjobs.com/Interns/job/Bonn/Analyst_R-1234",
        "https://globex.wd5.myworkdayjobs.com/Careers/job/Bonn/Analyst_R-1234",
        "https://acme.wd5.myworkdayjobs.com/fr/job/Bonn/Analyst_R-1234",
        "https://acme.wd5.myworkdayjobs.com/Careers?source=a",
        "https://acme.wd5.myworkdayjobs.com/Careers?source=b",
    ],
    ["https://www.glassdoor.com/job-listing/j?jl=1", "https://www.glassdoor.com/job-listing/j?jl=2"],
]


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
