"""A campaign's channel: everybody who reads it hears how the campaign stands, at once and once, in the campaign's language."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from opsflow.adapters.memory import MemoryChannel, MemoryLauncher
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.engine.ledger import messages
from opsflow.engine.lifecycle import cancel, pause, resume
from opsflow.engine.tick import deliver_due
from opsflow.incidents.service import acknowledge, close_incident, open_incident
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import PersonKey
from opsflow.kernel.text import Text
from opsflow.outbox.links import page_link
from opsflow.outbox.model import Outcome
from opsflow.outbox.recipients import room_key
from opsflow.settings import Settings
from opsflow.stages.model import Outcome as Decided
from tests.engine.driving import People, live
from tests.engine.scene import at
from tests.engine.small import KEY, MANAGER, PMO, SPONSOR, begin, in_workspace

CHANNEL = "C0CAMPAIGN"
WHY = Text("The supplier is bankrupt.", "供应商破产了。")


@pytest.fixture
def slack() -> MemoryChannel:
    return MemoryChannel("slack")


@pytest.fixture
def quick(sqlite_database: Database, clock: VirtualClock, tmp_path: Path, slack: MemoryChannel) -> Context:
    """A workspace with Slack set up; nothing is begun."""
    settings = Settings(database_url=sqlite_database.url)
    return in_workspace(Context(settings, sqlite_database, clock, MemoryLauncher(), {slack.name: slack}), tmp_path)


def read(slack: MemoryChannel) -> list[str]:
    """What stands in the channel, by its titles."""
    return [message.title for message in slack.sent_to(room_key(KEY))]


def announced(ctx: Context) -> list[str]:
    """Which notices the channel was sent, in turn."""
    return [each.template for each in messages(ctx, person=room_key(KEY)) if each.sent_at]


def test_a_whole_life_is_announced_each_step_once_in_the_language_of_the_campaign(
    quick: Context, slack: MemoryChannel
) -> None:
    begin(quick, slack_channel=CHANNEL, language="zh")
    live(People(quick, KEY))
    assert announced(quick) == [
        "stage_closed", "stage_closed", "released", "stage_closed", "launched", "stage_closed", "stage_closed",
        "stage_closed", "campaign_archived",
    ]  # fmt: skip
    assert read(slack)[2:5] == ["Decision：已发布", "“Decision”阶段已结束，下一步：Execution", "Some campaign已上线"]
    assert read(slack)[-1] == "2 条消息"
    assert {(one.address, one.actions, one.link) for one in slack.sent_to(room_key(KEY))} == {(CHANNEL, (), None)}


def test_without_a_channel_nothing_is_announced(quick: Context, slack: MemoryChannel) -> None:
    begin(quick)
    pause(quick, KEY, by=MANAGER, reason=WHY)
    deliver_due(quick)
    assert {str(message.person) for message in slack.sent} & {room_key(KEY)} == set()


def test_it_is_stopped_by_a_decision_and_that_is_announced(quick: Context) -> None:
    begin(quick, slack_channel=CHANNEL)
    live(People(quick, KEY, outcomes=[Decided.STOP]))
    assert announced(quick)[-1] == "campaign_stopped"


def test_pausing_going_on_and_cancelling_are_announced_at_any_hour_over_no_budget(
    quick: Context, slack: MemoryChannel, clock: VirtualClock
) -> None:
    begin(quick, slack_channel=CHANNEL)
    clock.move_to(at("8", 23))  # a Saturday night
    for _ in range(6):
        for act in (pause, resume):
            act(quick, KEY, by=MANAGER, **({"reason": WHY} if act is pause else {}))
            deliver_due(quick)
            clock.move_to(clock.now() + timedelta(minutes=1))
    cancel(quick, KEY, by=SPONSOR, reason=WHY)
    deliver_due(quick)
    assert read(slack) == [*["Some campaign is paused", "Some campaign goes on"] * 6, "Some campaign is cancelled"]
    assert {str(message.person) for message in slack.sent} == {room_key(KEY)}


def test_an_incident_is_announced_as_it_opens_and_closes_without_a_button_also_while_it_is_paused(
    quick: Context, slack: MemoryChannel, clock: VirtualClock
) -> None:
    begin(quick, slack_channel=CHANNEL)
    pause(quick, KEY, by=MANAGER, reason=WHY)
    number = open_incident(quick, KEY, by=MANAGER, title=Text.both("The page is down"))
    deliver_due(quick)
    acknowledge(quick, KEY, number, by=PersonKey("duty"))
    resume(quick, KEY, by=MANAGER)
    close_incident(quick, KEY, number, by=PersonKey("duty"), cause=WHY, done=WHY)
    clock.move_to(clock.now() + timedelta(minutes=1))
    deliver_due(quick)
    assert announced(quick) == ["campaign_paused", "incident_announced", "campaign_resumed", "incident_closed"]
    assert "Whoever is on duty has been told" not in slack.sent_to(PersonKey("duty"))[0].body
    assert all(not message.actions for message in slack.sent_to(room_key(KEY)))


def test_a_channel_that_is_not_there_is_told_to_the_coordination_post_as_a_dead_letter(
    quick: Context, slack: MemoryChannel, clock: VirtualClock
) -> None:
    begin(quick, slack_channel=CHANNEL)
    slack.gone.add(room_key(KEY))
    clock.move_to(at("4", 10))
    cancel(quick, KEY, by=SPONSOR, reason=WHY)
    deliver_due(quick)
    (lost,) = messages(quick, person=room_key(KEY))
    assert (lost.status, [tried.outcome for tried in lost.attempts]) == ("fallback", [Outcome.UNDELIVERABLE])
    (told,) = slack.sent_to(PMO)
    assert "the channel C0CAMPAIGN could not be told: Some campaign is cancelled" in told.body


def test_where_slack_is_not_set_up_it_waits_for_a_process_that_has_it(quick: Context, slack: MemoryChannel) -> None:
    begin(quick, slack_channel=CHANNEL)
    pause(quick, KEY, by=MANAGER, reason=WHY)
    deliver_due(replace(quick, channels={"console": MemoryChannel("console")}))
    (kept,) = messages(quick, person=room_key(KEY))
    assert (kept.status, kept.reason) == ("pending", "channel slack is not set up here: set OPSFLOW_SLACK_BOT_TOKEN")
    deliver_due(quick)
    assert read(slack) == ["Some campaign is paused"]


def test_it_carries_nobodys_links(quick: Context, slack: MemoryChannel) -> None:
    settings = quick.settings.model_copy(update={"public_url": "https://ops.example.com"})
    public = replace(quick, settings=settings)
    begin(public, slack_channel=CHANNEL)
    pause(public, KEY, by=MANAGER, reason=WHY)
    deliver_due(public)
    assert page_link(settings, MANAGER, now=quick.clock.now()) is not None
    assert [message.link for message in slack.sent_to(room_key(KEY))] == [None]
    assert all(message.link for message in slack.sent if message.person != room_key(KEY))
