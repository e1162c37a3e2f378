"""Finding one thing: by a unique key of its type, or by its global id whatever the type."""

import asyncio
import inspect
from typing import Annotated, Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from jobbot_gql.api import ids
from jobbot_gql.api.annotations import argument, maybe
from jobbot_gql.api.arguments import with_arguments
from jobbot_gql.api.context import Info
from jobbot_gql.api.entity import Entity, Node, derived, entity_named, entity_of, python_type
from jobbot_gql.api.errors import BadRequest, shown
from jobbot_gql.api.filters import input_type
from jobbot_gql.api.registry import Later, made_once, row_type
from jobbot_gql.api.selection import selected_columns
from jobbot_gql.db.base import Base

MAX_NODES = 250


@made_once
def lookup_input(entity: Entity) -> Any:
    """The GraphQL input that names one row of the entity by any of its unique keys, such as `JobBy`."""
    fields: dict[str, tuple[Any, str]] = {
        "id": (maybe(strawberry.ID), "The global id."),
        "databaseId": (maybe(int), "The row's number."),
    }
    for name in entity.unique:
        attribute, description = entity.shown[name]
        fields[to_camel_case(name)] = (maybe(python_type(attribute)), description)
    return input_type(f"{entity.name}By", f"Names one {entity.name}: give exactly one key.", fields, one_of=True)


def lookup(model: type[Base], description: str) -> Any:
    """A root field that gives the row with a unique key, or null where there is none."""

    async def resolve(info: Info, **asked: Any) -> Any:
        entity = entity_of(model)
        for word, given in vars(asked["by"]).items():
            if given is None:
                continue
            if word == "id":
                key, value = "id", ids.decode_as(entity.name, given.value, "by.id")
            elif word == "databaseId":
                key, value = "id", given.value
            else:
                key = next(name for name in entity.unique if to_camel_case(name) == word)
                value = given.value
            return await row_by_key(info, entity, key, value)
        raise BadRequest("by: give exactly one key")

    by = argument(Later(lookup_input, model), "The key to look for.")
    return strawberry.field(
        resolver=with_arguments(resolve, {"by": (by, inspect.Parameter.empty)}),
        description=description,
        graphql_type=Later(row_type, model) | None,
    )


async def row_by_key(info: Info, entity: Entity, key: str, value: Any) -> Any:
    """The row whose unique key has the value, or None, with the columns that the field at hand asks for."""
    return await info.context.loaders.one(entity.type, entity.model, key, value, selected_columns(info, entity))


async def _node(info: Info, global_id: str, argument: str) -> Node | None:
    name, row_id = ids.decode(global_id)
    entity = entity_named(name)
    if entity is None:
        raise BadRequest(f"{argument}: not an id of this API: {shown(global_id)}")
    found: Node | None = await row_by_key(info, entity, "id", row_id)
    return found


async def _nodes(info: Info, global_ids: list[strawberry.ID]) -> list[Node | None]:
    if len(global_ids) > MAX_NODES:
        raise BadRequest(f"ids: at most {MAX_NODES}, not {len(global_ids)}")
    return await asyncio.gather(*(_node(info, one, "ids") for one in global_ids))


@strawberry.type
class NodeQueries:
    """Looking things up by global id."""

    @derived(description="The thing with this id, or null where there is none.")
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="A global id.")],  # noqa: A002 - the name in the API
    ) -> Node | None:
        return await _node(info, id, "id")

    @derived(description=f"The things with these ids, in their order, null where there is none; at most {MAX_NODES}.")
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="Global ids, of any types.")],
    ) -> list[Node | None]:
        return await _nodes(info, ids)
