"""The commands of docs/exporting.md do what they say, on the demo data."""

import csv
import re
import shlex
from pathlib import Path

import httpx

from jobbot_gql.demo import load_if_empty
from tests.conftest import Api
from tests.exporting.conftest import run

DOCUMENTATION = (Path(__file__).parents[2] / "docs" / "exporting.md").read_text("utf-8")
SNIPPETS = re.findall(r"```sh\n(.*?)```", DOCUMENTATION, re.DOTALL)
COMMANDS = [
    shlex.split(line) for snippet in SNIPPETS for line in snippet.replace("\\\n", " ").splitlines() if line.strip()
]
SERVER = "http://127.0.0.1:8000"


async def curled(api: Api, arguments: list[str]) -> bytes:
    """What curl would get for its arguments."""
    url, parameters, rest = "", httpx.QueryParams(), iter(arguments)
    for argument in rest:
        if argument.startswith(SERVER):
            url = argument.removeprefix(SERVER)
        elif argument in ("-d", "--data-urlencode"):
            name, _, value = next(rest).partition("=")
            parameters = parameters.add(name, value)
        else:
            assert argument in ("-O", "-G"), argument
    response = await api.http.get(url, params=parameters)
    assert response.status_code == 200, response.text
    return response.content


async def test_every_command_exports_rows(api: Api, database_url: str, folder: Path) -> None:
    assert await load_if_empty(api.database)
    assert len(COMMANDS) >= 5
    for words in COMMANDS:
        url = words[0].partition("DATABASE_URL=")[2] or database_url
        program, *arguments = [word for word in words if not word.startswith("DATABASE_URL=")]
        if program == "curl":
            content = await curled(api, arguments)
        else:
            command, *rest = arguments
            done = await run(url, *rest, command=command)
            assert (program, done.exit_code) == ("jobbot-gql", 0), done.output
            content = (folder / rest[1 if command == "export" else 0]).read_bytes()
        assert content.count(b"\n") > 5, words

    wide = await curled(api, next(command for command in COMMANDS if "--data-urlencode" in command)[1:])
    rows = list(csv.DictReader(wide.decode().splitlines()))
    assert {row["status"] for row in rows} == {"SUBMITTED", "ACKNOWLEDGED"}
    assert any(row["job.companyRecord.website"] for row in rows)
    assert [row["applicationDate"] for row in rows] == sorted((row["applicationDate"] for row in rows), reverse=True)
