"""`jobbot-gql import`, as a person runs it: the real command in a process of its own."""

import json
import os
import pty
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from jobbot_gql.db.database import Database
from jobbot_gql.models import Change, Job, JobSource
from tests import fork_server

pytestmark = pytest.mark.process

FILES = Path(__file__).parent / "files"
COMMAND = [sys.executable, "-m", "jobbot_gql", "import"]

Run = Callable[..., subprocess.CompletedProcess[str]]


def environment(database_url: str) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": database_url}


def running(database_url: str, folder: Path) -> Run:
    """What runs the command on a database, in an empty folder."""
    folder.mkdir()

    def run(*arguments: str | Path, stdin: str = "", url: str = database_url) -> subprocess.CompletedProcess[str]:
        return fork_server.run(
            "jobbot_gql", "import", *map(str, arguments), cwd=folder, env=environment(url), stdin=stdin
        )

    return run


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Run:
    """Runs the command on the test's database."""
    return running(database_url, tmp_path / "empty")


@pytest.fixture
def run_on_new(tmp_path: Path) -> Run:
    """Runs the command on a SQLite database that does not exist yet, `new.db`."""
    return running(f"sqlite:///{tmp_path / 'new.db'}", tmp_path / "empty")


def counted(**counts: int) -> dict[str, int]:
    names = ("created", "updated", "unchanged", "rejected", "duplicates", "warnings", "rows")
    return {name: counts.get(name, 0) for name in names}


async def number(database: Database, model: type[Any]) -> int:
    snapshot = database.snapshot()
    ((count,),) = await snapshot.rows(select(func.count()).select_from(model))
    await snapshot.close()
    return int(count)


def write_scrape(path: Path, count: int, description: str = "") -> Path:
    with path.open("w", encoding="utf-8") as file:
        for place in range(count):
            row = {"id": f"in-{place}", "site": "indeed", "title": "Cook", "company": f"Firm {place % 50}"}
            file.write(json.dumps({**row, "description": description}) + "\n")
    return path


async def test_json_is_one_object_and_nothing_else(run: Run, database: Database) -> None:
    file = FILES / "jobspy-cli.csv"

    done = run(file, "--json")

    assert done.returncode == 0
    assert done.stdout.count("\n") == 1
    assert json.loads(done.stdout) == counted(created=3, rejected=1, rows=4)
    assert done.stderr.splitlines() == [f"{file}: 1 rejected row", f"{file} row 4: company: is empty"]
    again = run(file, "--json", "--placeholder-company", "(unknown)")
    assert json.loads(again.stdout) == counted(created=1, unchanged=3, rows=4)
    assert again.stderr == ""
    assert await number(database, Job) == 4


async def test_several_files_give_one_report(run: Run, database: Database) -> None:
    files = [FILES / name for name in ("jobspy-cli.csv", "jobspy-cli.json", "jobspy-cli.jsonl", "jobspy-readme.csv")]
    total = counted(created=3, unchanged=9, rejected=4, rows=16)

    dry = run(*files, "--json", "--dry-run")

    assert json.loads(dry.stdout) == total
    assert dry.stderr.splitlines()[0] == "dry run: nothing was changed"
    assert await number(database, Change) == 0
    assert json.loads(run(*files, "--json").stdout) == total
    table = [line.split() for line in run(*files, FILES / "empty-scrape.csv").stdout.splitlines()]
    assert table[0] == ["created", "updated", "unchanged", "rejected", "duplicates", "warnings", "rows", "file"]
    assert table[1] == ["0", "0", "3", "1", "0", "0", "4", str(files[0])]
    assert table[-1] == ["0", "0", "12", "4", "0", "0", "16", "all"]


async def test_standard_input(run: Run, database: Database) -> None:
    done = run("-", "--json", stdin=(FILES / "jobspy-readme.csv").read_text("utf-8"))

    assert json.loads(done.stdout) == counted(created=3, rejected=1, rows=4)
    assert done.stderr.splitlines() == ["standard input: 1 rejected row", "standard input row 4: company: is empty"]
    assert await number(database, Job) == 3
    twice = run("-", "-")
    assert (twice.returncode, twice.stderr) == (1, "jobbot-gql: standard input can be imported only once\n")


async def test_rejected_rows_are_written_to_be_mended(run: Run, database: Database, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.jsonl"

    run(FILES / "jobspy-cli.csv", FILES / "jobspy-cli.jsonl", "--rejects", rejects)

    assert stat.S_IMODE(rejects.stat().st_mode) == 0o600
    lines = [json.loads(line) for line in rejects.read_text("utf-8").splitlines()]
    assert [(line["rejected_because"], line["id"]) for line in lines] == [("row 4: company: is empty", "ex-104")] * 2
    done = run(rejects, "--json", "--placeholder-company", "(unknown)")
    assert json.loads(done.stdout) == counted(created=1, duplicates=1, rows=2)
    assert await number(database, JobSource) == 4


def test_equal_problems_are_grouped_and_a_file_has_them_all(run_on_new: Run, tmp_path: Path) -> None:
    file, warnings = tmp_path / "nameless.csv", tmp_path / "warnings.jsonl"
    rows = "".join(f"https://x.example/{n},Cook,{'' if n < 40 else 'Foods'},{n}soon\n" for n in range(60))
    file.write_text(f"job_url,title,company,date_posted\n{rows}https://x.example/60,Cook,Foods,\x1b[2Jsoon\n")

    done = run_on_new(file, "--warnings", warnings)

    assert done.returncode == 0
    rule = "is not a date such as 2026-09-30, 9/30/2026 or 1790726400000"
    assert done.stderr.splitlines() == [
        f"{file}: 40 rejected rows",
        f"{file} rows 1, 2, 3, 4, 5 and 35 more: company: is empty",
        f"{file}: 21 warnings",
        f'{file} rows 41, 42, 43, 44, 45 and 16 more: date_posted: {rule}; the first is "40soon"',
    ]
    lines = [json.loads(line) for line in warnings.read_text("utf-8").splitlines()]
    assert [line["row"] for line in lines] == list(range(41, 62))
    assert lines[-1] == {
        **{"file": str(file), "row": 61, "column": "date_posted", "value": "\x1b[2Jsoon", "warning": rule}
    }
    assert stat.S_IMODE(warnings.stat().st_mode) == 0o600


def test_many_kinds_of_problems_are_summed_up(run_on_new: Run, tmp_path: Path) -> None:
    file = tmp_path / "wide.csv"
    file.write_text("job_url,title,company\n" + "".join(f"a,b,c{',x' * n}\n" for n in range(1, 41)))

    done = run_on_new(file)

    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[1] == f"{file} row 1: has 4 cells, the header has 3"
    assert lines[31:] == ["… and 10 more", f"jobbot-gql: {file}: all 40 rows were rejected"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no-such-file.csv", "cannot be read: No such file or directory"),
        (".", "cannot be read: Is a directory"),
        (
            "not-a-scrape.csv",
            'is not a file of jobs: it lacks "title" and "company" or "job_url"; its columns are date, amount, payee',
        ),
    ],
)
async def test_a_file_that_cannot_be_imported_changes_nothing(
    run: Run, database: Database, name: str, message: str
) -> None:
    file = FILES / name

    done = run(FILES / "jobspy-cli.csv", file, "--json")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"jobbot-gql: {file}: {message}\n"
    assert await number(database, Change) == 0


def test_a_file_that_cannot_be_imported_creates_no_database(run_on_new: Run, tmp_path: Path) -> None:
    done = run_on_new(FILES / "not-a-scrape.csv")
    piped = run_on_new("-", stdin="date,amount\n2026-09-01,12\n")

    assert (done.returncode, piped.returncode) == (1, 1)
    assert piped.stderr.startswith("jobbot-gql: standard input: is not a file of jobs")
    assert not (tmp_path / "new.db").exists()


def test_rejected_rows_never_replace_what_is_imported(run_on_new: Run, tmp_path: Path) -> None:
    file = write_scrape(tmp_path / "jobs.jsonl", 1)
    before = file.read_bytes()

    done = run_on_new(file, "--rejects", file)

    assert (done.returncode, done.stderr) == (
        1,
        f"jobbot-gql: {file} is a file to import: name another file for the rejected rows\n",
    )
    assert file.read_bytes() == before
    done = run_on_new(file, "--rejects", tmp_path / "nowhere" / "r.jsonl")
    message = f"jobbot-gql: {tmp_path / 'nowhere' / 'r.jsonl'}: cannot be written: No such file or directory\n"
    assert (done.returncode, done.stderr) == (1, message)


def test_a_placeholder_has_to_fit(run_on_new: Run) -> None:
    for name in ("  ", "x" * 256):
        done = run_on_new(FILES / "jobspy-cli.csv", "--placeholder-company", name)
        assert done.returncode != 0
        assert "--placeholder-company" in done.stderr
        assert "1 to 255 characters" in done.stderr


async def test_a_document_that_breaks_off(run: Run, database: Database, tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    file.write_text('[{"title": "Cook", "company": "Example Foods", "job_url": "https://x.example"}, {"title": oops}]')

    done = run(file, "--json")

    assert done.returncode == 1
    assert json.loads(done.stdout) == counted(created=1, rows=1)
    assert done.stderr == (
        f"jobbot-gql: {file}: is not valid JSON: Expecting value (after row 1): only the rows before are imported\n"
    )
    assert await number(database, Job) == 1


def test_a_sqlite_database_is_made_where_there_is_none(run_on_new: Run, tmp_path: Path) -> None:
    done = run_on_new(FILES / "jobspy-cli.csv", "--json")

    assert json.loads(done.stdout) == counted(created=3, rejected=1, rows=4)
    assert sqlite3.connect(tmp_path / "new.db").execute("SELECT count(*) FROM jobs").fetchone() == (3,)


def test_a_database_of_another_kind_is_one_clear_line(run_on_new: Run, tmp_path: Path, postgres: str) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("not a database at all, but long enough to look at" * 100)
    (tmp_path / "folder.db").mkdir()

    for url, message in (
        (f"sqlite:///{notes}", f"jobbot-gql: {notes} is not a SQLite database: name another file in DATABASE_URL"),
        (
            f"sqlite:///{tmp_path / 'folder.db'}",
            f"jobbot-gql: cannot open {tmp_path / 'folder.db'}: it must be a file that you may read and write",
        ),
        ("postgresql://nobody@127.0.0.1:1/jobs", "jobbot-gql: cannot reach PostgreSQL at 127.0.0.1:1/jobs"),
        (postgres, "run `jobbot-gql migrate`"),
    ):
        done = run_on_new(FILES / "jobspy-cli.csv", url=url)
        assert message in done.stderr
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)


async def test_interrupted_it_says_how_far_it_got_and_goes_on(
    run: Run, database: Database, database_url: str, tmp_path: Path
) -> None:
    file = write_scrape(tmp_path / "long.jsonl", 20_000, "x" * 200)
    process = subprocess.Popen(  # noqa: S603, ASYNC220 - our own command
        [*COMMAND, str(file), "--json"],
        env=environment(database_url),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not await number(database, Job):
        assert process.poll() is None
        time.sleep(0.05)  # noqa: ASYNC251 - nothing else runs
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=30)

    assert (process.returncode, stdout) == (130, "")
    stored = await number(database, Job)
    assert 0 < stored < 20_000
    assert stored % 500 == 0
    assert stderr.split("\n") == [
        f"interrupted: {stored:,} rows of {file} imported; run the same command again to continue",
        "",
        "",
    ]
    short = write_scrape(tmp_path / "short.jsonl", stored + 10, "x" * 200)
    assert json.loads(run(short, "--json").stdout) == counted(created=10, unchanged=stored, rows=stored + 10)


def test_a_progress_bar_is_shown_on_a_terminal_only(database_url: str, tmp_path: Path) -> None:
    file = write_scrape(tmp_path / "jobs.jsonl", 1_200)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, str(file), "--json"],
        env={**environment(database_url), "TERM": "xterm", "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            shown += os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
    os.close(ours)
    stdout, _ = process.communicate(timeout=30)

    assert json.loads(stdout) == counted(created=1_200, rows=1_200)
    assert b"1,200 rows" in shown
    assert b"100%" in shown


def test_memory_does_not_grow_with_the_file(database_url: str, tmp_path: Path) -> None:
    def peak(arguments: Sequence[str]) -> int:
        """The most memory that the command held, in KiB."""
        with (tmp_path / "out.json").open("w") as out:
            process = subprocess.Popen([*COMMAND, *arguments], env=environment(database_url), stdout=out)  # noqa: S603
            _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        return usage.ru_maxrss

    small = peak([str(write_scrape(tmp_path / "small.jsonl", 1_000, "x" * 2_000)), "--json"])
    large = peak([str(write_scrape(tmp_path / "large.jsonl", 10_000, "x" * 2_000)), "--json"])

    assert json.loads((tmp_path / "out.json").read_text()) == counted(created=9_000, unchanged=1_000, rows=10_000)
    assert large - small < 15_000


@pytest.mark.parametrize("how", ["/dev/stdin", "-", "fifo", "<(cat)"])
def test_a_source_that_can_be_read_once_is_read_once(run_on_new: Run, tmp_path: Path, how: str) -> None:
    content = (FILES / "jobspy-cli.csv").read_text("utf-8")
    if how == "fifo":
        fifo = tmp_path / "fifo"
        os.mkfifo(fifo)
        writer = subprocess.Popen(["sh", "-c", 'cat "$0" > "$1"', str(FILES / "jobspy-cli.csv"), str(fifo)])  # noqa: S603, S607
        done = run_on_new(fifo, "--json")
        assert writer.wait(timeout=10) == 0
    elif how == "<(cat)":
        done = run_on_new("/dev/fd/0", "--json", stdin=content)
    else:
        done = run_on_new(how, "--json", stdin=content)

    assert json.loads(done.stdout) == counted(created=3, rejected=1, rows=4)


@pytest.mark.parametrize("names", [["/dev/stdin", "/dev/stdin"], ["-", "/dev/stdin"], ["fifo", "fifo"]])
def test_a_pipe_is_not_imported_twice(run_on_new: Run, tmp_path: Path, names: list[str]) -> None:
    os.mkfifo(tmp_path / "fifo")
    files = [tmp_path / name if name == "fifo" else name for name in names]
    done = run_on_new(*files, stdin="")
    message = f"jobbot-gql: {files[0]} is a pipe: it can be imported only once\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", message)


def shell(url: str, command: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run our command with redirections; "$@" are the arguments of import, in quotes."""
    words = ["sh", "-c", f'"{sys.executable}" -m jobbot_gql import {command}', "sh", *map(str, arguments)]
    return subprocess.run(words, env=environment(url), capture_output=True, text=True, timeout=120, check=False)  # noqa: S603


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("- <&-", "jobbot-gql: standard input: is closed: name a file, or pipe one in"),
        (
            '"$@" > /dev/full',
            "jobbot-gql: the files are imported, but their report cannot be written: No space left on device",
        ),
        (
            '--json --dry-run "$@" > /dev/full',
            "jobbot-gql: nothing was changed (dry run), but their report cannot be written: No space left on device",
        ),
        ('--rejects /dev/full "$@"', "jobbot-gql: /dev/full: cannot be written: is not a regular file"),
    ],
)
def test_closed_and_full_streams_are_one_line(tmp_path: Path, command: str, message: str) -> None:
    done = shell(f"sqlite:///{tmp_path / 'new.db'}", command, FILES / "jobspy-cli.csv")

    assert (done.returncode, done.stderr) == (1, f"{message}\n")


def test_rejected_rows_on_a_full_disk_stop_the_import_with_one_line(run_on_new: Run, tmp_path: Path) -> None:
    file, rejects = tmp_path / "nameless.csv", tmp_path / "rejects.jsonl"
    file.write_text("id,site,title,company\n" + "".join(f"{n},x,Cook,\n" for n in range(2_000)) + "a,x,Cook,Foods\n")
    script = (
        "import resource, signal, runpy; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000));"
        f"import sys; sys.argv = ['jobbot-gql', 'import', {str(file)!r}, '--rejects', {str(rejects)!r}];"
        "runpy.run_module('jobbot_gql', run_name='__main__')"
    )
    url = f"sqlite:///{tmp_path / 'new.db'}"
    subprocess.run([sys.executable, "-m", "jobbot_gql", "migrate"], env=environment(url), check=True, timeout=60)
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", script], env=environment(url), capture_output=True, text=True, timeout=60, check=False
    )

    lines = done.stderr.splitlines()
    assert done.returncode == 1
    assert lines[0] == f"jobbot-gql: {rejects}: cannot be written: File too large"
    assert lines[1].startswith("interrupted: ")
    assert lines[1].endswith(f"rows of {file} imported; run the same command again to continue")
    assert len(lines) == 2
    assert run_on_new(file, "--json").returncode == 0


def test_files_to_write_are_new_private_and_no_database(run_on_new: Run, tmp_path: Path) -> None:
    file, victim = FILES / "jobspy-cli.csv", tmp_path / "victim"
    victim.write_text("precious")
    link = tmp_path / "link.jsonl"
    link.symlink_to(victim)
    assert run_on_new(file).returncode == 0
    for name, message in (
        (link, f"jobbot-gql: {link}: cannot be written: is a symbolic link; name a regular file"),
        (tmp_path / "new.db", "which it is or belongs to: name another file"),
        (tmp_path / "new.db-wal", "which it is or belongs to: name another file"),
    ):
        for option in ("--rejects", "--warnings"):
            done = run_on_new(file, option, name)
            assert (done.returncode, done.stderr.count("\n")) == (1, 1)
            assert message in done.stderr
    assert victim.read_text() == "precious"
    done = run_on_new(file, "--rejects", tmp_path / "both", "--warnings", tmp_path / "both")
    assert done.stderr == "jobbot-gql: --rejects and --warnings must name different files\n"


def test_columns_that_nothing_uses_are_listed_per_file(run_on_new: Run, tmp_path: Path) -> None:
    file, other = tmp_path / "camel.json", FILES / "jobspy-cli.csv"
    rows = [
        {"id": "1", "site": "x", "title": "Cook", "company": "Foods", "jobUrl": "https://x.example", "minAmount": 5}
    ]
    file.write_text(json.dumps([{**rows[0], "\x1b[2J": 1, "blank": ""}]))

    lines = run_on_new(file, other).stderr.splitlines()

    assert lines == [
        f"{file}: ignored 3 unknown columns: jobUrl (is it job_url?), minAmount (is it min_amount?), \ufffd[2J",
        f"{other}: 1 rejected row",
        f"{other} row 4: company: is empty",
    ]


def test_a_file_that_identifies_no_row_is_rejected_unless_that_is_wanted(run_on_new: Run, tmp_path: Path) -> None:
    file = tmp_path / "camel.json"
    file.write_text(
        json.dumps([{"title": "Cook", "company": "Foods", "jobUrl": "https://x.example/1", "minAmount": 5}])
    )

    done = run_on_new(file)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f'jobbot-gql: {file}: has nothing that identifies its rows: none has a "job_url", or an "id" with a "site";'
        ' importing changed rows again would make new jobs; rename the column "jobUrl" to "job_url", "minAmount" to'
        ' "min_amount", or add --without-identity\n'
    )
    assert not (tmp_path / "new.db").exists()
    assert json.loads(run_on_new(file, "--without-identity", "--json").stdout) == counted(created=1, rows=1)


def test_ambiguous_dates_need_an_order(run_on_new: Run, tmp_path: Path) -> None:
    file = tmp_path / "jobs.csv"
    file.write_text("job_url,title,company,date_posted\nhttps://x.example/1,Cook,Foods,9/1/2026\n")

    done = run_on_new(FILES / "jobspy-cli.csv", file)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f'jobbot-gql: {file}: has ambiguous dates: date_posted of row 1: "9/1/2026"')
    assert not (tmp_path / "new.db").exists()
    assert run_on_new(file, "--date-order", "dmy").returncode == 0
    found = sqlite3.connect(tmp_path / "new.db").execute("SELECT posting_date FROM jobs").fetchall()
    assert found == [("2026-01-09",)]


def test_a_file_of_rejected_rows_only_is_a_failure(run_on_new: Run, tmp_path: Path) -> None:
    file = tmp_path / "nameless.csv"
    file.write_text("id,site,title,company\n1,x,Cook,\n2,x,Cook,\n")

    for options in ([], ["--dry-run"], ["--json"]):
        done = run_on_new(file, FILES / "jobspy-cli.csv", *options)
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1] == f"jobbot-gql: {file}: all 2 rows were rejected"


def test_names_of_files_are_printed_without_control_characters(run_on_new: Run, tmp_path: Path) -> None:
    name = "evil\x1b]0;title\x07\x9b2J\n.csv"
    (tmp_path / name).write_bytes((FILES / "jobspy-cli.csv").read_bytes())

    for arguments in ([tmp_path / name], [tmp_path / name], [tmp_path / f"no{name}"], [tmp_path / name, "--\x1b[2J"]):
        done = run_on_new(*arguments)
        printed = done.stdout + done.stderr
        assert "evil\ufffd]0;title\ufffd\ufffd2J" in printed or "No such option" in printed
        assert all(character.isprintable() for line in printed.split("\n") for character in line)
