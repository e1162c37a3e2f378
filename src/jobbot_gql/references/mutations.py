"""Writing references through the API."""

import strawberry

import jobbot_gql.references.schema  # noqa: F401 - inputs follow from the types there
from jobbot_gql.api.mutations.fields import act, create, delete, update, upsert
from jobbot_gql.api.mutations.inputs import IDEMPOTENCY_KEY, VERSION_IF_IT_MATTERS, column_field, id_field
from jobbot_gql.applications.models import Application
from jobbot_gql.history.models import Change
from jobbot_gql.references import models, service
from jobbot_gql.references.service import REFERENCES


@strawberry.type
class ReferenceMutations:
    """Root fields that write references."""

    create_reference, create_references = create(REFERENCES)
    update_reference, update_references = update(REFERENCES)
    upsert_reference, upsert_references = upsert(REFERENCES)
    delete_reference, delete_references = delete(REFERENCES, Change)

    record_reference_use = act(
        "RecordReferenceUse",
        "Write down that a reference is asked, which raises their `usageCount` and sets `lastContacted`. They must have"
        " agreed to it.",
        service.record_reference_use,
        [
            id_field("reference_id", models.Reference, "Who is asked."),
            VERSION_IF_IT_MATTERS,
            id_field("application_id", Application, "The application that it is for.", required=False, nullable=True),
            column_field(models.ReferenceUsage.used_on, "The day; today if left out.", nullable=False),
            column_field(models.ReferenceUsage.context),
            IDEMPOTENCY_KEY,
        ],
        {
            "reference_usage": (models.ReferenceUsage, "The use that was written down; null where it was refused."),
            "reference": (models.Reference, "The reference as it is now; null where it was refused."),
        },
    )
