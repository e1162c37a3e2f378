"""Rules for URL keys: tracking parameters, and the spellings of vacancy URLs on job boards.

A wrong merge is worse than a missed one. A parameter is removed on all hosts only if it is a tracking parameter
everywhere; `ref`, `source` and `from` identify the vacancy on some sites. All other rules name their hosts.

Keys are stored. A change of these rules needs a migration that recomputes them.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_UUID = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"


@dataclass(frozen=True, slots=True)
class Tracking:
    """Query parameters that identify a visitor's origin, not a page."""

    names: str
    """Regular expression for the full name, case-insensitive."""
    source: str
    """Who documents it."""
    hosts: str = ".*"
    """Regular expression for the full host name, without `www.`."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """A form of the URL of a vacancy."""

    board: str
    part: str
    """Text that every such URL contains. Checked before the pattern, because it is faster."""
    pattern: str
    """Regular expression for the full URL in the form `host/path?parameters`, without `www.`, with normalised
    percent-encoding and sorted parameters."""
    key: str
    """Format string for the key, with the groups of the pattern. The key itself matches the pattern of a spelling."""
    source: str
    """Who documents it."""


def _parameter(name: str, value: str) -> str:
    """Pattern for a query that contains the parameter. Its value is the group `id`."""
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
"""Regular expression for the hash that LinkedIn appends to an employer's URL, even to one without parameters.

JobSpy does not remove it when it decodes `?url=` of `jobs/view/externalApply/<id>?url=...&urlHash=...`.
"""

SPELLINGS = (
    Spelling(
        "LinkedIn",
        "linkedin.com/",
        # The title may precede the id, the country the host. Links in e-mails contain /comm.
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
        # /viewjob, /m/viewjob, /rc/clk, /pagead/clk and others. The parameter is unique across countries.
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
        # Ids of seven digits or more are unique across boards: the application form needs only `token`.
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
        # A language may precede the site, as in /en-US/Careers/job/Bonn/Analyst_R-1234/apply.
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
    """Whether `name` or `name=value` is a tracking parameter on this host."""
    return _tracking_on(host).fullmatch(parameter.partition("=")[0]) is not None


@lru_cache(maxsize=1024)
def _tracking_on(host: str) -> re.Pattern[str]:
    names = (rule.names for rule in TRACKING if re.fullmatch(rule.hosts, host))
    return re.compile("|".join(names), re.IGNORECASE)


def vacancy_key(url: str) -> str | None:
    """Key of the vacancy that a URL in the form of `Spelling.pattern` names; None if no board is known."""
    for part, pattern, key in _SPELLINGS:
        if part in url and (found := pattern.fullmatch(url)):
            return key.format_map(found.groupdict())
    return None


_SPELLINGS = [(rule.part, re.compile(rule.pattern, re.ASCII), rule.key) for rule in SPELLINGS]
