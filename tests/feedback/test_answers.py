"""Answers come in from other tools: one of each person, with a reason for what is not taken, and nobody's once they are erased."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsflow.context import Context
from opsflow.db.tables import AnswerRow, InvitationRow, VoiceRow
from opsflow.engine.record import journal
from opsflow.feedback.answers import service
from opsflow.feedback.answers.service import import_answers
from opsflow.feedback.voices.service import heard, sort
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput, Conflict
from opsflow.kernel.rowfile import Row
from opsflow.kernel.taken import Imported, Rejected
from opsflow.participants.service import find
from opsflow.prizes.service import erase
from tests.engine.small import KEY, MANAGER, begin, in_workspace
from tests.feedback.asked import CLOSES, NOW, asked, invite, reasons, rows

ANSWERS = (
    {"account": "U0", "satisfaction": "5", "recommend": "10", "channel": "app", "difficulties": "rules; page", "words": "奖品很好"},
    {"邮箱": "U1+x@example.com", "您对本次活动整体满意吗？": "4", "哪些地方让您觉得不方便？": "物流配送┋联系客服"},
    {"answer": "77", "satisfaction": "1", "recommend": "0", "at": "2026-08-27 09:00", "words": '=HYPERLINK("x")'},
)  # fmt: skip


@pytest.fixture
def here(ctx: Context, tmp_path: Path) -> Context:
    return asked(ctx, tmp_path / "ws")


def take(ctx: Context, *values: dict[str, str], tool: str = "forms") -> tuple[Imported, dict[int, str]]:
    refused: list[Rejected] = []
    done = import_answers(ctx, KEY, rows(*values), tool=tool, by=MANAGER, reject=refused.append)
    return done, reasons(refused)


def kept(ctx: Context) -> list[tuple[str, str]]:
    with ctx.reading() as session:
        return sorted((row.question, row.choice) for row in session.scalars(sa.select(AnswerRow)))


def test_answers_come_in_by_id_or_title_in_either_language_and_the_same_file_twice_is_one_answer_each(
    here: Context,
) -> None:
    assert take(here, *ANSWERS) == (Imported(added=3), {})
    assert take(here, *ANSWERS) == (Imported(known=3), {})
    assert kept(here) == [
        ("channel", "app"), ("difficulties", "delivery"), ("difficulties", "page"), ("difficulties", "rules"),
        ("difficulties", "service"), ("recommend", "0"), ("recommend", "10"), ("satisfaction", "1"), ("satisfaction", "4"),
        ("satisfaction", "5"),
    ]  # fmt: skip
    found = {each.text: (each.topic, each.source) for each in heard(here, KEY, by=MANAGER)[1]}
    assert found == {"奖品很好": ("prize", "forms"), '=HYPERLINK("x")': ("other", "forms")}
    lines = [each.data for each in journal(here, KEY) if each.action == "answers.imported"]
    assert lines[0] == {"tool": "forms", "added": 3, "known": 0, "rejected": 0}


def test_the_first_answer_of_a_person_stays_wherever_it_was_given(here: Context) -> None:
    invite(here, "u0", answered_at=NOW)
    mine = invite(here, "u1")
    done, _ = take(here, ANSWERS[0], ANSWERS[1], ANSWERS[1] | {"satisfaction": "1"})
    assert done == Imported(added=1, known=1, rejected=1), "the last names a question twice"
    done, _ = take(here, {"account": "u1", "satisfaction": "1"}, tool="other-tool")
    assert done == Imported(known=1)
    with here.reading() as session:
        row = session.get_one(InvitationRow, (KEY, mine))
        assert (row.source, row.answered_at, row.seen_at) == ("link", NOW, NOW)
        assert {each.invitation for each in session.scalars(sa.select(AnswerRow))} == {mine}


def test_a_correction_outlives_the_same_file(here: Context) -> None:
    take(here, *ANSWERS)
    mine = heard(here, KEY, by=MANAGER, topic="prize")[1][0]
    sort(here, KEY, mine.id, "service", by=MANAGER)
    take(here, *ANSWERS)
    assert [each.id for each in heard(here, KEY, by=MANAGER, topic="service")[1]] == [mine.id]


WRONG: tuple[tuple[dict[str, str], str], ...] = (
    ({"satisfaction": "6"}, "`satisfaction` is a whole number from 1 to 5, not '6'"),
    ({"satisfaction": "4.5"}, "from 1 to 5"),
    ({"recommend": "-1"}, "`recommend` is a whole number from 0 to 10, not '-1'"),
    ({"recommend": "１０"}, "from 0 to 10"),
    ({"recommend": "011"}, "from 0 to 10"),
    ({"channel": "radio"}, "`channel` has no option 'radio': app, message, video, friend, other"),
    ({"channel": "app;video"}, "`channel` takes one option, not 2"),
    ({"channel": "app" * 400_000}, "`channel` has no option 'appapp"),
    ({"difficulties": "rules;" * 3 + "x"}, "has no option 'x'"),
    ({"words": "x" * 2_001}, "`words` has 2001 characters, 2000 at most"),
    ({"weather": "fine"}, "there is no column `weather`"),
    ({"satisfaction": "5", "at": "2026-08-28 10:01"}, "`at` lies ahead"),
    ({"satisfaction": "5", "at": "2026-08-23 10:01"}, "before the campaign was live"),
    ({"satisfaction": "5", "at": "yesterday"}, "`at` is a date and time"),
    ({"account": "stranger", "satisfaction": "5"}, "nobody who takes part is found by that"),
    ({}, "it answers nothing"),
)


def test_what_cannot_be_taken_says_why(here: Context) -> None:
    given = [{"answer": str(number)} | row for number, (row, _) in enumerate(WRONG)]
    done, told = take(here, *given, {"satisfaction": "5"})
    assert done == Imported(rejected=len(WRONG) + 1)
    for line, (row, why) in enumerate(WRONG, 2):
        assert why in told[line], row
    assert "it has neither `answer`" in told[len(WRONG) + 2]
    assert max(map(len, told.values())) < 300
    assert kept(here) == []


def test_after_it_closed_only_what_was_answered_before_is_taken(here: Context) -> None:
    later = replace(here, clock=VirtualClock(CLOSES + timedelta(days=1)))
    done, told = take(
        later,
        {"answer": "1", "satisfaction": "5"},
        {"answer": "2", "satisfaction": "5", "at": "2026-09-01T09:59"},
        {"answer": "3", "satisfaction": "5", "at": "2026-09-01T10:00"},
    )
    assert done == Imported(added=1, rejected=2)
    assert "does not say when it was answered" in told[2]
    assert "after the survey had closed" in told[4]


def test_erasing_somebody_empties_their_words_and_cuts_them_from_what_they_answered(here: Context) -> None:
    """Counts stay; the same file again does not bring them back."""
    take(here, *ANSWERS)
    before = kept(here)
    with here.transaction() as session:
        who = find(session, KEY, "u0").id
    erase(here, KEY, "u0", by=MANAGER)
    assert kept(here) == before
    with here.reading() as session:
        for column in (InvitationRow.participant, VoiceRow.participant):
            assert who not in set(session.scalars(sa.select(column)))
        assert {each.text for each in session.scalars(sa.select(VoiceRow))} == {"", '=HYPERLINK("x")'}
        assert {each.because for each in session.scalars(sa.select(VoiceRow))} == {""}
    assert [each.text for each in heard(here, KEY, by=MANAGER)[1]] == ['=HYPERLINK("x")']
    done, told = take(here, *ANSWERS, {"participant": who, "satisfaction": "5"})
    assert done == Imported(known=2, rejected=2)
    assert all("nobody who takes part" in why for why in told.values())


def test_there_must_be_a_survey_and_a_name_of_the_tool(ctx: Context, tmp_path: Path) -> None:
    bare = in_workspace(ctx, tmp_path / "ws")
    begin(bare)
    with pytest.raises(Conflict, match="opsflow feedback open small-campaign"):
        take(bare)
    for tool in ("link", "on-site", "survey", "", "Ｔool", "a b", "x" * 41):
        with pytest.raises(BadInput, match="is no name for a tool"):
            take(bare, tool=tool)


def test_a_large_file_takes_no_more_memory_than_a_small_one(sqlite_ctx: Context, tmp_path: Path) -> None:
    """Of rows that cannot be read, which cost little time; 100,000 that are taken: docs/feedback.md."""
    context = asked(sqlite_ctx, tmp_path / "ws")

    def peak(chunks: int) -> int:
        def given() -> Iterator[Row]:
            yield from (Row(n, {"answer": str(n)}, "no JSON object") for n in range(chunks * service.CHUNK))

        tracemalloc.start()
        done = import_answers(context, KEY, given(), tool="forms", by=MANAGER)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert done.rejected == chunks * service.CHUNK
        return found

    few = peak(2)  # while a chunk is read the one before is still there
    assert peak(5) < 1.2 * few
