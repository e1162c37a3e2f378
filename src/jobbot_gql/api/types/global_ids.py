"""Global ids: the type's name and the row's id, encoded; opaque to clients."""

import binascii
from base64 import urlsafe_b64decode

from jobbot_gql.api.types.errors import BadRequest, shown

MAX_ROW_ID = 2**31 - 1
"""Ids are INTEGER columns, 32 bits wide on PostgreSQL. Rows that are computed, and those of dry runs, have negative
ones."""


def encode(type_name: str, row_id: int) -> str:
    """The global id of a row."""
    # The URL-safe alphabet differs in two characters, which letters, digits, _ and : never produce.
    return binascii.b2a_base64(f"{type_name}:{row_id}".encode(), newline=False).decode().rstrip("=")


def decode(global_id: str) -> tuple[str, int]:
    """Type name and row id of a global id. Raises BadRequest if it is malformed."""
    try:
        padding = "=" * (-len(global_id) % 4)
        type_name, _, digits = urlsafe_b64decode(global_id + padding).decode("ascii").partition(":")
    except (binascii.Error, ValueError):
        type_name, digits = "", ""
    if not (type_name.isidentifier() and digits.removeprefix("-").isdecimal()):
        raise BadRequest(
            f"{shown(global_id)} is not a global id. Use an `id` from an earlier answer, or `by: {{databaseId: 5}}`."
        )
    number = row_number(digits.removeprefix("-"))
    return type_name, -number if digits.startswith("-") else number


def row_number(digits: str) -> int:
    """The row id in a string of digits. Raises BadRequest if it is out of range."""
    if len(digits) > 10 or not 0 < int(digits) <= MAX_ROW_ID:
        raise BadRequest(f"The number in an id must be 1 to {MAX_ROW_ID}; got {shown(digits)}.")
    return int(digits)


def decode_as(type_name: str, global_id: str, argument: str = "id") -> int:
    """The row id of a global id of the given type. Raises BadRequest for an id of another type."""
    found, row_id = decode(global_id)
    if found != type_name:
        raise BadRequest(f"{argument} must be an id of type {type_name}; got one of type {found}: {shown(global_id)}.")
    return row_id
