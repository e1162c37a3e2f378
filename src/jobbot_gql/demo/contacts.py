"""Contacts at the demo's employers, and their links to jobs, applications and companies."""

from datetime import datetime
from random import Random

from jobbot_gql.applications.models import Application
from jobbot_gql.contacts.models import Contact, ContactLink, ContactRole
from jobbot_gql.demo.applications import DOMAINS
from jobbot_gql.jobs.models import Job
from jobbot_gql.outreach.models import Company

PEOPLE = {
    ContactRole.RECRUITER: ("Recruiter", "Talent Partner", "recruiting"),
    ContactRole.HIRING_MANAGER: ("Hiring manager", "Head of Engineering", "engineering"),
    ContactRole.INTERVIEWER: ("Interviewer", "Staff Engineer", "staff"),
    ContactRole.REFERRER: ("Former colleague", "Software Engineer", "people"),
    ContactRole.EMPLOYEE: ("Acquaintance", "Office Manager", "office"),
    ContactRole.OTHER: ("Neighbour", "Accountant", "accounting"),
}
"""What a contact is called, with title and mailbox, by role."""


def contacts(
    rng: Random, now: datetime, jobs: list[Job], applications: list[Application], companies: list[Company]
) -> list[Contact]:
    """Recruiters and interviewers of applications with interviews, and other contacts of some jobs and companies.

    All contacts of an employer are different people; a person has the same role for its job and for the application.
    """
    found: list[Contact] = []
    for application in applications:
        if application.interviews:
            roles = [ContactRole.RECRUITER, rng.choice((ContactRole.HIRING_MANAGER, ContactRole.INTERVIEWER))]
            for role in roles:
                contact = _contact(role, application.job.company, DOMAINS[application.job.company])
                contact.links = [
                    ContactLink(role=role, application=application),
                    ContactLink(role=role, job=application.job),
                ]
                found.append(contact)
    for job in jobs:
        if job.applications and not job.applications[0].interviews and rng.random() < 0.15:
            contact = _contact(ContactRole.REFERRER, job.company, DOMAINS[job.company])
            contact.links = [ContactLink(role=ContactRole.REFERRER, job=job)]
            found.append(contact)
    for company in companies:
        if rng.random() < 0.25:
            role = rng.choice((ContactRole.EMPLOYEE, ContactRole.OTHER))
            contact = _contact(role, company.name, None)
            contact.links = [ContactLink(role=role, company=company)]
            found.append(contact)
    for contact in found:
        for link in contact.links:
            link.linked_at = now
    return found


def _contact(role: ContactRole, company: str, domain: str | None) -> Contact:
    name, title, mailbox = PEOPLE[role]
    return Contact(name=f"{name} at {company}", title=title, company=company, email=domain and f"{mailbox}@{domain}")
