"""The scheduled asking: surveys open and close by themselves, letters go out between, and the closing stage waits for both."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsflow.adapters.mail.memory import MemoryMail
from opsflow.campaigns.state import CampaignStatus
from opsflow.campaigns.store import load_campaign, set_status
from opsflow.context import Context
from opsflow.db.tables import InvitationRow, OutboxRow, SurveyRow, VisitRow, WakeRow
from opsflow.db.ticks import last_tick
from opsflow.engine.collection import SWEEP, collect, next_collection
from opsflow.engine.load import load_changed, load_snapshot
from opsflow.engine.record import journal
from opsflow.feedback.settling.model import CLOSED
from opsflow.feedback.settling.store import TABLES
from opsflow.feedback.surveys.service import open_survey
from opsflow.feedback.visits.model import VisitChannel, VisitOutcome
from opsflow.feedback.visits.service import list_visits, record
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.mailing import Mail
from opsflow.kernel.rowfile import Row
from opsflow.kernel.terms import CampaignKey, Stage
from opsflow.participants.service import import_participants
from opsflow.prizes.payouts.holds.service import brake, resume
from tests.campaigns.planning import standard_sop
from tests.engine.scene import at
from tests.engine.small import KEY, MANAGER, begin, in_workspace, put_live
from tests.feedback.asked import asked
from tests.prizes.paying import FINANCE

DAY = timedelta(days=1)
LAUNCH = at("24", 0)
CLOSES = at("29", 0)
"""Live until the end of the 26th, and two days more."""
PLAN = {"opens": "2026-08-24T08:00", "close_days": 2, "remind_days": [1], "visits": 1}


@pytest.fixture
def here(sqlite_ctx: Context, tmp_path: Path) -> Context:
    """Three participants of a campaign that asks from eight o'clock on its first day, with a mail server."""
    context = in_workspace(sqlite_ctx, tmp_path / "ws")
    begin(context, feedback=PLAN)
    put_live(context)
    crowd = [{"account": f"u{n}", "email": f"u{n}@example.com", "consent": "yes"} for n in range(3)]
    import_participants(context, KEY, [Row(n, row) for n, row in enumerate(crowd, 2)], by=MANAGER)
    settings = context.settings.model_copy(update={"public_url": "https://ops.example.com"})
    return replace(context, settings=settings, mail=MemoryMail(context.clock))


def move(ctx: Context, to: object) -> None:
    assert isinstance(ctx.clock, VirtualClock)
    ctx.clock.move_to(to)  # type: ignore[arg-type]


def taken(ctx: Context) -> list[str]:
    assert isinstance(ctx.mail, MemoryMail)
    return sorted(f"{each.to[:2]} {each.key.split('/', 2)[2]}" for each in ctx.mail.taken)


def coming(ctx: Context) -> object:
    with ctx.reading() as session:
        found = next_collection(ctx, session, load_campaign(session, KEY))
    return found.astimezone(LAUNCH.tzinfo) if found else None


def points(ctx: Context) -> tuple[str, ...]:
    with ctx.reading() as session:
        return tuple(load_snapshot(ctx, session, KEY, Stage.CLOSING).open_points.get(CLOSED, ()))


def woken(ctx: Context) -> int:
    with ctx.reading() as session:
        mine = sa.select(sa.func.count()).where(WakeRow.stage == Stage.CLOSING, WakeRow.not_before == ctx.clock.now())
        return session.scalars(mine).one()


def test_a_survey_lives_by_itself_and_says_each_time_when_it_is_next_to_be_looked_at(here: Context) -> None:
    assert coming(here) == at("24", 8)
    assert points(here) == ("survey-open",)
    lived = []
    while (next_at := coming(here)) is not None:
        move(here, next_at)
        done = collect(here)
        assert done.failures == {}
        lived.append((next_at, done.opened, done.invited, dict(done.letters), done.closed))
        again = collect(here)
        assert (again.opened, again.invited, again.letters.total(), again.closed) == (0, 0, 0, 0)
    assert lived == [
        (at("24", 8), 1, 3, {}, 0),
        (at("24", 9), 0, 0, {"survey": 3}, 0),
        (at("25", 9), 0, 0, {"survey-reminder": 3}, 0),
        (CLOSES, 0, 0, {}, 1),
    ]
    assert woken(here) == 1, "the closing stage looks again, once"
    assert points(here) == ()
    with here.reading() as session:
        assert last_tick(session, SWEEP) == here.clock.now()
    assert "@example.com" not in str([each.data for each in journal(here, KEY)])


def test_late_participants_are_asked_too_and_who_comes_after_the_end_only_with_consent(here: Context) -> None:
    move(here, at("24", 10))
    collect(here)
    import_participants(here, KEY, [Row(2, {"account": "u7", "email": "u7@example.com"})], by=MANAGER)
    assert coming(here) == at("24", 10)
    collect(here)
    assert "u7 survey" in taken(here)
    move(here, at("27", 10))
    late = [
        {"account": "u8", "email": "u8@example.com"},
        {"account": "u9", "email": "u9@example.com", "consent": "yes"},
    ]
    import_participants(here, KEY, [Row(n, row) for n, row in enumerate(late, 2)], by=MANAGER)
    collect(here)
    assert [each for each in taken(here) if each[:2] in ("u7", "u8", "u9")] == ["u7 survey", "u9 survey"]


def test_paused_or_braked_nobody_is_written_to_and_afterwards_they_are(here: Context) -> None:
    move(here, at("24", 10))
    brake(here, KEY, by=MANAGER, reason="wrong prizes")
    assert collect(here).opened == 0
    with here.transaction() as session:
        set_status(session, KEY, CampaignStatus.ACTIVE)  # resumed, while the brake is on
    done = collect(here)
    assert (done.opened, done.invited, done.letters.total(), done.waiting) == (1, 3, 0, 0)
    assert coming(here) == CLOSES
    resume(here, KEY, by=FINANCE)
    assert collect(here).letters == {"survey": 3}


def test_a_survey_closes_on_time_also_while_its_campaign_is_paused(here: Context) -> None:
    move(here, at("24", 10))
    collect(here)
    with here.transaction() as session:
        set_status(session, KEY, CampaignStatus.PAUSED)
    move(here, CLOSES)
    assert collect(here).closed == 1


@pytest.mark.parametrize("lacks", ["mail", "address"])
def test_letters_that_opsflow_cannot_send_are_told_with_what_is_missing(here: Context, lacks: str) -> None:
    without = (
        replace(here, mail=None)
        if lacks == "mail"
        else replace(here, settings=here.settings.model_copy(update={"public_url": ""}))
    )
    move(without, at("24", 10))
    assert collect(without).waiting == 3
    with without.reading() as session:
        told = session.scalars(sa.select(OutboxRow.data).where(OutboxRow.template == "survey_letters_wait")).all()
    assert [each["lacks"] for each in told] == [lacks, lacks]


def test_one_campaign_in_trouble_does_not_hold_up_the_others(here: Context) -> None:
    begin(here, key="other-campaign", feedback=PLAN | {"survey": "nowhere"})
    put_live(here, CampaignKey("other-campaign"))
    move(here, at("24", 10))
    done = collect(here)
    assert list(done.failures) == ["other-campaign"]
    assert "nowhere" in done.failures[next(iter(done.failures))]
    assert done.letters == {"survey": 3}


def test_a_slow_server_leaves_every_campaign_its_share_of_a_run(here: Context) -> None:
    other = CampaignKey("other-campaign")
    begin(here, key=other, feedback=PLAN)
    put_live(here, other)
    crowd = [{"account": f"o{n}", "email": f"o{n}@example.com", "consent": "yes"} for n in range(4)]
    for campaign in (KEY, other):
        import_participants(here, campaign, [Row(n, row) for n, row in enumerate(crowd, 2)], by=MANAGER)
    move(here, at("24", 8))
    collect(here)
    move(here, at("24", 9))

    def slowly(_mail: Mail) -> str:
        move(here, here.clock.now() + timedelta(seconds=100))
        return "ok"

    assert isinstance(here.mail, MemoryMail)
    here.mail.faults = slowly
    assert collect(here).letters == {"survey": 4}
    assert Counter(each.key.partition("/")[0] for each in here.mail.taken) == {KEY: 2, other: 2}


def test_the_standard_sop_has_the_condition() -> None:
    closing = next(stage for stage in standard_sop().stages if stage.id is Stage.CLOSING)
    assert CLOSED in {fact.id for fact in closing.gate}


def test_the_closing_waits_for_the_survey_and_for_every_listed_visit(sqlite_ctx: Context, tmp_path: Path) -> None:
    here = asked(sqlite_ctx, tmp_path / "ws")
    list_visits(here, KEY, 2, by=MANAGER)
    assert points(here) == ("survey-open", "visits-2")
    with here.transaction() as session:
        session.execute(sa.update(SurveyRow).values(closed_at=here.clock.now()))
        before = load_snapshot(here, session, KEY, Stage.CLOSING)
        assert load_changed(here, session, before, {"journal"}).following is before.following
        assert load_changed(here, session, before, {next(iter(TABLES))}).following is not before.following
        who = [each for each in session.scalars(sa.select(VisitRow.participant)) if each]
    for each in who:
        record(here, KEY, each, by=MANAGER, channel=VisitChannel.CHAT, outcome=VisitOutcome.REFUSED)
    assert points(here) == ()


def test_a_campaign_that_asks_nobody_waits_for_nobody(sqlite_ctx: Context, tmp_path: Path) -> None:
    here = in_workspace(sqlite_ctx, tmp_path / "ws")
    begin(here)
    move(here, at("25"))
    assert (points(here), coming(here), collect(here).opened) == ((), None, 0)
    put_live(here)
    open_survey(here, KEY, by=MANAGER)
    assert points(here) == ("survey-open",), "opened by hand it is waited for"


def test_on_hold_nobody_is_asked_and_nothing_is_waited_for_until_it_is_live(
    sqlite_ctx: Context, tmp_path: Path
) -> None:
    here = in_workspace(sqlite_ctx, tmp_path / "ws")
    begin(here, feedback=PLAN)
    assert coming(here) == at("24", 8)
    move(here, at("25"))
    assert (collect(here).opened, coming(here)) == (0, None)
    put_live(here)
    assert (coming(here), collect(here).opened) == (at("24", 8), 1)


def test_a_survey_that_nobody_could_open_in_time_is_not_waited_for(sqlite_ctx: Context, tmp_path: Path) -> None:
    here = in_workspace(sqlite_ctx, tmp_path / "ws")
    begin(here, feedback=PLAN)
    move(here, CLOSES)
    assert (collect(here).opened, points(here), coming(here)) == (0, (), None)
    with here.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(InvitationRow)) == 0
