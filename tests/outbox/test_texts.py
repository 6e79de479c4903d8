"""Every message can be written in both languages, with everything it may carry and with the least."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from opsflow.kernel.errors import BadInput, NotFound
from opsflow.kernel.terms import LANGUAGES, Language
from opsflow.outbox.texts import Words, render
from opsflow.settings import SHIPPED

NOW = datetime(2026, 8, 17, 1, tzinfo=UTC)
DUE, LATER = "2026-08-20T10:00:00+00:00", "2026-08-24T02:00:00+00:00"
PASSED = {"late": True, "held_up": True}
TITLE = {"en": "Draft the proposal", "zh": "起草活动提案"}
TASK: dict[str, Any] = {"task": TITLE, "code": "CO03", "due": DUE}
INCIDENT: dict[str, Any] = {"number": 2, "title": "The page is blank", "severity": "major", "opened_at": DUE}
MEASURED: dict[str, Any] = {
    "kpi": {"en": "Orders", "zh": "订单数"},
    "unit": {"en": "orders", "zh": "单"},
    "direction": "up",
    "target": "300",
    "actual": "50",
    "pace": "150",
}
FORESEEN: dict[str, Any] = {"risk": {"en": "Traffic", "zh": "流量"}, "plan_b": {"en": "Static page", "zh": "切静态页"}}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "task_opened": (
        TASK,
        {
            "deliverable": {"en": "Proposal, first draft", "zh": "提案初稿"},
            "deputy_for": "Wang Fang",
            "because": [{"en": "follows CO02", "zh": "接 CO02"}, {"en": "2 working days", "zh": "2 个工作日"}],
            **PASSED,
        },
    ),
    "task_reassigned": (
        TASK | {"owner_name": "Wang Fang", "by_name": "Zhao Min", "yours": True},
        {"deliverable": {"en": "Proposal", "zh": "活动提案"}, "because": "2 working days", "note": "Lin Tao is busy"}
        | PASSED,
    ),
    "task_reminder": (TASK, {"days_left": 3}),
    "task_in_digest": (TASK | {"owner_name": "Lin Tao"}, {"wanted": "vote", "begun": LATER}),
    "task_overdue": (TASK | {"owner_name": "Lin Tao"}, {"wanted": "vote", "begun": LATER}),
    "task_escalated": (
        TASK | {"owner_name": "Lin Tao", "role_title": {"en": "sponsor", "zh": "活动发起人"}, "hours_late": 8},
        {"wanted": "scores", "begun": LATER},
    ),
    "approval_requested": (
        {
            "subject": {"en": "Proposal", "zh": "活动提案"},
            "version": 2,
            "due": DUE,
            "document": {"en": "Proposal, revision 2", "zh": "活动提案第 2 版"},
            "author_name": "Lin Tao",
        },
        {"deputy_for": "Wang Fang", **PASSED},
    ),
    "approval_decided": (
        {"subject": {"en": "Proposal", "zh": "活动提案"}, "verdict": "reject", "by_name": "Zhao Min"},
        {"reason": {"en": "The cost has no ceiling.", "zh": "成本没有上限。"}},
    ),
    "rework_requested": ({"subject": "Proposal", "reason": "No ceiling", "by_name": "Zhao Min", "due": DUE}, {}),
    "meeting_invited": ({"meeting": "coordination meeting", "at": DUE, "document": "agenda"}, {}),
    "meeting_held": ({"meeting": "decision meeting"}, {"outcome": "go"}),
    "released": ({"subject": "Plan", "document": "plan"}, {}),
    "stage_opened": ({"stage": {"en": "Coordination", "zh": "协调"}, "closes": DUE}, {}),
    "stage_closed": ({"stage": {"en": "Coordination", "zh": "协调"}}, {"next": {"en": "Decision", "zh": "决策"}}),
    "go_live_hold": ({"reason": "load test failed", "tasks": ["EX20", "EX21"]}, {}),
    "go_live_requested": (
        {"subject": "Go-live check", "due": DUE, "owner_name": "Lin Tao"},
        {"deputy_for": "Wang Fang", **PASSED},
    ),
    "go_live_decided": ({"verdict": "go", "by_name": "Zhao Min"}, {"reason": "risk accepted"}),
    "scores_wanted": ({"due": DUE, "modules": ["goal", "timing"]}, PASSED),
    "self_check_result": ({"total": "81.4", "passed": False, "weak": ["risk"]}, {}),
    "deputy_stands_in": ({"absent_name": "Wang Fang", "task": TITLE, "due": DUE}, {"code": "CO03"}),
    "launched": ({}, {}),
    "campaign_stopped": ({"reason": "budget withdrawn"}, {}),
    "campaign_archived": ({}, {}),
    "kpi_off_track": (MEASURED | {"limit": "270"}, {"remedy": "Open the second ladder", "gaps": 2}),
    "kpi_recovered": (MEASURED | {"since": DUE}, {}),
    "survey_letters_wait": ({"campaign_key": "c", "count": 1200, "lacks": "mail"}, {}),
    "talking_point": ({"text": "The bear quilt", "by_name": "Lin Tao"}, {}),
    "incident_opened": (INCIDENT | {"by_name": "Lin Tao", "acknowledge_by": DUE}, FORESEEN),
    "incident_escalated": (INCIDENT | {"minutes_late": 15}, FORESEEN),
    "incident_announced": (INCIDENT | {"by_name": "Zhao Min"}, FORESEEN),
    "incident_handover": (INCIDENT, FORESEEN | {"acknowledged_name": "Wang Fang"}),
    "incident_plan_b": (INCIDENT | FORESEEN | {"by_name": "Wang Fang"}, {}),
    "incident_closed": (INCIDENT | {"by_name": "Wang Fang", "cause": "A bad cache", "done": "Cache emptied"}, {}),
    "help_wanted": (
        TASK | {"owner_name": "Lin Tao", "by_name": "Zhao Min", "text": "The supplier has no stock"},
        {},
    ),
    "help_answered": (
        {"task": TITLE, "code": "CO03", "by_name": "Zhao Min", "text": "Take the second supplier"},
        {},
    ),
    "sop_proposed": ({"number": 3, "reason": "Three days for the test", "by_name": "Zhao Min", "change": False}, {}),
    "sop_decided": (
        {"number": 3, "reason": "Three days for the test", "by_name": "Zhao Min", "version": None, "why": "One case"},
        {},
    ),
    "task_waived": ({"task": TITLE, "code": "CO03", "by_name": "Zhao Min", "reason": "No supplier"}, {}),
    "task_added": (TASK | {"owner_name": "Lin Tao", "by_name": "Zhao Min", "yours": False, "waits": "CO04"}, {}),
    "gate_overridden": (
        {
            "stage": {"en": "Decision", "zh": "决策"},
            "fact": {"en": "Budget approved", "zh": "预算已审批"},
            "by_name": "Zhao Min",
            "reason": "The board has decided",
        },
        {"tasks": "DE15"},
    ),
    "handover": (
        {
            "was_name": "Lin Tao",
            "to_name": "Wang Fang",
            "by_name": "Zhao Min",
            "yours": True,
            "count": 0,
            "tasks": "",
            "votes": 0,
            "roles": "",
        },
        {"count": 2, "tasks": "Draft, Book", "votes": 1, "roles": "planner"},
    ),
    "plan_moved": (
        {"by_name": "Zhao Min", "count": 12, "tasks": [], "meetings": []},
        {
            "reason": "The printer is late.",
            "launch_was": DUE,
            "launch": DUE,
            "ends_was": DUE,
            "ends": DUE,
            "tasks": [TASK | {"was": DUE, "start": DUE, "yours": True, "was_yours": was} for was in (True, False)]
            + [TASK | {"was": DUE, "start": DUE, "yours": False, "was_yours": True}],
            "meetings": [{"meeting": "decision meeting", "was": DUE, "at": DUE}],
        },
    ),
    "payouts_requested": (
        {"campaign_key": "double-11", "number": 2, "count": 30, "worth": "CNY 900.00", "needed": 2},
        {},
    ),
    "payouts_finished": (
        {"campaign_key": "double-11", "number": 2, "paid": 40, "worth": "80.00 CNY", "refused": 1},
        {},
    ),
    "payouts_in_doubt": ({"campaign_key": "double-11", "count": 3}, {}),
    "payouts_braked": ({"campaign_key": "double-11", "by_name": "Zhao Min", "reason": "Stolen key"}, {}),
    "campaign_paused": ({"by_name": "Zhao Min", "reason": "The supplier is bankrupt."}, {}),
    "campaign_resumed": ({"by_name": "Zhao Min", "tasks": []}, {"tasks": [TASK]}),
    "campaign_cancelled": ({"by_name": "Zhao Min", "reason": "The law has changed.", "live": False}, {"live": True}),
    "dead_letter": (
        {"person_name": "Wang Fang", "reason": "unknown user", "title": "CO03: due", "lines": ["Please finish it."]},
        {},
    ),
    "card_over": (
        {"about": "CO03 Draft the proposal", "shows": "over", "what": ""},
        {"what": "done", "by_name": "Lin Tao", "at": DUE},
    ),
    "card_seen": ({"by_name": "Lin Tao", "at": DUE, "what": ""}, {"what": "snoozed", "until": DUE}),
    "question_assigned": ({"question": "Who pays for shipping?", "due": "2026-08-20"}, {}),
}
COMMON = {"campaign_title": {"en": "Double 11", "zh": "双十一大促"}}
SHANGHAI = ZoneInfo("Asia/Shanghai")


def _words(template: str, values: Mapping[str, Any], language: Language, zone: ZoneInfo = SHANGHAI) -> Words:
    return render((SHIPPED,), template, COMMON | dict(values), language=language, zone=zone, now=NOW)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", CASES)
def test_every_message_is_written_with_full_and_with_minimal_facts(template: str, language: Language) -> None:
    least, more = CASES[template]
    for values in (least, least | more):
        words = _words(template, values, language)
        assert words.title
        assert words.body
        assert "\n" not in words.title
        assert "2026-08-20T" not in words.title + words.body


@pytest.mark.parametrize("template", CASES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_optional_fact_is_shown_when_it_is_there(template: str, language: Language) -> None:
    least, more = CASES[template]
    if more and template not in ("task_reminder", "deputy_stands_in"):
        assert _words(template, least, language) != _words(template, least | more, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_template_is_without_a_test(language: Language) -> None:
    shipped = {file.stem for file in (SHIPPED / "messages" / language).glob("[!_]*.j2")}
    assert shipped == {*CASES, "digest"}


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "CO03 Draft the proposal: due in 3 days, 2026-08-20 Thu 18:00"),
        ("zh", "CO03 起草活动提案：3 天后到期，2026年8月20日 周四 18:00"),
    ],
)
def test_a_reminder_says_what_and_by_when(language: Language, title: str) -> None:
    assert _words("task_reminder", TASK, language).title == title


ASKED = ("task_opened", "task_reassigned", "approval_requested", "go_live_requested", "scores_wanted")


@pytest.mark.parametrize("template", ASKED)
@pytest.mark.parametrize(
    ("language", "soon", "passed", "why"),
    [
        ("en", "as soon as possible", "2026-08-20 Thu 18:00 has passed already", "what this follows was late"),
        ("zh", "尽快", "原定时间 2026年8月20日 周四 18:00 已过", "因前序工作延误"),
    ],
)
def test_what_is_asked_for_after_its_date_says_so(
    template: str, language: Language, soon: str, passed: str, why: str
) -> None:
    """F22: nobody is asked to be done by a date that has passed."""
    words = _words(template, CASES[template][0] | PASSED, language)
    assert soon in words.title
    assert (soon in words.body, passed in words.body, why in words.body) == (True, True, True)
    assert f"by {passed[:10]}" not in words.title + words.body
    assert " 前" not in words.title + words.body
    assert why not in _words(template, CASES[template][0] | {"late": True, "held_up": False}, language).body


@pytest.mark.parametrize(
    ("language", "wanted", "title", "body"),
    [
        ("en", "vote", "CO03 Draft the proposal, Lin Tao's vote", 'Lin Tao was to vote on "Draft the proposal" by'),
        ("en", "scores", "CO03 Draft the proposal, Lin Tao's scores", "Lin Tao was to give scores for"),
        ("zh", "vote", "CO03 起草活动提案（Lin Tao 的审批）", "前投出审批意见"),
        ("zh", "scores", "CO03 起草活动提案（Lin Tao 的打分）", "前完成打分"),
    ],
)
@pytest.mark.parametrize("template", ["task_overdue", "task_escalated", "task_in_digest"])
def test_who_hears_of_a_late_vote_reads_whose_it_is(
    template: str, language: Language, wanted: str, title: str, body: str
) -> None:
    words = _words(template, CASES[template][0] | {"wanted": wanted}, language)
    assert title in words.title
    assert body in words.body


@pytest.mark.parametrize(("language", "begun"), [("en", "2026-08-24 Mon 10:00"), ("zh", "2026年8月24日 周一 10:00")])
@pytest.mark.parametrize("template", ["task_overdue", "task_escalated", "task_in_digest"])
def test_what_began_after_its_date_says_when(template: str, language: Language, begun: str) -> None:
    assert begun in _words(template, CASES[template][0] | {"begun": LATER}, language).body


@pytest.mark.parametrize(
    ("zone", "shown"), [("Asia/Shanghai", "2026-08-20 Thu 18:00"), ("America/Los_Angeles", "2026-08-20 Thu 03:00")]
)
def test_instants_are_told_on_the_recipients_clock(zone: str, shown: str) -> None:
    """F20: local time stored or shown as UTC."""
    assert shown in _words("task_reminder", TASK, "en", ZoneInfo(zone)).title


@pytest.mark.parametrize(
    ("language", "zone", "shown"),
    [
        ("en", "Asia/Shanghai", "2026-08-21 Fri 00:00 (2026-08-20 Thu 18:00 for the campaign)"),
        ("zh", "Asia/Shanghai", "2026年8月21日 周五 00:00（活动当地时间 2026年8月20日 周四 18:00）"),
        ("en", "Europe/Paris", "due 2026-08-20 Thu 18:00"),
    ],
)
def test_a_date_that_is_another_on_the_campaigns_clock_is_told_on_both(
    language: Language, zone: str, shown: str
) -> None:
    """F20: the reasons of a plan speak of the campaign's dates."""
    values = TASK | {"due": "2026-08-20T16:00:00Z", "campaign_zone": "Europe/Berlin"}
    words = _words("task_opened", values, language, ZoneInfo(zone))
    assert shown in words.title
    assert ("for the campaign" in words.title + words.body) is (language == "en" and zone == "Asia/Shanghai")


@pytest.mark.parametrize(("due", "left"), [("2026-08-17", "today"), ("2026-08-18", "tomorrow"), ("2026-08-19", "in 2")])
def test_what_is_left_is_counted_when_the_message_is_sent(due: str, left: str) -> None:
    assert f"due {left}" in _words("task_reminder", TASK | {"due": f"{due}T10:00:00Z", "days_left": 5}, "en").title


def test_a_name_with_line_breaks_stays_on_its_line() -> None:
    words = _words("task_reminder", TASK | {"task": "Draft\r\nBcc: everybody"}, "en")
    assert words.title.startswith("CO03 Draft Bcc: everybody: due")


def test_a_missing_fact_is_an_error_that_names_it() -> None:
    """F57: a missing variable prints blank."""
    with pytest.raises(BadInput, match="owner_name"):
        _words("task_overdue", TASK, "en")


def test_an_unknown_template_is_named() -> None:
    with pytest.raises(NotFound, match="no_such"):
        _words("no_such", {}, "en")


def test_a_workspace_overrides_one_message_and_keeps_the_others(tmp_path: Path) -> None:
    own = tmp_path / "messages" / "en"
    own.mkdir(parents=True)
    (own / "launched.j2").write_text("We are on air: {{ campaign_title }}\nGo.\n", encoding="utf-8")
    folders = (tmp_path, SHIPPED)
    launched = render(folders, "launched", COMMON, language="en", zone=SHANGHAI, now=NOW)
    archived = render(folders, "campaign_archived", COMMON, language="en", zone=SHANGHAI, now=NOW)
    assert launched == Words("We are on air: Double 11", "Go.")
    assert archived.title == "Double 11 is archived"


@pytest.mark.parametrize(
    "attack",
    [
        "{{ campaign_title.__class__ }}",
        "{{ ''|attr('__class__') }}",
        "{{ '{0.__class__}'.format(campaign_title) }}",
        "{{ '{a.__class__}'.format_map({'a': campaign_title}) }}",
        "{% for n in range(999999999) %}x{% endfor %}",
        "{{ lipsum(9) }}",
        "{{ 'x' * 99999999 }}",
        "{% include '../../sop/campaign/v1.yaml' %}",
    ],
)
def test_a_hostile_template_is_refused(tmp_path: Path, attack: str) -> None:
    own = tmp_path / "messages" / "en"
    own.mkdir(parents=True)
    (own / "launched.j2").write_text(attack, encoding="utf-8")
    with pytest.raises(BadInput):
        render((tmp_path, SHIPPED), "launched", COMMON, language="en", zone=SHANGHAI, now=NOW)
