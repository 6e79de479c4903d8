"""A Slack channel of ours before a workspace on loopback."""

from dataclasses import dataclass
from datetime import timedelta

from opsflow.adapters.slack.addresses import AddressBook
from opsflow.adapters.slack.calls import web_client
from opsflow.adapters.slack.channel import SlackChannel
from opsflow.db.session import Database
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import PersonKey
from opsflow.ports import Action, Message
from tests.slack.server import FakeSlack
from tests.slack.workspace import BOT_TOKEN, Workspace

LIN = "U0LIN"
EMAIL = "lin@example.com"


@dataclass(frozen=True)
class Side:
    """Both ends of the line."""

    slack: FakeSlack
    database: Database
    clock: VirtualClock
    channel: SlackChannel

    @property
    def workspace(self) -> Workspace:
        return self.slack.workspace

    def wait(self, seconds: float = 1) -> None:
        """Let time pass, so that Slack takes the next message."""
        self.clock.move_to(self.clock.now() + timedelta(seconds=seconds))


def side(slack: FakeSlack, database: Database, clock: VirtualClock, *, token: str = BOT_TOKEN) -> Side:
    """A channel that has asked nothing yet; it gives up on an answer after a second."""
    client = web_client(token, url=slack.url, timeout=1)
    return Side(slack, database, clock, SlackChannel(client, AddressBook(client, database, clock)))


def message(
    key: str = "k/1",
    *,
    address: str = EMAIL,
    title: str = "EX12 双十一 page",
    body: str = "Please finish it.",
    actions: tuple[Action, ...] = (),
    link: str | None = None,
) -> Message:
    """A message to Lin."""
    return Message(
        person=PersonKey("lin"), address=address, key=key, title=title, body=body, urgent=False, actions=actions, link=link
    )  # fmt: skip
