"""Planned fields: every route executes a field by its plan node. Its resolver runs the node through a DataLoader."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import strawberry

from jobbot_gql.api.engine.context import Info
from jobbot_gql.api.engine.plan_node import BatchedNode, PlanNode
from jobbot_gql.api.engine.planner import Plan
from jobbot_gql.api.engine.root_node import RootNode
from jobbot_gql.api.engine.selected_field import Run
from jobbot_gql.api.strawberry_internals import raw_info
from jobbot_gql.api.types.arguments import with_arguments
from jobbot_gql.api.types.entity import NEEDS, PLAN


def planned(
    make: Callable[..., PlanNode],
    graphql_type: Any,
    description: str,
    arguments: Mapping[str, tuple[Any, Any]] | None = None,
    *,
    needs: Sequence[str] = (),
    metadata: Mapping[str, Any] | None = None,
    deprecated: str | None = None,
) -> Any:
    """A field that a plan node executes.

    Args:
        make: creates the plan node from a planner, a selected field and the parents.
        arguments: annotation and default of each argument of the field, for `with_arguments`.
        needs: the columns of the parents' rows that the node reads.
        metadata: more metadata of the field.
        deprecated: why the field is deprecated, and what to use instead.
    """

    async def resolve(self: Any, info: Info, **arguments: Any) -> Any:
        return await resolved(self, info)

    return strawberry.field(
        resolver=with_arguments(resolve, arguments or {}),
        graphql_type=graphql_type,
        description=description,
        metadata={NEEDS: tuple(needs), PLAN: make, **(metadata or {})},
        deprecation_reason=deprecated,
    )


async def resolved(parent: Any, info: Info) -> Any:
    """The value of a parent's field, read together with those of all parents in the same tick."""
    raw, context = raw_info(info), info.context
    context.resolved += 1
    loaders = context.loaders
    plan: Plan = loaders.remembered("plan", context.plan)
    plan_node = plan.plan_node(raw)
    assert context.variables is not None  # noqa: S101 - resolvers are called with valid ones
    run = Run(context.variables, loaders, outcomes=context.outcomes)
    if isinstance(plan_node, RootNode):
        identity = plan_node.selected.identity
        if identity not in run.outcomes:
            await plan_node.prepare(context, run)
        return run.outcomes[identity].result()
    assert isinstance(plan_node, BatchedNode)  # noqa: S101 - there is no third kind
    return await loaders.batched(plan_node, partial(_values, plan_node, run)).load(parent)


async def _values(plan_node: BatchedNode, run: Run, parents: Sequence[Any]) -> Sequence[Any]:
    return await run.loaders.run(plan_node.values(run, parents))
