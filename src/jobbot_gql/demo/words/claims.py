"""Experience claims of one fictional career: six years of Python and data work."""

from typing import NamedTuple

from jobbot_gql.applications.models import RiskLevel


class Claim(NamedTuple):
    """A claim and the experience that it is based on.

    `impact` and `risk` are None for the defaults that follow from the multiplier.
    """

    kind: str
    original: str
    claimed: str
    multiplier: float
    justification: str | None
    impact: float | None = None
    risk: RiskLevel | None = None


EMBELLISHMENT, OMISSION, FABRICATION = "embellishment", "omission", "fabrication"

MILD = (
    Claim(
        EMBELLISHMENT,
        "Cut the monthly report from 40 minutes to 15.",
        "Reduced reporting time by two thirds.",
        1.07,
        "62.5 per cent, rounded up.",
    ),
    Claim(
        EMBELLISHMENT,
        "Test coverage rose from 52 to 71 per cent while I was there.",
        "Raised test coverage from 52 to over 70 per cent.",
        1.05,
        "Two of us worked on it.",
    ),
    Claim(
        EMBELLISHMENT,
        "Knew GraphQL from one client project and a hobby project.",
        "Hands-on experience with GraphQL APIs.",
        1.08,
        None,
    ),
    Claim(
        EMBELLISHMENT,
        "Built two of the three Grafana dashboards that the team uses.",
        "Built the team's monitoring dashboards.",
        1.12,
        "The third one is rarely looked at.",
    ),
    Claim(
        OMISSION,
        "Designed and ran the move of 40 services to the new cluster.",
        "Took part in the move to a new cluster.",
        0.5,
        "Understated on purpose: the posting asks for a team player.",
    ),
    Claim(
        OMISSION,
        "Maintainer of an open-source import library with 1,200 stars.",
        "Contributes to open source.",
        0.7,
        None,
    ),
    Claim(
        EMBELLISHMENT,
        "Spoke French at home until eighteen.",
        "Good spoken French.",
        0.8,
        "Rusty in writing.",
    ),
    Claim(
        OMISSION,
        "Worked four days a week in the last year.",
        "Software developer, last position: two years.",
        1.1,
        "Part time for half of that, so 1.8 years in full-time terms.",
    ),
    Claim(
        EMBELLISHMENT,
        "Reviewed most pull requests of the team, as the second reader.",
        "Regularly reviewed the team's code.",
        1.0,
        None,
    ),
)

BOLD = (
    Claim(
        EMBELLISHMENT,
        "Four years of Python, the last two of them daily.",
        "Five years of Python in production.",
        1.25,
        "Counts the year of scripting before the first job.",
    ),
    Claim(
        EMBELLISHMENT,
        "Helped run the on-call rota of a team of five.",
        "Led the on-call rota of a team of five.",
        1.3,
        "Stood in for the lead for two months.",
    ),
    Claim(
        EMBELLISHMENT,
        "The service took about 400 requests a second at its peak.",
        "Built services for 500 requests a second.",
        1.25,
        "Load tests reached 500.",
    ),
    Claim(
        EMBELLISHMENT,
        "A script of mine saves the back office six hours a week.",
        "Saved eight hours of manual work a week through automation.",
        1.33,
        "Eight in the weeks before the quarter closes.",
        0.1,
    ),
    Claim(
        EMBELLISHMENT,
        "German at level B1, without a certificate.",
        "Working proficiency in German (B2).",
        1.35,
        "Will be seen in the first call.",
    ),
    Claim(
        OMISSION,
        "Moved the analytics warehouse; a day of data was lost and restored by a colleague.",
        "Moved the analytics warehouse without loss of data.",
        1.3,
        "Nothing was missing in the end.",
    ),
    Claim(
        OMISSION,
        "Eight months without work between two positions.",
        "2020 to 2022 and 2022 to 2025, in years without months.",
        1.2,
        "Often asked about; the answer is prepared.",
        0.05,
    ),
    Claim(
        EMBELLISHMENT,
        "Mentored one intern for three months.",
        "Mentored interns.",
        1.45,
        "One is not many.",
        None,
        RiskLevel.MEDIUM,
    ),
)

RECKLESS = (
    Claim(
        EMBELLISHMENT,
        "Wrote about half of the order service.",
        "Architect and main author of the order service.",
        2.0,
        "The design came from a colleague who would be asked.",
    ),
    Claim(
        EMBELLISHMENT,
        "Deployed to Kubernetes through the platform team's templates.",
        "Operated services on Kubernetes for three years.",
        2.5,
        None,
    ),
    Claim(
        EMBELLISHMENT,
        "Moved two of eleven services to AWS.",
        "Drove the company's migration to AWS.",
        3.0,
        "The word was in the posting.",
    ),
    Claim(
        EMBELLISHMENT,
        "Spoke once at the internal developers' meeting.",
        "Regular speaker at engineering events.",
        2.2,
        None,
    ),
    Claim(
        OMISSION,
        "Left the agency after five months, at the end of probation.",
        "Freelance and agency work.",
        1.6,
        "Nobody asked so far.",
    ),
    Claim(
        OMISSION,
        "Studied computer science for four terms, without a degree.",
        "Computer science, university.",
        1.75,
        "No degree is named, but one is suggested.",
        0.4,
    ),
    Claim(
        FABRICATION,
        "Read the Terraform documentation; never used it at work.",
        "Managed infrastructure with Terraform in production.",
        4.0,
        None,
    ),
    Claim(
        FABRICATION,
        "Booked the AWS developer exam and did not sit it.",
        "AWS Certified Developer.",
        5.0,
        "Certificate numbers can be checked. To be removed.",
        0.6,
    ),
    Claim(
        FABRICATION,
        "Worked alone on the scheduler.",
        "Led a team of three developers in rewriting the scheduler.",
        3.0,
        "The former manager would deny it.",
    ),
    Claim(
        FABRICATION,
        "Knew the cloud bill, but did not answer for it.",
        "Responsible for a yearly cloud budget of 200,000 euros.",
        2.5,
        None,
    ),
)
