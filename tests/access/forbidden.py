"""Operations that need scopes, and the errors without them."""

from typing import Any

READ_FORBIDDEN = ("FORBIDDEN", "This operation requires the scope `read`, which the token does not have.", "read")


WRITE_FORBIDDEN = ("FORBIDDEN", "This operation requires the scope `write`, which the token does not have.", "write")


CREATE = 'createJob(input: {title: "Cook", company: "Hafenkueche"}) { userErrors { message } }'


MUTATIONS: list[dict[str, Any]] = [
    {"query": f"mutation {{ {CREATE} }}"},
    {"query": f"mutation Q {{ ... {{ {CREATE} }} }}", "operationName": "Q"},
    {"query": f"query Q {{ __typename }} mutation M {{ {CREATE} }}", "operationName": "M"},
    {"query": f"mutation Q {{ {CREATE} }} query M {{ __typename }}", "operationName": "Q"},
    {"query": f"mutation {{ jobs: {CREATE} }}"},
    {"query": "mutation { a: __typename @skip(if: true) }"},
    {
        "query": f"mutation M($no: Boolean!) {{ ...F @include(if: $no) }} fragment F on Mutation {{ {CREATE} }}",
        "variables": {"no": False},
    },
    {
        "query": f"mutation M($no: Boolean!) {{ ...F @skip(if: $no) }} fragment F on Mutation {{ {CREATE} }}",
        "variables": {"no": False},
    },
    {"query": "mutation { __typename }"},
    {"query": "mutation { jobs { nodes { title } } }"},
    {"query": "mutation { ...Nowhere }"},
]
