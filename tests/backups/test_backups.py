"""`jobbot-gql backup` and `restore` as a person runs them, beside a real server and a real import."""

import asyncio
import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count, product
from pathlib import Path
from threading import Event

import httpx
import pytest

from jobbot_gql import private_files
from jobbot_gql.db.maintenance_connection import DatabaseProblem
from jobbot_gql.db.url import DatabaseUrl
from jobbot_gql.upkeep import backup as backups
from jobbot_gql.upkeep import migrations
from tests.commands import count_jobs, rejection, run
from tests.db.looking import HEAD
from tests.web.conftest import serving

pytestmark = pytest.mark.process

ROWS = 200
"""How many jobs one import brings."""


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database."""
    path = tmp_path_factory.mktemp("migrated") / "jobbot.db"
    asyncio.run(migrations.migrate(backups.sqlite_at(path)))
    return path


@pytest.fixture
def folder(tmp_path: Path, migrated: Path) -> Path:
    """A folder with a migrated, empty database, jobbot.db."""
    shutil.copy(migrated, tmp_path)
    return tmp_path


def add_jobs(folder: Path, *titles: str) -> None:
    rows = "\n".join(json.dumps({"site": "indeed", "title": title, "company": "Feldweg"}) for title in titles)
    (folder / "rows.jsonl").write_text(rows)
    done = run(folder, "import", "--without-identity", "rows.jsonl")
    assert done.returncode == 0, done.stderr
    (folder / "rows.jsonl").unlink()


def titles(file: Path) -> list[str]:
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
        return [title for (title,) in connection.execute("SELECT title FROM jobs ORDER BY id")]


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def replaced(folder: Path) -> Path:
    (aside,) = (file for file in folder.iterdir() if ".replaced-" in file.name)
    return aside


def test_backups_while_writing_goes_on(folder: Path) -> None:
    """Imports write beside a server; each backup is a whole database of some moment, and all verify."""
    enough = Event()

    def write() -> int:
        for number in count():
            if enough.is_set():
                return number * ROWS
            add_jobs(folder, *(f"T{number}-{row}" for row in range(ROWS)))
        raise AssertionError

    counts: list[int] = []
    with serving(folder) as (_, url), ThreadPoolExecutor() as pool:
        writing = pool.submit(write)
        try:
            while len(set(counts)) < 3 and not writing.done():
                file = folder / f"backup-{len(counts)}.db"
                done = run(folder, "backup", file.name)
                assert (done.returncode, done.stdout) == (0, ""), done.stderr
                assert done.stderr.startswith(f"backed up to {file.name} (")
                assert stat.S_IMODE(file.stat().st_mode) == 0o600
                counts.append(len(titles(file)))
        finally:
            enough.set()
        written = writing.result(60)
        assert count_jobs(url) == written

    assert counts == sorted(counts)
    made = {f"backup-{number}.db" for number in range(len(counts))}
    assert names(folder) == {"jobbot.db"} | made
    for name in made:
        verified = run(folder, "verify", name)
        assert (verified.returncode, verified.stdout) == (0, "no problems found\n")


def test_a_file_is_never_overwritten_unasked(folder: Path) -> None:
    add_jobs(folder, "One")
    (folder / "kept.db").write_text("precious")

    said = rejection(run(folder, "backup", "kept.db"))
    assert said == "jobbot-gql: kept.db already exists: name another file, or replace it with --force"
    assert (folder / "kept.db").read_text() == "precious"
    assert names(folder) == {"jobbot.db", "kept.db"}

    assert run(folder, "backup", "kept.db", "--force").returncode == 0
    assert titles(folder / "kept.db") == ["One"]
    assert names(folder) == {"jobbot.db", "kept.db"}


def test_what_was_deleted_is_not_in_a_backup(folder: Path) -> None:
    add_jobs(folder, "Zyzzogeton keeper")
    with closing(sqlite3.connect(folder / "jobbot.db")) as connection, connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("UPDATE change_log SET after = NULL")
        connection.execute("DELETE FROM jobs")
        connection.execute("UPDATE change_log SET before = NULL")
        connection.execute("INSERT INTO search_index (search_index) VALUES ('optimize')")

    assert run(folder, "backup", "copy.db").returncode == 0

    assert b"Zyzzogeton" not in (folder / "copy.db").read_bytes()


def test_a_backup_that_is_killed_leaves_no_half_file(folder: Path) -> None:
    add_jobs(folder, "One")
    with closing(sqlite3.connect(folder / "jobbot.db")) as connection, connection:
        connection.execute("CREATE TABLE ballast (bytes BLOB)")
        connection.execute("INSERT INTO ballast VALUES (randomblob(200000000))")
    unfinished = folder / ".copy.db.unfinished" / "file"

    with subprocess.Popen(
        [sys.executable, "-m", "jobbot_gql", "backup", "copy.db"], cwd=folder, stderr=subprocess.DEVNULL
    ) as copying:
        while copying.poll() is None and not (unfinished.exists() and unfinished.stat().st_size):
            time.sleep(0.001)
        copying.kill()
    assert copying.returncode == -signal.SIGKILL
    assert "copy.db" not in names(folder)
    assert stat.S_IMODE(unfinished.stat().st_mode) == 0o600
    assert stat.S_IMODE(unfinished.parent.stat().st_mode) == 0o700

    assert run(folder, "backup", "copy.db").returncode == 0
    assert titles(folder / "copy.db") == ["One"]
    assert names(folder) == {"jobbot.db", "copy.db"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["backup", "jobbot.db", "--force"],
            "jobbot.db cannot be the backup of jobbot.db, which it is or belongs to: name another file",
        ),
        (["backup", ".", "--force"], ". is a folder: name a file"),
        (
            ["restore", "jobbot.db"],
            "jobbot.db cannot be restored into jobbot.db, which it is or belongs to: name another file",
        ),
        (["restore", "none.db"], "none.db does not exist"),
        (["restore", "text.db"], "cannot copy text.db to jobbot.db: file is not a database"),
        (["restore", "empty.db"], "empty.db has no tables: name a backup that `jobbot-gql backup` has made"),
    ],
)
def test_what_cannot_be_backed_up_or_restored(folder: Path, arguments: list[str], said: str) -> None:
    (folder / "text.db").write_text("These are not the rows you are looking for. " * 50)
    (folder / "empty.db").touch()
    before = (folder / "jobbot.db").read_bytes()

    assert rejection(run(folder, *arguments)) == f"jobbot-gql: {said}"

    assert (folder / "jobbot.db").read_bytes() == before
    assert names(folder) == {"jobbot.db", "text.db", "empty.db"}


def test_names_of_the_database_are_no_backups(folder: Path) -> None:
    """A backup there would replace what the server has acknowledged; the server goes on, and loses nothing."""
    (folder / "link.db").symlink_to("jobbot.db")
    (folder / "here").symlink_to(".")
    database, by_link = folder / "jobbot.db", folder / "link.db"
    with closing(sqlite3.connect(database)) as server:
        server.execute("PRAGMA wal_autocheckpoint = 0")
        with server:
            server.execute("INSERT INTO jobs (title, company) VALUES ('Acknowledged', 'C')")
        named = [database, by_link]
        for ending in ("-wal", "-shm", "-journal"):
            file = folder / f"jobbot.db{ending}"
            (folder / f"soft{ending}").symlink_to(file)
            named += [file, folder / "here" / file.name, folder / f"soft{ending}"]
            if file.exists():
                (folder / f"hard{ending}").hardlink_to(file)
                named.append(folder / f"hard{ending}")
        before = names(folder)

        for file, force, path in product(named, (True, False), (database, by_link)):
            with pytest.raises(DatabaseProblem, match="which it is or belongs to: name another file"):
                backups.back_up(backups.sqlite_at(path), file, force=force)
            with pytest.raises(DatabaseProblem, match=r"which it is or belongs to|does not exist"):
                backups.restore(backups.sqlite_at(path), file, force=force)

        assert names(folder) == before
        assert titles(database) == ["Acknowledged"]
    said = rejection(run(folder, "backup", "--force", "jobbot.db-wal"))
    assert said == (
        "jobbot-gql: jobbot.db-wal cannot be the backup of jobbot.db, which it is or belongs to: name another file"
    )


def write_error(act: Callable[[DatabaseUrl, Path], object], folder: Path, name: str) -> str:
    """Why a file cannot be written to or restored from."""
    with pytest.raises(DatabaseProblem) as raised:
        act(backups.sqlite_at(folder / "jobbot.db"), folder / name)
    return str(raised.value).replace(f"{folder}/", "")


def replacing(database: DatabaseUrl, target: Path) -> object:
    return backups.back_up(database, target, force=True)


@pytest.mark.parametrize("target", ["victim", "nothing"])
@pytest.mark.parametrize("place", [".b.db.unfinished", "b.db", ".b.db.unfinished-journal"])
def test_a_backup_follows_no_link(folder: Path, place: str, target: str) -> None:
    (folder / "shared").mkdir()
    (folder / "victim").write_text("precious")
    (folder / "shared" / place).symlink_to(folder / target)

    if place == ".b.db.unfinished-journal":
        replacing(backups.sqlite_at(folder / "jobbot.db"), folder / "shared" / "b.db")
    else:
        reason = (
            "is in the way; delete it" if place == ".b.db.unfinished" else "is a symbolic link; name a regular file"
        )
        said = write_error(replacing, folder, "shared/b.db")
        assert said == f"cannot copy jobbot.db to shared/b.db: shared/{place}: {reason}"

    assert (folder / "victim").read_text() == "precious"
    assert not (folder / "nothing").exists()


def test_a_backup_uses_nothing_that_others_can_write(folder: Path) -> None:
    (folder / ".b.db.unfinished").mkdir()
    (folder / ".b.db.unfinished").chmod(0o777)
    said = write_error(backups.back_up, folder, "b.db")
    assert said.endswith(".b.db.unfinished: must have mode 0700; delete it")

    if os.geteuid() == 0:  # only root can give files away
        (folder / ".b.db.unfinished").chmod(0o700)
        os.chown(folder / ".b.db.unfinished", 1, 1)
        said = write_error(backups.back_up, folder, "b.db")
        assert said.endswith(".b.db.unfinished: belongs to another user; delete it or choose another name")
        (folder / ".b.db.unfinished").rmdir()
        (folder / "b.db").write_text("another user's")
        os.chown(folder / "b.db", 1, 1)
        said = write_error(replacing, folder, "b.db")
        assert said.endswith("b.db: belongs to another user; delete it or choose another name")
        assert (folder / "b.db").read_text() == "another user's"


def test_a_backup_that_replaces_a_file_is_a_new_file(folder: Path) -> None:
    """Whoever has the old one open, or knows it by another name, sees nothing of the new one."""
    (folder / "b.db").write_text("old")
    (folder / "b.db").chmod(0o666)
    (folder / "other.txt").hardlink_to(folder / "b.db")

    replacing(backups.sqlite_at(folder / "jobbot.db"), folder / "b.db")

    assert (folder / "other.txt").read_text() == "old"
    assert stat.S_IMODE((folder / "b.db").stat().st_mode) == 0o600


def test_two_backups_to_one_file_at_a_time(folder: Path) -> None:
    with private_files.unfinished(folder / "b.db"):
        assert write_error(backups.back_up, folder, "b.db") == "another process is writing b.db"
    backups.back_up(backups.sqlite_at(folder / "jobbot.db"), folder / "b.db")
    assert names(folder) == {"jobbot.db", "b.db"}


def test_restoring_through_a_link_replaces_the_file_itself(folder: Path) -> None:
    backups.back_up(backups.sqlite_at(folder / "jobbot.db"), folder / "copy.db")
    with closing(sqlite3.connect(folder / "jobbot.db")) as connection, connection:
        connection.execute("INSERT INTO jobs (title, company) VALUES ('Two', 'C')")
    (folder / "elsewhere").mkdir()
    link = folder / "elsewhere" / "link.db"
    link.symlink_to("../jobbot.db")

    backups.restore(backups.sqlite_at(link), folder / "copy.db", force=True)

    assert link.is_symlink()
    assert (titles(folder / "jobbot.db"), titles(replaced(folder))) == ([], ["Two"])


def test_a_database_is_created_where_its_name_says(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to("elsewhere.db")
    with pytest.raises(DatabaseProblem, match=r"link\.db: is a symbolic link to a file that does not exist"):
        asyncio.run(migrations.migrate(backups.sqlite_at(tmp_path / "link.db")))
    assert names(tmp_path) == {"link.db"}

    loose = tmp_path / "loose.db"
    loose.touch()
    loose.chmod(0o666)
    assert not private_files.create_if_missing(loose)
    assert stat.S_IMODE(loose.stat().st_mode) == 0o600
    if os.geteuid() == 0:  # only root can give files away
        loose.chmod(0o666)
        os.chown(loose, 1, 1)
        with pytest.raises(DatabaseProblem, match="belongs to another user"):
            asyncio.run(migrations.migrate(backups.sqlite_at(loose)))


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "file"])
def test_a_file_is_replaced_and_nothing_else(tmp_path: Path, kind: str) -> None:
    (tmp_path / "victim").write_text("precious")
    file = tmp_path / "rejects"
    make = {"link": lambda: file.symlink_to("victim"), "pipe": lambda: os.mkfifo(file), "folder": file.mkdir}
    make.get(kind, lambda: file.write_text("old"))()

    if kind == "file":
        with private_files.replaced(file) as new:
            new.write("new")
        assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("new", 0o600)
    else:
        with pytest.raises(OSError, match=r"is a symbolic link|is not a regular file"):
            private_files.replaced(file)
    assert (tmp_path / "victim").read_text() == "precious"


@pytest.mark.parametrize("kind", ["file", "link", "dangling link"])
def test_a_new_file_never_opens_what_is_there(tmp_path: Path, kind: str) -> None:
    victim, name = tmp_path / "victim", tmp_path / "new"
    if kind != "dangling link":
        victim.write_text("precious")
    if kind == "file":
        name.hardlink_to(victim)
    else:
        name.symlink_to(victim)

    with pytest.raises(FileExistsError):
        private_files.create(name)

    assert victim.exists() == (kind != "dangling link")


def test_a_backup_into_a_folder_that_is_not_there(folder: Path) -> None:
    said = rejection(run(folder, "backup", "nowhere/copy.db"))

    assert said.startswith("jobbot-gql: cannot copy jobbot.db to nowhere/copy.db: ")
    assert said.endswith("nowhere/.copy.db.unfinished: No such file or directory")


def test_a_backup_of_nothing(tmp_path: Path) -> None:
    assert rejection(run(tmp_path, "backup", "copy.db")) == "jobbot-gql: jobbot.db does not exist: nothing to back up"
    said = rejection(run(tmp_path, "backup", "copy.db", DATABASE_URL="sqlite:///:memory:"))
    assert said == "jobbot-gql: a SQLite database in memory cannot be backed up: name a file in DATABASE_URL"
    assert names(tmp_path) == set()


def test_restore(folder: Path) -> None:
    """Not while a server has the database open, nor over data unless told to; what was there is kept."""
    add_jobs(folder, "One")
    assert run(folder, "backup", "copy.db").returncode == 0
    add_jobs(folder, "Two")

    with serving(folder) as (server, url):  # which nobody has asked anything yet
        for force in ([], ["--force"]):
            said = rejection(run(folder, "restore", "copy.db", *force))
            assert said == (
                "jobbot-gql: jobbot.db is open in another program, such as `jobbot-gql serve`: end that program first"
            )
        assert count_jobs(url) == 2
        server.send_signal(signal.SIGINT)
        server.wait(20)
    said = rejection(run(folder, "restore", "copy.db"))
    assert said == "jobbot-gql: jobbot.db holds data: --force replaces it, and keeps it under another name"
    assert titles(folder / "jobbot.db") == ["One", "Two"]
    assert names(folder) == {"jobbot.db", "copy.db"}

    done = run(folder, "restore", "copy.db", "--force")

    assert done.returncode == 0
    aside = replaced(folder)
    assert done.stderr.splitlines() == [
        f"the database as it was before: {aside.name}",
        f"restored jobbot.db at revision {HEAD}",
    ]
    assert (titles(folder / "jobbot.db"), titles(aside), titles(folder / "copy.db")) == (
        ["One"],
        ["One", "Two"],
        ["One"],
    )
    assert stat.S_IMODE((folder / "jobbot.db").stat().st_mode) == 0o600
    assert names(folder) == {"jobbot.db", "copy.db", aside.name}
    assert run(folder, "verify").returncode == 0
    with serving(folder) as (_, url):
        assert count_jobs(url) == 1
        found = httpx.post(f"{url}/graphql", json={"query": '{ search(query: "One", first: 5) { snippet } }'}).json()
        assert len(found["data"]["search"]) == 1


def test_the_log_of_a_killed_server_is_not_played_into_what_is_restored(folder: Path) -> None:
    add_jobs(folder, "One")
    assert run(folder, "backup", "copy.db").returncode == 0
    with closing(sqlite3.connect(folder / "jobbot.db")) as connection:
        # What a killed process leaves: writes that are in the write-ahead log only.
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        with connection:
            connection.execute("INSERT INTO jobs (title, company) VALUES ('Two', 'C')")
        for name in ("jobbot.db", "jobbot.db-wal"):
            shutil.copy(folder / name, folder / f"{name}.killed")
    for name in ("jobbot.db", "jobbot.db-wal"):
        (folder / f"{name}.killed").rename(folder / name)
    assert (folder / "jobbot.db-wal").stat().st_size > 0

    assert run(folder, "restore", "copy.db", "--force").returncode == 0

    assert titles(folder / "jobbot.db") == ["One"]
    aside = replaced(folder)
    assert names(folder) == {"jobbot.db", "copy.db", aside.name}
    assert titles(aside) == ["One", "Two"]


def test_restoring_where_nothing_is_lost(folder: Path) -> None:
    add_jobs(folder, "One")
    assert run(folder, "backup", "copy.db").returncode == 0

    (folder / "jobbot.db").unlink()
    assert run(folder, "restore", "copy.db").stderr == f"restored jobbot.db at revision {HEAD}\n"
    assert titles(folder / "jobbot.db") == ["One"]

    (folder / "jobbot.db").unlink()
    assert run(folder, "migrate").returncode == 0
    assert run(folder, "restore", "copy.db").returncode == 0  # over a database without a row
    assert titles(folder / "jobbot.db") == ["One"]


def test_restoring_over_a_damaged_database(folder: Path) -> None:
    add_jobs(folder, "One")
    assert run(folder, "backup", "copy.db").returncode == 0
    (folder / "jobbot.db").write_text("no database any more " * 100)

    said = rejection(run(folder, "restore", "copy.db"))
    assert said == (
        "jobbot-gql: jobbot.db cannot be read (file is not a database):"
        " --force replaces it, and keeps it under another name"
    )
    assert run(folder, "restore", "copy.db", "--force").returncode == 0

    assert titles(folder / "jobbot.db") == ["One"]
    assert replaced(folder).read_text() == "no database any more " * 100


def test_a_damaged_database_or_backup_is_not_copied(folder: Path) -> None:
    add_jobs(folder, *(f"T{number}" for number in range(300)))
    assert run(folder, "backup", "copy.db").returncode == 0
    damaged = bytearray((folder / "copy.db").read_bytes())
    damaged[40_960:81_920] = bytes(40_960)  # ten pages in the middle
    (folder / "copy.db").write_bytes(damaged)
    before = (folder / "jobbot.db").read_bytes()

    said = rejection(run(folder, "restore", "copy.db", "--force"))
    assert "malformed" in said or "is damaged" in said
    assert (folder / "jobbot.db").read_bytes() == before
    assert run(folder, "verify", "copy.db").returncode == 1

    (folder / "jobbot.db").write_bytes(damaged)
    said = rejection(run(folder, "backup", "again.db"))
    assert "malformed" in said or "is damaged" in said
    assert names(folder) == {"jobbot.db", "copy.db"}


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE alembic_version SET version_num = '9999'",
            "is at revision 9999, which this version does not know",
        ),
        ("DROP TABLE jobs", "belongs to another program"),
    ],
)
def test_another_programs_database_is_not_restored(folder: Path, statement: str, said: str) -> None:
    assert run(folder, "backup", "copy.db").returncode == 0
    with closing(sqlite3.connect(folder / "copy.db")) as connection, connection:
        connection.execute(statement)
    before = (folder / "jobbot.db").read_bytes()

    assert said in rejection(run(folder, "restore", "copy.db", "--force"))

    assert (folder / "jobbot.db").read_bytes() == before
    assert names(folder) == {"jobbot.db", "copy.db"}


def test_a_backup_of_an_older_revision(folder: Path) -> None:
    assert run(folder, "migrate", "--to", "0003").returncode == 0
    for left in folder.glob("jobbot.2*.db"):
        left.unlink()
    assert run(folder, "backup", "old.db").returncode == 0
    (folder / "jobbot.db").unlink()

    said = run(folder, "restore", "old.db").stderr

    assert said == f"restored jobbot.db at revision 0003; `jobbot-gql migrate` brings it to revision {HEAD}\n"
    assert run(folder, "migrate").returncode == 0
    assert run(folder, "verify").returncode == 0
