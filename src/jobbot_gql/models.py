"""All tables of the project, for alembic, the change log's triggers and SQLAlchemy's relationships."""

from jobbot_gql.access.tokens import api_tokens
from jobbot_gql.applications.models import Application, EmployerResponse, ExperienceClaim
from jobbot_gql.contacts.models import Contact, ContactLink
from jobbot_gql.db.base import Base
from jobbot_gql.db.write import idempotency  # noqa: F401 - its table has no class
from jobbot_gql.documents.models import AttachedDocument, DocumentLink
from jobbot_gql.follow_ups.models import FollowUp
from jobbot_gql.history.models import Change, StatusEvent
from jobbot_gql.interviews.models import Interview
from jobbot_gql.jobs.models import ImportedFile, Job, JobSource
from jobbot_gql.outreach.models import Company, Opportunity, OutreachCampaign
from jobbot_gql.postings.models import Posting
from jobbot_gql.references.models import Reference, ReferenceUsage
from jobbot_gql.tags.models import Tag

__all__ = [
    "Application",
    "AttachedDocument",
    "Base",
    "Change",
    "Company",
    "Contact",
    "ContactLink",
    "DocumentLink",
    "EmployerResponse",
    "ExperienceClaim",
    "FollowUp",
    "ImportedFile",
    "Interview",
    "Job",
    "JobSource",
    "Opportunity",
    "OutreachCampaign",
    "Posting",
    "Reference",
    "ReferenceUsage",
    "StatusEvent",
    "Tag",
    "api_tokens",
]
