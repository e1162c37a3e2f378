"""Columns that full-text search covers, and columns with a trigram index."""

from jobbot_gql.applications.models import Application, EmployerResponse
from jobbot_gql.contacts.models import Contact
from jobbot_gql.db.sql.column_types import Vocabulary
from jobbot_gql.db.triggers.search_index import SearchDocument
from jobbot_gql.documents.models import AttachedDocument
from jobbot_gql.interviews.models import Interview
from jobbot_gql.jobs.models import Job
from jobbot_gql.outreach.models import Company, Opportunity
from jobbot_gql.references.models import Reference


class SearchType(Vocabulary):
    """Type to search, and the texts that are searched."""

    JOB = "job", "Jobs: title, company, location, keywords, description, requirements, benefits."
    APPLICATION = "application", "Applications: notes."
    EMPLOYER_RESPONSE = "employer_response", "Employer responses: subject and body of the email."
    REFERENCE = "reference", "References: name, title, company, notes."
    COMPANY = "company", "Companies: name, industry, location, and the four lists."
    OPPORTUNITY = "opportunity", "Opportunities: problem and solution."
    INTERVIEW = "interview", "Interviews: location, people, debrief."
    CONTACT = "contact", "Contacts: name, title, company, notes."
    ATTACHED_DOCUMENT = "attached_document", "Documents: name, version."


DOCUMENTS = {
    SearchType.JOB: SearchDocument(
        kind=1,
        model=Job,
        heading=[Job.title],
        facts=[Job.company, Job.location, Job.keywords],
        body=[Job.description, Job.requirements, Job.benefits],
    ),
    SearchType.APPLICATION: SearchDocument(kind=2, model=Application, body=[Application.notes]),
    SearchType.EMPLOYER_RESPONSE: SearchDocument(
        kind=3, model=EmployerResponse, heading=[EmployerResponse.subject_line], body=[EmployerResponse.email_content]
    ),
    SearchType.REFERENCE: SearchDocument(
        kind=4,
        model=Reference,
        heading=[Reference.name],
        facts=[Reference.title, Reference.company],
        body=[Reference.notes],
    ),
    SearchType.COMPANY: SearchDocument(
        kind=5,
        model=Company,
        heading=[Company.name],
        facts=[Company.industry, Company.location],
        body=[
            Company.technology_stack,
            Company.automation_opportunities,
            Company.pain_points,
            Company.decision_makers,
        ],
    ),
    SearchType.OPPORTUNITY: SearchDocument(
        kind=6, model=Opportunity, body=[Opportunity.problem_description, Opportunity.solution_approach]
    ),
    SearchType.INTERVIEW: SearchDocument(
        kind=7, model=Interview, facts=[Interview.location, Interview.people], body=[Interview.debrief]
    ),
    SearchType.CONTACT: SearchDocument(
        kind=8, model=Contact, heading=[Contact.name], facts=[Contact.title, Contact.company], body=[Contact.notes]
    ),
    SearchType.ATTACHED_DOCUMENT: SearchDocument(
        kind=9, model=AttachedDocument, heading=[AttachedDocument.name], facts=[AttachedDocument.revision]
    ),
}

FRAGMENTS = (Job.title, Job.company, Job.location, Company.name)
"""Columns whose `contains` filter uses a trigram index on PostgreSQL."""
