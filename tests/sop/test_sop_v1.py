"""The shipped SOP says what the outline says: ids, owners, lengths, order, conditions, meetings, gates."""

import re
from collections import Counter

import pytest

from opsflow.campaigns.crosscheck import sop_conditions
from opsflow.kernel.terms import Level, Role, Stage
from opsflow.kernel.text import Text
from opsflow.settings import SHIPPED
from opsflow.sop.files import load_sop
from opsflow.sop.lint import lint
from opsflow.sop.model import Sop, Task, TaskKind

CHINESE = re.compile(r"[\u4e00-\u9fff]")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:?!()]|[,;:?!()][\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def sop() -> Sop:
    return load_sop([SHIPPED], "campaign", 1)


def task(sop: Sop, code: str) -> Task:
    return next(task for task in sop.tasks if task.id == code)


def after(sop: Sop, code: str) -> str:
    return " ".join(task(sop, code).after)


def exists(task: Task, level: Level) -> bool:
    return level in task.days or level in task.live


@pytest.mark.parametrize(
    ("level", "base", "live", "added"),
    [(Level.S, 125, 15, 28), (Level.A, 122, 15, 28), (Level.B, 80, 13, 24), (Level.C, 41, 7, 7)],
)
def test_each_level_has_as_many_tasks_as_the_outline_counts(
    sop: Sop, level: Level, base: int, live: int, added: int
) -> None:
    there = [task for task in sop.tasks if exists(task, level) and not task.on_demand]
    plain = [task for task in there if not task.id.startswith("X")]
    assert len(plain) == base
    assert len([task for task in plain if task.kind is TaskKind.LIVE]) == live
    assert len(there) - len(plain) == added


def test_ids_run_through_without_a_gap(sop: Sop) -> None:
    runs = {"IP": 12, "CO": 17, "DE": 19, "EX": 29, "LV": 15, "CL": 21, "RV": 14}
    runs |= {"XA": 6, "XP": 4, "XM": 7, "XF": 4, "XR": 7}
    expected = [f"{prefix}{number:02}" for prefix, last in runs.items() for number in range(1, last + 1)]
    assert [task.id for task in sop.tasks] == expected


def test_the_sop_passes_its_own_checks(sop: Sop) -> None:
    assert lint(sop) == []
    assert list(sop_conditions(sop)) == []


@pytest.mark.parametrize(
    ("code", "owner", "days", "preceding"),
    [
        ("IP01", "operations:department_head", "1/1/1/0", ""),
        ("IP04", "product:None", "5/3/-/-", "IP01"),
        ("IP09", "operations:planner", "2/1/1/-", "IP02 IP03 IP05 IP06 IP07 IP08"),
        ("CO12", "operations:planner", "1/1/-/-", "CO02 CO03 CO04 CO05 CO07 CO08 CO09 CO10 CO11"),
        ("CO16", "operations:campaign_manager", "1/1/-/-", "CO06 CO14 CO15"),
        ("DE03", "product:None", "4/2/1/-", "CO12"),
        ("DE13", "coordination:coordination_post", "1/1/1/0", "DE01 DE02 DE03 DE04 DE05 DE06 DE07 DE08"),
        ("DE15", "finance:finance_approver", "1/1/1/-", "DE06"),
        ("DE16", "operations:None", "1/1/1/1", "DE09 DE10 DE13 DE15"),
        ("EX05", "engineering:None", "8/6/-/-", "EX01"),
        ("EX06", "operations:executor", "-/-/2/1", "EX02 EX03"),
        ("EX28", "operations:campaign_manager", "1/1/1/1", "EX10 EX14 EX17 EX18 EX20 EX22 EX23 EX24 EX25 EX26 EX27"),
        ("CL08", "customer_service:None", "10/7/5/3", "CL07"),
        ("CL20", "operations:campaign_manager", "3/2/1/0", "CL12 CL13 CL16 CL19"),
        ("RV14", "coordination:coordination_post", "1/1/1/1", "CL21 RV10 RV11 RV12 RV13"),
        ("XF04", "finance:None", "2/2/1/-", "CL09 XF03"),
    ],
)
def test_a_task_has_the_outlines_owner_lengths_and_order(
    sop: Sop, code: str, owner: str, days: str, preceding: str
) -> None:
    found = task(sop, code)
    assert f"{found.owner.department}:{found.owner.role}" == owner
    assert "/".join(str(found.days.get(level, "-")) for level in Level) == days
    assert after(sop, code) == preceding


def test_the_lengths_of_all_tasks_add_up_to_the_outlines(sop: Sop) -> None:
    """Sums over the outline's tables, worked out from its text: a slip in any cell shows here."""
    sums = {level: sum(task.days.get(level, 0) for task in sop.tasks) for level in Level}
    assert sums == {Level.S: 326, Level.A: 216, Level.B: 104, Level.C: 24}


def test_dates_held_by_an_anchor(sop: Sop) -> None:
    pins = {task.id: (task.pin.anchor, [task.pin.days.get(level) for level in Level]) for task in sop.tasks if task.pin}
    assert pins == {
        "EX25": ("launch", [-7, -4, -2, None]),
        "EX29": ("launch", [0, 0, 0, 0]),
        "RV02": ("end", [15, 15, 8, None]),
    }
    assert [task.id for task in sop.tasks if task.after_end] == ["CL01", "CL02", "XR05"]
    assert [task.id for task in sop.tasks if task.as_late_as_possible] == ["EX27", "EX28"]


def test_kinds_say_how_a_task_is_finished(sop: Sop) -> None:
    kinds = {kind: " ".join(task.id for task in sop.tasks if task.kind is kind) for kind in TaskKind}
    kinds.pop(TaskKind.WORK)
    live = kinds.pop(TaskKind.LIVE).split()
    assert live == [f"LV{number:02}" for number in range(1, 16)]
    assert kinds == {
        TaskKind.APPROVAL: "CO13 DE15 DE16 CL06",
        TaskKind.MEETING: "IP11 CO16 DE18 EX01 RV01 RV09",
        TaskKind.SELF_CHECK: "DE13",
        TaskKind.RELEASE: "IP10 CO14 DE17 RV08",
        TaskKind.GO_LIVE: "EX28",
        TaskKind.LAUNCH: "EX29",
    }
    assert [task.id for task in sop.tasks if task.on_demand] == ["DE14"]


def test_added_tasks_name_their_condition_and_what_they_precede(sop: Sop) -> None:
    assert task(sop, "XA03").when == ("goal:conversion", "goal:repurchase")
    assert task(sop, "XM04").when == ("mechanics:collection", "mechanics:stage_clearing", "mechanics:nurturing")
    assert task(sop, "XR04").when == ("on_site", "live_stream")
    assert task(sop, "XF04").when == ("prize_kinds:taxable",)
    assert task(sop, "XR07").when == ()
    stages = {found.id: found.stage for found in sop.tasks}
    for added in (found for found in sop.tasks if found.id.startswith("X")):
        assert len(added.before) == 1
        assert added.stage is stages[added.before[0]]


def test_what_a_level_decides(sop: Sop) -> None:
    rows = {
        level: (
            policy.first_meeting, policy.build, policy.freeze, policy.finance, policy.self_check.reviewers,
            policy.incident_minutes, policy.warm_up, policy.report.rule, policy.claim_days, policy.hot_debrief, policy.review,
        )
        for level, policy in sop.levels.items()
    }  # fmt: skip
    assert rows == {
        Level.S: (46, 25, 2, "always", 5, 15, 7, "hourly_on_peaks", 10, 3, 18),
        Level.A: (29, 17, 2, "always", 3, 30, 4, "daily", 7, 3, 17),
        Level.B: (14, 8, None, "above_threshold", 2, 60, 2, "first_middle_last", 5, None, 9),
        Level.C: (7, 4, None, "above_threshold", 1, 240, None, "at_end", 3, None, 3),
    }
    assert sop.levels[Level.S].approvers == ("leader", "finance_approver", "head:legal")
    assert sop.levels[Level.C].approvers == ("head:operations",)
    steps = [(step.after_hours, step.to) for step in sop.levels[Level.A].escalation_critical]
    assert steps == [(4, Role.DEPARTMENT_HEAD), (8, Role.COORDINATION_POST), (16, Role.LEADER)]


def test_meetings_have_their_topics_and_minutes(sop: Sop) -> None:
    held = {
        meeting.id: (len(meeting.topics), sum(topic.minutes or 0 for topic in meeting.topics))
        for meeting in sop.meetings
    }
    assert held == {
        "initial_planning": (7, 120), "coordination": (8, 120), "decision": (10, 110), "briefing": (1, 30),
        "go_live_check": (1, 40), "stand_up": (1, 15), "hot_debrief": (1, 45), "review": (4, 90),
    }  # fmt: skip
    decision = next(meeting for meeting in sop.meetings if meeting.id == "decision")
    assert decision.written_levels == (Level.C,)
    assert [topic.minutes for topic in decision.topics].count(None) == 1


def test_every_clause_of_a_gate_has_its_tasks(sop: Sop) -> None:
    clauses = {stage.id: (len(stage.gate), len(stage.go_live_gate)) for stage in sop.stages}
    assert list(clauses) == list(Stage)
    assert list(clauses.values()) == [(4, 0), (5, 0), (6, 0), (3, 7), (7, 0), (5, 0)]
    assert all(fact.tasks for stage in sop.stages for fact in (*stage.gate, *stage.go_live_gate))
    opens = [stage.opens for stage in sop.stages]
    assert opens == ["first_task", "closed:initial_planning", "first_task", "closed:decision", "end", "end"]


def test_the_self_check_has_ten_modules_in_three_layers(sop: Sop) -> None:
    layers = Counter(module.layer for module in sop.self_check)
    assert layers == {"decision": 2, "perception": 3, "execution": 5}
    assert all(module.written_in for module in sop.self_check)


def test_the_documents_are_the_26_of_the_issue_and_the_announcement_of_winners(sop: Sop) -> None:
    documents = Counter(document.stage for document in sop.documents)
    assert list(documents.values()) == [3, 3, 8, 5, 3, 5]
    assert len({document.id for document in sop.documents}) == 27


def test_all_fourteen_departments_and_twelve_roles_are_described(sop: Sop) -> None:
    assert set(sop.roles) == set(Role)
    assert len(sop.departments) == 14
    optional = [name for name, department in sop.departments.items() if department.optional]
    assert optional == ["merchandising", "content"]


def test_every_text_is_there_in_english_and_in_well_set_chinese(sop: Sop) -> None:
    texts = list(walk(sop))
    assert len(texts) > 500
    assert [text.en for text in texts if CHINESE.search(text.en)] == []
    assert [text.en for text in texts if not CHINESE.search(text.zh)] == []
    assert [text.zh for text in texts if HALF_WIDTH.search(text.zh)] == []


def walk(value: object) -> list[Text]:
    """Every text below a value."""
    if isinstance(value, Text):
        return [value]
    if isinstance(value, tuple):
        return [text for item in value for text in walk(item)]
    if isinstance(value, dict):
        return [text for item in value.values() for text in walk(item)]
    fields = getattr(type(value), "model_fields", {})
    return [text for name in fields for text in walk(getattr(value, name))]
