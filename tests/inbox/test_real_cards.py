"""The whole way round: a campaign runs, delivery posts its cards, people press them in Slack, delivery shows what came of it."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from opsflow.adapters.memory import MemoryChannel
from opsflow.adapters.slack.addresses import AddressBook
from opsflow.adapters.slack.channel import SlackChannel
from opsflow.context import Context
from opsflow.engine.tick import deliver_due
from opsflow.inbox.acts import ACTS
from opsflow.inbox.socket import SlackSocket
from opsflow.incidents.service import open_incident
from opsflow.kernel.text import Text
from opsflow.outbox.buttons import load_actions
from opsflow.ports import Channel
from tests.engine.driving import People, live
from tests.engine.small import KEY, LEGAL, PLANNER, SPONSOR
from tests.inbox.fingers import direct
from tests.inbox.office import BY_MEMBER_ID, Office
from tests.slack.workspace import APP_TOKEN, Posted


@dataclass(frozen=True)
class Floor:
    """A desk whose campaign's messages really go to Slack."""

    desk: Office
    ctx: Context

    def card(self, person: str, action: str) -> tuple[Posted, str]:
        """The newest message with that button, and what the button carries."""
        return next((posted, token) for posted, name, token in self.desk.buttons(person) if name == action)

    def has(self, person: str, action: str) -> bool:
        return any(name == action for _, name, _ in self.desk.buttons(person))

    def deliver(self) -> None:
        """A round, when Slack takes the next message."""
        self.desk.clock.move_to(self.desk.clock.now() + timedelta(seconds=2))
        deliver_due(self.ctx)


@pytest.fixture
def floor(desk: Office) -> Floor:
    client = desk.inbox.desk.client
    slack = SlackChannel(client, AddressBook(client, desk.ctx.database, desk.clock))
    channels: dict[str, Channel] = {"console": MemoryChannel(), slack.name: slack}
    made = Floor(desk, replace(desk.ctx, channels=channels))
    made.deliver()
    return made


def is_over(posted: Posted, said: str) -> bool:
    """Whether a card was changed in its place: without a button, and with what came of it."""
    return posted.edits > 0 and said in posted.text and not any(block["type"] == "actions" for block in posted.blocks)


def told(floor: Floor, person: str, about: str) -> list[str]:
    return [posted.text for posted in floor.desk.workspace.in_channel(direct(person)) if about in posted.text]


def test_a_task_is_confirmed_put_off_and_done_on_its_card_which_follows_and_nobody_is_reminded_then(
    floor: Floor,
) -> None:
    desk = floor.desk
    posted, token = floor.card(PLANNER, "confirm")
    assert desk.presses(PLANNER, "confirm", token).startswith("Recorded")
    assert "2026-08-05 09:00" in desk.fills(PLANNER, desk.opens(PLANNER, "snooze", token), until="tomorrow")
    assert desk.fills(PLANNER, desk.opens(PLANNER, "done", token), evidence="brief.pdf").startswith("Recorded")
    floor.deliver()
    assert is_over(posted, "done by")
    live(People(floor.ctx, KEY), until=lambda: desk.clock.now().day > 6)
    assert len(told(floor, PLANNER, "P1")) == 1


def test_without_the_press_the_task_is_told_again(floor: Floor) -> None:
    """The control."""
    live(People(floor.ctx, KEY, idle=frozenset({"P1"})), until=lambda: floor.desk.clock.now().day > 6)
    assert len(told(floor, PLANNER, "P1")) > 1


def test_votes_are_given_on_cards_each_shows_its_own_and_a_refusal_says_why(floor: Floor) -> None:
    desk = floor.desk
    live(People(floor.ctx, KEY, idle=frozenset({"C3"})), until=lambda: floor.has(LEGAL, "reject"))
    mine, token = floor.card(SPONSOR, "approve")
    assert desk.presses(SPONSOR, "approve", token) == desk.inbox.desk.wording.recorded["approve"].zh
    theirs, token = floor.card(LEGAL, "reject")
    view = desk.opens(LEGAL, "reject", token)
    assert desk.fills(LEGAL, view, reason="The rules contradict each other.").startswith("Recorded")
    floor.deliver()
    assert is_over(mine, "通过")
    assert is_over(theirs, "rejected")
    live(People(floor.ctx, KEY), until=lambda: bool(told(floor, PLANNER, "The rules contradict each other.")))


def test_scores_are_given_on_the_card_of_a_reviewer(floor: Floor) -> None:
    desk = floor.desk
    live(People(floor.ctx, KEY, idle=frozenset({"D2"})), until=lambda: floor.has(LEGAL, "score"))
    posted, token = floor.card(LEGAL, "score")
    opened = desk.opens(LEGAL, "score", token)
    desk.rest()
    view = desk.workspace.views[opened["id"]]
    fields = [block["block_id"] for block in view["blocks"] if block["block_id"].startswith("points:")]
    assert fields
    assert desk.fills(LEGAL, view, **dict.fromkeys(fields, "8")).startswith("Recorded")
    floor.deliver()
    assert is_over(posted, "scored")


def test_an_incident_is_taken_in_hand_over_socket_mode_and_its_card_follows(floor: Floor) -> None:
    desk = floor.desk
    open_incident(floor.ctx, KEY, by=PLANNER, title=Text.both("The page is down"))
    floor.deliver()
    posted, token = floor.card(BY_MEMBER_ID, "acknowledge")
    socket = SlackSocket(desk.inbox, app_token=APP_TOKEN, api_url=desk.slack.url, ping_seconds=0.5)
    socket.start()
    payload = desk.press(BY_MEMBER_ID, "acknowledge", token)
    desk.slack.socket.wait(desk.slack.socket.send(payload))
    assert desk.said(payload).startswith("Recorded")
    socket.stop()
    floor.deliver()
    assert is_over(posted, "taken in hand")


OF_KIND = {"task": {"done", "confirm", "snooze", "need_help", "reassign", "go", "hold"}, "approval": {"approve", "reject"},
           "scores": {"score"}, "incident": {"acknowledge"}}  # fmt: skip


def test_a_card_offers_only_what_a_press_can_do_with_its_matter(floor: Floor) -> None:
    actions = load_actions(floor.ctx.settings.template_folders)
    offered = {kind: {name for spec in actions.cards.values() if spec.kind == kind for name in spec.actions}
               for kind in OF_KIND}  # fmt: skip
    assert offered == OF_KIND
    assert set.union(*OF_KIND.values()) <= set(ACTS)
    assert all(spec.kind in OF_KIND for spec in actions.cards.values())
