"""What a flow or command works with is put together from the environment, or refused with the way out."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from opsflow.adapters.prefect_launcher import PrefectLauncher
from opsflow.bootstrap import open_context, use_context
from opsflow.context import Context
from opsflow.db.migrate import check, require
from opsflow.db.session import Database
from opsflow.kernel.errors import BadInput, NotFound, PortFailed, Refused


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """As a worker's job finds it: a temporary folder, and what the pool's job variables say."""
    folder = tmp_path / "job"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in ("OPSFLOW_WORKSPACE", "OPSFLOW_DATABASE_URL", "OPSFLOW_SLACK_BOT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_the_environment_names_the_database_and_the_motor_is_prefect(
    environment: pytest.MonkeyPatch, sqlite_database: Database, tmp_path: Path
) -> None:
    environment.setenv("OPSFLOW_DATABASE_URL", sqlite_database.url)
    environment.setenv("OPSFLOW_WORKSPACE", str(tmp_path))
    with open_context() as ctx:
        assert ctx.database.url == sqlite_database.url
        assert isinstance(ctx.launcher, PrefectLauncher)
        assert ctx.settings.messages_file == tmp_path / ".opsflow" / "messages.jsonl"


def test_with_a_token_people_are_told_in_slack_and_the_console_stays_for_whoever_is_not_there(
    environment: pytest.MonkeyPatch, sqlite_database: Database
) -> None:
    environment.setenv("OPSFLOW_DATABASE_URL", sqlite_database.url)
    with open_context() as ctx:
        assert list(ctx.channels) == ["console", "apprise"]
    environment.setenv("OPSFLOW_SLACK_BOT_TOKEN", "xoxb-hidden")
    with open_context() as ctx:
        assert list(ctx.channels) == ["console", "apprise", "slack"]
        assert "hidden" not in repr(ctx.settings)


def test_a_context_that_is_given_wins_over_the_environment(ctx: Context, environment: pytest.MonkeyPatch) -> None:
    with use_context(ctx), open_context() as given:
        assert given is ctx


@pytest.mark.parametrize("address", ["", "sqlite:///opsflow.db"])
def test_a_job_that_was_told_no_absolute_address_says_so_and_makes_nothing(
    environment: pytest.MonkeyPatch, address: str
) -> None:
    """Else it would make an empty database in its temporary folder, in which nothing is ever due."""
    if address:
        environment.setenv("OPSFLOW_DATABASE_URL", address)
    with pytest.raises(NotFound, match=r"absolute path.*job variables"), open_context():
        pass
    assert list(Path.cwd().iterdir()) == []


def test_a_workspace_that_is_not_there_is_named(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("OPSFLOW_WORKSPACE", "workspace")
    with pytest.raises(BadInput, match=r"OPSFLOW_WORKSPACE names .*/job/workspace"), open_context():
        pass


def test_a_database_without_our_tables_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    with pytest.raises(NotFound, match=r"empty\.db holds no tables of opsflow"):
        require(Database(f"sqlite:///{tmp_path / 'empty.db'}"))


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(PortFailed, match=r"postgresql\+psycopg://ops:\*\*\*@127") as failed:
        require(Database("postgresql+psycopg://ops:hidden@127.0.0.1:9/opsflow"))
    assert "hidden" not in str(failed.value)


def test_a_database_with_our_schema_is_left_as_it_is(database: Database) -> None:
    require(database)
    assert check(database) == []


def test_a_newer_schema_is_refused(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as session:
        session.execute(sa.text("update alembic_version set version_num = '9999'"))
    with pytest.raises(Refused, match="9999"):
        require(sqlite_database)
