"""GraphQL types that are made for an entity, referred to before they exist.

Domains know one another through SQLAlchemy relationships only: the type of `Job.applications` is made when the schema
is put together, from whatever entity shows the relationship's target.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Self

from sqlalchemy.orm import QueryableAttribute
from strawberry.types.lazy_type import LazyType

from jobbot_gql.api.types.entity import ENTITIES, Entity
from jobbot_gql.db.base import Base


class Deferred(LazyType[Any, Any]):
    """A type that `make` gives as soon as the schema asks for it."""

    def __new__(cls, *args: Any) -> Self:
        return object.__new__(cls)

    def __init__(self, name: str, make: Callable[[], Any]) -> None:
        super().__init__(type_name=name, module=__name__)
        object.__setattr__(self, "make", make)

    def resolve_type(self) -> type[Any]:
        made: type[Any] = self.make()  # type: ignore[attr-defined] # set above, past the frozen dataclass
        return made


class Later(Deferred):
    """A type that `make` gives for a model's entity as soon as the schema asks for it.

    `target` is a model, or a relationship to it (whose target is known only when all models are imported).
    """

    def __init__(self, make: Callable[[Entity], Any], target: type[Base] | QueryableAttribute[Any]) -> None:
        super().__init__(
            f"{make.__name__}({target})",
            lambda: make(ENTITIES[target if isinstance(target, type) else target.property.mapper.class_]),
        )


def made_once(make: Callable[[Entity], Any]) -> Callable[[Entity], Any]:
    """Decorates a function that makes a GraphQL type for an entity: the same entity gets the same type."""
    return lru_cache(maxsize=None)(make)


@made_once
def row_type(entity: Entity) -> Any:
    """The entity's own GraphQL type."""
    return entity.type
