"""Mutations of references."""

import strawberry

import jobbot_gql.references.schema  # noqa: F401 - inputs are derived from its types
from jobbot_gql.api.mutations.fields import action, create, delete, update, upsert
from jobbot_gql.api.mutations.inputs import IDEMPOTENCY_KEY, VERSION_IF_IT_MATTERS, column_field, id_field
from jobbot_gql.applications.models import Application
from jobbot_gql.history.models import Change
from jobbot_gql.references import models, service
from jobbot_gql.references.service import REFERENCES


@strawberry.type
class ReferenceMutations:
    """Root mutation fields of references."""

    create_reference, create_references = create(REFERENCES)
    update_reference, update_references = update(REFERENCES)
    upsert_reference, upsert_references = upsert(REFERENCES)
    delete_reference, delete_references = delete(REFERENCES, Change)

    record_reference_use = action(
        "RecordReferenceUse",
        "Record the use of a reference. Increments `usageCount` and sets `lastContacted`. Requires consent.",
        service.record_reference_use,
        [
            id_field("reference_id", models.Reference, "Reference to use."),
            VERSION_IF_IT_MATTERS,
            id_field("application_id", Application, "Application for which it is used.", required=False, nullable=True),
            column_field(models.ReferenceUsage.used_on, "Date of use. Default: today.", nullable=False),
            column_field(models.ReferenceUsage.context),
            IDEMPOTENCY_KEY,
        ],
        {
            "reference_usage": (models.ReferenceUsage, "Recorded use; null if the request was rejected."),
            "reference": (models.Reference, "Reference after the mutation; null if the request was rejected."),
        },
    )
