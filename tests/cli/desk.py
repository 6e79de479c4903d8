"""A desk for tests of commands that act: the small SOP's workspace, a clock that the test moves, and what is said."""

from pathlib import Path

import pytest

from opsflow.adapters.memory import MemoryChannel, MemoryLauncher
from opsflow.cli.commands import run
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.kernel.clock import VirtualClock
from opsflow.settings import Settings
from tests.engine.small import in_workspace

Told = pytest.CaptureFixture[str]


def desk_context(database: Database, clock: VirtualClock, folder: Path) -> Context:
    """What every command of a test works with, through `use_context`."""
    context = Context(
        Settings(database_url=database.url), database, clock, MemoryLauncher(), {"memory": MemoryChannel()}
    )
    return in_workspace(context, folder)


def said(capsys: Told, *arguments: object, code: int = 0) -> str:
    """What a command line that must end with this code says; with an error: its text alone."""
    ended = run([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    assert ended == code, out + err
    assert "Traceback" not in err
    return err if code else out
