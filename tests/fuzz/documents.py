"""Documents that hypothesis-graphql writes from the schema, with values put in that lead somewhere.

Left to chance, no id is ever one of this API, and no version a row's: every mutation would end at its first check.
"""

from typing import Any, NamedTuple
from zlib import crc32

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    NameNode,
    ObjectFieldNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    get_named_type,
    parse_type,
    print_ast,
    value_from_ast_untyped,
    visit,
)
from hypothesis import strategies as st
from hypothesis_graphql import Mode, mutations, nodes, queries

from jobbot_gql.api.types.entity import ENTITIES
from jobbot_gql.api.types.global_ids import encode

NAMES = sorted((entity.name for entity in ENTITIES.values()), key=len, reverse=True)
HIGHEST_ID = 12
LEFT_ALONE = 4
"""One value of so many stays as chance has made it."""

TIMES = ["2026-01-01T00:00:00Z", "2026-11-20T23:59:59.999999+14:00", "0001-01-02T00:00:00Z", "9999-12-30T23:59:59Z"]
DAYS = ["2026-01-01", "0001-01-02", "9999-12-30"]
NO_TIMES = ["yesterday", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"]
NO_DAYS = ["2026-02-30", "0001-01-01", "9999-12-31"]
SCALARS = {
    "DateTime": st.sampled_from([*TIMES * 5, *NO_TIMES]).map(nodes.String),
    "Date": st.sampled_from([*DAYS * 5, *NO_DAYS]).map(nodes.String),
}


class Document(NamedTuple):
    """What a client sends."""

    text: str
    variables: dict[str, Any]


def documents(schema: GraphQLSchema, kind: str) -> st.SearchStrategy[Document]:
    """Documents of a schema: `query`, `mutation`, or `wrong`, queries that break one of its rules."""

    def finished(document: DocumentNode) -> Document:
        types = TypeInfo(schema)
        leading = visit(document, TypeInfoVisitor(types, _Leading(types)))
        text = print_ast(leading)
        return Document(text, {}) if kind == "wrong" or crc32(text.encode()) % 2 else _with_variables(schema, leading)

    written: st.SearchStrategy[Any]
    if kind == "mutation":
        written = mutations(schema, custom_scalars=SCALARS, print_ast=finished)
    else:
        mode = Mode.NEGATIVE if kind == "wrong" else Mode.POSITIVE
        written = queries(schema, custom_scalars=SCALARS, print_ast=finished, mode=mode)
    return written


def _with_variables(schema: GraphQLSchema, document: DocumentNode) -> Document:
    """The same with the arguments of root fields in variables, as generated clients send them."""
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    root = schema.get_root_type(operation.operation)
    assert root
    values: dict[str, Any] = {}
    declared, selections = [], []
    for selected in operation.selection_set.selections:
        assert isinstance(selected, FieldNode)
        arguments = []
        for given in selected.arguments or ():
            variable = VariableNode(name=NameNode(value=f"v{len(values)}"))
            values[variable.name.value] = value_from_ast_untyped(given.value)
            kind = root.fields[selected.name.value].args[given.name.value].type
            declared.append(VariableDefinitionNode(variable=variable, type=parse_type(str(kind))))
            arguments.append(ArgumentNode(name=given.name, value=variable))
        name, inner = selected.name, selected.selection_set
        selections.append(FieldNode(alias=selected.alias, name=name, arguments=tuple(arguments), selection_set=inner))
    asked = OperationDefinitionNode(
        operation=operation.operation,
        variable_definitions=tuple(declared),
        selection_set=SelectionSetNode(selections=tuple(selections)),
    )
    return Document(print_ast(asked), values)


class _Leading(Visitor):
    """Puts ids and versions in the place of most of chance's."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.types = types

    def enter_argument(self, node: ArgumentNode, *_: Any) -> ArgumentNode | None:
        value = self._leading(node.name.value, node.value)
        return value and ArgumentNode(name=node.name, value=value)

    def enter_object_field(self, node: ObjectFieldNode, *_: Any) -> ObjectFieldNode | None:
        value = self._leading(node.name.value, node.value)
        return value and ObjectFieldNode(name=node.name, value=value)

    def _leading(self, name: str, value: ValueNode) -> Any:
        """What is put in the place of a value; None where it stays."""
        kind, parent = self.types.get_input_type(), self.types.get_parent_input_type()
        of = str(get_named_type(parent)) if parent else ""
        if isinstance(value, ListValueNode):
            items = [self._one(kind, name, of, item) or item for item in value.values]
            return ListValueNode(values=tuple(items)) if items != list(value.values) else None
        return self._one(kind, name, of, value)

    def _one(self, kind: Any, name: str, of: str, value: ValueNode) -> ValueNode | None:
        chance = crc32(print_ast(value).encode())
        if not isinstance(value, StringValueNode | IntValueNode) or chance % LEFT_ALONE == 0:
            return None
        if str(get_named_type(kind)) == "ID":
            return StringValueNode(value=encode(_entity(name, of, chance), chance // 8 % HIGHEST_ID + 1))
        if name in ("version", "databaseId"):
            return IntValueNode(value=str(chance // 8 % 3 + 1))
        if name in ("first", "last", "limit"):
            return IntValueNode(value=str(chance // 8 % 6))
        return None


def _entity(name: str, of: str, chance: int) -> str:
    """The entity whose id is probably meant: `jobId` and the `id` of an `UpdateJobInput` are a job's."""
    wanted = name.removesuffix("Id").removesuffix("Ids").casefold() if name.endswith(("Id", "Ids")) else of.casefold()
    return next((entity for entity in NAMES if entity.casefold() in wanted), NAMES[chance % len(NAMES)])
