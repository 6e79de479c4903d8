"""A crash at any point of a run, a launch or a delivery leaves everything as before, or everything as after."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsflow.adapters.memory import MemoryChannel, MemoryLauncher
from opsflow.context import Context
from opsflow.db.tables import Base
from opsflow.documents.render import BrokenTemplate
from opsflow.engine.advance import advance
from opsflow.engine.apply import apply
from opsflow.engine.decide import decide
from opsflow.engine.launch import launch_due
from opsflow.engine.load import load_snapshot
from opsflow.engine.tick import deliver_due
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import CampaignKey, Level, Stage
from opsflow.ports import Message
from tests.doubles import channel_of
from tests.engine.driving import People, live, run_due, stage_of
from tests.engine.scene import at
from tests.engine.small import KEY, begin, in_workspace

FIRST = Stage.INITIAL_PLANNING


class Killed(BaseException):
    """What a killed process looks like from inside."""


@pytest.fixture
def small(ctx: Context, clock: VirtualClock, tmp_path: Path) -> Context:
    here = in_workspace(ctx, tmp_path)
    begin(here)
    clock.move_to(at("4"))
    return here


def rows(ctx: Context) -> dict[str, list[tuple[object, ...]]]:
    """Everything in the database."""
    with ctx.database.engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(sa.select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }


def half_run(ctx: Context, *, steps: int) -> list[str]:
    """A stage run that is killed once it has done so many things; what it had done."""
    did: list[str] = []
    with suppress(Killed), ctx.transaction() as session:
        snapshot = load_snapshot(ctx, session, KEY, FIRST)
        while effects := decide(snapshot):
            for effect in effects:
                if len(did) == steps:
                    raise Killed
                did += apply(ctx, session, snapshot, [effect])
            session.expire_all()
            snapshot = load_snapshot(ctx, session, KEY, FIRST)
        raise Killed
    return did


def test_a_run_killed_after_any_of_its_steps_leaves_nothing_and_the_next_does_it_all(small: Context) -> None:
    before, whole = rows(small), half_run(small, steps=-1)
    assert len(whole) >= 3, "opening the stage, opening the task, moving the stage"
    for steps in range(len(whole) + 1):
        assert half_run(small, steps=steps) == whole[:steps]
        assert rows(small) == before
    assert advance(small, KEY, FIRST).did == tuple(whole)


def test_a_template_that_cannot_be_rendered_leaves_the_stage_as_it_was_until_it_is_mended(
    small: Context, tmp_path: Path
) -> None:
    """The proposal is drafted when C1 opens: the whole run is taken back, and its wake stays."""
    people = People(small, KEY)
    live(people, until=lambda: stage_of(small, KEY, FIRST) == "closed")
    small.clock.move_to(at("7"))  # type: ignore[attr-defined]
    template = tmp_path / "sop_templates/documents/zh/proposal.md.j2"
    good = template.read_text(encoding="utf-8")
    template.write_text("{{ nobody_knows_this }}", encoding="utf-8")
    before = rows(small)
    with pytest.raises(BrokenTemplate, match="nobody_knows_this"):
        advance(small, KEY, Stage.COORDINATION)
    assert rows(small) == before
    template.write_text(good, encoding="utf-8")
    run_due(small)
    assert stage_of(small, KEY, Stage.COORDINATION) == "drafting"


class DiesLaunching(MemoryLauncher):
    """Starts the run, and its caller dies before it can note so."""

    def launch(self, campaign: CampaignKey, stage: Stage, *, level: Level, key: str) -> str:
        super().launch(campaign, stage, level=level, key=key)
        raise Killed


def test_a_launch_that_dies_after_the_motor_took_it_is_tried_again_under_a_key_of_its_own(
    small: Context, clock: VirtualClock
) -> None:
    """The claim stands for 90 seconds; then the next attempt, whose run finds what the first has left to do."""
    dying = DiesLaunching()
    with pytest.raises(Killed):
        launch_due(replace(small, launcher=dying))
    assert launch_due(small) == 0
    clock.move_to(at("4", 9, 2))
    assert launch_due(small) == 1
    assert isinstance(small.launcher, MemoryLauncher)
    assert {key.rpartition("/")[2] for key in dying.launched} == {"1"}
    assert {key.rpartition("/")[2] for key in small.launcher.launched} == {"2"}


class DiesSending(MemoryChannel):
    """Sends so many messages and dies with the next."""

    def __init__(self, sends: int) -> None:
        super().__init__()
        self.sends = sends

    def send(self, message: Message) -> str:
        if len(self.sent) == self.sends:
            raise Killed
        return super().send(message)


def test_a_delivery_that_dies_moves_no_stage_and_loses_no_notice(small: Context, clock: VirtualClock) -> None:
    run_due(small)
    clock.move_to(at("4", 9, 30))
    channel = DiesSending(1)
    with pytest.raises(Killed):
        deliver_due(replace(small, channels={channel.name: channel}))
    clock.move_to(at("4", 11))
    deliver_due(small)
    told = [message.person for message in (*channel.sent, *channel_of(small).sent)]
    assert sorted(told) == sorted(set(told)), "nobody twice: the one on the way was not sent"
    assert set(told) == {"planner", "manager", "pmo"}
