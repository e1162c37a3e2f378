"""Stored rows and logged changes."""

from typing import Any

from jobbot_gql.api.types.global_ids import decode
from jobbot_gql.db.triggers import search_index
from tests.conftest import Api
from tests.db.looking import rows_of


async def kept(api: Api) -> dict[str, Any]:
    """Every row but those of the log and of the search index, which says the same in other blocks."""
    rows = await rows_of(api.database.url)
    return {name: found for name, found in rows.items() if name != "change_log" and not search_index.owns(name)}


async def last_change(api: Api, entity: str = "Job") -> dict[str, Any]:
    """The id and the sequence of what was last done to a thing of a kind."""
    feed = await api.data("{ changes(first: 250) { nodes { id sequence entityId } } }")
    found: dict[str, Any] = [one for one in feed["changes"]["nodes"] if decode(one.pop("entityId"))[0] == entity][-1]
    return found
