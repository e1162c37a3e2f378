"""Arguments of generated fields: Strawberry reads the signature of a resolver, so this module sets one."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any


def with_arguments(resolve: Callable[..., Any], arguments: Mapping[str, tuple[Any, Any]]) -> Callable[..., Any]:
    """`resolve`, which takes `**keywords`, with a signature of these arguments: name -> (annotation, default).

    With the default UNSET, an argument that the client omits is missing in the keywords; with
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
