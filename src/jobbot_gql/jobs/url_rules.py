"""What is known of the URLs of job boards: parameters that only track, and the ways to write one vacancy's URL.

A wrong merge is worse than a missed one, so a parameter is dropped everywhere only if it tracks wherever it occurs;
`ref`, `source` and `from` name the vacancy on some sites. Everything else is known of particular hosts.

Stored keys follow these rules: whoever changes them adds a revision that computes the stored keys anew.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_UUID = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"


@dataclass(frozen=True, slots=True)
class Tracking:
    """Parameters that say where a visitor comes from, not which page is meant."""

    names: str
    """A regular expression for the whole name, in any case."""
    source: str
    """Who documents it."""
    hosts: str = ".*"
    """A regular expression for the whole host, without `www.`."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """A way to write the URL of a vacancy."""

    board: str
    part: str
    """A text that every such URL contains, which is quick to look for."""
    pattern: str
    """A regular expression for the whole URL in the form `host/path?parameters`: without `www.`, its percent-encoding
    normalised, the parameters sorted."""
    key: str
    """The key for all ways to write it, with the pattern's groups. It matches the pattern of a spelling too."""
    source: str
    """Who documents it."""


def _parameter(name: str, value: str) -> str:
    """A pattern for parameters with this one among them, whose value is the group `id`."""
    return rf"\?(?:.*&)?{name}=(?P<id>{value})(?:&.*)?"


CLEAR_URLS = "ClearURLs, data.min.json"
FIREFOX = "Firefox, query-stripping.json"
ANY_PARAMETERS = r"(?:\?.*)?"

TRACKING = (
    Tracking("utm_.*", "Google Analytics, Campaign URL Builder"),
    Tracking("gclid|dclid|gclsrc|gbraid|wbraid|_gl|_ga|srsltid", f"Google Ads, auto-tagging; {FIREFOX}; {CLEAR_URLS}"),
    Tracking("fbclid", f"Meta, Conversions API; {FIREFOX}"),
    Tracking("msclkid", f"Microsoft Advertising, auto-tagging; {FIREFOX}"),
    Tracking("twclid", f"X Ads, click ids; {FIREFOX}"),
    Tracking("ttclid", "TikTok Ads, click ids"),
    Tracking("li_fat_id", "LinkedIn, first-party ad tracking"),
    Tracking("igshid", "Instagram, share links; Brave's query filter"),
    Tracking("yclid|ysclid|_openstat", f"Yandex Direct; {FIREFOX}"),
    Tracking("mc_cid|mc_eid|mc_tc", f"Mailchimp, campaign links; {FIREFOX}; {CLEAR_URLS}"),
    Tracking("mkt_tok", f"Marketo, e-mail links; {FIREFOX}"),
    Tracking("_hsenc|_hsmi|__hssc|__hstc|__hsfp|hsCtaTracking", f"HubSpot, e-mail links; {FIREFOX}"),
    Tracking("oly_anon_id|oly_enc_id", f"Omeda Olytics; {FIREFOX}"),
    Tracking("vero_id|vero_conv", f"Vero; {FIREFOX}; {CLEAR_URLS}"),
    Tracking("wickedid", f"Wicked Reports; {FIREFOX}"),
    Tracking("__s", f"Drip; {FIREFOX}"),
    Tracking("gh_src", "Greenhouse, tracking links"),
    Tracking("lever-(?:source|origin|via)(?:%5B%5D)?", "Lever, job site links"),
    Tracking("refId|trackingId|trk|li[a-z]{2}", f"{CLEAR_URLS}: LinkedIn", r"(?:[a-z]{2,3}\.)?linkedin\.com"),
    Tracking("alternateChannel|eBP", "Brave, clean-urls: linkedin.com/jobs/view", r"(?:[a-z]{2,3}\.)?linkedin\.com"),
    Tracking("from|alid|[a-z]*tk", f"{CLEAR_URLS}: indeed", r"(?:[a-z]+\.)*indeed\.com"),
)

APPENDED = r"(?:&|(?<=\?))urlHash=[A-Za-z0-9_-]{4}(?=[/.]*(?:[?&#]|$))"
"""A regular expression for what LinkedIn appends to an employer's URL, whether or not that has parameters.

JobSpy keeps it: it decodes what follows `?url=` in `jobs/view/externalApply/<id>?url=...&urlHash=...`.
"""

SPELLINGS = (
    Spelling(
        "LinkedIn",
        "linkedin.com/",
        # The title may stand before the id, the country before the host; /comm is for links in e-mails.
        r"(?:[a-z]{2,3}\.)?linkedin\.com(?:/comm)?/jobs/view/(?:externalApply/)?(?:[^/?]*-)?(?P<id>\d+)(?:/[^?]*)?"
        + ANY_PARAMETERS,
        "linkedin.com/jobs/view/{id}",
        "LinkedIn's rel=canonical and job alert e-mails",
    ),
    Spelling(
        "LinkedIn, chosen in a list",
        "linkedin.com/",
        r"(?:[a-z]{2,3}\.)?linkedin\.com(?:/comm)?/jobs(?:/[^?]*)?" + _parameter("currentJobId", r"\d+"),
        "linkedin.com/jobs/view/{id}",
        "LinkedIn's pages of search results and collections",
    ),
    Spelling(
        "LinkedIn, guest API",
        "linkedin.com/",
        r"linkedin\.com/jobs-guest/jobs/api/jobPosting/(?P<id>\d+)" + ANY_PARAMETERS,
        "linkedin.com/jobs/view/{id}",
        "JobSpy, linkedin",
    ),
    Spelling(
        "Indeed",
        "indeed.com",
        # /viewjob, /m/viewjob, /rc/clk, /pagead/clk and others. One key names a job in all countries.
        r"(?:[a-z-]+\.)*indeed\.com(?:/[^?]*)?" + _parameter("jk", "[0-9A-Za-z]+"),
        "indeed.com/viewjob?jk={id}",
        "JobSpy, indeed: the id is the key alone, whatever the country",
    ),
    Spelling(
        "Indeed, chosen in a list",
        "indeed.com",
        r"(?:[a-z-]+\.)*indeed\.com(?:/[^?]*)?" + _parameter("vjk", "[0-9A-Za-z]+"),
        "indeed.com/viewjob?jk={id}",
        "Indeed's pages of search results",
    ),
    Spelling(
        "Greenhouse",
        "greenhouse.io/",
        # Ids of seven digits and more are unique among all boards: the application form is found by `token` alone.
        r"(?:job-)?boards(?:\.eu)?\.greenhouse\.io/[^/?]+/jobs/(?P<id>\d{7,})(?:/[^?]*)?" + ANY_PARAMETERS,
        "boards.greenhouse.io/embed/job_app?token={id}",
        "Greenhouse, Job Board API: absolute_url",
    ),
    Spelling(
        "Greenhouse, form",
        "greenhouse.io/",
        r"(?:job-)?boards(?:\.eu)?\.greenhouse\.io/embed/job_app" + _parameter("token", r"\d{7,}"),
        "boards.greenhouse.io/embed/job_app?token={id}",
        "Greenhouse, embedding a job board",
    ),
    Spelling(
        "Greenhouse, on any site",
        "gh_jid=",
        r"[^/?]+(?:/[^?]*)?" + _parameter("gh_jid", r"\d{7,}"),
        "boards.greenhouse.io/embed/job_app?token={id}",
        "Greenhouse, embedding a job board: the parameter names the job on the employer's own pages",
    ),
    Spelling(
        "Greenhouse, short id",
        "greenhouse.io/",
        r"(?:job-)?boards(?P<region>(?:\.eu)?)\.greenhouse\.io/(?P<board>[^/?]+)/jobs/(?P<id>\d{1,6})(?:/[^?]*)?"
        + ANY_PARAMETERS,
        "boards{region}.greenhouse.io/{board}/jobs/{id}",
        "Greenhouse, Job Board API: absolute_url",
    ),
    Spelling(
        "Lever",
        "lever.co/",
        r"jobs(?P<region>(?:\.eu)?)\.lever\.co/(?P<site>[^/?]+)/(?P<id>[^/?]+)(?:/apply|/thanks)?" + ANY_PARAMETERS,
        "jobs{region}.lever.co/{site}/{id}",
        "Lever, Postings API: hostedUrl and applyUrl",
    ),
    Spelling(
        "Ashby",
        "ashbyhq.com/",
        rf"jobs\.ashbyhq\.com/(?:[^/?]+/)?(?P<id>{_UUID})(?:/application)?" + ANY_PARAMETERS,
        "jobs.ashbyhq.com/{id}",
        "Ashby, Job Postings API: jobUrl and applyUrl",
    ),
    Spelling(
        "Ashby, on any site",
        "ashby_jid=",
        r"[^/?]+(?:/[^?]*)?" + _parameter("ashby_jid", _UUID),
        "jobs.ashbyhq.com/{id}",
        "Ashby, embedding a job board: the parameter names the job on the employer's own pages",
    ),
    Spelling(
        "Workday",
        "myworkdayjobs.com/",
        # Before the site there may be a language, as in /en-US/Careers/job/Bonn/Analyst_R-1234/apply.
        r"(?P<host>(?:[\w-]+\.)+myworkdayjobs\.com)/(?:[a-z]{2}(?:-[A-Za-z]{2,4})?/)?"
        r"(?P<vacancy>[^/?]+/(?:job|details)/[^?]*?[^/?])(?:/+apply(?:/[^/?]*)?)?" + ANY_PARAMETERS,
        "{host}/{vacancy}",
        "Workday, career sites: the same page in each language",
    ),
    Spelling(
        "Workday, shared host",
        "myworkdaysite.com/",
        r"(?P<host>(?:[\w-]+\.)*myworkdaysite\.com)/(?:[a-z]{2}(?:-[A-Za-z]{2,4})?/)?"
        r"(?P<vacancy>recruiting/[^/?]+/[^/?]+/(?:job|details)/[^?]*?[^/?])(?:/+apply(?:/[^/?]*)?)?" + ANY_PARAMETERS,
        "{host}/{vacancy}",
        "Workday, career sites: the same page in each language",
    ),
    Spelling(
        "Glassdoor",
        "glassdoor.",
        r"(?:[a-z]{2}\.)?glassdoor\.(?:com|com?\.[a-z]{2}|[a-z]{2})(?:/[^?]*)?" + _parameter("jl", r"\d+"),
        "glassdoor.com/job-listing/j?jl={id}",
        "JobSpy, glassdoor: the id is the listing's alone, whatever the country",
    ),
    Spelling(
        "Glassdoor, partner link",
        "glassdoor.",
        r"(?:[a-z]{2}\.)?glassdoor\.(?:com|com?\.[a-z]{2}|[a-z]{2})(?:/[^?]*)?" + _parameter("jobListingId", r"\d+"),
        "glassdoor.com/job-listing/j?jl={id}",
        "Glassdoor, jobListing.htm",
    ),
)


def is_tracking(host: str, parameter: str) -> bool:
    """Whether a parameter, `name` or `name=value`, only tracks on this host."""
    return _tracking_on(host).fullmatch(parameter.partition("=")[0]) is not None


@lru_cache(maxsize=1024)
def _tracking_on(host: str) -> re.Pattern[str]:
    names = (rule.names for rule in TRACKING if re.fullmatch(rule.hosts, host))
    return re.compile("|".join(names), re.IGNORECASE)


def vacancy_key(url: str) -> str | None:
    """The key of the vacancy that a URL of a known board names, written as `Spelling.pattern` says; None for others."""
    for part, pattern, key in _SPELLINGS:
        if part in url and (found := pattern.fullmatch(url)):
            return key.format_map(found.groupdict())
    return None


_SPELLINGS = [(rule.part, re.compile(rule.pattern, re.ASCII), rule.key) for rule in SPELLINGS]
