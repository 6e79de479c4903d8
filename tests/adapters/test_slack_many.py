"""600 notices to five channels while Slack drops connections and asks to wait: none lost, none twice, none too fast."""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from opsflow.adapters.memory import MemoryLauncher
from opsflow.context import Context
from opsflow.kernel.terms import PersonKey
from opsflow.outbox.model import Route
from opsflow.outbox.service import deliver
from opsflow.outbox.store import next_notice
from opsflow.settings import Settings
from tests.adapters.slackside import Side
from tests.outbox.people import notice, recipient, tell
from tests.slack.workspace import Conversation, Fault

CHANNELS = tuple(f"C0TEAM{number}" for number in range(5))
NOTICES, CONTROLS = 600, 60
STEP = timedelta(seconds=1)
LEASE = timedelta(seconds=10)
SUSTAINED = timedelta(seconds=60)
MOST_ROUNDS = 2_000


@dataclass
class Trouble:
    """One call in ten is cut off, half of those after it was done; one in twenty is put off for three seconds."""

    clock: Callable[[], datetime]
    dice: random.Random
    tried: dict[str, list[datetime]] = field(default_factory=dict)
    put_off: dict[str, list[datetime]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def __call__(self, method: str, sent: Mapping[str, Any]) -> Fault | None:
        if method != "chat.postMessage":
            return None
        channel, now, roll = str(sent["channel"]), self.clock(), self.dice.random()
        self.tried.setdefault(channel, []).append(now)
        kind = "drop" if roll < 0.05 else "drop_before" if roll < 0.10 else "limited" if roll < 0.15 else "taken"
        self.counts[kind] += 1
        if kind == "limited":
            self.put_off.setdefault(channel, []).append(now)
        return None if kind == "taken" else Fault(kind, seconds=3)


def relay(lines: Side, *, notices: int = NOTICES) -> Trouble:
    """Deliver round after round until nothing is left to tell. Each notice has a recipient of its own: what is for one
    recipient would be one message.
    """
    trouble = Trouble(lines.clock.now, random.Random(11))
    workspace = lines.workspace
    workspace.chance = trouble
    for channel in CHANNELS:
        workspace.conversations[channel] = Conversation(channel)
    settings = Settings(database_url=lines.database.url)
    ctx = Context(settings, lines.database, lines.clock, MemoryLauncher(), {"slack": lines.channel})
    people = [PersonKey(f"reader-{number:03}") for number in range(notices)]
    assert all(tell(ctx, *(notice(str(person), person, urgent=True) for person in people)))
    everybody = {
        person: replace(recipient(person), routes=(Route("slack", CHANNELS[number % len(CHANNELS)]),))
        for number, person in enumerate(people)
    }
    for _ in range(MOST_ROUNDS):
        deliver(ctx, everybody, lease=LEASE)
        with ctx.reading() as session:
            if next_notice(session) is None:
                return trouble
        lines.wait(STEP.total_seconds())
    raise AssertionError(f"something is still to be told at {lines.clock.now()}")


def told(lines: Side) -> Counter[str]:
    return Counter(str(posted.key) for posted in lines.workspace.posted)


def test_600_notices_to_5_channels_arrive_once_each_and_never_too_fast(
    lines: Side, record_property: Callable[[str, object], None]
) -> None:
    """A11, F52, F53."""
    began = lines.clock.now()
    trouble = relay(lines)
    arrived = told(lines)
    doubled = arrived.total() - len(arrived)
    fastest = max(_most_within(times, SUSTAINED) for times in trouble.tried.values())
    figures = (
        f"{NOTICES} notices to {len(CHANNELS)} channels in {(lines.clock.now() - began).total_seconds():.0f} s: "
        f"{dict(trouble.counts)}, lost {NOTICES - len(arrived)}, doubled {doubled}, "
        f"at most {fastest} in {SUSTAINED.total_seconds():.0f} s and channel"
    )
    record_property("slack_600", figures)
    print(figures)
    assert trouble.counts["drop"] > 10
    assert trouble.counts["drop_before"] > 10
    assert trouble.counts["limited"] > 10
    assert (len(arrived), doubled) == (NOTICES, 0)
    assert fastest <= SUSTAINED / timedelta(seconds=1)
    for channel in CHANNELS:
        times = trouble.tried[channel]
        assert min(later - earlier for earlier, later in pairwise(times)) >= timedelta(seconds=1)
        for at in trouble.put_off.get(channel, ()):
            after = next((each for each in times if each > at), None)
            assert after is None or timedelta(seconds=3) <= after - at <= timedelta(seconds=4)


def _most_within(times: list[datetime], span: timedelta) -> int:
    """How many of these instants lie within one span at most."""
    return max(sum(at <= each < at + span for each in times) for at in times)


def test_without_the_look_up_some_would_arrive_twice(lines: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    monkeypatch.setattr(lines.channel, "finds", False)
    relay(lines, notices=CONTROLS)
    assert len(told(lines)) == CONTROLS
    assert max(told(lines).values()) > 1
