"""What every channel owes: the double and the real one are held to the same."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from opsflow.adapters.console import ConsoleChannel
from opsflow.adapters.memory import MemoryChannel
from opsflow.kernel.errors import PortFailed
from opsflow.kernel.terms import PersonKey
from opsflow.ports import Channel, Message


@dataclass(frozen=True)
class Bench:
    """A channel, a way to see what it carried, and a way to make it fail."""

    channel: Channel
    carried: Callable[[], list[str]]
    """Titles, in order."""
    break_it: Callable[[], None]


def memory(_folder: Path) -> Bench:
    channel = MemoryChannel()
    return Bench(
        channel, lambda: [one.title for one in channel.sent], lambda: channel.unreachable.add(PersonKey("lin"))
    )


def console(folder: Path) -> Bench:
    file = folder / "out" / "messages.jsonl"

    def carried() -> list[str]:
        if not file.is_file():
            return []
        return [json.loads(line)["title"] for line in file.read_text(encoding="utf-8").splitlines()]

    def break_it() -> None:
        file.unlink(missing_ok=True)
        file.mkdir(parents=True)

    return Bench(ConsoleChannel(file, out=io.StringIO()), carried, break_it)


@pytest.fixture(params=[memory, console])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    made: Bench = request.param(tmp_path)
    return made


def message(title: str = "双十一 is live") -> Message:
    return Message(
        person=PersonKey("lin"), address="lin@example.com", key=f"message/lin/{title}", title=title,
        body="First line\nSecond line", urgent=False,
    )  # fmt: skip


def test_a_channel_has_a_name(bench: Bench) -> None:
    assert bench.channel.name


def test_messages_are_carried_in_their_order(bench: Bench) -> None:
    for title in ("one", "二", "three"):
        bench.channel.send(message(title))
    assert bench.carried() == ["one", "二", "three"]


def test_every_message_has_a_receipt_of_its_own(bench: Bench) -> None:
    receipts = [bench.channel.send(message(title)) for title in ("one", "two")]
    assert all(receipts)
    assert len(set(receipts)) == 2


def test_what_cannot_be_delivered_is_a_port_failure_that_names_the_person(bench: Bench) -> None:
    bench.break_it()
    with pytest.raises(PortFailed, match="lin"):
        bench.channel.send(message())
