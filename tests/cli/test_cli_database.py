"""`opsflow db upgrade` and `opsflow db check`: what was done, or why not and the way out; a password is never shown."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsflow.cli.commands import run
from opsflow.db.migrations import versions
from opsflow.db.session import Database

Told = pytest.CaptureFixture[str]
SECRET = "s3cret"
HEAD = max(file.stem[1:5] for file in Path(versions.__file__).parent.glob("v0*.py"))
"""The newest schema: the numbers of the migrations say."""


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv("OPSFLOW_WORKSPACE", raising=False)
    return monkeypatch


def db(capsys: Told, named: pytest.MonkeyPatch, url: object, command: str = "upgrade") -> tuple[int, str, str]:
    """Exit code, output and errors of `opsflow db <command>` for a database."""
    named.setenv("OPSFLOW_DATABASE_URL", str(url))
    code = run(["db", command])
    out, err = capsys.readouterr()
    assert SECRET not in out + err
    assert "Traceback" not in err
    return code, out, err


def test_upgrade_says_what_it_did_and_check_that_all_is_well(
    capsys: Told, named: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'new folder' / 'x.db'}"
    assert db(capsys, named, url) == (0, f"{url} is made, with schema {HEAD}.\n", "")
    assert db(capsys, named, url) == (0, f"{url} has schema {HEAD} already: nothing to do.\n", "")
    assert db(capsys, named, url, "check") == (0, f"{url} is as this version expects.\n", "")


def test_a_postgresql_is_made_and_checked_the_same_way(
    capsys: Told, named: pytest.MonkeyPatch, migrated_postgres: Database
) -> None:
    code, out, err = db(capsys, named, migrated_postgres.url)
    assert (code, err) == (0, "")
    assert f"has schema {HEAD} already" in out
    assert db(capsys, named, migrated_postgres.url, "check")[0] == 0


def test_check_tells_every_difference_and_ends_with_1(
    capsys: Told, named: pytest.MonkeyPatch, sqlite_database: Database
) -> None:
    with sqlite_database.transaction() as session:
        session.execute(sa.text("alter table tasks drop column evidence"))
        session.execute(sa.text("drop table wakes"))
        session.execute(sa.text("create table mine (id integer primary key)"))
    code, out, err = db(capsys, named, sqlite_database.url, "check")
    assert (code, out) == (1, "")
    told = [line.strip() for line in err.splitlines()]
    assert "the column tasks.evidence is missing" in told
    assert "the table wakes is missing" in told
    assert "the table mine is not opsflow's" in told


def test_an_older_schema_is_told_by_check_and_mended_by_upgrade(
    capsys: Told, named: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "old.db"
    file.touch()
    code, _, err = db(capsys, named, f"sqlite:///{file}", "check")
    assert code == 1
    assert f"the schema is none, this opsflow needs {HEAD}" in err
    assert "`opsflow db upgrade` brings an older schema up" in err
    assert db(capsys, named, f"sqlite:///{file}")[0] == 0
    assert db(capsys, named, f"sqlite:///{file}", "check")[0] == 0


@pytest.mark.parametrize("command", ["upgrade", "check"])
def test_a_newer_schema_is_refused_with_the_way_out(
    capsys: Told, named: pytest.MonkeyPatch, sqlite_database: Database, command: str
) -> None:
    with sqlite_database.transaction() as session:
        session.execute(sa.text("update alembic_version set version_num = '9999'"))
    code, out, err = db(capsys, named, sqlite_database.url, command)
    assert (code, out) == (3, "")
    assert "has schema 9999" in err
    assert "install that version" in err


def test_a_database_that_has_two_schemas_is_refused_by_everybody(
    capsys: Told, named: pytest.MonkeyPatch, sqlite_database: Database
) -> None:
    with sqlite_database.transaction() as session:
        session.execute(sa.text("insert into alembic_version values ('0018')"))
    try:
        for command in ("upgrade", "check"):
            code, out, err = db(capsys, named, sqlite_database.url, command)
            assert (code, out) == (3, "")
            assert f"has the schemas 0018 and {HEAD} at once" in err
        assert run(["status"]) == 3
        assert "Put a backup in its place" in capsys.readouterr().err
    finally:
        with sqlite_database.transaction() as session:
            session.execute(sa.text("delete from alembic_version where version_num = '0018'"))


def test_check_makes_no_file(capsys: Told, named: pytest.MonkeyPatch, tmp_path: Path) -> None:
    code, _, err = db(capsys, named, f"sqlite:///{tmp_path / 'none.db'}", "check")
    assert code == 4
    assert "`opsflow db upgrade` makes it" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "code", "part"),
    [
        (f"nonsense {SECRET}", 2, "is no database URL. Write it as sqlite:///"),
        (f"postgresql://u:{SECRET}@h:port/x", 2, "is no database URL"),
        (f"mysql://u:{SECRET}@h/x", 2, "opsflow keeps its state in SQLite or PostgreSQL"),
        (f"postgresql+pg8000://u:{SECRET}@h/x", 2, "asks for the driver postgresql+pg8000, which is not there"),
        (f"sqlite:////tmp/x.db?password={SECRET}", 2, "has options, which an SQLite file does not take"),
        (f"postgresql://u:{SECRET}@nohost.invalid/x", 6, "its host is not found. Correct OPSFLOW_DATABASE_URL"),
        (f"postgresql://u@127.0.0.1:1/x?colour={SECRET}", 6, "its options are not those of the driver"),
        ("sqlite:///:memory:", 2, "names no file: such a database is gone with the command that opened it"),
        ("sqlite:///", 2, "names no file"),
        ("sqlite://", 2, "names no file"),
        ("sqlite:////dev/null/x.db", 6, "its folder cannot be made"),
        ("sqlite:////proc/self/nowhere/x.db", 6, "its folder cannot be made"),
        ("sqlite:////proc/self/x.db", 6, "the file cannot be opened"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_with_the_way_out(
    capsys: Told, named: pytest.MonkeyPatch, url: str, code: int, part: str
) -> None:
    found, out, err = db(capsys, named, url)
    assert (found, out) == (code, "")
    assert part in err


@pytest.mark.parametrize("command", ["upgrade", "check"])
def test_a_server_that_does_not_answer_is_told_without_the_password(
    capsys: Told, named: pytest.MonkeyPatch, command: str
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # taken, and nobody listens
        port = closed.getsockname()[1]
        url = f"postgresql://u:{SECRET}@127.0.0.1:{port}/x?password={SECRET}"
        code, _, err = db(capsys, named, url, command)
    assert code == 6
    assert f"u:***@127.0.0.1:{port}/x cannot be used: it does not answer" in err


def test_a_wrong_database_of_a_server_is_told(
    capsys: Told, named: pytest.MonkeyPatch, migrated_postgres: Database
) -> None:
    url = migrated_postgres.engine.url.set(database="nowhere").render_as_string(hide_password=False)
    code, _, err = db(capsys, named, url)
    assert code == 6
    assert "there is no such database or user" in err


def test_a_folder_and_a_text_are_no_databases_and_stay_as_they_are(
    capsys: Told, named: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "folder.db").mkdir()
    (tmp_path / "text.db").write_text("this is a text and no database at all\n" * 50, encoding="utf-8")
    assert "the file cannot be opened" in db(capsys, named, f"sqlite:///{tmp_path / 'folder.db'}")[2]
    assert "the file is no SQLite database" in db(capsys, named, f"sqlite:///{tmp_path / 'text.db'}")[2]
    assert (tmp_path / "text.db").read_text(encoding="utf-8").startswith("this is a text")
    # Whoever only reads says the same.
    assert run(["status"]) == 6
    assert "the file is no SQLite database. Name another file" in capsys.readouterr().err


def test_a_database_that_may_only_be_read_is_told(capsys: Told, named: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    url = f"sqlite:///file:{tmp_path / 'empty.db'}?mode=ro&uri=true"
    code, _, err = db(capsys, named, url)
    assert code == 6
    assert "it may not be written. Give this user the right" in err


def _in_process(url: str, *, file_size: int | None = None) -> subprocess.CompletedProcess[str]:
    """`opsflow db upgrade` in a process of its own, whose files may not grow beyond a size."""
    code = "from opsflow.cli.main import main; main()"
    if file_size is not None:
        code = (
            "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
            f"resource.setrlimit(resource.RLIMIT_FSIZE, ({file_size},) * 2); {code}"
        )
    return subprocess.run(
        [sys.executable, "-c", code, "db", "upgrade"],
        env=os.environ | {"OPSFLOW_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_disk_that_takes_no_more_leaves_no_half_made_schema(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    done = _in_process(url, file_size=40_000)
    assert done.returncode == 6, done.stderr
    assert "nothing of this step was kept" in done.stderr
    assert "Traceback" not in done.stderr
    assert sa.inspect(Database(url).engine).get_table_names() == []
    assert _in_process(url).returncode == 0


def test_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", str(tmp_path)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting needs root")
    try:
        done = _in_process(f"sqlite:///{tmp_path / 'x.db'}")
        assert done.returncode == 6, done.stderr
        assert "the disk is full. Make room; nothing of this step was kept" in done.stderr
    finally:
        subprocess.run([shutil.which("umount") or "umount", str(tmp_path)], check=True)
