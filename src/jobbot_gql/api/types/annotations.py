"""Annotations that are created at runtime for Strawberry; type checkers cannot check them."""

from typing import Annotated, Any

import strawberry

_list: Any = list
_maybe: Any = strawberry.Maybe


def list_of(kind: Any) -> Any:
    """`[kind!]`, as a Python annotation."""
    return _list[kind]


def maybe(kind: Any) -> Any:
    """An optional input field; null, which clients send for variables without a value, counts as omitted."""
    return _maybe[kind | None]


def argument(kind: Any, description: str) -> Any:
    """An argument's annotation with its description."""
    return Annotated[kind, strawberry.argument(description=description)]
