"""What people do to a campaign from the command line: each verb is one use case, with its role checked."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from opsflow.bootstrap import use_context
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.engine.upcoming import upcoming
from opsflow.journal.service import read
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import CampaignKey
from opsflow.settings import SHIPPED
from tests.cli.desk import Told, desk_context, said
from tests.cli.test_startup import run as in_a_process
from tests.engine.small import KEY, MODULES, begin

MOST_STEPS = 200


@pytest.fixture
def desk(sqlite_database: Database, clock: VirtualClock, tmp_path: Path) -> Iterator[Context]:
    with use_context(desk_context(sqlite_database, clock, tmp_path / "ws")) as context:
        yield context


class Life:
    """A campaign lived through the command line alone: what `status` says waits for somebody, they do."""

    def __init__(self, ctx: Context, clock: VirtualClock, capsys: Told, folder: Path) -> None:
        self.key = str(KEY)
        self.ctx, self.clock, self.capsys, self.folder = ctx, clock, capsys, folder

    def say(self, *arguments: object) -> str:
        return said(self.capsys, *arguments)

    def status(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.say("status", self.key, "--format", "json"))
        return found

    def until(self, verb: str, what: str = "") -> dict[str, str]:
        """Live until this is asked of somebody, and answer of whom."""
        for waiting in self.rounds():
            for each in waiting:
                if each["verb"] == verb and what in each["what"]:
                    return each
            for each in waiting[:1]:
                self.act(each)
        raise AssertionError(f"Nobody was asked to {verb} {what}.")

    def to_the_end(self) -> str:
        """Live until the campaign is over, and answer how."""
        for waiting in self.rounds():
            for each in waiting:
                self.act(each)
        return str(self.status()["status"])

    def rounds(self) -> Iterator[list[dict[str, str]]]:
        """What waits for somebody, time after time; where nothing does, the clock moves to what comes next."""
        for _ in range(MOST_STEPS):
            self.say("tick", "--here")
            self.say("deliver")
            state = self.status()
            if state["status"] != "active":
                return
            waiting = state["waiting"]
            assert isinstance(waiting, list)
            yield waiting
            if not waiting:
                self.pass_time()
        raise AssertionError(f"{self.key} is not over at {self.clock.now():%Y-%m-%d}")

    def pass_time(self) -> None:
        coming, now = upcoming(self.ctx, CampaignKey(self.key)), self.clock.now()
        times = [at for at in (coming.wake, coming.rung, coming.notice) if at is not None and at > now]
        self.clock.move_to(min(now + timedelta(days=1), *times))

    def act(self, each: dict[str, str]) -> None:
        who, what = ("--by", each["person"]), each["what"]
        match each["verb"]:
            case "do":
                self.say("task", "done", self.key, what, *who, "--evidence", f"{what}.pdf", "--note", "Done.")
            case "record":
                self.say("task", "record", self.key, what, *who)
            case "approve":
                self.say("stage", "approve", self.key, each["stage"], "--subject", what.split("/")[1], *who)
            case "score":
                self.say("score", self.key, *(f"{module}=8" for module in MODULES), *who)
            case "decide":
                self.say("stage", "go-live", self.key, *who)
            case "hold":
                file = self.folder / f"{what}.md"
                form = self.say("stage", "form", self.key, what).replace("):", "): Good.")
                file.write_text(form.replace("## Outcome", "## Outcome\n- go"), encoding="utf-8")
                self.say("stage", "record-meeting", self.key, what, file, *who)


@pytest.fixture
def life(desk: Context, clock: VirtualClock, capsys: Told, tmp_path: Path) -> Life:
    return Life(desk, clock, capsys, tmp_path)


def test_a_member_day_is_lived_to_its_archive_through_the_command_line_alone(
    desk: Context, life: Life, clock: VirtualClock
) -> None:
    life.key = "member-day-2026"
    clock.move_to(clock.now().replace(month=9))
    life.say("start", SHIPPED / "samples" / "campaigns" / "member-day-2026.yaml")
    assert life.to_the_end() == "archived"
    assert "archived" in life.say("status")


def test_every_verb_is_used_in_a_large_campaign_and_is_journaled(desk: Context, life: Life) -> None:
    begin(desk, level="S")
    assert life.to_the_end() == "archived"
    with desk.transaction() as session:
        actions = {entry.action for entry in read(session, KEY)}
    assert {"task.done", "approval.approved", "self_check.scored", "meeting.held", "go_live.decided"} <= actions


def test_a_rejection_says_why_and_is_done_anew(desk: Context, life: Life) -> None:
    begin(desk)
    asked = life.until("approve", "proposal")
    told = life.say("stage", "reject", KEY, "coordination", "--by", asked["person"], "--reason", "No cap")
    assert "it is rejected now" in told
    life.say("tick", "--here")
    shown = life.say("stage", "show", KEY, "coordination")
    assert 'reject ("No cap")' in shown
    assert "C1.r2" in shown
    assert life.until("approve", "proposal/2")["title"] == "Proposal"


def test_a_hold_needs_a_reason_and_is_shown(desk: Context, life: Life, capsys: Told) -> None:
    begin(desk, level="C")
    asked = life.until("decide")
    assert "needs a reason" in said(capsys, "stage", "go-live", KEY, "--by", asked["person"], "--hold", code=2)
    life.say("stage", "go-live", KEY, "--by", asked["person"], "--hold", "--reason", "The page is slow")
    life.say("tick", "--here")
    assert "The page is slow" in life.say("stage", "show", KEY, "execution")


def test_what_was_said_in_a_meeting_is_shown_and_answered_by_its_number(
    desk: Context, life: Life, capsys: Told, tmp_path: Path
) -> None:
    begin(desk)
    life.until("hold", "kick_off")
    minutes = tmp_path / "minutes.md"
    minutes.write_text(
        "## Attendees\n- planner\n## Opinions\n- planner: Begin earlier\n## Questions\n- Who pays? @pmo 2026-08-20\n",
        encoding="utf-8",
    )
    told = life.say("stage", "record-meeting", KEY, "kick_off", minutes, "--by", "manager")
    assert "1 person, 2 lines" in told
    assert "2. question: Who pays? (@pmo 2026-08-20)" in life.say("stage", "show", KEY, "initial_planning")
    life.say("stage", "answer", KEY, "kick_off", 2, "--by", "pmo", "--reply", "Finance")
    assert "answered already" in said(
        capsys, "stage", "answer", KEY, "kick_off", 2, "--by", "pmo", "--reply", "x", code=5
    )
    assert "is not taken up: say why" in said(
        capsys, "stage", "answer", KEY, "kick_off", 1, "--by", "planner", "--declined", code=2
    )
    assert '"Finance"' in life.say("stage", "show", KEY, "initial_planning")
    assert "have 2 lines" in said(capsys, "stage", "answer", KEY, "kick_off", 9, "--by", "pmo", code=4)


def test_a_remark_is_shown_beside_its_task(desk: Context, life: Life) -> None:
    begin(desk)
    life.until("do", "P1")
    life.say("task", "comment", KEY, "P1", "The printer is late", "--by", "pmo")
    shown = life.say("task", "show", KEY, "P1")
    assert "The printer is late" in shown
    assert "pmo" in shown


def test_what_was_handed_in_is_replaced_by_its_owner(desk: Context, life: Life) -> None:
    begin(desk)
    life.until("do", "P1")
    life.say("task", "done", KEY, "P1", "--by", "planner", "--evidence", "a.pdf")
    life.say("task", "replace", KEY, "P1", "--by", "planner", "--evidence", "b.pdf")
    assert "handed in: b.pdf" in life.say("task", "show", KEY, "P1")


def test_a_task_is_given_to_somebody_else(desk: Context, life: Life, capsys: Told) -> None:
    begin(desk)
    life.until("do", "P1")
    refused = said(capsys, "task", "reassign", KEY, "P1", "--to", "duty", "--by", "data-head", code=3)
    assert "cannot give a task to somebody else: P1" in refused
    assert "P1 is duty's now" in life.say("task", "reassign", KEY, "P1", "--to", "duty", "--by", "manager")
    assert life.until("do", "P1")["person"] == "duty"
    assert "owner: Duty (duty)" in life.say("task", "show", KEY, "P1")


def test_a_date_is_confirmed_put_off_and_asked_help_for(desk: Context, life: Life) -> None:
    begin(desk)
    due = life.until("do", "P1")["due"]
    life.say("task", "confirm", KEY, "P1", "--by", "planner", "--note", "Sure")
    until = f"{due[:10]}T11:00"
    assert "11:00 (Asia/Shanghai)" in life.say("task", "snooze", KEY, "P1", "--until", until, "--by", "planner")
    assert "(confirmed)  (snoozed until" in life.say("status", KEY)
    assert "until: Wed 2026-08-05 11:00" in life.say("task", "show", KEY, "P1"), "on the campaign's clocks"
    told = life.say("task", "need-help", KEY, "P1", "No brief", "--by", "planner")
    assert "manager" in told
    assert "planner: No brief" in life.say("status", KEY)
    shown = json.loads(life.say("status", KEY, "--format", "json"))
    assert [(call["person"], call["task"], call["text"]) for call in shown["help"]] == [("planner", "P1", "No brief")]
    assert "Planner (planner) needs help: No brief" in life.say("task", "show", KEY, "P1")


def test_tasks_come_and_go_and_a_gate_is_let_pass_by_who_may(desk: Context, life: Life) -> None:
    begin(desk)
    life.until("do", "P1")
    new = ("--owner", "duty", "--due", "2026-08-20", "--stage", "execution", "--by", "manager")
    assert "ADD1 is added" in life.say("task", "add", KEY, "Ask the mall", *new, "--before", "E2")
    assert "ADD1 " in life.say("stage", "show", KEY, "execution")
    assert "C2 is waived" in life.say("task", "waive", KEY, "C2", "--by", "manager", "--reason", "No rules")
    assert "(No rules)" in life.say("stage", "show", KEY, "coordination")
    passed = ("--by", "sponsor", "--reason", "Said by phone")
    told = life.say("stage", "override", KEY, "initial_planning", "proved", *passed)
    assert "Not needed any more: P1" in told
    assert "(let pass by sponsor: Said by phone)" in life.say("stage", "show", KEY, "initial_planning")


def test_a_file_that_is_handed_in_is_kept_in_the_workspace(desk: Context, life: Life, tmp_path: Path) -> None:
    begin(desk)
    life.until("do", "P1")
    brief = tmp_path / "brief 终稿.pdf"
    brief.write_bytes(b"content")
    life.say("task", "done", KEY, "P1", "--by", "planner", "--evidence", brief)
    shown = life.say("task", "show", KEY, "P1")
    assert "handed in: brief 终稿.pdf (.opsflow/files/small-campaign/P1/" in shown
    assert desk.settings.workspace is not None
    (copy,) = (desk.settings.workspace / ".opsflow" / "files" / "small-campaign" / "P1").iterdir()
    assert copy.read_bytes() == b"content"


def test_somebody_is_away_in_every_campaign_and_back_again(desk: Context, life: Life, capsys: Told) -> None:
    begin(desk)
    life.until("do", "P1")
    days = ("--first", "2026-08-03", "--last", "2026-08-07")
    told = life.say("absence", "planner", *days, "--reason", "ill", "--by", "pmo")
    assert f"planner is away 2026-08-03 to 2026-08-07: said in 1 campaign, {KEY}." in told
    life.say("tick", "--here")
    assert life.until("do", "P1")["person"] != "planner"
    assert "planner is not away 2026-08-03" in life.say("absence", "planner", *days, "--back", "--by", "pmo")
    again = said(capsys, "absence", "planner", *days, "--back", "--by", "pmo", code=4)
    assert "planner is not away from 2026-08-03 to 2026-08-07" in again
    assert "known: no absence" in again
    assert "is nobody in any campaign under way" in said(
        capsys, "absence", "who", "--first", "2026-08-03", "--by", "pmo", code=4
    )
    turned = said(capsys, "absence", "planner", "--first", "2026-08-07", "--last", "2026-08-03", "--by", "pmo", code=2)
    assert "turn the days round" in turned


def test_everything_of_one_person_goes_to_another_once_it_was_looked_at(
    desk: Context, life: Life, capsys: Told
) -> None:
    begin(desk)
    life.until("do", "P1")
    would = life.say("handover", "planner", "duty", "--by", "pmo", "--dry-run")
    assert "Would pass from planner to duty" in would
    assert "Nothing has changed" in would
    assert life.until("do", "P1")["person"] == "planner"
    passed = json.loads(life.say("handover", "planner", "duty", "--by", "pmo", "--format", "json"))
    assert [(each["campaign"], each["roles"]) for each in passed] == [(str(KEY), ["planner"])]
    assert life.until("do", "P1")["person"] == "duty"
    assert "Nothing is planner's" in life.say("handover", "planner", "duty", "--by", "pmo")
    assert "cannot hand over" in said(capsys, "handover", "duty", "pmo", "--by", "executor", code=3)


def test_a_campaign_under_way_is_started_at_its_stage_by_who_may(
    desk: Context, life: Life, clock: VirtualClock, capsys: Told
) -> None:
    clock.move_to(clock.now().replace(month=9, day=1))
    sample = SHIPPED / "samples" / "campaigns" / "member-day-2026.yaml"
    given = ("start", sample, "--from", "execution")
    assert "Who acts?" in said(capsys, *given, code=2)
    assert "cannot start a campaign that is under way" in said(capsys, *given, "--by", "lin-yue", code=3)
    told = life.say(*given, "--by", "gu-ping")
    assert "What lies before execution is taken as done outside opsflow, as gu-ping says." in told
    assert "is started already" in life.say(*given, "--by", "gu-ping")
    life.say("tick", "--here")
    assert "Done outside opsflow." in life.say("stage", "show", "member-day-2026", "decision")
    assert "every door" in " ".join(life.say("permissions").lower().split())


def test_who_acts_may_stand_in_the_environment(
    desk: Context, life: Life, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(desk)
    life.until("do", "P1")
    monkeypatch.delenv("OPSFLOW_PERSON", raising=False)
    assert "Who acts?" in said(capsys, "task", "done", KEY, "P1", "--evidence", "a.pdf", code=2)
    monkeypatch.setenv("OPSFLOW_PERSON", "planner")
    assert "P1 is done" in life.say("task", "done", KEY, "P1", "--evidence", "a.pdf")


PERSON = ("--by", "planner")
BAD: dict[str, tuple[tuple[object, ...], int, str]] = {
    "snoozing to no time": (
        ("task", "snooze", KEY, "P1", *PERSON, "--until", "soon"),
        2,
        "not a day and a time of it: write",
    ),
    "snoozing to a day": (
        ("task", "snooze", KEY, "P1", *PERSON, "--until", "2026-08-05"),
        2,
        "write it as 2026-10-20T14:00",
    ),
    "snoozing past its date": (
        ("task", "snooze", KEY, "P1", *PERSON, "--until", "2027-01-01T09:00"),
        2,
        "a snooze ends before that",
    ),
    "calling without a word": (("task", "need-help", KEY, "P1", " ", *PERSON), 2, "TEXT is empty"),
    "waiving without a reason": (("task", "waive", KEY, "P1", *PERSON, "--reason", " "), 2, "--reason is empty"),
    "waiving what a gate hangs on": (("task", "waive", KEY, "P1", *PERSON, "--reason", "x"), 3, "cannot waive a task"),
    "adding to no stage": (
        ("task", "add", KEY, "x", "--owner", "duty", "--due", "2026-08-20", "--stage", "party", *PERSON),
        2,
        "party",
    ),
    "adding to no day": (
        ("task", "add", KEY, "x", "--owner", "duty", "--due", "soon", "--stage", "execution", *PERSON),
        2,
        "--due 'soon' is not a day: write it as",
    ),
    "unknown stage": (("stage", "show", KEY, "party"), 2, "party"),
    "unknown meeting": (("stage", "form", KEY, "party"), 4, "holds no meeting party"),
    "a task that is not open": (("task", "done", KEY, "E1", "--by", "executor", "--note", "x"), 5, "is planned"),
    "without its deliverable": (("task", "done", KEY, "P1", *PERSON), 2, "is done with its deliverable"),
    "a meeting's task": (("task", "done", KEY, "P2", "--by", "manager", "--note", "x"), 3, "recording the meeting"),
    "what never came round": (("task", "record", KEY, "P1", *PERSON), 3, "does not come round"),
    "replacing what is not done": (("task", "replace", KEY, "P1", *PERSON, "--evidence", "x"), 5, "is open"),
    "nothing to vote on": (("stage", "approve", KEY, "decision", *PERSON), 4, "nothing that was put to a vote"),
    "go-live too early": (("stage", "go-live", KEY, "--by", "sponsor"), 5, "is planned"),
    "go-live by somebody else": (("stage", "go-live", KEY, *PERSON), 3, "is decided by sponsor"),
    "nothing to score": (("score", KEY, "goal=8", *PERSON), 4, "No self-check"),
    "points that are none": (("score", KEY, "goal:8", "x", *PERSON), 2, "found: goal:8, x"),
    "points given twice": (("score", KEY, "goal=8", "goal=9", *PERSON), 2, "goal twice"),
    "an empty remark": (("task", "comment", KEY, "P1", " ", *PERSON), 2, "TEXT is empty"),
    "minutes that are not there": (("stage", "record-meeting", KEY, "kick_off", "no.md", *PERSON), 2, "no such file"),
    "minutes of nothing": (("stage", "answer", KEY, "kick_off", 1, *PERSON), 4, "No minutes of kick_off"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_by_name_and_changes_nothing(desk: Context, life: Life, capsys: Told, case: str) -> None:
    """What every verb refuses alike (nobody we know, nothing of that name) is in test_cli_every_verb.py."""
    begin(desk)
    life.until("do", "P1")
    with desk.transaction() as session:
        before = read(session, KEY)
    arguments, code, text = BAD[case]
    assert text in said(capsys, *arguments, code=code)
    with desk.transaction() as session:
        assert read(session, KEY) == before


def test_closed_work_is_not_done_again(desk: Context, life: Life, capsys: Told) -> None:
    begin(desk)
    life.until("do", "P1")
    life.say("task", "done", KEY, "P1", *PERSON, "--evidence", "a.pdf")
    told = said(capsys, "task", "done", KEY, "P1", *PERSON, "--evidence", "b.pdf", code=5)
    assert "P1" in told
    assert "is done" in told


def test_nobody_votes_twice_or_on_what_they_wrote(desk: Context, life: Life, capsys: Told) -> None:
    """F43"""
    begin(desk)
    asked = life.until("approve", "proposal")
    life.say("stage", "approve", KEY, "coordination", "--by", asked["person"])
    assert "has voted" in said(capsys, "stage", "approve", KEY, "coordination", "--by", asked["person"], code=5)
    assert "cannot approve it" in said(capsys, "stage", "approve", KEY, "coordination", "--by", "planner", code=3)
    assert "has no vote" in said(capsys, "stage", "approve", KEY, "coordination", "--by", "executor", code=3)


def test_an_action_imports_no_prefect(
    life: Life, desk: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The motor may be down or slow; an action is recorded all the same, and nobody waits for it."""
    begin(desk)
    life.until("do", "P1")
    assert desk.settings.workspace is not None
    monkeypatch.setenv("OPSFLOW_WORKSPACE", str(desk.settings.workspace))
    monkeypatch.setenv("OPSFLOW_DATABASE_URL", desk.database.url)
    code, modules, told = in_a_process(tmp_path, "task", "done", KEY, "P1", "--by", "planner", "--evidence", "a.pdf")
    assert code == 0, told
    assert modules & {"prefect", "fastapi"} == set()
