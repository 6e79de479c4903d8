"""`opsflow replan` and `opsflow campaign` as a campaign manager types them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsflow.bootstrap import use_context
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.kernel.clock import VirtualClock
from tests.campaigns.planning import organisation
from tests.cli.desk import Told, desk_context, said
from tests.engine.driving import run_due
from tests.engine.scene import at
from tests.engine.small import KEY, MANAGER, PLANNER, PMO, SPONSOR, TODAY, begin, file

SLIP = ("--task", "P1", "--due", "2026-08-06")
HELD = (*SLIP, "--task", "E1", "--due", "2026-08-20")


@pytest.fixture
def desk(sqlite_database: Database, clock: VirtualClock, tmp_path: Path) -> Iterator[Context]:
    """P1 is open, due on Wednesday 5 August; the launch is on Monday 24th."""
    context = desk_context(sqlite_database, clock, tmp_path)
    begin(context)
    clock.move_to(at("4", 10))
    run_due(context)
    with use_context(context):
        yield context


def test_a_slip_is_answered_before_anything_else(desk: Context, capsys: Told) -> None:
    shown = said(capsys, "replan", KEY, *SLIP).splitlines()
    assert shown[1] == "The launch on Mon 2026-08-24 DOES NOT HOLD: short by 1 working day."
    assert "  - Finish P1 by Wed 2026-08-05 instead." in shown
    assert "13 of the 19 tasks that are not done move:" in shown
    row = next(line for line in shown if line.strip().startswith("E1 "))
    assert " ".join(row.split()) == "E1 Task E1 Tue 08-18 - Thu 08-20 -> Wed 08-19 - Fri 08-21 +1 d Executor critical"
    assert shown[-1] == "Nothing is written: a plan that does not fit is not taken."


def test_what_is_shown_is_done_with_apply(desk: Context, capsys: Told) -> None:
    shown = said(capsys, "replan", KEY, *HELD)
    assert "with --apply --revision 1 does it" in shown
    done = said(
        capsys, "replan", KEY, *HELD, "--apply", "--revision", "1", "--by", PMO, "--reason", "The agency is late"
    )
    assert done.splitlines()[-1].startswith("Done: the plan is revision 2.")
    assert "due 2026-08-06" not in said(capsys, "task", "show", KEY, "P2")
    assert "Nothing moves." in said(capsys, "replan", KEY)


def test_a_stale_revision_ends_with_the_code_of_a_conflict(desk: Context, capsys: Told) -> None:
    said(capsys, "replan", KEY, *HELD, "--apply", "--by", PMO)
    told = said(capsys, "replan", KEY, "--launch", "2026-08-31", "--apply", "--revision", "1", "--by", SPONSOR, code=5)
    assert "planned anew meanwhile, and nothing of this was written" in told


def test_a_launch_that_does_not_hold_is_not_applied(desk: Context, capsys: Told) -> None:
    assert "does not hold" in said(capsys, "replan", KEY, *SLIP, "--apply", "--by", PMO, code=3)
    assert "Nothing moves." in said(capsys, "replan", KEY)


def test_other_programs_read_the_same(desk: Context, capsys: Told) -> None:
    found = json.loads(said(capsys, "replan", KEY, *SLIP, "--format", "json"))
    assert (found["holds"], found["short_by_working_days"], found["earliest_launch"]) == (False, 1, "2026-08-25")
    assert found["applied"] is False
    assert found["moves"][0] | {"because": None} == {
        "task": "P1", "title": "Task P1", "stage": "initial_planning", "owner": "planner", "was_owner": "planner",
        "start": "2026-08-04T09:00:00+08:00", "was_start": "2026-08-04T09:00:00+08:00",
        "due": "2026-08-06T18:00:00+08:00", "was_due": "2026-08-05T18:00:00+08:00", "working_days": 1,
        "float_days": -1, "critical": True, "times": 0, "was_times": 0, "because": None,
    }  # fmt: skip
    assert found["people"][0] == {"person": "manager", "tasks": 5, "working_days": 1}


def test_texts_that_name_a_date_are_shown_and_those_that_may_name_one_as_well(
    sqlite_database: Database, clock: VirtualClock, tmp_path: Path, capsys: Told
) -> None:
    context = desk_context(sqlite_database, clock, tmp_path)
    begin(context, rules=["From 24 August 2026 on.", "Until 26.08 or sold out."])
    with use_context(context):
        shown = said(capsys, "replan", KEY, "--launch", "2026-08-31").splitlines()
        found = json.loads(said(capsys, "replan", KEY, "--launch", "2026-08-31", "--format", "json"))
    assert "Text that names a date (rules > 1): From 24 August 2026 on. -> From 31 August 2026 on." in shown
    assert "Text that may name an old date and stays (rules > 2): 26.08" in shown
    assert [each["text"] for each in found["texts"]] == ["From 31 August 2026 on."]
    assert found["doubts"] == [{"place": "rules > 2", "text": "26.08"}]


def test_a_calendar_that_was_published_since_counts_in_both_plans(
    desk: Context, capsys: Told, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """F28: a day off that nobody knew of. Planned afresh, work begins a day sooner; under way, it ends a day later."""
    monkeypatch.setenv("OPSFLOW_WORKSPACE", str(tmp_path))
    written = {"org.yaml": organisation(), "small.yaml": file()}
    for name, model in written.items():
        (tmp_path / name).write_text(model.model_dump_json(exclude_defaults=True), encoding="utf-8")

    def due_of_d1() -> tuple[str, str]:
        fresh = json.loads(said(capsys, "plan", tmp_path / "small.yaml", "--today", TODAY, "--format", "json"))
        moved = json.loads(said(capsys, "replan", KEY, "--format", "json"))
        planned = {task["id"]: task["due"][:10] for stage in fresh["stages"] for task in stage["tasks"]}
        moves = {move["task"]: move["due"][:10] for move in moved["moves"]}
        return planned["D1"], moves.get("D1", "stays")

    before = due_of_d1()
    calendars = tmp_path / "sop_templates" / "calendars"
    calendars.mkdir()
    outing = {"country": "CN", "year": 2026, "off": [{"first": "2026-08-12", "name": "Outing"}]}
    (calendars / "cn-2026.yaml").write_text(json.dumps(outing), encoding="utf-8")
    after = due_of_d1()
    assert (before, after) == (("2026-08-12", "stays"), ("2026-08-11", "2026-08-13"))


def test_a_campaign_is_paused_resumed_and_cancelled(desk: Context, clock: VirtualClock, capsys: Told) -> None:
    assert "is paused" in said(capsys, "campaign", "pause", KEY, "--reason", "No supplier", "--by", MANAGER)
    assert json.loads(said(capsys, "status", KEY, "--format", "json"))["status"] == "paused"
    clock.move_to(at("7", 10))
    told = said(capsys, "campaign", "resume", KEY, "--by", MANAGER)
    assert "Late meanwhile:" in told
    assert f"opsflow replan {KEY}" in told
    assert "is cancelled" in said(capsys, "campaign", "cancel", KEY, "--reason", "No supplier", "--by", SPONSOR)
    assert "cancelled" in said(capsys, "status")
    state = said(capsys, "status", KEY)
    assert "0/2 Initial_Planning: the campaign is cancelled: No supplier" in " ".join(state.split()), "nothing was done"
    told = said(capsys, "task", "done", KEY, "P1", "--by", PLANNER, "--evidence", "x.pdf", code=5)
    assert "Task P1 of small-campaign is cancelled" in told


def test_an_end_is_shown_before_it_is_moved(desk: Context, capsys: Told) -> None:
    shown = said(capsys, "campaign", "extend", KEY, "--last-day", "2026-08-28")
    assert "End moves: Thu 2026-08-27 00:00 -> Sat 2026-08-29 00:00" in shown
    assert "3 -> 5 times" in shown
    assert "The same `opsflow campaign extend` with --apply --revision 1 does it." in shown
    said(capsys, "campaign", "extend", KEY, "--last-day", "2026-08-28", "--apply", "--by", MANAGER)
    shown = said(capsys, "campaign", "shorten", KEY, "--last-day", "2026-08-25", "--apply", "--by", MANAGER)
    assert "5 -> 2 times" in shown


@pytest.mark.parametrize(
    ("line", "code", "text"),
    [
        (("replan", KEY, "--task", "P1"), 2, "Each --task needs a --due"),
        (("replan", KEY, "--launch", "soon"), 2, "--launch 'soon' is not a day"),
        (("replan", KEY, *HELD, "--apply"), 2, "Who acts?"),
        (("campaign", "pause", KEY, "--reason", " ", "--by", "manager"), 2, "--reason is empty"),
        (("campaign", "cancel", KEY, "--reason", "x", "--by", "manager"), 3, "manager cannot cancel a campaign"),
        (("campaign", "shorten", KEY, "--last-day", "2026-09-01"), 2, "name one before that"),
        (("campaign", "resume", KEY, "--by", "manager"), 5, "it cannot become active"),
    ],
)
def test_what_cannot_be_done_says_why(desk: Context, capsys: Told, line: tuple[str, ...], code: int, text: str) -> None:
    assert text in said(capsys, *line, code=code)
