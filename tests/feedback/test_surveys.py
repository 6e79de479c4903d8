"""A survey opens and closes on time, asks each participant once, and takes one answer from each."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from opsflow.campaigns.state import CampaignStatus
from opsflow.campaigns.store import set_status
from opsflow.context import Context
from opsflow.db.tables import AnswerRow, InvitationRow, ParticipantRow, SurveyRow, VoiceRow
from opsflow.engine.record import journal
from opsflow.feedback.surveys import service, store
from opsflow.feedback.surveys.model import SurveyClosed, SurveyPaused, closes_at, filled, opens_at
from opsflow.feedback.surveys.service import (
    EmptyAnswer,
    answer,
    close_due,
    close_survey,
    invite,
    links_for,
    on_site_links,
    open_due,
    open_survey,
    page_links,
    read_survey,
    survey_of,
)
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput, Conflict, Refused
from opsflow.kernel.rowfile import Row
from opsflow.kernel.signing import Altered, Signed, sign
from opsflow.kernel.terms import CampaignKey
from opsflow.outbox.links import secret
from opsflow.participants.service import import_participants
from opsflow.prizes.service import erase
from tests.campaigns.planning import campaign
from tests.engine.small import KEY, LEGAL, MANAGER, begin, in_workspace, put_live

LIVE = datetime(2026, 8, 24, 2, tzinfo=UTC)
"""Monday 10:00 in Shanghai, the first live day of three."""
ENDED = datetime(2026, 8, 27, 2, tzinfo=UTC)
CLOSES = datetime(2026, 8, 31, 16, tzinfo=UTC)
"""Midnight in Shanghai, five whole days after the last live one."""
GOOD = {"satisfaction": ["5"], "recommend": ["10"], "difficulties": ["rules", "page"], "words": ["奖品很好"]}


@pytest.fixture
def live(ctx: Context, clock: VirtualClock, tmp_path: Path) -> Context:
    """The small campaign on its first live day; of three participants one agrees to be contacted."""
    return begun(ctx, clock, tmp_path)


def begun(ctx: Context, clock: VirtualClock, folder: Path, **plan: Any) -> Context:
    here = in_workspace(ctx, folder / "ws")
    window = {"start": "2026-08-24T00:00", "end": "2026-08-27T00:00"}
    begin(here, live=window, feedback={"survey": "standard", **plan})
    put_live(here)
    people = [{"account": f"u{n}", "consent": "yes" if n == 0 else "no"} for n in range(3)]
    import_participants(here, KEY, [Row(n, row) for n, row in enumerate(people, 2)], by=MANAGER)
    clock.move_to(LIVE)
    settings = here.settings.model_copy(update={"public_url": "https://opsflow.example.com"})
    return replace(here, settings=settings)


def tokens(ctx: Context) -> list[str]:
    return [link.rpartition("/")[2] for _, link in page_links(ctx, KEY, by=MANAGER)]


def count(ctx: Context, table: type[Any]) -> int:
    with ctx.reading() as session:
        return session.scalars(sa.select(sa.func.count()).select_from(table)).one()


def actions(ctx: Context) -> list[str]:
    return [entry.action for entry in journal(ctx, KEY) if entry.action.startswith("survey.")]


def test_it_opens_with_the_second_phase_or_the_launch_and_closes_at_a_midnight_of_the_campaign() -> None:
    phases = [
        {"id": name, "title": name, "start": f"2026-10-{start}T00:00", "end": f"2026-10-{end}T00:00"}
        for name, start, end in (("one", "20", "24"), ("two", "24", "26"))
    ]
    window = {"start": "2026-10-20T00:00", "end": "2026-10-26T00:00"}
    file = campaign(zone="Europe/Berlin", live={**window, "phases": phases}, feedback={"close_days": "3"})
    assert opens_at(file) == datetime(2026, 10, 23, 22, tzinfo=UTC)
    assert closes_at(file) == datetime(2026, 10, 28, 23, tzinfo=UTC)  # the clocks went back on the 25th
    assert opens_at(campaign(zone="Europe/Berlin", live=window)) == datetime(2026, 10, 19, 22, tzinfo=UTC)
    said = campaign(zone="Europe/Berlin", live=window, feedback={"opens": "2026-10-25T12:00"})
    assert opens_at(said) == datetime(2026, 10, 25, 11, tzinfo=UTC)


def test_it_opens_once_by_itself_and_keeps_the_questions_it_was_opened_with(live: Context, tmp_path: Path) -> None:
    assert [open_due(live, KEY), open_due(live, KEY)] == [True, False]
    with pytest.raises(Conflict, match="was opened already"):
        open_survey(live, KEY, by=MANAGER)
    assert actions(live) == ["survey.opened"]
    found = survey_of(live, KEY)
    assert found is not None
    assert (found.closes_at, found.takes_answers(LIVE)) == (CLOSES, True)
    own = tmp_path / "ws" / "sop_templates" / "surveys"
    own.mkdir(parents=True)
    (own / "standard.yaml").write_text("title: Other\nquestions: [{id: other, kind: text, title: Other}]\n", "utf-8")
    assert (survey_of(live, KEY) or found).survey.questions[0].id == "satisfaction"


def test_before_the_launch_after_the_end_and_by_others_it_is_refused(
    ctx: Context, clock: VirtualClock, tmp_path: Path
) -> None:
    here = in_workspace(ctx, tmp_path / "ws")
    begin(here, live={"start": "2026-08-24T00:00", "end": "2026-08-27T00:00"})
    with pytest.raises(Refused, match="is not live before"):
        open_survey(here, KEY, by=MANAGER)
    assert not open_due(here, KEY)
    clock.move_to(LIVE)
    with pytest.raises(Refused, match=f"{LEGAL} cannot open the survey"):
        open_survey(here, KEY, by=LEGAL)
    with pytest.raises(Refused, match="has not gone live yet"):
        open_survey(here, KEY, by=MANAGER)
    put_live(here)
    assert not open_due(here, KEY)  # the file does not ask for one
    clock.move_to(CLOSES)
    with pytest.raises(Refused, match="The time to answer ended on 2026-08-31 16:00 UTC"):
        open_survey(here, KEY, by=MANAGER)


def test_everybody_is_asked_while_it_is_live_and_afterwards_only_who_agrees(live: Context, clock: VirtualClock) -> None:
    open_due(live, KEY)
    assert [invite(live, KEY), invite(live, KEY)] == [3, 0]
    later = [{"account": f"late{n}", "consent": consent} for n, consent in enumerate(("yes", "no"))]
    import_participants(live, KEY, [Row(n, row) for n, row in enumerate(later, 2)], by=MANAGER)
    clock.move_to(ENDED)
    assert [invite(live, KEY), invite(live, KEY)] == [1, 0]


def test_asking_takes_no_statement_for_each(
    live: Context, sqlite_ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_due(live, KEY)
    monkeypatch.setattr(service, "CHUNK", 2)
    counted: list[str] = []

    def count(*about: Any) -> None:
        counted.append(about[2])

    sa.event.listen(live.database.engine, "before_cursor_execute", count)
    assert invite(live, KEY) == 3
    sa.event.remove(live.database.engine, "before_cursor_execute", count)
    assert sum("INSERT INTO survey_invitations" in each for each in counted) <= 2


def test_an_answer_is_kept_once_and_what_is_sent_again_changes_nothing(live: Context) -> None:
    open_due(live, KEY)
    token = tokens(live)[0]
    assert read_survey(live, token).invitation.answered_at is None
    assert read_survey(live, token).invitation.seen_at == LIVE
    assert answer(live, token, GOOD).mistakes == {}
    assert answer(live, token, GOOD | {"satisfaction": ["1"]}).choices == {}
    with live.reading() as session:
        kept = sorted((row.question, row.choice) for row in session.scalars(sa.select(AnswerRow)))
        said = [(row.text, row.source) for row in session.scalars(sa.select(VoiceRow))]
    assert kept == [("difficulties", "page"), ("difficulties", "rules"), ("recommend", "10"), ("satisfaction", "5")]
    assert said == [("奖品很好", "survey")]
    assert read_survey(live, token).invitation.answered_at == LIVE
    assert len(tokens(live)) == 2


@pytest.mark.parametrize(
    ("given", "mistakes"),
    [
        ({}, {"satisfaction": "missing"}),
        ({"satisfaction": ["6"]}, {"satisfaction": "unknown"}),
        ({"satisfaction": ["5", "4"]}, {"satisfaction": "several"}),
        ({"satisfaction": ["5"], "recommend": ["-1"]}, {"recommend": "unknown"}),
        ({"satisfaction": ["5"], "channel": ["app", "video"]}, {"channel": "several"}),
        ({"satisfaction": ["5"], "difficulties": [str(n) for n in range(10_000)]}, {"difficulties": "unknown"}),
        ({"satisfaction": ["5"], "words": ["x" * 100_000]}, {"words": "long"}),
        ({"satisfaction": ["5"], "words": ["\x00\u202e \n"], "no-such": ["x"]}, {}),
    ],
)
def test_with_a_mistake_nothing_is_kept(
    sqlite_ctx: Context, clock: VirtualClock, tmp_path: Path, given: dict[str, list[str]], mistakes: dict[str, str]
) -> None:
    live = begun(sqlite_ctx, clock, tmp_path)
    open_due(live, KEY)
    read = answer(live, tokens(live)[0], given)
    assert read.mistakes == mistakes
    assert count(live, AnswerRow) == (0 if mistakes else 1)
    assert count(live, VoiceRow) == 0


def test_who_answers_nothing_is_told_so(sqlite_ctx: Context, clock: VirtualClock, tmp_path: Path) -> None:
    live = begun(sqlite_ctx, clock, tmp_path)
    own = tmp_path / "ws" / "sop_templates" / "surveys"
    own.mkdir(parents=True)
    (own / "standard.yaml").write_text("title: T\nquestions: [{id: words, kind: text, title: W}]\n", "utf-8")
    open_due(live, KEY)
    with pytest.raises(EmptyAnswer):
        answer(live, tokens(live)[0], {"words": [" "]})


def pressed_at_once(ctx: Context, token: str, times: int = 20) -> int:
    """One link is answered from many threads at once; answers how often choices were kept."""
    together = threading.Barrier(times)

    def press(number: int) -> None:
        together.wait()
        answer(ctx, token, {"satisfaction": [str(number % 5 + 1)], "words": [f"words {number}"]})

    threads = [threading.Thread(target=press, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count(ctx, AnswerRow)


def test_twenty_presses_at_once_are_one_answer(live: Context) -> None:
    open_due(live, KEY)
    assert pressed_at_once(live, tokens(live)[0]) == 1
    assert count(live, VoiceRow) == 1


def both_looked_before_either_wrote(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> int:
    """Two presses, each of which has found no answer; answers how often choices were kept. SQLite lets no two write at once."""
    open_due(ctx, KEY)
    token, together, read = tokens(ctx)[0], threading.Barrier(2), filled

    def filled_together(*given: Any) -> Any:
        together.wait(timeout=20)
        return read(*given)

    monkeypatch.setattr(service, "filled", filled_together)
    presses = [threading.Thread(target=answer, args=(ctx, token, {"satisfaction": [mark]})) for mark in "12"]
    for press in presses:
        press.start()
    for press in presses:
        press.join()
    return count(ctx, AnswerRow)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_of_two_that_found_no_answer_one_is_kept(live: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    assert both_looked_before_either_wrote(live, monkeypatch) == 1


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_without_the_condition_in_the_statement_both_are(live: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    noting = store.answer

    def unguarded(*given: Any, **more: Any) -> bool:
        noting(*given, **more)
        return True

    monkeypatch.setattr(store, "answer", unguarded)
    assert both_looked_before_either_wrote(live, monkeypatch) == 2


def test_whoever_closes_waits_for_an_answer_that_is_being_kept(live: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    open_due(live, KEY)
    token, read = tokens(live)[0], filled
    closing = threading.Thread(target=close_survey, args=(live, KEY), kwargs={"by": MANAGER})

    def filled_meanwhile(*given: Any) -> Any:
        closing.start()
        closing.join(timeout=0.5)
        assert closing.is_alive(), "the survey was closed under an answer"
        return read(*given)

    monkeypatch.setattr(service, "filled", filled_meanwhile)
    answer(live, token, GOOD)
    closing.join()
    found = survey_of(live, KEY)
    assert found is not None
    assert (count(live, AnswerRow), found.closed_at) == (4, LIVE)


Spoil = Callable[[Context], str]


def of_another_campaign(ctx: Context) -> str:
    return _signed(ctx, matter=f"other/{_some(ctx).id}")


def of_another_person(ctx: Context) -> str:
    return _signed(ctx, person="0" * 32)


def of_another_action(ctx: Context) -> str:
    return _signed(ctx, action="claim")


def cut(ctx: Context) -> str:
    return tokens(ctx)[0][:-2]


def _some(ctx: Context) -> InvitationRow:
    with ctx.reading() as session:
        return session.scalars(sa.select(InvitationRow).order_by(InvitationRow.id)).first() or InvitationRow()


def _signed(ctx: Context, **changes: str) -> str:
    row = _some(ctx)
    said = {"action": "survey", "matter": f"{KEY}/{row.id}", "person": row.participant or ""} | changes
    return sign(secret(ctx.settings), Signed(said["action"], said["matter"], said["person"], CLOSES))


@pytest.mark.parametrize("spoil", [of_another_campaign, of_another_person, of_another_action, cut])
def test_a_link_that_is_not_whole_or_of_something_else_does_nothing(
    sqlite_ctx: Context, clock: VirtualClock, tmp_path: Path, spoil: Spoil
) -> None:
    live = begun(sqlite_ctx, clock, tmp_path)
    open_due(live, KEY)
    invite(live, KEY)
    read_survey(live, _signed(live))  # whole, it does
    with pytest.raises(Altered):
        answer(live, spoil(live), GOOD)
    assert count(live, AnswerRow) == 0


def test_whoever_was_erased_has_no_link_any_more(live: Context) -> None:
    open_due(live, KEY)
    token = tokens(live)[0]
    account = next(iter(dict(page_links(live, KEY, by=MANAGER))))
    erase(live, KEY, account, by=MANAGER)
    with pytest.raises(Altered):
        answer(live, token, GOOD)


def test_it_closes_on_time_once_and_an_answer_after_that_is_refused(live: Context, clock: VirtualClock) -> None:
    open_due(live, KEY)
    token = tokens(live)[0]
    clock.move_to(CLOSES - timedelta(seconds=1))
    assert not close_due(live, KEY)
    read_survey(live, token)
    clock.move_to(CLOSES)
    with pytest.raises(SurveyClosed, match="until 2026-08-31 16:00 UTC"):
        answer(live, token, GOOD)
    assert [close_due(live, KEY), close_due(live, KEY)] == [True, False]
    with pytest.raises(Conflict, match="closed already"):
        close_survey(live, KEY, by=MANAGER)
    with pytest.raises(SurveyClosed):
        page_links(live, KEY, by=MANAGER)
    assert actions(live) == ["survey.opened", "survey.linked", "survey.closed"]


def test_closed_by_hand_it_takes_nothing_more_and_who_has_answered_still_reads_thanks(live: Context) -> None:
    open_due(live, KEY)
    first, second, _ = tokens(live)
    answer(live, first, GOOD)
    assert close_survey(live, KEY, by=MANAGER).closed_at == LIVE
    assert read_survey(live, first).invitation.answered_at == LIVE
    with pytest.raises(SurveyClosed):
        read_survey(live, second)
    assert invite(live, KEY) == 0


def test_a_campaign_that_is_paused_or_over_is_asked_nothing_of(live: Context) -> None:
    open_due(live, KEY)
    token = tokens(live)[0]
    for status, error in ((CampaignStatus.PAUSED, SurveyPaused), (CampaignStatus.CANCELLED, SurveyClosed)):
        with live.transaction() as session:
            set_status(session, KEY, status)
        with pytest.raises(error):
            answer(live, token, GOOD)
    assert close_due(live, KEY)


def test_the_live_time_moves_and_the_survey_closes_with_it(live: Context, clock: VirtualClock) -> None:
    open_due(live, KEY)
    with live.transaction() as session:
        session.execute(sa.update(SurveyRow).values(closes_at=LIVE + timedelta(hours=1)))
    clock.move_to(LIVE + timedelta(hours=2))
    assert not close_due(live, KEY)
    found = survey_of(live, KEY)
    assert found is not None
    assert found.closes_at == CLOSES


def test_on_site_links_are_for_nobody_by_name_and_each_for_one_answer(live: Context) -> None:
    open_due(live, KEY)
    links = on_site_links(live, KEY, 3, by=MANAGER)
    assert len(set(links)) == 3
    for link in links[:2]:
        assert answer(live, link.rpartition("/")[2], GOOD).mistakes == {}
    with live.reading() as session:
        rows = [(row.participant, row.source) for row in session.scalars(sa.select(InvitationRow))]
    assert rows == [(None, "on-site")] * 3
    for number in (0, 10_001):
        with pytest.raises(BadInput, match="1 to 10,000"):
            on_site_links(live, KEY, number, by=MANAGER)


def test_who_may_not_have_links_asks_nobody_and_who_was_blocked_since_is_given_none(live: Context) -> None:
    open_due(live, KEY)
    with pytest.raises(Refused):
        page_links(live, KEY, by=LEGAL)
    assert count(live, InvitationRow) == 0
    assert len(tokens(live)) == 3
    with live.transaction() as session:
        session.execute(sa.update(ParticipantRow).where(ParticipantRow.consent).values(blocked="farm"))
    assert len(tokens(live)) == 2


def test_links_need_an_address_to_lead_to(live: Context) -> None:
    open_due(live, KEY)
    bare = replace(live, settings=live.settings.model_copy(update={"public_url": ""}))
    with pytest.raises(BadInput, match="OPSFLOW_PUBLIC_URL"):
        page_links(bare, KEY, by=MANAGER)
    found = survey_of(live, KEY)
    assert found is not None
    assert len(links_for(live.settings, found)("0" * 32, None)) < 400


def test_no_words_of_anybody_stand_in_the_journal(live: Context) -> None:
    open_due(live, KEY)
    answer(live, tokens(live)[0], GOOD)
    assert "奖品很好" not in str([entry.data for entry in journal(live, KEY)])


def test_whatever_is_no_question_is_left(live: Context) -> None:
    open_due(live, CampaignKey(KEY))
    found = survey_of(live, KEY)
    assert found is not None
    assert filled(found.survey, {"satisfaction": ["3"], "x": ["y"]}).choices == {"satisfaction": ("3",)}
