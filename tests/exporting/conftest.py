"""Exports over HTTP and by the command."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from jobbot_gql.cli import commands
from tests.conftest import Api


async def exported(api: Api, name: str, **parameters: str) -> bytes:
    """The content of an export that must succeed."""
    response = await api.http.get(f"/export/{name}", params=parameters)
    assert response.status_code == 200, response.text
    assert response.headers["content-disposition"] == f'attachment; filename="{name}"'
    return response.content


async def run(database_url: str, *arguments: str, command: str = "export") -> Result:
    """The result of a command on a database."""
    runner = CliRunner(env={"DATABASE_URL": database_url})
    return await asyncio.to_thread(runner.invoke, commands, [command, *arguments])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder
