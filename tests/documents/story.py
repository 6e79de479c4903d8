"""A believable S campaign from the shipped SOP, as its dossier stood at any moment from the build to the archive."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from opsflow.documents.model import (
    DepartmentRecord,
    DocumentFacts,
    Dossier,
    EscalationFacts,
    GateFacts,
    MeetingFacts,
    MinuteFacts,
    StageFacts,
    TaskFacts,
    TopicFacts,
)
from opsflow.kernel.terms import Language, Level, Stage
from opsflow.settings import SHIPPED
from opsflow.sop.model import GateFact, Meeting, Task, TaskKind
from tests.documents.prizes import feedback, prizes
from tests.documents.story_campaign import (
    CONDITIONS,
    approvals,
    campaign,
    department_title,
    events,
    name,
    roles,
    self_check,
    sop,
)
from tests.documents.story_people import (
    ARCHIVED,
    BUILD,
    END,
    FIRST_DAY,
    FIRST_MEETING,
    LAST_DAY,
    LATE,
    LAUNCH,
    ON_LONGEST_CHAIN,
    PEOPLE,
    ROLES,
    STARTS,
    at,
    pick,
    shift,
)

FINISHED = ARCHIVED
LIVE_RULES = {
    "first_hours": ("the first 4 hours", "上线后 4 小时", 4),
    "hourly_on_peaks": ("hourly on launch and peak days, else daily", "首日与高峰日每小时，其余每日", 69),
    "daily": ("daily", "每日", 23),
    "twice_daily": ("twice a day", "每日两次", 46),
    "each_phase": ("at each phase", "每次阶段切换", 3),
    "each_peak": ("on each peak day", "每个高峰日", 2),
    "from_second_phase": ("daily from the second phase", "第二阶段起每日", 12),
    "before_end": ("2 days before the end", "结束前 2 天", 1),
    "on_event": ("on event", "按需", 0),
}


def dossier(language: Language, document: str, now: datetime = FINISHED) -> Dossier:
    """Everything a document may see at that moment; what lies ahead is planned, what is past is recorded."""
    spec = next(spec for spec in sop().documents if spec.id == document)
    tasks = [_task(language, task, now) for task in _existing()]
    stages = [_stage(language, stage, tasks, now) for stage in Stage]
    meetings = [_meeting(language, meeting, tasks, now) for meeting in sop().meetings if Level.S in meeting.levels]
    own = [meeting for meeting in meetings if meeting["stage"] == spec.stage]
    held = [meeting for meeting in meetings if meeting["held_at"]]
    notes = [note for meeting in held for note in meeting["minutes"] if note["kind"] == "question"]
    drafted = next((task for task in tasks if task["id"] == spec.task), None)
    return Dossier(
        language=language,
        now=now,
        organisation=pick(language, "Lantern Mall", "灯笼商城"),
        campaign=campaign(language),
        roles=roles(language),
        stages=stages,
        stage=next(stage for stage in stages if stage["id"] == spec.stage),
        tasks=tasks,
        overdue=[task for task in tasks if task["status"] == "open" and task["due"] < now],
        meetings=meetings,
        meeting=own[-1] if own else None,
        previous_meeting=held[-1] if held else None,
        open_questions=[note for note in notes if note["due"] is None or note["due"] >= now.date()],
        approvals=approvals(language, now),
        self_check=self_check(language, now),
        documents=_documents(language, now),
        records=_records(language, tasks, now),
        incidents=[],
        prizes=prizes(language),
        feedback=feedback(language),
        escalation=[
            EscalationFacts(hours=0, weighty=True, role=pick(language, "department head", "部门负责人"), person=None),
            EscalationFacts(
                hours=8, weighty=True, role=pick(language, "sponsor", "分管领导"), person=name(language, "wang-lei")
            ),
        ],
        events=events(language, now),
        first_day=FIRST_DAY,
        first_meeting=FIRST_MEETING,
        build=BUILD,
        document_id=document,
        document_title=spec.title[language],
        document_revision=2 if now == FINISHED else 1,
        talking_points=[],
        retention=None,
        document_state="final" if drafted and drafted["done_at"] else "draft",
        document_task=drafted,
    )


def empty(language: Language, document: str) -> Dossier:
    """The least a dossier may hold: a campaign file without optional parts, before its first task."""
    full = dossier(language, document, at(FIRST_DAY, 9))
    lean = full["campaign"] | {
        "subtitle": None,
        "phases": [],
        "prizes": [],
        "risks": [],
        "publicity": [],
        "partners": [],
        "rules": [],
    }
    lean["budget"] = full["campaign"]["budget"] | {
        "lines": [],
        "forecast_return": None,
        "ratio": None,
        "total": Decimal(0),
    }
    return full | {
        "campaign": lean | {"channels": []}, "roles": [], "stages": [], "stage": full["stage"] | {"gate": [], "go_live_gate": []},
        "tasks": [], "overdue": [], "meetings": [], "meeting": None, "previous_meeting": None, "open_questions": [],
        "approvals": [], "self_check": [], "documents": [], "records": [], "escalation": [], "events": [], "incidents": [], "prizes": None, "feedback": None, "talking_points": [], "retention": None, "build": None, "document_task": None,
    }  # fmt: skip


def _existing() -> list[Task]:
    return [task for task in sop().tasks if _exists(task)]


def _exists(task: Task) -> bool:
    at_level = Level.S in task.live if task.kind is TaskKind.LIVE else Level.S in task.days
    return (
        at_level and not task.on_demand and (not task.when or any(condition in CONDITIONS for condition in task.when))
    )


@cache
def _spans() -> dict[str, tuple[date, date]]:
    spans: dict[str, tuple[date, date]] = {}
    for task in sorted(_existing(), key=lambda task: [*Stage].index(task.stage)):
        _place(task.id, spans)
    return spans


def _place(code: str, spans: dict[str, tuple[date, date]]) -> tuple[date, date]:
    if code in spans:
        return spans[code]
    task = next(task for task in sop().tasks if task.id == code)
    if task.kind is TaskKind.LIVE:
        spans[code] = (LAUNCH.date(), LAST_DAY)
        return spans[code]
    existing = {task.id for task in _existing()}
    ends = [_place(before, spans)[1] for before in task.after if before in existing]
    days = task.days[Level.S]
    first = shift(max(ends), 1 if days else 0) if ends else shift(STARTS.get(task.stage, FIRST_DAY), 0)
    first = max(first, shift(STARTS.get(task.stage, FIRST_DAY), 0))
    fixed = {
        "EX25": date(2026, 10, 10),
        "EX27": date(2026, 10, 16),
        "EX28": date(2026, 10, 19),
        "EX29": LAUNCH.date(),
        "RV02": date(2026, 11, 27),
    }
    first = fixed.get(code, first)
    spans[code] = (first, shift(first, max(days - 1, 0)))
    return spans[code]


def _owner(language: Language, task: Task) -> str:
    if task.owner.role is not None and task.owner.role.value in ROLES:
        _, en, zh, _ = ROLES[task.owner.role.value]
    elif task.owner.approvers:
        _, en, zh, _ = ROLES["leader"]
    else:
        _, en, zh = PEOPLE[task.owner.department]
    return pick(language, en, zh)


def _task(language: Language, task: Task, now: datetime) -> TaskFacts:
    first, last = _spans()[task.id]
    start, due = at(first, 9), at(last)
    live = task.kind is TaskKind.LIVE
    late = LATE.get(task.id, 0)
    finished = at(shift(last, late), 16, 20)
    done = (finished <= now and task.id != "EX29") or (task.id == "EX29" and now > LAUNCH)
    opened = start <= now
    owner = _owner(language, task)
    rule = LIVE_RULES[task.live[Level.S].rule] if live else None
    passed = max(0, min(23, (now.date() - LAUNCH.date()).days + 1)) if live else 0
    overdue = late if done else 1 if opened and due < now else 0
    return TaskFacts(
        id=task.id,
        title=task.title[language],
        stage=task.stage,
        kind=task.kind,
        department=department_title(language, task.owner.department),
        department_id=task.owner.department,
        owner=pick(language, "Yu Ting", "余婷") if task.id == "EX02" else owner,
        deputy_for=owner if task.id == "EX02" else None,
        approvers=[],
        days=task.days.get(Level.S, 0),
        start=LAUNCH if task.id == "EX29" or live else start,
        due=END if live else LAUNCH if task.id == "EX29" else due,
        float_days=0 if task.id in ON_LONGEST_CHAIN else 1 + len(task.title.en) % 4,
        critical=task.id in ON_LONGEST_CHAIN,
        gate=task.gate_task,
        status="done" if done else "open" if opened else "planned",
        status_title=pick(
            language, *(("done", "已完成") if done else ("open", "进行中") if opened else ("planned", "未开始"))
        ),
        opened_at=start if opened else None,
        done_at=None if not done else LAUNCH + timedelta(minutes=4) if task.id == "EX29" else finished,
        done_by=owner if done else None,
        late_days=overdue,
        held_up=None,
        own_late_days=overdue,
        deliverable=task.deliverable[language] if task.deliverable else None,
        evidence=f"{task.deliverable[language]} v1" if done and task.deliverable else None,
        note=pick(language, "Prize limits rewritten after the load test.", "压测后重写了奖池限额。")
        if done and task.id == "EX05"
        else None,
        rule=pick(language, rule[0], rule[1]) if rule else None,
        times=rule[2] if rule else 0,
        times_done=min(rule[2], passed * max(1, rule[2] // 23)) if rule else 0,
        repeats=[LAUNCH + timedelta(hours=hour) for hour in range(rule[2])] if rule else [],
        because=[],
        after=list(task.after),
        on_demand=task.on_demand,
    )


def _gate(language: Language, gate: tuple[GateFact, ...], tasks: list[TaskFacts]) -> list[GateFacts]:
    by_id = {task["id"]: task for task in tasks}
    facts = []
    for fact in gate:
        own = [code for code in fact.tasks if code in by_id]
        missing = [str(code) for code in own if by_id[code]["status"] != "done"]
        if own:
            facts.append(
                GateFacts(text=fact.text[language], holds=not missing, tasks=list(own), missing=missing, let_pass=None)
            )
    return facts


def _stage(language: Language, stage: Stage, tasks: list[TaskFacts], now: datetime) -> StageFacts:
    spec = next(spec for spec in sop().stages if spec.id is stage)
    own = [task for task in tasks if task["stage"] == stage]
    opens = min(task["start"] for task in own)
    closes = max(task["due"] for task in own if task["kind"] != "live") if stage is not Stage.EXECUTION else END
    closed = max([closes, *(task["done_at"] for task in own if task["done_at"])])
    status = ("closed", "已关闭") if closed <= now else ("open", "进行中") if opens <= now else ("planned", "未开始")
    return StageFacts(
        id=stage,
        title=spec.title[language],
        purpose=spec.purpose[language],
        status=status[0],
        status_title=pick(language, *status),
        opens=opens,
        closes=closes,
        opened_at=opens if opens <= now else None,
        closed_at=closed if closed <= now else None,
        reason=None,
        gate=_gate(language, spec.gate, tasks),
        go_live_gate=_gate(language, spec.go_live_gate, tasks),
        tasks_total=len(own),
        tasks_done=sum(task["status"] == "done" for task in own),
    )


NOTES: dict[str, list[tuple[str, str, str, str, str | None, date | None, str | None]]] = {
    "decision": [
        ("confirmation", "chen-hao", "Two developers are booked.", "两名开发已预占。", None, date(2026, 9, 24), "EX05"),
        ("confirmation", "sun-jia", "Copy first, then material.", "先文案后物料。", None, date(2026, 9, 16), "EX03"),
        ("decision", "fang-zheng", "Go, with the reserve kept for the last phase.", "通过，预备金留给最后一个阶段。", None, None, None),
        ("question", "xu-fang", "Who answers on the night of 10 November?", "11 月 10 日夜间谁值守客服？", "xu-fang", date(2026, 10, 16), None),
    ],
    "hot_debrief": [
        ("surprise", "tang-bo", "The queue page came on twice without traffic.", "排队页在无流量时被触发两次。", None, None, None),
        ("lesson", "xu-fang", "Write down the answers given about deposits.", "把定金类问题的答复写下来。", "xu-fang", date(2026, 11, 20), None),
    ],
    "review": [
        ("cause", "wu-tong", "Coupon stock was loaded in one batch.", "券库存一次性导入。", None, None, "process"),
        ("cause", "gao-xin", "The rule on deposits needed three readings.", "定金规则要读三遍。", None, None, "copy"),
        ("lesson", "gao-xin", "Rules are read aloud to a stranger before DE16.", "方案审批前，规则须念给陌生用户听一遍。", "gao-xin", date(2027, 1, 15), None),
        ("lesson", "chen-hao", "Load prize stock in three batches.", "奖池库存分三批导入。", "chen-hao", date(2027, 2, 26), None),
        ("question", "zhou-ning", "Does day-14 retention hold without refunds?", "剔除退款后 14 日留存是否成立？", "zhou-ning", date(2026, 12, 31), None),
    ],
}  # fmt: skip
CAUSES = {"process": ("process", "流程"), "copy": ("copy", "文案")}


def _minute(language: Language, note: tuple[str, str, str, str, str | None, date | None, str | None]) -> MinuteFacts:
    kind, person, en, zh, owner, due, more = note
    task = next((task for task in sop().tasks if task.id == more), None)
    return MinuteFacts(
        kind=kind,  # type: ignore[typeddict-item]
        person=name(language, person),
        department=None,
        text=pick(language, en, zh),
        owner=name(language, owner) if owner else None,
        due=due,
        task=f"{task.id} {task.title[language]}" if task else None,
        cause=pick(language, *CAUSES[more]) if kind == "cause" and more else None,
        cause_id=more if kind == "cause" else None,
        taken=None,
        reply=None,
        proposal=None,
    )


def _meeting(language: Language, meeting: Meeting, tasks: list[TaskFacts], now: datetime) -> MeetingFacts:
    task = next((task for task in tasks if task["id"] == meeting.task), None)
    when = (task["due"] if task else LAUNCH).replace(hour=10, minute=0)
    held = when if when <= now else None
    return MeetingFacts(
        id=meeting.id,
        title=meeting.title[language],
        stage=meeting.stage,
        mode="meeting",
        at=when,
        held_at=held,
        minutes_total=sum(topic.minutes or 0 for topic in meeting.topics),
        topics=[
            TopicFacts(
                minutes=topic.minutes,
                title=topic.title[language],
                presenters=sorted({task["owner"] for task in tasks if task["id"] in topic.tasks}),
            )
            for topic in meeting.topics
        ],
        attendees=[
            {"person": pick(language, en, zh), "department": department_title(language, department)}
            for department, (_, en, zh) in PEOPLE.items()
        ],
        outcome=pick(language, "go", "通过") if held and meeting.id == "decision" else None,
        outcome_id="go" if held and meeting.id == "decision" else None,
        minutes=[_minute(language, note) for note in NOTES.get(meeting.id, [])] if held else [],
    )


def _documents(language: Language, now: datetime) -> list[DocumentFacts]:
    due = {task.id: at(_spans()[task.id][1], 17) for task in _existing()}
    titles = {spec.id: spec.title[language] for spec in sop().stages}
    return [
        DocumentFacts(
            id=spec.id, title=spec.title[language], stage=spec.stage, stage_title=titles[spec.stage], path=f"{language}/{spec.id}.html",
            revision=2 if spec.id == "proposal" else 1, state="final", written_at=due[spec.task],
        )
        for spec in sop().documents if spec.task in due and due[spec.task] <= now
    ]  # fmt: skip


def _records(language: Language, tasks: list[TaskFacts], now: datetime) -> list[DepartmentRecord]:
    records = []
    for department, (_, en, zh) in PEOPLE.items():
        own = [task for task in tasks if task["department_id"] == department and task["kind"] != "live"]
        late = [task for task in own if task["late_days"] and task["status"] == "done"]
        done = sum(task["status"] == "done" for task in own)
        if own:
            records.append(DepartmentRecord(
                department=department_title(language, department), department_id=department, head=pick(language, en, zh), total=len(own),
                on_time=done - len(late), late=len(late), open=len(own) - done, late_days=sum(task["late_days"] for task in late),
            ))  # fmt: skip
    return records


FOLDERS: tuple[Path, ...] = (SHIPPED,)
