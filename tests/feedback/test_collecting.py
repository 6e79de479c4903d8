"""Participants are asked and reminded: whoever has answered never again, whoever has begun still, each letter once, at decent hours."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from opsflow.adapters.mail.memory import MemoryMail
from opsflow.adapters.mail.smtp import SmtpMail
from opsflow.campaigns.state import CampaignStatus
from opsflow.campaigns.store import set_status
from opsflow.context import Context
from opsflow.db.tables import InvitationRow, LetterRow, OutboxRow, SendingRow, SurveyRow
from opsflow.engine.record import journal
from opsflow.feedback.collecting.model import LEASE, due_at, is_decent, next_decent, pause_after, turns
from opsflow.feedback.collecting.service import BATCH, letters, note_written, send_due, tell_waiting
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import Conflict, PortFailed, Refused
from opsflow.kernel.faultpoints import watched
from opsflow.kernel.mailing import Mail, mail_server
from opsflow.kernel.rowfile import Row
from opsflow.kernel.terms import PersonKey
from opsflow.kernel.zoned import instant
from opsflow.participants.service import find, import_participants
from opsflow.participants.store import put_contacts
from opsflow.prizes.service import erase
from tests.contract.postoffice import PostOffice, serving
from tests.engine.small import KEY, MANAGER, PLANNER
from tests.engine.together import errors, together
from tests.feedback.asked import NOW, asked, invite

DAY = timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
SERVICE_HEAD = PersonKey("customer_service-head")


def link(invitation: str, _participant: str | None) -> str:
    return f"https://ops.example.com/survey/{invitation}"


def surveyed(ctx: Context, folder: Path, *, crowd: int = 4) -> tuple[Context, MemoryMail]:
    """Everybody of a small crowd is invited, with a mail server."""
    here = asked(ctx, folder, crowd=crowd)
    for number in range(crowd):
        invite(here, f"u{number}")
    with here.transaction() as session:
        session.execute(sa.update(SurveyRow).values(closes_at=NOW + 7 * DAY))
    mail = MemoryMail(here.clock)
    return replace(here, mail=mail), mail


@pytest.fixture
def office(sqlite_ctx: Context, tmp_path: Path) -> tuple[Context, MemoryMail]:
    return surveyed(sqlite_ctx, tmp_path / "ws")


def send(ctx: Context) -> Counter[str]:
    return send_due(ctx, KEY, link=link, until=ctx.clock.now() + timedelta(minutes=1))


def move(ctx: Context, by: timedelta) -> None:
    assert isinstance(ctx.clock, VirtualClock)
    ctx.clock.move_to(ctx.clock.now() + by)


def answer(ctx: Context, account: str, **values: object) -> None:
    with ctx.transaction() as session:
        mine = sa.update(InvitationRow).where(InvitationRow.id == f"link-{account}")
        session.execute(mine.values(values or {"answered_at": ctx.clock.now()}))


def got(mail: MemoryMail) -> dict[str, list[str]]:
    """Which letters each address got."""
    found: dict[str, list[str]] = {}
    for each in mail.taken:
        found.setdefault(each.to.partition("@")[0], []).append(each.key.split("/", 2)[2])
    return found


def test_who_has_answered_is_never_reminded_and_who_has_begun_is(office: tuple[Context, MemoryMail]) -> None:
    """F15, F16."""
    here, mail = office
    assert send(here) == {"survey": 4}
    assert send(here) == {}
    answer(here, "u0")
    answer(here, "u1", seen_at=here.clock.now())
    move(here, 2 * DAY)
    assert send(here) == {"survey-reminder": 3}
    answer(here, "u2")
    move(here, DAY)
    assert send(here) == {}
    move(here, DAY - timedelta(hours=1))
    assert send(here) == {"survey-reminder": 2}
    first, second = "survey-reminder/1", "survey-reminder/2"
    both = ["survey", first, second]
    assert got(mail) == {"u0": ["survey"], "u1": both, "u2": ["survey", first], "u3": both}
    (one,) = (each for each in mail.taken if each.to == "u1@example.com" and each.key.endswith("/1"))
    assert "https://ops.example.com/survey/link-u1" in one.body
    assert "until 2026-09-04 Fri 10:00 (Asia/Shanghai time)" in one.body
    lines = [each.data for each in journal(here, KEY) if each.action == "survey.written"]
    assert lines[0] == {"invitations": 4, "reminders": 0}


def test_who_answers_between_the_look_and_the_sending_is_asked_no_more(sqlite_ctx: Context, tmp_path: Path) -> None:
    """F15: whoever is not in hand yet is looked at anew with each batch."""
    here, mail = surveyed(sqlite_ctx, tmp_path / "ws", crowd=BATCH + 5)
    send(here)
    move(here, 2 * DAY)
    mail.taken.clear()

    def everybody_answers(point: str) -> None:
        if point == "letters handed over":
            for number in range(BATCH + 5):
                answer(here, f"u{number}")

    with watched(everybody_answers):
        assert send(here) == {"survey-reminder": BATCH}
    assert len(mail.taken) == BATCH


@pytest.mark.parametrize("ticks", range(4))
def test_late_doubled_and_missed_runs_give_the_same_letters(office: tuple[Context, MemoryMail], ticks: int) -> None:
    here, mail = office
    dice = random.Random(ticks)
    answered = {"u1": NOW + DAY, "u2": NOW + 3 * DAY}
    while here.clock.now() < NOW + 5 * DAY:
        for who, at in answered.items():
            if at <= here.clock.now():
                answer(here, who)
        for _ in range(dice.choice((1, 1, 2))):
            send(here)
        move(here, timedelta(minutes=dice.choice((1, 60, 240, 600))))
    every = ["survey", "survey-reminder/1", "survey-reminder/2"]
    assert got(mail) == {"u0": every, "u1": every[:1], "u2": every[:2], "u3": every}


def test_after_days_of_silence_one_reminder_is_sent_and_not_all_that_were_missed(
    office: tuple[Context, MemoryMail],
) -> None:
    here, mail = office
    send(here)
    move(here, 4 * DAY - timedelta(hours=1))
    assert send(here) == {"survey-reminder": 4}
    assert set(map(tuple, got(mail).values())) == {("survey", "survey-reminder/2")}


class Killed(BaseException):
    """A process that ends there."""


def dying(at: str) -> Callable[[str], None]:
    def hook(point: str) -> None:
        if point == at:
            raise Killed

    return hook


def test_killed_between_handing_over_and_noting_it_is_the_same_message_once_more_and_never_a_third_time(
    office: tuple[Context, MemoryMail],
) -> None:
    here, mail = office
    for time_ in (1, 2, 3):
        with watched(dying("letters handed over")):
            if time_ < 3:
                with pytest.raises(Killed):
                    send(here)
                send(here)  # what somebody has in hand is left alone
            else:
                send(here)
        assert set(mail.keys().values()) == {min(time_, 2)}, "the key of a letter is its Message-ID"
        move(here, LEASE)
    with here.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(LetterRow)) == 4, "it counts as written"
    mail.taken.clear()
    move(here, 2 * DAY)
    assert send(here) == {"survey-reminder": 4}


def test_a_server_gets_the_same_message_again_under_the_same_name(office: tuple[Context, MemoryMail]) -> None:
    """Killed between the letter's last line and the note: over SMTP as with the double."""
    here, _ = office
    with serving(PostOffice()) as post:
        here = replace(here, mail=SmtpMail(mail_server(post.url), here.clock))
        with watched(dying("letters handed over")), pytest.raises(Killed):
            send(here)
        move(here, LEASE)
        assert send(here) == {"survey": 4}
        move(here, LEASE)
        assert send(here) == {}
    names = Counter((to, letter["Message-ID"]) for to, letter in post.taken)
    assert (len(names), set(names.values())) == (4, {2})


def test_killed_before_handing_over_nothing_is_lost(office: tuple[Context, MemoryMail]) -> None:
    here, mail = office
    with watched(dying("letters in hand")), pytest.raises(Killed):
        send(here)
    move(here, LEASE)
    assert send(here) == {"survey": 4}
    assert set(mail.keys().values()) == {1}


@pytest.mark.parametrize("fault", ["drop", "lose"])
def test_a_letter_without_an_answer_is_handed_over_twice_and_then_counts_as_written(
    office: tuple[Context, MemoryMail], fault: str
) -> None:
    here, mail = office
    mail.faults = lambda each: fault if each.to.startswith("u1") else "ok"
    for _ in range(6):
        send(here)
        move(here, timedelta(minutes=10))
    assert sorted(mail.asked.values()) == [1, 1, 1, 2]
    assert len(got(mail)) == (4 if fault == "drop" else 3)
    with here.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(LetterRow)) == 4


def test_one_address_that_fails_holds_up_nobody_and_is_asked_less_and_less(office: tuple[Context, MemoryMail]) -> None:
    here, mail = office
    mail.faults = lambda each: {"u0": "unknown", "u1": "busy"}.get(each.to[:2], "ok")
    asked_at = []
    for minute in (0, 1, 4, 5, 6, 14, 15, 34, 35, 36):
        before = mail.asked.total()
        move(here, NOW + timedelta(minutes=minute) - here.clock.now())
        send(here)
        if mail.asked.total() > before:
            asked_at.append(minute)
    assert asked_at == [0, 5, 15, 35]
    assert got(mail) == {"u2": ["survey"], "u3": ["survey"]}
    mail.faults = lambda _: "ok"
    move(here, timedelta(minutes=40))
    send(here)
    move(here, 2 * DAY)
    send(here)
    assert "u0" not in got(mail), "an address that is none is asked nothing more"
    assert [pause_after(tries) for tries in (1, 2, 40)] == [
        timedelta(minutes=5),
        timedelta(minutes=10),
        timedelta(hours=4),
    ]
    assert [each.contact["account"] for each in letters(here, KEY, by=MANAGER, link=link)] == ["u0"], "but by a file"


def test_a_server_that_is_down_leaves_everything_as_it_was(office: tuple[Context, MemoryMail]) -> None:
    here, mail = office
    for _ in range(3):
        mail.down = True
        with pytest.raises(PortFailed):
            send(here)
    mail.down = False
    assert send(here) == {"survey": 4}


def test_a_broken_template_sends_nothing_and_leaves_everything_as_it_was(office: tuple[Context, MemoryMail]) -> None:
    here, _ = office
    assert here.settings.workspace is not None
    own = here.settings.workspace / "sop_templates" / "letters" / "en" / "survey.j2"
    own.parent.mkdir(parents=True)
    for _ in range(3):
        own.write_text("{{ nobody_knows }}", encoding="utf-8")
        with pytest.raises(Exception, match="nobody_knows"):
            send(here)
    own.write_text("Please\n\n{{ link }}", encoding="utf-8")
    assert send(here) == {"survey": 4}


def test_names_and_addresses_begin_no_header(sqlite_ctx: Context, tmp_path: Path) -> None:
    here, mail = surveyed(sqlite_ctx, tmp_path / "ws", crowd=1)
    with here.transaction() as session:
        who = find(session, KEY, "u0").id
        contact = {"account": "u0", "name": "A\r\nBcc: all@example.com", "email": "a@example.com\r\nBcc: b@example.com"}
        put_contacts(session, KEY, {who: contact})
    assert send(here) == {}
    assert mail.taken == []
    with here.reading() as session:
        assert session.scalars(sa.select(SendingRow.outcome)).one() == "undeliverable"


def halt(ctx: Context, status: CampaignStatus) -> None:
    with ctx.transaction() as session:
        set_status(session, KEY, status)


@pytest.mark.parametrize("status", [each for each in CampaignStatus if each is not CampaignStatus.ACTIVE])
def test_nothing_is_sent_while_a_campaign_is_paused_or_over(
    office: tuple[Context, MemoryMail], status: CampaignStatus
) -> None:
    here, mail = office
    halt(here, status)
    assert send(here) == {}
    assert tell_waiting(here, KEY, lacks="mail") == 0
    with pytest.raises(Conflict, match="not under way"):
        letters(here, KEY, by=MANAGER, link=link)
    assert mail.asked.total() == 0


def test_a_pause_takes_effect_between_two_batches(sqlite_ctx: Context, tmp_path: Path) -> None:
    here, _ = surveyed(sqlite_ctx, tmp_path / "ws", crowd=BATCH + 5)
    with watched(lambda point: halt(here, CampaignStatus.PAUSED) if point == "letters handed over" else None):
        assert send(here) == {"survey": BATCH}


@pytest.mark.parametrize("by_hand", [False, True])
def test_nothing_is_sent_once_the_survey_is_closed(office: tuple[Context, MemoryMail], by_hand: bool) -> None:
    here, mail = office
    with here.transaction() as session:
        values = {"closed_at": here.clock.now()} if by_hand else {"closes_at": here.clock.now()}
        session.execute(sa.update(SurveyRow).values(values))
    assert send(here) == {}
    assert mail.asked.total() == 0


def test_after_the_end_only_who_agrees_is_asked_and_nobody_who_is_erased_or_out(
    office: tuple[Context, MemoryMail],
) -> None:
    here, mail = office
    erase(here, KEY, "u0", by=MANAGER)
    changes = [{"account": "u1", "consent": "no"}]
    import_participants(here, KEY, [Row(2, each) for each in changes], by=MANAGER)
    send(here)
    assert sorted(got(mail)) == ["u2", "u3"]


def test_letters_go_out_from_nine_to_nine_on_the_campaigns_clocks(office: tuple[Context, MemoryMail]) -> None:
    here, mail = office
    move(here, timedelta(hours=11))  # 21:00
    assert send(here) == {}
    move(here, timedelta(hours=11, minutes=59))
    assert send(here) == {}
    move(here, timedelta(minutes=1))
    assert send(here) == {"survey": 4}
    assert mail.asked.total() == 4


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 10, 24)])
def test_days_and_hours_are_those_of_the_clocks_also_where_they_change(day: date) -> None:
    """The night after that day has 23 or 25 hours."""
    asked_at = instant(day, time(20, 59), BERLIN)
    assert due_at(asked_at, 2, BERLIN) == instant(day + 2 * DAY, time(9), BERLIN)
    assert next_decent(instant(day, time(21), BERLIN), BERLIN) == instant(day + DAY, time(9), BERLIN)
    assert next_decent(instant(day, time(3), BERLIN), BERLIN) == instant(day, time(9), BERLIN)
    opens = instant(day + DAY, time(9), BERLIN)
    assert is_decent(opens, BERLIN)
    assert not is_decent(opens - timedelta(seconds=1), BERLIN)
    for hours in range(72):
        now = asked_at + timedelta(hours=hours)
        reminder = list(turns([2], BERLIN, now))[1]
        assert reminder.before is not None
        reached = asked_at < reminder.before
        assert reached == (now >= instant(day + 2 * DAY, time(0), BERLIN))


def test_two_who_send_at_once_send_each_letter_once(ctx: Context, tmp_path: Path) -> None:
    here, mail = surveyed(ctx, tmp_path / "ws", crowd=30)
    outcomes = together(*[partial(send, here)] * 3)
    assert errors(outcomes) == []
    assert mail.keys().total() == 30
    assert set(mail.keys().values()) == {1}
    with here.transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(SendingRow)) == 30


def told(ctx: Context) -> list[tuple[str, int]]:
    with ctx.reading() as session:
        query = sa.select(OutboxRow.person, OutboxRow.data).where(OutboxRow.template == "survey_letters_wait")
        return sorted((row.person, row.data["count"]) for row in session.execute(query))


def test_without_a_mail_server_those_who_can_do_something_hear_it_once_a_day(
    sqlite_ctx: Context, tmp_path: Path
) -> None:
    here = replace(surveyed(sqlite_ctx, tmp_path / "ws")[0], mail=None)
    for _ in range(3):
        assert tell_waiting(here, KEY, lacks="mail") == 4
        move(here, timedelta(minutes=1))
    assert told(here) == [(SERVICE_HEAD, 4), (MANAGER, 4)]
    move(here, DAY)
    answer(here, "u0")
    tell_waiting(here, KEY, lacks="mail")
    assert told(here) == [(SERVICE_HEAD, 3), (SERVICE_HEAD, 4), (MANAGER, 3), (MANAGER, 4)]


def test_a_file_holds_what_is_due_and_once_it_is_noted_nothing_of_it_again(sqlite_ctx: Context, tmp_path: Path) -> None:
    here = replace(surveyed(sqlite_ctx, tmp_path / "ws")[0], mail=None)
    with pytest.raises(Refused):
        letters(here, KEY, by=PLANNER, link=link)
    first = letters(here, KEY, by=SERVICE_HEAD, link=link)
    assert [each.occasion.key for each in first] == ["survey"] * 4
    assert len(letters(here, KEY, by=SERVICE_HEAD, link=link)) == 4, "nothing is noted before the file is there"
    assert note_written(here, KEY, first, by=SERVICE_HEAD) == 4
    assert letters(here, KEY, by=SERVICE_HEAD, link=link) == []
    move(here, 2 * DAY)
    answer(here, "u2")
    again = letters(here, KEY, by=SERVICE_HEAD, link=link, language="zh")
    assert sorted(each.contact["account"] for each in again) == ["u0", "u1", "u3"]
    assert "还差您的评价" in again[0].subject
    assert [dict(each.data) for each in journal(here, KEY) if each.action == "survey.written"] == [
        {"invitations": 4, "reminders": 0}
    ]


def test_nothing_of_a_participant_is_shown() -> None:
    assert "user" not in repr(Mail("k", "user@example.com", "user", "user"))
