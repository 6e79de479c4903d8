"""A deliverer in a process of its own, to be killed; and a channel that keeps its own books of what it took."""

import os
import signal
import time
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from opsflow.adapters.memory import MemoryLauncher
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.db.tables import OutboxRow
from opsflow.kernel.clock import SystemClock
from opsflow.kernel.errors import PortFailed
from opsflow.kernel.terms import PersonKey
from opsflow.outbox.service import deliver
from opsflow.outbox.store import UNSETTLED
from opsflow.ports import Message
from opsflow.settings import Settings
from tests.outbox.people import recipient

PEOPLE = tuple(PersonKey(f"person-{n:03}") for n in range(500))
EVERYBODY = {person: recipient(person) for person in PEOPLE}
LEASE = timedelta(milliseconds=300)
"""Short, so that what a killed process held is taken up within the test."""


class Books:
    """A channel whose every message is one line of a file, written at once or not at all, whoever is killed."""

    name = "books"
    updates = False
    pace = timedelta(0)

    def __init__(self, file: Path, *, finds: bool, fatal: int | None = None) -> None:
        """`fatal`: the how-many-th message kills the process that sends it, taken and not yet recorded."""
        self.finds = finds
        self._file, self._fatal, self._taken = file, fatal, 0
        self._handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def send(self, message: Message) -> str:
        """Write the message down; its key is the receipt."""
        os.write(self._handle, f"{message.key}\n".encode())
        self._taken += 1
        if self._taken == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return message.key

    def update(self, receipt: str, message: Message) -> None:
        """PortFailed, always."""
        raise PortFailed(f"{receipt} to {message.person} stays as it is.")

    def find(self, message: Message, *, since: datetime) -> str | None:
        """Whether a message is in the books."""
        return message.key if message.key in self._file.read_text().split() else None


def left(ctx: Context) -> int:
    """How many notices are still to be told."""
    with ctx.reading() as session:
        found = session.scalar(sa.select(sa.func.count()).where(OutboxRow.status.in_(UNSETTLED)))
    return found or 0


def relay(url: str, books: str, finds: bool, fatal: int | None) -> None:
    """Deliver round after round until nothing is left to tell."""
    channel = Books(Path(books), finds=finds, fatal=fatal)
    settings = Settings(workspace=None, database_url=url)
    ctx = Context(settings, Database(url), SystemClock(), MemoryLauncher(), {channel.name: channel})
    while left(ctx):
        if not deliver(ctx, EVERYBODY, lease=LEASE).messages:
            time.sleep(0.02)  # until a lease is over
