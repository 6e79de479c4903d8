"""What every channel owes: the double and the real one are held to the same."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from opsflow.adapters.apprise import AppriseChannel
from opsflow.adapters.console import ConsoleChannel
from opsflow.adapters.memory import MemoryChannel
from opsflow.kernel.errors import PortFailed
from opsflow.kernel.terms import PersonKey
from opsflow.ports import Action, Channel, Message, Undeliverable
from tests.adapters.slackside import Side
from tests.adapters.webside import Web, web
from tests.slack.workspace import Fault, Workspace

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Bench:
    """A channel, a way to see what it shows, and a way to make it fail."""

    channel: Channel
    shown: Callable[[], list[str]]
    """Titles, in order, as they stand by now."""
    break_it: Callable[[], None]
    address: str = "lin@example.com"

    def message(self, title: str = "双十一 is live") -> Message:
        """Something to tell Lin, at an address of this channel's."""
        return Message(
            person=PersonKey("lin"), address=self.address, key=f"message/lin/{title}", title=title,
            body="First line\nSecond line", urgent=False,
            actions=(Action("done", "Done", "token-1", "primary"), Action("snooze", "Later", "token-1")),
            link="https://ops.example.com/c/double-eleven",
        )  # fmt: skip


def memory(_folder: Path) -> Bench:
    channel = MemoryChannel()
    return Bench(
        channel,
        lambda: [one.title for one in channel.shown.values()],
        lambda: channel.unreachable.add(PersonKey("lin")),
    )


def console(folder: Path) -> Bench:
    file = folder / "out" / "messages.jsonl"

    def shown() -> list[str]:
        if not file.is_file():
            return []
        return [json.loads(line)["title"] for line in file.read_text(encoding="utf-8").splitlines()]

    def break_it() -> None:
        file.unlink(missing_ok=True)
        file.mkdir(parents=True)

    return Bench(ConsoleChannel(file, out=io.StringIO()), shown, break_it)


def slack(workspace: Workspace, channel: Channel) -> Bench:
    """Slack as on a day on which nobody counts its seconds."""
    workspace.between_posts = timedelta(0)
    return Bench(
        channel,
        lambda: [str(one.blocks[0]["text"]["text"]) for one in workspace.posted],
        lambda: setattr(workspace, "chance", lambda _method, _sent: Fault("error")),
    )


def apprise(server: Web) -> Bench:
    return Bench(
        AppriseChannel({}),
        lambda: [one["title"] for one in server.taken],
        lambda: setattr(server, "status", 503),
        address=f"json://127.0.0.1:{server.port}/",
    )


@pytest.fixture(params=["memory", "console", "slack", "apprise"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    if request.param == "slack":
        lines: Side = request.getfixturevalue("lines")
        yield slack(lines.workspace, lines.channel)
    elif request.param == "apprise":
        with web() as server:
            yield apprise(server)
    else:
        yield {"memory": memory, "console": console}[request.param](tmp_path)


def test_a_channel_has_a_name_and_a_pace(bench: Bench) -> None:
    assert bench.channel.name
    assert timedelta(0) <= bench.channel.pace <= timedelta(seconds=5)


def test_messages_are_carried_in_their_order(bench: Bench) -> None:
    for title in ("one", "二", "three"):
        bench.channel.send(bench.message(title))
    assert bench.shown() == ["one", "二", "three"]


def test_every_message_has_a_receipt_of_its_own(bench: Bench) -> None:
    receipts = [bench.channel.send(bench.message(title)) for title in ("one", "two")]
    assert all(receipts)
    assert len(set(receipts)) == 2


def test_what_cannot_be_delivered_is_a_port_failure_that_names_the_person(bench: Bench) -> None:
    bench.break_it()
    with pytest.raises(PortFailed, match="lin"):
        bench.channel.send(bench.message())


def test_a_message_shows_what_it_was_updated_to_or_the_channel_says_that_it_changes_none(bench: Bench) -> None:
    receipt = bench.channel.send(bench.message("one"))
    bench.channel.send(bench.message("two"))
    changed = replace(bench.message("one"), title="one is done", actions=())
    if not bench.channel.updates:
        with pytest.raises(Undeliverable, match="lin"):
            bench.channel.update(receipt, changed)
        assert bench.shown() == ["one", "two"]
        return
    for _ in range(2):  # the same again changes nothing
        bench.channel.update(receipt, changed)
        assert bench.shown() == ["one is done", "two"]


def test_a_receipt_that_the_channel_does_not_know_is_never_updated(bench: Bench) -> None:
    with pytest.raises(Undeliverable, match="lin"):
        bench.channel.update("nowhere", bench.message())


def test_a_message_is_found_by_its_key_or_the_channel_says_that_it_cannot_tell(bench: Bench) -> None:
    """F53: what was taken and not answered is not sent again."""
    receipt = bench.channel.send(bench.message("one"))
    bench.channel.send(bench.message("two"))
    if not bench.channel.finds:
        with pytest.raises(PortFailed, match="lin"):
            bench.channel.find(bench.message("one"), since=LONG_AGO)
        return
    asked = replace(bench.message("one"), title="", body="", actions=())
    assert bench.channel.find(asked, since=LONG_AGO) == receipt
    assert bench.channel.find(bench.message("three"), since=LONG_AGO) is None


def test_a_channel_that_cannot_be_reached_does_not_say_that_a_message_never_arrived(bench: Bench) -> None:
    bench.break_it()
    with pytest.raises(PortFailed, match="lin"):
        bench.channel.find(bench.message("never sent"), since=LONG_AGO)
