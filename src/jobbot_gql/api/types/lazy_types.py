"""References to GraphQL types of an entity that do not exist yet.

Domains refer to each other only through SQLAlchemy relationships: the type of `Job.applications` is created when the
schema is built, from the entity of the relationship's target.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Self

from sqlalchemy.orm import QueryableAttribute
from strawberry.types.lazy_type import LazyType

from jobbot_gql.api.types.entity import ENTITIES, Entity
from jobbot_gql.db.base import Base


class Deferred(LazyType[Any, Any]):
    """A type that `make` returns when the schema is built."""

    def __new__(cls, *args: Any) -> Self:
        return object.__new__(cls)

    def __init__(self, name: str, make: Callable[[], Any]) -> None:
        super().__init__(type_name=name, module=__name__)
        object.__setattr__(self, "make", make)

    def resolve_type(self) -> type[Any]:
        made: type[Any] = self.make()  # type: ignore[attr-defined] # set above, past the frozen dataclass
        return made


class Later(Deferred):
    """A type that `make` returns for a model's entity when the schema is built.

    `target` is a model, or a relationship to it, whose target is known only when all models are imported.
    """

    def __init__(self, make: Callable[[Entity], Any], target: type[Base] | QueryableAttribute[Any]) -> None:
        super().__init__(
            f"{make.__name__}({target})",
            lambda: make(ENTITIES[target if isinstance(target, type) else target.property.mapper.class_]),
        )


def made_once(make: Callable[[Entity], Any]) -> Callable[[Entity], Any]:
    """Decorator of a function that creates a GraphQL type for an entity: one type per entity."""
    return lru_cache(maxsize=None)(make)


@made_once
def row_type(entity: Entity) -> Any:
    """The entity's own GraphQL type."""
    return entity.type
