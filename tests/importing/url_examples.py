"""URLs of equal and of different vacancies."""

UUID = "0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d"


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
