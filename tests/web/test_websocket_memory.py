"""What WebSockets may hold of the server's memory, before it is known who opened them and after."""

import asyncio
import json
import socket
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from jobbot_gql.web.held_bytes import HeldBytes
from tests.web.serving import Server, serving
from tests.web.websocket_client import UPGRADE, frame

pytestmark = pytest.mark.process

MEGABYTE = 1_000_000
SECONDS = 3
"""JOBBOT_RECEIVE_TIMEOUT of the server."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("websockets")
    with serving(
        folder / "log",
        DATABASE_URL=f"sqlite:///{folder}/jobs.db",
        JOBBOT_RECEIVE_TIMEOUT=str(SECONDS),
        JOBBOT_PING_TIMEOUT="60",
    ) as server:
        yield server


def opened(server: Server, *, accepted: bool, extension: bytes = b"") -> tuple[socket.socket, bytes]:
    """A WebSocket, and the head of the response to its handshake."""
    host, port = server.url.removeprefix("http://").split(":")
    client = socket.create_connection((host, int(port)), timeout=20)
    client.sendall(UPGRADE[:-2] + extension + b"\r\n")
    head = client.recv(4_096)
    assert head.startswith(b"HTTP/1.1 101 ")
    if accepted:
        client.sendall(frame({"type": "connection_init", "payload": {"filler": "x" * 200}}))
        assert b"connection_ack" in client.recv(4_096)
    return client, head


def fragment(data: bytes, *, first: bool = False, final: bool = False, compressed: bool = False) -> bytes:
    """A frame of a message, masked with zeros."""
    start = (0x80 if final else 0) | (0x40 if compressed else 0) | (1 if first else 0)
    size = len(data)
    length = (
        bytes([0x80 | size])
        if size < 126
        else b"\xfe" + size.to_bytes(2)
        if size < 65_536
        else b"\xff" + size.to_bytes(8)
    )
    return bytes([start]) + length + bytes(4) + data


def closed(client: socket.socket) -> tuple[int, str]:
    """Code and reason of the frame that closes a WebSocket, the last that comes."""
    received = b""
    with suppress(ConnectionResetError):
        while part := client.recv(65_536):
            received += part
    start = received.rindex(b"\x88")
    return int.from_bytes(received[start + 2 : start + 4]), received[start + 4 :].decode()


def send(client: socket.socket, data: bytes) -> None:
    """Send as much as the server takes."""
    with suppress(ConnectionError):
        client.sendall(data)


def test_fragments_before_authentication(server: Server) -> None:
    before = server.memory()
    with ExitStack() as clients:
        for _ in range(60):
            client, _ = opened(server, accepted=False)
            clients.enter_context(client)
            send(client, fragment(b"x" * 60_000, first=True))
        most = server.memory()
        for _ in range(20):
            client, _ = opened(server, accepted=False)
            clients.enter_context(client)
            send(client, fragment(b"x" * 900_000, first=True))
            assert closed(client) == (1009, "At most 65,536 bytes are allowed before connection_ack.")

    assert most - before < 40 * MEGABYTE
    assert server.memory() - before < 40 * MEGABYTE


def test_compression_is_not_offered(server: Server) -> None:
    before = server.memory()
    compressor = zlib.compressobj(wbits=-12)
    bomb = compressor.compress(b" " * 900_000) + compressor.flush(zlib.Z_SYNC_FLUSH)
    with ExitStack() as clients:
        for _ in range(60):
            client, head = opened(
                server,
                accepted=False,
                extension=b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n",
            )
            clients.enter_context(client)
            assert b"permessage-deflate" not in head.lower()
            send(client, fragment(bomb, first=True, compressed=True))
            assert closed(client)[0] == 1002

    assert server.memory() - before < 40 * MEGABYTE


def test_unfinished_messages_together(server: Server) -> None:
    before = server.memory()
    with ExitStack() as clients:
        opens = [opened(server, accepted=True)[0] for _ in range(240)]
        for client in opens:
            clients.enter_context(client)
        for client in opens:
            send(client, fragment(b"x" * 900_000, first=True))
        most = server.memory()
        ends = [closed(client) for client in opens]

    assert most - before < 220 * MEGABYTE
    assert {code for code, _ in ends} == {1013, 1008}
    assert (1008, f"The message was not complete after {SECONDS} s.") in ends
    assert (1013, "The server holds too many incomplete messages.") in ends


def test_fragments_of_one_byte(server: Server) -> None:
    before = server.memory()
    client, _ = opened(server, accepted=True)
    with client:
        send(client, fragment(b"x", first=True) + fragment(b"x") * 400_000)
        most = server.memory()
        assert closed(client)[0] == 1008

    assert most - before < 30 * MEGABYTE


def test_a_message_has_a_size_whatever_its_fragments(server: Server) -> None:
    client, _ = opened(server, accepted=True)
    with client:
        send(client, fragment(b" " * 600_000, first=True) + fragment(b" " * 600_000, final=True))
        assert closed(client)[0] == 1009


def test_fragments_are_put_together(server: Server) -> None:
    message = json.dumps(
        {"id": "1", "type": "subscribe", "payload": {"query": "{ __typename }"}, "é": "é" * 5_000}
    ).encode()
    message = message.replace(b"\\u00e9", "é".encode())
    client, _ = opened(server, accepted=True)
    with client:
        pieces = [message[start : start + 777] for start in range(0, len(message), 777)]
        for number, piece in enumerate(pieces):
            client.sendall(fragment(piece, first=number == 0, final=number == len(pieces) - 1) + b"\x89\x80" + bytes(4))
        received = b""
        while b"complete" not in received:
            received += client.recv(65_536)

    assert b'"data":{"__typename":"Query"}' in received


async def test_pings_of_a_client_that_does_not_read(server: Server) -> None:
    before = most = server.memory()
    client, _ = opened(server, accepted=True)
    client.settimeout(5)
    pings = (b"\x89\xfd" + bytes(4) + b"x" * 125) * 8_000
    with client:
        for _ in range(25):
            try:
                await asyncio.to_thread(client.sendall, pings)
            except (ConnectionError, TimeoutError):
                break
            most = max(most, server.memory())

    assert most - before < 15 * MEGABYTE


def test_nothing_was_logged(server: Server) -> None:
    """Run after the others."""
    assert server.log.read_text() == ""


class Holding:
    """Something that lets go when it is told to."""

    def __init__(self) -> None:
        self.is_shed = False

    def shed(self) -> None:
        self.is_shed = True


def test_the_one_that_holds_most_is_ended() -> None:
    held, small, large, new = HeldBytes(100), Holding(), Holding(), Holding()
    held.hold(small, 20)
    held.hold(large, 70)
    held.hold(large, 60)
    held.hold(new, 20)
    assert not any(one.is_shed for one in (small, large, new))
    held.hold(new, 21)
    assert (small.is_shed, large.is_shed, new.is_shed) == (False, True, False)
    held.hold(small, 79)
    assert not any(one.is_shed for one in (small, new))
