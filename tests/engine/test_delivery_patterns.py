"""With merging and a daily digest: whenever delivery comes, people read the same messages, and each notice once.

What "the same" means: what is to be told within the window is one message, and what can wait is told at its hour. While
delivery comes at least once after each window and each digest hour, however late, doubled or irregular, the messages are
those of a delivery in every half hour. Where it is missed for longer, there are fewer messages with the same notices.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from opsflow.adapters.memory import MemoryChannel, MemoryLauncher
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.engine.add_task import NewTask, add_task
from opsflow.engine.ledger import messages
from opsflow.engine.tick import deliver_due, tick
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import PersonKey, Stage
from opsflow.kernel.text import Text
from opsflow.outbox.model import NoticeStatus
from opsflow.outbox.store import sent
from opsflow.settings import Settings
from tests.campaigns.planning import organisation
from tests.engine.driving import run_due
from tests.engine.scene import ZONE, at
from tests.engine.small import KEY, MANAGER, begin, write_workspace

DAYS = ("4", "5", "6", "7")
TICKS = (9 * 60, 14 * 60)
"""Minutes of each day at which the motor looks at stages and deadlines."""
WINDOWS = ((9 * 60 + 30, 14 * 60 - 1), (14 * 60 + 30, 16 * 60 + 29), (16 * 60 + 30, 18 * 60 - 1))
"""From when on what came with a tick may be told, and what waits for the digest; until the next of these."""
EARLY = ((9 * 60, 9 * 60 + 29), (14 * 60, 14 * 60 + 29))
"""What came with the tick still waits for what else is to be told."""
MERGE, DIGEST = 30, "16:30"
HALF_HOURS = tuple(range(9 * 60, 18 * 60, 30))
LAST = ("7", 17 * 60 + 59)
Instants = Sequence[tuple[str, int]]
"""Day of August and minute of the day."""


@dataclass(frozen=True)
class Told:
    """One message, with the keys of what it tells."""

    person: PersonKey
    notices: frozenset[str]


@dataclass(frozen=True)
class Begun:
    """A campaign under way, as a file to be copied; nobody has been told anything."""

    folder: Path
    file: Path

    def told(self, deliveries: Instants) -> list[tuple[datetime, Told]]:
        """What people read, and when, if delivery comes at these instants and nobody does anything."""
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(self.file, Path(folder, "patterns.db"))
            clock = VirtualClock(at("4", 9))
            ctx = _context(f"sqlite:///{Path(folder, 'patterns.db')}", self.folder, clock)
            often = Counter(deliveries)
            for day, minute in sorted({*deliveries, *((day, minute) for day in DAYS for minute in TICKS)}):
                clock.move_to(at(day, minute // 60, minute % 60))
                if minute in TICKS:
                    run_due(ctx)
                    tick(ctx)
                for _ in range(often[day, minute]):
                    deliver_due(ctx)
            with ctx.reading() as session:
                found = [
                    (message.sent_at, Told(message.person, frozenset(key for _, _, key in message.notices)))
                    for message in sent(session, KEY)
                ]
            waiting = [each for each in messages(ctx) if each.status is not NoticeStatus.SENT]
            ctx.database.close()
        assert waiting == []
        return found


def _context(url: str, folder: Path, clock: VirtualClock) -> Context:
    channel, database = MemoryChannel(), Database(url, lasting=False)
    settings = Settings(workspace=folder, database_url=url)
    return Context(settings, database, clock, MemoryLauncher(), {channel.name: channel})


@pytest.fixture(scope="module")
def begun(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Begun:
    """P1 is the planner's, two tasks that nothing waits for the executor's; all are due on 5 August."""
    made = Begun(write_workspace(tmp_path_factory.mktemp("patterns")), tmp_path_factory.mktemp("begun") / "begun.db")
    shutil.copy(migrated_file, made.file)
    clock = VirtualClock(at("3", 9))
    ctx = _context(f"sqlite:///{made.file}", made.folder, clock)
    begin(ctx, org=organisation(merge_minutes=MERGE, digest_at=DIGEST))
    clock.move_to(at("4", 8))
    run_due(ctx)
    for title in ("One", "Two"):
        new = NewTask(
            stage=Stage.INITIAL_PLANNING, title=Text.both(title), owner=PersonKey("executor"), due=at("5").date()
        )
        add_task(ctx, KEY, new, by=MANAGER)
    ctx.database.close()
    return made


@pytest.fixture(scope="module")
def regular(begun: Begun) -> Counter[Told]:
    """What people read when delivery comes in every half hour."""
    return Counter(told for _, told in begun.told([(day, minute) for day in DAYS for minute in HALF_HOURS]))


FEW = settings(max_examples=8, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
"""A life of four days takes a third of a second, and to make an example smaller takes hundreds."""


def _some(window: tuple[int, int], least: int) -> st.SearchStrategy[list[int]]:
    # A minute may come twice: that is a delivery that was doubled.
    return st.lists(st.integers(*window), min_size=least, max_size=2)


def _days(least: int) -> st.SearchStrategy[list[tuple[str, int]]]:
    """Deliveries of four days, so many in each window at least."""
    parts = [*(_some(window, least) for window in WINDOWS), *(_some(window, 0) for window in EARLY)]
    day = st.tuples(*parts).map(lambda lists: [minute for each in lists for minute in each])
    return st.tuples(*[day] * len(DAYS)).map(
        lambda days: [(DAYS[number], minute) for number, minutes in enumerate(days) for minute in minutes]
    )


def test_what_comes_together_is_one_message_and_what_can_wait_one_digest(regular: Counter[Told]) -> None:
    shapes = Counter((told.person, len(told.notices)) for told in regular.elements())
    assert shapes == {
        ("executor", 4): 1, ("executor", 2): 1, ("manager", 1): 1, ("planner", 1): 2, ("pmo", 1): 1, ("pmo", 3): 1,
        ("pmo", 2): 1, ("operations-head", 1): 1, ("sponsor", 1): 1,
    }  # fmt: skip
    assert Counter(told.person for told in regular for key in told.notices if "digest" in key) == {"pmo": 2}


@FEW
@given(deliveries=_days(1))
def test_irregular_late_and_doubled_deliveries_give_the_same_messages(
    begun: Begun, regular: Counter[Told], deliveries: list[tuple[str, int]]
) -> None:
    assert Counter(told for _, told in begun.told(deliveries)) == regular


@FEW
@given(deliveries=_days(0))
def test_where_deliveries_are_missed_the_same_notices_come_in_fewer_messages(
    begun: Begun, regular: Counter[Told], deliveries: list[tuple[str, int]]
) -> None:
    found = begun.told([*deliveries, LAST])
    assert Counter(key for _, told in found for key in told.notices) == Counter(
        key for told in regular.elements() for key in told.notices
    )
    assert Counter(told.person for _, told in found) <= Counter(told.person for told in regular.elements())
    assert all(when.astimezone(ZONE).strftime("%H:%M") >= DIGEST for when, told in found if _is_digest(told))


def _is_digest(told: Told) -> bool:
    return any("digest" in key for key in told.notices)
