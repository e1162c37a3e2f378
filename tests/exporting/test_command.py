"""`jobbot-gql export` writes what HTTP answers."""

from pathlib import Path

from jobbot_gql.jobs.models import Job
from tests.conftest import Api
from tests.exporting.conftest import exported, run


async def test_it_writes_what_http_answers(api: Api, database_url: str, folder: Path) -> None:
    await api.add(*(Job(title=f"T{number}", company="Ö") for number in range(3)))
    options = ["--columns", "title,company", "--filter", '{"title": {"ne": "T1"}}', "--excel-safe"]
    content = await exported(
        api, "jobs.csv", columns="title,company", filter='{"title": {"ne": "T1"}}', excelSafe="true"
    )

    written = await run(database_url, "jobs.csv", "out.csv", *options)
    again = await run(database_url, "jobs.csv", "out.csv")
    replaced = await run(database_url, "jobs.csv", "out.csv", "--force", *options)
    printed = await run(database_url, "jobs.jsonl", "--columns", "title", "--order-by", '{"field": "TITLE"}')
    unknown = await run(database_url, "job.csv", "other.csv")

    assert (written.exit_code, written.stderr) == (0, "exported 2 rows to out.csv\n")
    assert (folder / "out.csv").read_bytes() == content
    assert (folder / "out.csv").stat().st_mode & 0o777 == 0o600
    assert again.exit_code == 1
    assert again.stderr == "Error: out.csv already exists: name another file, or replace it with --force\n"
    assert replaced.exit_code == 0
    assert printed.exception is None
    assert (printed.exit_code, printed.stderr) == (0, "exported 3 rows\n")
    assert printed.stdout == '{"title":"T0"}\n{"title":"T1"}\n{"title":"T2"}\n'
    assert (unknown.exit_code, unknown.stderr) == (1, "Error: Unknown export 'job'. Did you mean jobs?\n")
    assert [path.name for path in folder.iterdir()] == ["out.csv"]  # noqa: ASYNC240 - a folder in memory
