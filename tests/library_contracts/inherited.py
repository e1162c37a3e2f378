"""Which names of a library's class the project's subclasses use: methods that they override or call, and attributes."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from functools import cache

from tests.library_contracts.contract import ADAPTERS

SELVES = {"self", "cls", "alone", "apart", "executor"}
"""What the subclasses call an instance of their own."""


def _tree(kind: type) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(kind)))


def libraries_classes(kind: type) -> list[type]:
    """The classes that a class inherits from which libraries with an adapter define."""
    return [base for base in kind.__mro__ if base.__module__.partition(".")[0] in ADAPTERS]


@cache
def given_names(kind: type) -> frozenset[str]:
    """The methods and attributes that a class and the library's classes above it define."""
    found: set[str] = set()
    for base in libraries_classes(kind):
        found.update(name for name in vars(base) if not name.startswith("__"))
        for node in ast.walk(_tree(base)):
            match node:
                case ast.Attribute(value=ast.Name(id="self"), ctx=ast.Store()):
                    found.add(node.attr)
                case ast.AnnAssign(target=ast.Name(id=name)):
                    found.add(name)
    return frozenset(found)


def used_names(adapted: type) -> set[str]:
    """The names given by the libraries that an adapter's class, and the project's classes below it, use."""
    used: set[str] = set()
    for kind in (adapted, *_below(adapted)):
        for node in ast.walk(_tree(kind)):
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    used.add(node.name)
                case ast.Attribute(value=ast.Name(id=name)) if name in SELVES:
                    used.add(node.attr)
                case ast.Attribute(value=ast.Call(func=ast.Name(id="super"))):
                    used.add(node.attr)
    return used & given_names(adapted)


def _below(kind: type) -> Iterator[type]:
    below: list[type] = kind.__subclasses__()
    for found in below:
        if found.__module__.startswith("jobbot_gql."):
            yield found
            yield from _below(found)


def parameters(kind: type, name: str) -> str | None:
    """The names of a method's parameters behind the first; None of what is no method of the class."""
    found = inspect.getattr_static(kind, name, None)
    found = getattr(found, "__func__", found)
    if not inspect.isfunction(found):
        return None
    names = list(inspect.signature(found).parameters)
    return ", ".join(names[1:] if names[:1] in (["self"], ["cls"]) else names)
