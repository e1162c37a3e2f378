"""Arguments of fields that are made for an entity: Strawberry reads a resolver's signature, so it is given one."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any


def with_arguments(resolve: Callable[..., Any], arguments: Mapping[str, tuple[Any, Any]]) -> Callable[..., Any]:
    """`resolve`, which takes `**keywords`, with a signature of these arguments: name -> (annotation, default).

    With the default UNSET an argument that the client leaves out is left out of the keywords too; with
    `inspect.Parameter.empty` it is required.
    """
    fixed = [p for p in inspect.signature(resolve).parameters.values() if p.kind is not p.VAR_KEYWORD]
    named = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
        for name, (annotation, default) in arguments.items()
    ]
    resolve.__signature__ = inspect.Signature([*fixed, *named])  # type: ignore[attr-defined]
    resolve.__annotations__.update({name: annotation for name, (annotation, _) in arguments.items()})
    return resolve
