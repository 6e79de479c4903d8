"""What a use case is handed: settings, database, clock, and the ports."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from opsflow.db.session import Database, Session
from opsflow.kernel.clock import Clock
from opsflow.kernel.keys import opaque_id
from opsflow.ports import Beacon, Channel, FigureSource, Genuine, Launcher, LetterBox, PayoutProvider, Witness
from opsflow.settings import Settings


@dataclass(frozen=True)
class Context:
    """A `ctx` function opens its own transaction with it; a `session` function joins one."""

    settings: Settings
    database: Database
    clock: Clock
    launcher: Launcher
    channels: Mapping[str, Channel]
    """By name. The first is for whoever named none."""
    payouts: Mapping[str, PayoutProvider] = field(default_factory=dict)
    """Who hands out prizes, by name."""
    sources: Mapping[str, FigureSource] = field(default_factory=dict)
    """Who knows figures of KPIs, by name."""
    mail: LetterBox | None = None
    """Takes letters to participants; None: somebody else sends them, from files."""
    beacons: Mapping[str, Beacon] = field(default_factory=dict)
    """Servers of drand, by name: several, so that none of them is believed alone."""
    genuine: Genuine | None = None
    """Tells whether drand has signed a round; None: what that takes is not installed."""
    witness: Callable[[], Witness] | None = None
    """Who keeps checkpoints of the journal, called up when there is something to keep; None: nobody does."""
    new_id: Callable[[], str] = opaque_id
    """Makes the ids of participants; a rehearsal makes the same ones each time."""

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One transaction; see `Database.transaction`."""
        with self.database.transaction() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One look at everything that writes nothing and waits for nobody; see `Database.reading`."""
        with self.database.reading() as session:
            yield session
