"""Each invariant can fail: a whole run keeps all of them, and the same run with one thing wrong breaks the one meant."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from opsflow.campaigns.state import CampaignStatus
from opsflow.engine.record import Record
from opsflow.journal.model import Entry
from opsflow.rehearsal.abuse import Abuse
from opsflow.stages.model import StageStatus, TaskStatus
from tests.engine.scene import at
from tests.rehearsal.abused import Played, played
from tests.rehearsal.invariants import INVARIANTS, broken
from tests.rehearsal.troupe import C

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@cache
def whole() -> Played:
    """A run in which much went wrong and all was kept."""
    return played(C, 7, Abuse(late=0.5, refuse=1.0))


def with_record(**changes: Any) -> Played:
    done = whole()
    return replace(done, rehearsed=replace(done.rehearsed, record=replace(done.rehearsed.record, **changes)))


def with_snapshot(**changes: Any) -> Played:
    return with_record(snapshot=replace(record().snapshot, **changes))


def record() -> Record:
    return whole().rehearsed.record


def without_entry(wanted: Callable[[Entry], bool]) -> Played:
    """The journal lacks the first such entry."""
    entries = record().entries
    lost = next(place for place, entry in enumerate(entries) if wanted(entry))
    return with_record(entries=(*entries[:lost], *entries[lost + 1 :]))


def an_open_task() -> Played:
    first, *rest = record().snapshot.tasks
    return with_snapshot(tasks=(replace(first, status=TaskStatus.OPEN), *rest))


def a_stage_stopped_for_no_reason() -> Played:
    *rest, last = record().snapshot.stages
    return with_snapshot(stages=(*rest, replace(last, status=StageStatus.STOPPED, reason=None)))


def a_campaign_that_never_ends() -> Played:
    return with_snapshot(campaign=replace(record().snapshot.campaign, status=CampaignStatus.ACTIVE))


def a_notice_told_twice() -> Played:
    return with_record(messages=(*record().messages, record().messages[0]))


def a_message_given_twice() -> Played:
    return replace(whole(), message_keys=(*whole().message_keys, whole().message_keys[0]))


def one_message_too_many_on_a_day() -> Played:
    sent = record().messages[0]
    most = record().snapshot.campaign.organisation.messages_per_day
    flood = [replace(sent, urgent=False, notices=()) for _ in range(most + 1)]
    return with_record(messages=(*record().messages, *flood))


def a_reminder_after_the_work_was_done() -> Played:
    """F01"""
    messages = list(record().messages)
    for place, sent in enumerate(messages):
        if any(whole().matters.get(key, "").startswith("task/") for _, _, key in sent.notices):
            messages[place] = replace(sent, sent_at=sent.sent_at + timedelta(days=400))
            return with_record(messages=tuple(messages))
    raise AssertionError("nobody was told of a task")


def a_document_in_one_language() -> Played:
    return with_record(documents=record().documents[1:])


def a_document_that_stayed_a_draft() -> Played:
    first, *rest = record().documents
    return with_record(documents=(replace(first, state="draft"), *rest))


def a_closing_nobody_wrote_down() -> Played:
    return without_entry(lambda entry: entry.action == "stage.closed")


def a_stage_that_jumped() -> Played:
    return without_entry(lambda entry: entry.action == "stage.opened")


def a_task_done_in_silence() -> Played:
    return without_entry(lambda entry: entry.action == "task.done")


def a_task_changed_once_more() -> Played:
    code = next(iter(whole().changes))
    return replace(whole(), changes={**whole().changes, code: whole().changes[code] + 1})


def a_vote_nobody_wrote_down() -> Played:
    return without_entry(lambda entry: entry.action == "approval.approved")


def scores_nobody_wrote_down() -> Played:
    return without_entry(lambda entry: entry.action == "self_check.scored")


def a_meeting_nobody_wrote_down() -> Played:
    return without_entry(lambda entry: entry.action == "meeting.held")


def a_go_live_nobody_wrote_down() -> Played:
    return without_entry(lambda entry: entry.action == "go_live.decided")


def with_payouts(*told: tuple[str, dict[str, Any]]) -> Played:
    """The journal tells of payouts as well."""
    last = record().entries[-1]
    more = [
        replace(
            last, seq=last.seq + place, at=last.at + timedelta(hours=place), action=action, object="bank", data=data
        )
        for place, (action, data) in enumerate(told, 1)
    ]
    return with_record(entries=(*record().entries, *more))


def payouts_that_nobody_reconciled() -> Played:
    return with_payouts(
        ("payouts.reconciled", {"matching": 0, "differences": 0, "under_way": 0}), ("payouts.signed", {"count": 3})
    )


def books_that_differ() -> Played:
    return with_payouts(
        ("payouts.signed", {"count": 3}), ("payouts.reconciled", {"matching": 2, "differences": 1, "under_way": 0})
    )


BREAKS: dict[Callable[[], Played], str] = {
    an_open_task: "every_stage_is_over",
    a_stage_stopped_for_no_reason: "every_stage_is_over",
    a_campaign_that_never_ends: "every_stage_is_over",
    a_notice_told_twice: "nothing_is_told_twice",
    a_message_given_twice: "nothing_is_told_twice",
    one_message_too_many_on_a_day: "nobody_is_told_too_much",
    a_reminder_after_the_work_was_done: "nothing_is_told_of_closed_work",
    a_document_in_one_language: "no_document_is_missing",
    a_document_that_stayed_a_draft: "no_document_is_missing",
    a_closing_nobody_wrote_down: "the_journal_tells_every_move_of_a_stage",
    a_stage_that_jumped: "the_journal_tells_every_move_of_a_stage",
    a_task_done_in_silence: "the_journal_tells_every_move_of_a_task",
    a_task_changed_once_more: "the_journal_tells_every_move_of_a_task",
    a_vote_nobody_wrote_down: "the_journal_tells_of_every_approval_and_round",
    scores_nobody_wrote_down: "the_journal_tells_of_every_approval_and_round",
    a_meeting_nobody_wrote_down: "the_journal_tells_of_every_meeting",
    a_go_live_nobody_wrote_down: "the_journal_tells_of_every_meeting",
    payouts_that_nobody_reconciled: "what_was_paid_is_held_against_the_books_of_whoever_paid_it",
    books_that_differ: "what_was_paid_is_held_against_the_books_of_whoever_paid_it",
}


def test_the_run_that_is_spoilt_below_keeps_every_invariant() -> None:
    assert broken(whole()) == []


@cache
def cancelled() -> Played:
    """One that the sponsor ended in the middle of the execution: what was open and planned ends with it."""
    return played("small-s", 3, cancelled_at=at("18", 12))


def test_a_campaign_that_is_cancelled_keeps_every_invariant() -> None:
    story = cancelled().rehearsed.record
    assert story.snapshot.campaign.status is CampaignStatus.CANCELLED
    assert {task.status for task in story.snapshot.tasks} == {TaskStatus.DONE, TaskStatus.CANCELLED}
    assert broken(cancelled()) == []
    assert "campaign_cancelled" in {template for sent in story.messages for _, template, _ in sent.notices}


@pytest.mark.parametrize(
    ("changes", "invariant"),
    [
        (lambda story: {"snapshot": without_reason(story)}, "every_stage_is_over"),
        (lambda story: {"entries": story.entries[:-1]}, "the_journal_tells_every_move_of_a_stage"),
        (lambda story: {"messages": (*story.messages, late(story))}, "nothing_is_told_of_closed_work"),
    ],
    ids=["for no reason", "unsaid", "reminded all the same"],
)
def test_a_cancelled_campaign_breaks_them_as_any_other(
    changes: Callable[[Record], dict[str, Any]], invariant: str
) -> None:
    done = cancelled()
    story = replace(done.rehearsed.record, **changes(done.rehearsed.record))
    found = broken(replace(done, rehearsed=replace(done.rehearsed, record=story)))
    assert invariant in {each.partition(":")[0] for each in found}


def without_reason(story: Record) -> Any:
    stages = tuple(replace(stage, reason=None) for stage in story.snapshot.stages)
    return replace(story.snapshot, stages=stages)


def late(story: Record) -> Any:
    """Somebody is told once more of what was open when the campaign ended."""
    snapshot = story.snapshot
    ended = {f"task/{snapshot.campaign.key}/{task.code}" for task in snapshot.tasks
             if task.status is TaskStatus.CANCELLED and task.opened_at is not None}  # fmt: skip
    told = next(
        sent for sent in story.messages if any(cancelled().matters.get(key) in ended for _, _, key in sent.notices)
    )
    return replace(told, sent_at=story.entries[-1].at + timedelta(hours=1))


@pytest.mark.parametrize("spoilt", BREAKS, ids=lambda spoilt: spoilt.__name__)
def test_an_invariant_is_broken_by_what_it_forbids(spoilt: Callable[[], Played]) -> None:
    """F01, F03: a guard without a failing control is not a test."""
    assert BREAKS[spoilt] in {found.partition(":")[0] for found in broken(spoilt())}


def test_no_invariant_is_without_something_that_breaks_it() -> None:
    assert {invariant.__name__ for invariant in INVARIANTS} == set(BREAKS.values())
