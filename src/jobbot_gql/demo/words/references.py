"""References, and the purposes of their uses."""

from typing import NamedTuple


class Referee(NamedTuple):
    """A reference.

    `consented` is the number of days since consent, or None. `credibility` is 0 to 10, `response_rate` 0 to 1.
    """

    name: str
    title: str
    company: str
    email: str
    phone: str | None
    relationship: str
    years: int
    consented: int | None
    credibility: float
    response_rate: float
    notes: str | None


REFEREES = (
    Referee(
        "Former engineering manager",
        "Engineering Manager",
        "Tallowbridge Software",
        "engineering.manager@tallowbridge.example",
        "+1 512 555 0142",
        "manager",
        3,
        140,
        9.2,
        0.95,
        "Prefers calls after 16:00. Speaks about the scheduler rewrite without being asked.",
    ),
    Referee(
        "Former team lead, data",
        "Lead Data Engineer",
        "Tallowbridge Software",
        "data.lead@tallowbridge.example",
        None,
        "manager",
        2,
        133,
        8.5,
        0.9,
        "Writes rather than calls.",
    ),
    Referee(
        "Colleague from the platform team",
        "Platform Engineer",
        "Glasswing Freight",
        "platform@glasswing-freight.example",
        "+44 20 7946 0321",
        "peer",
        4,
        120,
        7.8,
        0.8,
        None,
    ),
    Referee(
        "Client of the invoicing project",
        "Head of Finance",
        "Orchard Row Stores",
        "finance@orchard-row.example",
        "+44 161 496 0178",
        "client",
        1,
        96,
        8.8,
        0.7,
        "Happy to confirm the hours saved; has the figures.",
    ),
    Referee(
        "Mentor from the data meet-up",
        "Principal Engineer",
        "Sandglass Works",
        "mentor@sandglass-works.example",
        None,
        "mentor",
        5,
        75,
        7.0,
        0.85,
        None,
    ),
    Referee(
        "Former intern",
        "Junior Developer",
        "Tallowbridge Software",
        "developer@tallowbridge.example",
        "+1 512 555 0187",
        "direct report",
        1,
        0,
        6.1,
        0.0,
        "Agreed today; not asked yet.",
    ),
    Referee(
        "Thesis adviser",
        "Lecturer, Databases",
        "Westmere University",
        "databases@westmere.example",
        None,
        "teacher",
        2,
        None,
        5.0,
        0.0,
        "Written to once, no answer. Do not use before there is one.",
    ),
    Referee(
        "Founder of the former agency",
        "Managing Director",
        "Hatchmark Agency",
        "office@hatchmark.example",
        "+49 30 23125 014",
        "manager",
        1,
        None,
        3.5,
        0.0,
        "Said no: company policy is to confirm dates only.",
    ),
)

OCCASIONS = (
    "Named on the form before the last round.",
    "Telephone call of twenty minutes with the hiring manager.",
    "Answered a questionnaire by e-mail.",
    "Asked about teamwork and on-call.",
    "Confirmed dates, title and the order service.",
)

GENERAL_OCCASION = "Recommendation for the public profile."
