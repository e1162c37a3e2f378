"""The Vite proxy of README's "A frontend in two minutes": a page of Vite's own origin reads, writes and subscribes."""

import asyncio
import json
import re
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from websockets.asyncio.client import connect
from websockets.typing import Origin, Subprotocol

from tests.clients.running import HERE, TOP, Tool

CONFIG = re.compile(r"```js\n// vite\.config\.js\n(.*?)```", re.DOTALL)
TARGET = "http://127.0.0.1:8000"


@asynccontextmanager
async def vite(folder: Path, endpoint: str, node: str) -> AsyncIterator[str]:
    """Vite's development server with the configuration of README, on a free port: its address."""
    (config,) = CONFIG.findall((TOP / "README.md").read_text("utf-8"))
    assert config.count(TARGET) == 1
    (folder / "vite.config.mjs").write_text(config.replace(TARGET, endpoint.removesuffix("/graphql")), "utf-8")
    program = HERE / "node_modules" / "vite" / "bin" / "vite.js"
    started = await asyncio.create_subprocess_exec(
        node, program, "--host", "127.0.0.1", "--port", "0", cwd=folder, stdout=subprocess.PIPE, env={"NO_COLOR": "1"}
    )
    assert started.stdout is not None
    try:
        async with asyncio.timeout(60):
            while (found := re.search(r"http://127\.0\.0\.1:\d+", (await started.stdout.readline()).decode())) is None:
                assert started.returncode is None
        yield found[0]
    finally:
        started.terminate()
        await started.wait()


async def test_a_page_reaches_the_api_through_vites_proxy(
    node: str, tool: Tool, own_endpoint: str, tmp_path: Path
) -> None:
    create = 'mutation { createJob(input: {title: "Proxied", company: "C"}) { job { title } } }'
    async with vite(tmp_path, own_endpoint, node) as origin, httpx.AsyncClient(base_url=origin) as page:
        written = await page.post("/graphql", json={"query": create}, headers={"origin": origin})
        assert written.json()["data"] == {"createJob": {"job": {"title": "Proxied"}}}
        read = await page.post("/graphql", json={"query": "{ jobs { totalCount } }"}, headers={"origin": origin})
        assert read.json()["data"] == {"jobs": {"totalCount": 9}}
        async with connect(
            f"{origin.replace('http', 'ws')}/graphql",
            subprotocols=[Subprotocol("graphql-transport-ws")],
            origin=Origin(origin),
        ) as socket:
            await socket.send('{"type": "connection_init"}')
            assert json.loads(await socket.recv()) == {"type": "connection_ack"}
            query = {"id": "1", "type": "subscribe", "payload": {"query": "{ jobs { totalCount } }"}}
            await socket.send(json.dumps(query))
            message = json.loads(await socket.recv())
            assert message["payload"]["data"] == {"jobs": {"totalCount": 9}}
