"""Roles and levels of vacancies, with the sentences that advertise them."""

from typing import NamedTuple


class SeniorityLevel(NamedTuple):
    """A level of experience.

    `title` formats a job title. `linkedin` and `naukri` are those boards' names for it. `pay` is relative to `middle`.
    """

    title: str
    linkedin: str
    naukri: str
    experience: str
    pay: float
    weight: int


LEVELS = {
    "intern": SeniorityLevel("{} Intern", "internship", "0-1 Yrs", "Enrolled in a degree or just out of one", 0.36, 1),
    "junior": SeniorityLevel(
        "Junior {}", "entry level", "1-3 Yrs", "First experience, at work or in your own projects", 0.7, 3
    ),
    "middle": SeniorityLevel("{}", "associate", "3-6 Yrs", "At least three years in a comparable position", 1.0, 9),
    "senior": SeniorityLevel(
        "Senior {}", "mid-senior level", "5-9 Yrs", "Five years or more, most of them in one trade", 1.32, 8
    ),
    "lead": SeniorityLevel(
        "Lead {}", "mid-senior level", "8-13 Yrs", "Eight years or more, and people whom you taught", 1.6, 2
    ),
}


class Role(NamedTuple):
    """A role. `pay` is yearly, at middle level in Austin, in thousands of US dollars. `weight` is its frequency."""

    title: str
    levels: tuple[str, ...]
    pay: int
    weight: int
    summary: str
    tasks: tuple[str, ...]
    requirements: tuple[str, ...]
    keywords: tuple[str, ...]


ALL_BUT_INTERN = ("junior", "middle", "senior", "lead")
UPPER = ("middle", "senior", "lead")

ROLES = (
    Role(
        "Backend Engineer",
        ALL_BUT_INTERN,
        122,
        12,
        "You will own services that other teams build on, from the first sketch of an API to the graph that shows it at"
        " work. Half of the job is code; the other half is deciding what not to build.",
        (
            "Design, build and run HTTP and GraphQL services in Python",
            "Keep PostgreSQL fast as tables grow past a billion rows",
            "Split an ageing monolith where the split pays off",
            "Write the tests and the runbook that you would want at three in the morning",
            "Review designs and pull requests, and have yours reviewed",
        ),
        (
            "Python in production: typed, tested, asynchronous where it helps",
            "SQL beyond the ORM: indexes, plans, transactions",
            "Experience with message queues and idempotent consumers",
            "Clear written English",
        ),
        ("python", "postgresql", "graphql", "asyncio", "docker", "redis", "api design"),
    ),
    Role(
        "Python Developer",
        ALL_BUT_INTERN,
        112,
        9,
        "Our Python code does the work that customers never see: imports, calculations, documents. It is nine years"
        " old, well tested, and due for its next decade. You would be one of six people who look after it.",
        (
            "Extend the calculation core together with the people who know the rules",
            "Replace nightly batch jobs with small event-driven ones",
            "Raise type coverage and lower the run time of the test suite",
            "Answer the difficult half of the support tickets, one week in six",
        ),
        (
            "Good command of Python and its standard library",
            "SQLAlchemy or a comparable library, and the SQL underneath",
            "A habit of small commits that explain themselves",
            "Patience with code that somebody else wrote",
        ),
        ("python", "sqlalchemy", "pytest", "celery", "linux", "git", "rest"),
    ),
    Role(
        "Full Stack Developer",
        ("intern", "junior", "middle", "senior"),
        112,
        7,
        "You will take features from a conversation with a customer to something they use the same week, across a"
        " TypeScript front end and a Python back end.",
        (
            "Build screens in React that work with a keyboard and on a slow line",
            "Add the queries and mutations that those screens need",
            "Measure whether a feature is used, and remove it when it is not",
            "Share the on-call week with four colleagues",
        ),
        (
            "TypeScript and React, with an eye for accessibility",
            "A server language that you know well; ours is Python",
            "Experience with a typed API such as GraphQL or OpenAPI",
            "Willingness to talk to users",
        ),
        ("typescript", "react", "python", "graphql", "postgresql", "css", "vite"),
    ),
    Role(
        "Frontend Engineer",
        ALL_BUT_INTERN,
        110,
        5,
        "Our users work in the product for eight hours a day. You will make these hours pleasant: fast lists, forms"
        " that forgive, and a design system that three teams share.",
        (
            "Develop the component library together with two designers",
            "Bring the largest page below one second on an old laptop",
            "Generate types from the GraphQL schema and delete the hand-written ones",
            "Test in real browsers, screen readers included",
        ),
        (
            "Deep knowledge of TypeScript, CSS and the browser",
            "React or Vue in a product that is older than two years",
            "WCAG 2.2 in practice, not only on paper",
            "Feeling for typography and rhythm",
        ),
        ("typescript", "react", "css", "accessibility", "graphql", "playwright", "storybook"),
    ),
    Role(
        "Data Engineer",
        ALL_BUT_INTERN,
        124,
        10,
        "Data reaches us from forty sources, at all hours and in every encoding. You will make it arrive once, complete"
        " and documented, so that analysts can stop asking whether a number is right.",
        (
            "Build and operate pipelines with dbt, Airflow and plain Python",
            "Model the warehouse so that a new question needs a query and not a project",
            "Add contracts and tests where sources break most",
            "Bring the monthly bill down without anybody noticing",
        ),
        (
            "SQL as a first language, Python as a second",
            "Experience with a columnar warehouse and with streaming",
            "Understanding of personal data and how long it may be kept",
            "Calm when a source changes on a Friday",
        ),
        ("python", "sql", "dbt", "airflow", "kafka", "snowflake", "spark"),
    ),
    Role(
        "Data Analyst",
        ("intern", "junior", "middle", "senior"),
        84,
        8,
        "You will work beside the people who decide, and give them numbers with their uncertainty. Some weeks that is a"
        " chart; some weeks it is the news that the question was the wrong one.",
        (
            "Answer questions from operations and product in SQL and Python",
            "Design and read A/B tests",
            "Keep a small set of dashboards that people trust",
            "Write findings up in one page",
        ),
        (
            "SQL, and Python or R",
            "Solid statistics: intervals before p-values",
            "Charts that need no legend",
            "Interest in how the business works",
        ),
        ("sql", "python", "statistics", "tableau", "experimentation", "excel"),
    ),
    Role(
        "Data Scientist",
        ALL_BUT_INTERN,
        126,
        5,
        "Forecasts decide here what is bought, staffed and switched on. You will improve them, and show by how much."
        " A simple model in use counts for more than a clever one in a notebook.",
        (
            "Develop forecasts of demand and supply, with honest intervals",
            "Set up backtests that punish wishful thinking",
            "Bring models to production with the platform team",
            "Explain results to people who have to act on them",
        ),
        (
            "Python with pandas or polars, scikit-learn and statsmodels",
            "Time series, and causal inference at least in outline",
            "Versioned data and repeatable experiments",
            "A degree in a quantitative subject, or work that shows the same",
        ),
        ("python", "statistics", "forecasting", "scikit-learn", "sql", "polars"),
    ),
    Role(
        "Machine Learning Engineer",
        ("intern", "junior", "middle", "senior", "lead"),
        142,
        6,
        "Our models work in the laboratory. You will make them work on Mondays: reproducible training, fast inference,"
        " alarms when the world drifts away from the data.",
        (
            "Build the path from a labelled example to a deployed model",
            "Bring inference below 50 ms on hardware that we can afford",
            "Monitor drift and decide when to train again",
            "Evaluate language models for document work, soberly",
        ),
        (
            "PyTorch and the engineering around it",
            "Experience in serving models under load",
            "Containers, CI and some Kubernetes",
            "A critical eye for benchmarks",
        ),
        ("python", "pytorch", "mlops", "kubernetes", "onnx", "llm evaluation"),
    ),
    Role(
        "Platform Engineer",
        UPPER,
        130,
        6,
        "Eleven teams deploy forty times a day on the platform that you will look after. They are your customers, and"
        " their waiting time is your metric.",
        (
            "Develop the deployment path from merge to production",
            "Run Kubernetes and PostgreSQL clusters in two regions",
            "Write documentation that spares people the ticket",
            "Plan capacity and keep an eye on cost",
        ),
        (
            "Linux, networks and at least one large cloud",
            "Kubernetes and Terraform in daily use",
            "Go or Python for the tools around them",
            "Experience with on-call that lets people sleep",
        ),
        ("kubernetes", "terraform", "aws", "go", "observability", "ci/cd"),
    ),
    Role(
        "Site Reliability Engineer",
        UPPER,
        134,
        5,
        "You will keep a service up that people notice within a minute when it is down, and spend most of your week on"
        " making sure that this stays rare.",
        (
            "Define service levels with the teams, and hold releases against them",
            "Lead incident reviews without blame",
            "Automate what was done by hand more than twice",
            "Rehearse failovers before they are needed",
        ),
        (
            "Experience in running distributed systems",
            "Prometheus, OpenTelemetry or comparable tools",
            "Programming skills in Python or Go",
            "Readiness to be on call one week in seven",
        ),
        ("sre", "prometheus", "opentelemetry", "linux", "python", "incident response"),
    ),
    Role(
        "Automation Engineer",
        ("junior", "middle", "senior"),
        98,
        7,
        "Too many people here copy numbers from one window into another. You will find out where, and put an end to it,"
        " with an API where there is one and a robot where there is none.",
        (
            "Watch processes at the desk before automating them",
            "Connect ERP, mail and spreadsheets with Python services",
            "Read incoming documents automatically and send doubtful ones to people",
            "Report hours saved, and mistakes made",
        ),
        (
            "Python and practical experience with APIs of business software",
            "An RPA tool, for the cases without an API",
            "Talent for explaining technology to people who did not ask for it",
            "Care with access rights and personal data",
        ),
        ("python", "rpa", "process automation", "ocr", "erp", "n8n"),
    ),
    Role(
        "QA Engineer",
        ("intern", "junior", "middle", "senior"),
        92,
        5,
        "You will be the person who asks what happens when the list is empty, the line is slow and the user is in a"
        " hurry, and who turns the answers into tests.",
        (
            "Build end-to-end tests that fail for one reason only",
            "Explore new features before they are called finished",
            "Bring the nightly run below ten minutes",
            "Coach developers in testing their own work",
        ),
        (
            "Playwright, Cypress or Selenium in a large suite",
            "Python or TypeScript",
            "Experience in testing APIs and migrations",
            "Precise, friendly bug reports",
        ),
        ("playwright", "test automation", "python", "ci/cd", "api testing"),
    ),
    Role(
        "Security Engineer",
        UPPER,
        138,
        4,
        "You will make the secure way the easy way for sixty engineers: libraries rather than policies, and reviews"
        " that come before the release.",
        (
            "Threat-model new systems together with their authors",
            "Run dependency and secret scanning without drowning people in findings",
            "Prepare for audits all year round instead of in November",
            "Lead the response when something does go wrong",
        ),
        (
            "Experience in application security and code review",
            "Cloud identity and access management",
            "OWASP ASVS or ISO 27001 in practice",
            "The ability to say yes, and how",
        ),
        ("application security", "threat modelling", "oauth", "aws", "python", "iso 27001"),
    ),
    Role(
        "Database Administrator",
        ("middle", "senior"),
        112,
        4,
        "Our PostgreSQL databases hold what must not be lost. You will look after backups that restore, upgrades that"
        " nobody notices, and queries that their authors would rather not show.",
        (
            "Operate forty PostgreSQL clusters, from 5 GB to 12 TB",
            "Rehearse restores every month",
            "Advise teams on schemas, indexes and locks",
            "Automate provisioning and upgrades",
        ),
        (
            "PostgreSQL internals, replication and tuning",
            "Shell and Python for automation",
            "Monitoring that finds trends before they become incidents",
            "Composure",
        ),
        ("postgresql", "replication", "backup", "linux", "performance tuning", "ansible"),
    ),
    Role(
        "Engineering Manager",
        ("middle", "senior"),
        158,
        4,
        "You will lead a team of seven that knows its craft. It needs somebody who clears the way, hires well, and says"
        " no to the fourth priority.",
        (
            "Hold one-to-ones that people look forward to",
            "Plan with product for quarters, not for years",
            "Hire two engineers in the first half-year",
            "Stay close enough to the code to judge a risk",
        ),
        (
            "At least two years of leading engineers",
            "A background in backend or data engineering",
            "Experience in giving difficult feedback",
            "Fluent spoken and written English",
        ),
        ("leadership", "hiring", "agile", "backend", "mentoring"),
    ),
    Role(
        "Product Manager",
        ("junior", "middle", "senior", "lead"),
        124,
        4,
        "You will decide what is built next for users whom you have met, with a team that will ask you why.",
        (
            "Interview users every week and share what you hear",
            "Write problems down before solutions",
            "Own a roadmap of outcomes",
            "Follow each release until its effect is known",
        ),
        (
            "Experience with a technical product and its API",
            "SQL good enough for your own questions",
            "Sound judgement with incomplete information",
            "Short documents",
        ),
        ("product management", "user research", "roadmap", "sql", "api products"),
    ),
    Role(
        "Technical Writer",
        ("junior", "middle", "senior"),
        88,
        3,
        "Our documentation is read by more people than our marketing. You will make it the reason why they stay.",
        (
            "Write guides and reference for developers who are in a hurry",
            "Test every example in CI",
            "Interview engineers before a release, not after it",
            "Edit interface texts and error messages",
        ),
        (
            "Published documentation that you can show",
            "Enough code to run what you describe",
            "Docs as code: Markdown, Git, review",
            "English like a good editor's",
        ),
        ("documentation", "markdown", "openapi", "graphql", "editing"),
    ),
    Role(
        "Business Process Analyst",
        ("junior", "middle", "senior"),
        90,
        4,
        "You will find out how work is really done, draw it so that everybody recognises it, and say which step could"
        " be left out.",
        (
            "Interview departments and map their processes",
            "Compute what a process costs, waiting time included",
            "Prepare automation projects and accompany their introduction",
            "Keep a list of what did not work, and why",
        ),
        (
            "Experience in process analysis, BPMN or comparable",
            "SQL or advanced spreadsheets",
            "Good listener, good moderator",
            "Reluctance to use the word synergy",
        ),
        ("bpmn", "process mining", "sql", "requirements", "stakeholder management"),
    ),
)
