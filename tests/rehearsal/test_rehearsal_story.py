"""What a rehearsal tells of itself is true, and is told in words that people use."""

import re
from functools import cache

import pytest

from opsflow.journal.model import Entry
from opsflow.kernel.terms import LANGUAGES, Language, TaskCode
from opsflow.rehearsal.abuse import Abuse
from opsflow.rehearsal.story import Story
from opsflow.rehearsal.words import load_words
from opsflow.settings import SHIPPED
from opsflow.sop.model import TaskKind
from tests.rehearsal.abused import SMALL, Played, played

ABUSE = Abuse(late=0.5, absent=0.2, refuse=0.5)
KEY_OF_A_SEAT = re.compile(r"\.v\d+:")


@cache
def late_everywhere() -> Played:
    """A vote, meetings and the launch are late, something is refused, and much can begin only after its date."""
    return played(SMALL["S"], 3, ABUSE)


@cache
def story(language: Language) -> Story:
    return Story(late_everywhere().rehearsed.record, load_words((SHIPPED,)), language)


def told(language: Language) -> dict[str, str]:
    """Title -> text of what went otherwise than planned."""
    return {each["title"]: each["text"] for each in story(language).highlights()}


def entries(action: str) -> list[Entry]:
    return [each for each in late_everywhere().rehearsed.record.entries if each.action == action]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_is_shown_for_whose_vote_is_late(language: Language) -> None:
    known = story(language)
    lines = [each["title"] + each["text"] for each in known.highlights()] + [each["why"] for each in known.messages()]
    assert [line for line in lines if KEY_OF_A_SEAT.search(line)] == []


def test_an_escalated_vote_is_named_with_whose_it_is() -> None:
    assert "Escalated: C3 Task C3, Head of legal's vote" in told("en")
    assert "逾期升级：C3 Task C3（Head of legal的审批）" in told("zh")


def test_an_escalation_says_when_each_of_them_heard() -> None:
    assert told("en")["Escalated: D6 Task D6"] == "Told: Head of operations (08-24 14:00), Pmo (08-25 09:05)."


def test_who_is_late_as_an_owner_was_not_told_by_escalation() -> None:
    """The head of legal votes late, and is the head who would hear of it."""
    assert "Head of legal (" not in told("en")["Escalated: C3 Task C3, Head of legal's vote"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_engine_hands_nothing_in(language: Language) -> None:
    assert [text for text in told(language).values() if text.startswith("opsflow")] == []


def test_a_late_decision_says_who_was_the_last_to_vote() -> None:
    said = "It was decided after its date (2026-08-11); the last to vote: Head of legal."
    assert told("en")["Late: C3 Task C3"] == said


def test_what_could_begin_only_after_its_date_has_no_excuse_of_its_owners() -> None:
    snapshot = late_everywhere().rehearsed.record.snapshot
    held = [task for task in snapshot.tasks if task.held_up]
    assert {"C4", "D5", "E1"} <= {task.code for task in held}
    assert [task.code for task in held if task.note and "Handed in late" in task.note.en] == []
    expected = "It was due 2026-08-11 and could begin only on 2026-08-13, because what it follows was late."
    assert told("en")["Late: C4 Task C4"] == expected


def test_nobody_watches_what_is_not_live_yet() -> None:
    snapshot = late_everywhere().rehearsed.record.snapshot
    kinds = {task.code: task.kind for task in snapshot.tasks}
    launched = next(each.at for each in entries("task.done") if kinds[TaskCode(each.object)] is TaskKind.LAUNCH)
    watched = [each.at for each in entries("task.repeated")]
    assert watched
    assert launched <= min(watched)


def test_days_before_it_could_begin_are_not_its_owners() -> None:
    dossier = late_everywhere().rehearsed.record.dossiers["en"]
    held = {task["id"]: task for task in dossier["tasks"] if task["held_up"]}
    assert (held["C4"]["late_days"], held["C4"]["own_late_days"]) == (2, 0)
    assert (held["D4"]["late_days"], held["D4"]["own_late_days"]) == (5, 0)
    own = sum(task["own_late_days"] for task in dossier["tasks"])
    assert (
        sum(line["late_days"] for line in dossier["records"])
        == own
        < sum(task["late_days"] for task in dossier["tasks"])
    )
