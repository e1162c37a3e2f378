"""Decision makers, technologies, outreach messages and replies."""

from jobbot_gql.outreach.models import CompanySize, ContactMethod, OutreachStatus

DECISION_MAKERS = {
    CompanySize.SMALL: ("Owner", "Managing Director", "Office Manager"),
    CompanySize.MEDIUM: ("Managing Director", "Head of Operations", "Head of IT", "Finance Director"),
    CompanySize.LARGE: (
        "Chief Operating Officer",
        "Director of Digital Processes",
        "Head of Shared Services",
        "Head of IT Architecture",
        "Procurement",
    ),
}

TECHNOLOGY = {
    CompanySize.SMALL: ("Excel", "Google Workspace", "QuickBooks", "WordPress", "Dropbox", "Xero"),
    CompanySize.MEDIUM: (
        "PostgreSQL",
        "Python",
        "Microsoft 365",
        "HubSpot",
        "Power BI",
        "Odoo",
        "AWS",
        "Jira",
        "Docker",
    ),
    CompanySize.LARGE: (
        "SAP S/4HANA",
        "Java",
        "Kubernetes",
        "Azure",
        "Snowflake",
        "ServiceNow",
        "Kafka",
        "Oracle",
        "Salesforce",
    ),
}

# By contact method. Placeholders: {person}, {firm}, {name}, {problem}, {solution}.
MESSAGES = {
    ContactMethod.EMAIL: (
        "Hello,\n\nI build small automations for firms like {firm}. While reading about your work I wondered whether"
        " this sounds familiar: {problem}\n\nWhat I would do: {solution}\n\nIf it does, I would show you a working"
        " example with invented data, 20 minutes, no slides.\n\nBest regards",
        "Hello,\n\nthis is a note for your {person}. {problem}\n\nI have solved this elsewhere: {solution}\n\nMay I"
        " send you two pages with effort, cost and what can go wrong?\n\nBest regards",
        "Hello,\n\nI will keep it short. Topic: {name}. {problem} I would like to find out together what it costs"
        " {firm} in a year; if it is little, I will say so.\n\nBest regards",
    ),
    ContactMethod.LINKEDIN: (
        "Hello, your post on work at {firm} made me think of this: {problem} I have a small prototype. Would you like"
        " to see it?",
        "Thank you for connecting. You asked what I do: {solution} Would 20 minutes next week suit you?",
    ),
    ContactMethod.PHONE: (
        "Called the switchboard, was put through to: {person}. Topic: {name}. {problem}",
        "Cold call, six minutes. Described it like this: {solution}",
    ),
}

# Notes about the reply, by outcome. Empty if there was no reply.
OUTCOMES: dict[OutreachStatus, tuple[str, ...]] = {
    OutreachStatus.SENT: (),
    OutreachStatus.OPENED: ("Opened twice, no answer.", "Opened; try another subject line."),
    OutreachStatus.REPLIED: (
        "Thanks for the message, please ask again next quarter.",
        "Wants to know who else uses something like this.",
        "Passed on to the colleague in charge.",
    ),
    OutreachStatus.INTERESTED: (
        "Wants to see the prototype; two dates proposed.",
        "Asked for two pages with cost and effort.",
        "Invited to a workshop with operations and IT.",
    ),
    OutreachStatus.REJECTED: (
        "A project for this runs already.",
        "No budget this year. Polite.",
        "Does not want offers of this kind; do not contact again.",
    ),
}
