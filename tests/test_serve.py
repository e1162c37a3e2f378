"""`jobbot-gql serve` from the outside: it starts, stops, starts again, and says in one line what keeps it from that."""

import json
import signal
import socket
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from graphql import GraphQLInputObjectType, build_client_schema

from tests.commands import count_jobs, rejection, run
from tests.web.conftest import serving

pytestmark = pytest.mark.process


def test_serves_stops_and_goes_on_with_the_same_data(tmp_path: Path) -> None:
    said: list[str] = []
    with serving(tmp_path, "--demo", said=said) as (server, url):
        assert httpx.get(f"{url}/health/ready").json() == {
            "status": "ready",
            "database": "reachable",
            "schema": "current",
            "writes": "available",
        }
        before = count_jobs(url)
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=20) == 130
        server.end_of_log()
        events = [json.loads(line)["event"] for line in server.log if line.strip()]
        assert events == ["operation", "stopping: running requests are finished first (Ctrl-C again ends them)"]
    assert before == 400
    assert stat.S_IMODE((tmp_path / "jobbot.db").stat().st_mode) == 0o600

    again: list[str] = []
    with serving(tmp_path, said=again) as (server, url):
        served = [next(e for e in map(json.loads, lines) if e["event"] == "database") for lines in (said, again)]
        assert [(event["place"], event["new"]) for event in served] == [
            (str(tmp_path / "jobbot.db"), True),
            (str(tmp_path / "jobbot.db"), False),
        ]
        assert count_jobs(url) == before
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=20) == -signal.SIGTERM


def test_a_database_in_memory_is_served_and_leaves_nothing(tmp_path: Path) -> None:
    with serving(tmp_path, "--demo", DATABASE_URL="sqlite:///:memory:") as (_, url):
        assert count_jobs(url) == 400

    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        said = rejection(run(tmp_path, "serve", "--port", port))

    assert said == (
        f"jobbot-gql: cannot listen on 127.0.0.1 port {port} (Address already in use):"
        " is it in use? --port names another, --host another address"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_is_newer_than_the_code(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    with closing(sqlite3.connect(tmp_path / "jobbot.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    said = rejection(run(tmp_path, "serve", "--port", "0"))

    assert "is at revision 9999, which this version does not know" in said


def test_a_foreign_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "jobbot.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE recipes (id INTEGER PRIMARY KEY)")
    before = path.read_bytes()

    said = rejection(run(tmp_path, "serve", "--port", "0"))

    assert "belongs to another program" in said
    assert path.read_bytes() == before


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "jobbot.db").write_text("These are not the rows you are looking for. " * 50)

    assert "jobbot.db is not a SQLite database" in rejection(run(tmp_path, "serve", "--port", "0"))


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("DATABASE_URL", "mysql://localhost/jobbot", "DATABASE_URL must start with sqlite:// or postgresql://"),
        ("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/x", "cannot reach PostgreSQL at 127.0.0.1:1/x"),
        ("JOBBOT_PORT", "70000", "JOBBOT_PORT must be less than or equal to 65535; got '70000'"),
        ("JOBBOT_PROT", "8000", "JOBBOT_PROT is not a setting"),
    ],
)
def test_a_wrong_setting_stops_the_start(tmp_path: Path, variable: str, value: str, message: str) -> None:
    assert message in rejection(run(tmp_path, "serve", **{variable: value}))


def test_postgresql_is_migrated_only_when_told_to(tmp_path: Path, postgres: str) -> None:
    assert "run `jobbot-gql migrate`" in rejection(run(tmp_path, "serve", "--port", "0", DATABASE_URL=postgres))


def test_the_schema_command_prints_and_compares(tmp_path: Path) -> None:
    printed = run(tmp_path, "schema")
    assert printed.returncode == 0
    (tmp_path / "schema.graphql").write_text(printed.stdout, "utf-8")
    assert run(tmp_path, "schema", "--check").returncode == 0

    (tmp_path / "schema.graphql").write_text(printed.stdout + "scalar Nothing\n", "utf-8")
    assert "schema.graphql is not the schema of this version" in rejection(run(tmp_path, "schema", "--check"))


def test_the_schema_command_prints_the_introspection(tmp_path: Path) -> None:
    printed = run(tmp_path, "schema", "--json")
    schema = build_client_schema(json.loads(printed.stdout)["data"])

    described = [schema, schema.query_type, schema.mutation_type]
    assert [(one.description or "").partition(" ")[0] for one in described if one] == ["The", "Reads.", "Writes."]
    by = schema.get_type("JobBy")
    assert isinstance(by, GraphQLInputObjectType)
    assert by.is_one_of


def test_the_schema_command_takes_a_file_only_to_compare(tmp_path: Path) -> None:
    done = run(tmp_path, "schema", "nope.graphql")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1] == (
        "jobbot-gql: FILE requires --check; `jobbot-gql schema > nope.graphql` writes the schema to a file"
    )
    assert list(tmp_path.iterdir()) == []


def test_help_says_the_whole_of_what_each_command_does(tmp_path: Path) -> None:
    for group in ((), ("token",)):
        said = run(tmp_path, *group, "--help").stdout
        assert "Commands:" in said
        assert "..." not in said.replace("[ARGS]...", "")


def test_settings_are_shown_with_their_source(tmp_path: Path) -> None:
    url = "postgresql://me:secret@db/jobbot"

    first, meaning, second, *others = run(tmp_path, "settings", DATABASE_URL=url).stdout.splitlines()
    shown = run(tmp_path, "settings", "--json", DATABASE_URL=url).stdout

    assert first == "DATABASE_URL = postgresql://me:***@db/jobbot   (environment; default sqlite:///./jobbot.db)"
    assert meaning == "    Database URL, of SQLite or PostgreSQL."
    assert second == "SQLALCHEMY_ECHO = False"
    assert len(others) == 2 * len(json.loads(shown)) - 3
    assert "secret" not in shown
    assert '"value": "postgresql://me:***@db/jobbot"' in shown
    assert '"source": "environment"' in shown
