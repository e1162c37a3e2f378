"""Paths of requests, behind the prefix that a reverse proxy takes away and JOBBOT_ROOT_PATH names."""

from starlette.types import Scope

GRAPHQL = "/graphql"


def path_of(scope: Scope) -> str:
    """The path of a request without the prefix."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def endpoint_of(scope: Scope) -> str:
    """The path of the GraphQL endpoint as clients see it, with the prefix."""
    return f"{scope.get('root_path', '')}{GRAPHQL}"
