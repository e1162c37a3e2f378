"""GraphQL type and queries of postings."""

import strawberry

from jobbot_gql.api.fields.connections import connection
from jobbot_gql.api.fields.lookups import lookup
from jobbot_gql.api.types.entity import Node, column, entity
from jobbot_gql.postings import models


@entity(models.Posting, unique=[models.Posting.digest])
class Posting(Node):
    """The text of a job as it was when an application was sent. Applications with the same text share it."""

    title = column(models.Posting.title, "Job title, as advertised.")
    company = column(models.Posting.company, "Name of the employer, as advertised.")
    location = column(models.Posting.location, "Location of the job, as advertised.")
    description = column(models.Posting.description, "Text of the job posting, usually Markdown.")
    requirements = column(models.Posting.requirements, "Requirements of the employer.")
    benefits = column(models.Posting.benefits, "Benefits offered in addition to pay.")
    digest = column(models.Posting.digest, "SHA-256 of these texts, 64 hexadecimal digits.")
    kept_at = column(models.Posting.kept_at, "Time at which it was stored.")


@strawberry.type
class PostingQueries:
    """Root query fields of postings."""

    posting = lookup(models.Posting, "Posting with a unique key; null if not found.")
    postings = connection(models.Posting, "Postings of applications. Default order: newest first.")
