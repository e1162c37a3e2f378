"""Annotations made while the program runs, for Strawberry to read; a type checker has nothing to say about them."""

from typing import Annotated, Any

import strawberry

_list: Any = list
_maybe: Any = strawberry.Maybe


def list_of(kind: Any) -> Any:
    """`[kind!]`, as a Python annotation."""
    return _list[kind]


def maybe(kind: Any) -> Any:
    """An input field that may be left out; null, which clients send for variables without a value, is not a value."""
    return _maybe[kind | None]


def argument(kind: Any, description: str) -> Any:
    """An argument's annotation with its description."""
    return Annotated[kind, strawberry.argument(description=description)]
