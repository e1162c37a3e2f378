"""The enum of entities: which type a row has."""

import inspect
from enum import Enum
from functools import cache
from typing import Any

import strawberry

from jobbot_gql.api.strawberry_internals import definition_of_class, to_snake_case
from jobbot_gql.api.types.entity import ENTITIES
from jobbot_gql.api.types.lazy_types import Deferred

CHANGE = "Change"
"""The entity of the change log itself, whose rows are not logged."""


@cache
def entity_types() -> Any:
    """The enum, by the names of the entities. Call it when all schemas are imported."""
    logged = {to_snake_case(one.name).upper(): one for one in ENTITIES.values() if one.name != CHANGE}
    made = Enum("EntityType", {name: logged[name].name for name in sorted(logged)})  # type: ignore[misc] # no literal
    strawberry.enum(made, description="Type of a row that the change log has changes of.")
    for value in definition_of_class(made).values:
        value.description = inspect.getdoc(logged[value.name].type)
    return made


ENTITY_TYPE: Any = Deferred("EntityType", entity_types)
"""The enum as an annotation."""
