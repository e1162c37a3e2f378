"""What the project's classes use of the classes of libraries that they inherit from.

These classes are not documented to be inherited from, or not by all these names: any minor version may change them.
"""

import pytest

import jobbot_gql.app
import jobbot_gql.web.server
from jobbot_gql.api import graphql_core_internals, strawberry_internals
from jobbot_gql.db import asyncpg_internals
from jobbot_gql.web import uvicorn_internals
from tests.library_contracts.contract import changed
from tests.library_contracts.inherited import given_names, libraries_classes, parameters, used_names

assert jobbot_gql.app
assert jobbot_gql.web.server

LIBRARIES: dict[type, str] = {
    uvicorn_internals.HttpConnection: "uvicorn",
    uvicorn_internals.WebSocketConnection: "uvicorn",
    uvicorn_internals.ConnectionServer: "uvicorn",
    graphql_core_internals.GraphQLCoreExecutor: "graphql",
    strawberry_internals.GraphQLCoreSchema: "strawberry",
    strawberry_internals.TransportHandler: "strawberry",
    asyncpg_internals.CancellableConnection: "asyncpg",
}
USED: dict[type, dict[str, str | None]] = {
    uvicorn_internals.HttpConnection: {
        "_should_upgrade": "",
        "config": None,
        "connection_lost": "exc",
        "connection_made": "transport",
        "cycle": None,
        "data_received": "data",
        "flow": None,
        "handle_websocket_upgrade": "",
        "headers": None,
        "loop": None,
        "on_body": "body",
        "on_header": "name, value",
        "on_headers_complete": "",
        "on_message_begin": "",
        "on_message_complete": "",
        "on_response_complete": "",
        "on_url": "url",
        "parser": None,
        "pause_writing": "",
        "pipeline": None,
        "resume_writing": "",
        "scope": None,
        "send_400_response": "msg",
        "timeout_keep_alive_handler": "",
        "transport": None,
        "url": None,
    },
    uvicorn_internals.WebSocketConnection: {
        "close_sent": None,
        "config": None,
        "conn": None,
        "connection_lost": "exc",
        "connection_made": "transport",
        "curr_msg_data_type": None,
        "data_received": "data",
        "frames": None,
        "handle_bytes": "event",
        "handle_connect": "event",
        "handle_cont": "event",
        "handle_parser_exception": "",
        "handle_ping": "",
        "handle_text": "event",
        "handshake_complete": None,
        "handshake_initiated": None,
        "keepalive_timeout": "",
        "loop": None,
        "pause_writing": "",
        "pong_timer": None,
        "read_paused": None,
        "response": None,
        "resume_writing": "",
        "schedule_ping": "",
        "scope": None,
        "send": "message",
        "send_receive_event_to_app": "",
        "shutdown": "",
        "transport": None,
        "writable": None,
    },
    uvicorn_internals.ConnectionServer: {
        "config": None,
        "force_exit": None,
        "server_state": None,
        "shutdown": "sockets",
        "startup": "sockets",
    },
    graphql_core_internals.GraphQLCoreExecutor: {
        "collected_errors": None,
        "complete_iterable_value": "item_type, field_details_list, info, path, items, position_context",
        "context_value": None,
        "execute_field": "parent_type, source, field_details_list, path, position_context",
        "handle_field_error": "raw_error, return_type, field_details_list, path",
        "is_awaitable": "value",
        "schema": None,
    },
    strawberry_internals.GraphQLCoreSchema: {
        "_schema": None,
        "as_str": "",
        "execute": (
            "query, variable_values, context_value, root_value, operation_name, allowed_operation_types,"
            " operation_extensions"
        ),
        "extensions": None,
        "introspect": "",
        "stream": (
            "query, variable_values, context_value, root_value, operation_name, operation_extensions,"
            " allowed_operation_types"
        ),
    },
    strawberry_internals.TransportHandler: {
        "_get_pre_execution_close_reason": "error",
        "_task_done": "task",
        "cleanup_operation": "operation_id",
        "connection_acknowledged": None,
        "connection_init_received": None,
        "context": None,
        "handle_connection_init": "message",
        "handle_invalid_message": "error_message",
        "handle_message": "message",
        "handle_subscribe": "message",
        "handle_task_exception": "error",
        "operations": None,
        "send_message": "message",
        "shutdown": "",
        "view": None,
        "websocket": None,
    },
    asyncpg_internals.CancellableConnection: {
        "executemany": "command, args, timeout",
        "terminate": "",
    },
}
"""The names that are used, with the names of a method's parameters; None: an attribute."""
CASES = [(kind, name) for kind, names in USED.items() for name in names]


@pytest.mark.parametrize(("adapted", "name"), CASES, ids=[f"{kind.__name__}-{name}" for kind, name in CASES])
def test_a_library_s_class_still_has_what_ours_use(adapted: type, name: str) -> None:
    base = libraries_classes(adapted)[0]
    piece = f"{base.__qualname__}.{name}"
    expected = USED[adapted][name]

    assert name in given_names(adapted), changed(LIBRARIES[adapted], piece, "there is nothing of this name any more")
    assert parameters(base, name) == expected, changed(
        LIBRARIES[adapted], piece, f"it took ({expected}) and takes ({parameters(base, name)})"
    )


@pytest.mark.parametrize("adapted", USED)
def test_every_name_that_is_used_has_a_contract(adapted: type) -> None:
    assert used_names(adapted) == USED[adapted].keys(), "add to USED what is used now, and take out what no longer is"
