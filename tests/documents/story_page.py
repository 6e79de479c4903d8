"""The index page of the sample campaign: its people, its messages, what went otherwise than planned."""

from datetime import date, datetime, timedelta

from opsflow.documents.index import (
    DocumentLink,
    Highlight,
    HighlightKind,
    IndexPage,
    MessageLine,
    PersonLine,
    index_page,
)
from opsflow.documents.model import Dossier, TaskFacts
from opsflow.kernel.terms import LANGUAGES, Language
from tests.documents.story import dossier, empty
from tests.documents.story_people import LAUNCH, at, pick


def full_page(language: Language) -> IndexPage:
    """The page after the archive."""
    facts = dossier(language, "archive-index")
    messages = _messages(language, facts)
    return index_page(
        facts,
        documents=_documents(language, facts),
        people=_people(facts, messages),
        messages=messages,
        highlights=_highlights(language),
        seed=7,
        flow_runs=142,
    )


def bare_page(language: Language) -> IndexPage:
    """The page of a campaign in which nothing happened."""
    return index_page(empty(language, "archive-index"), documents=(), people=(), messages=(), highlights=())


def _documents(language: Language, facts: Dossier) -> list[DocumentLink]:
    titles = {document["id"]: document for document in facts["documents"]}
    links = [
        DocumentLink(
            id=document["id"],
            title=document["title"],
            stage=document["stage"],
            revision=document["revision"],
            state=document["state"],
            written_at=document["written_at"],
            paths={tongue: f"documents/{tongue}/{document['id']}.html" for tongue in LANGUAGES},
        )
        for document in titles.values()
        if document["id"] != "live-report"
    ]
    return links + [_daily(language, LAUNCH.date() + timedelta(days=number)) for number in range(23)]


def _daily(language: Language, day: date) -> DocumentLink:
    key = f"live-report-{day.isoformat()}"
    return DocumentLink(
        id=key,
        title=f"{pick(language, 'Live report', '活动战报')} {day.isoformat()}",
        stage="execution",
        revision=1,
        state="final",
        written_at=at(day),
        paths={tongue: f"documents/{tongue}/{key}.html" for tongue in LANGUAGES},
    )


def _messages(language: Language, facts: Dossier) -> list[MessageLine]:
    lines = []
    for task in facts["tasks"]:
        if task["kind"] == "live":
            continue
        lines.append(_told(language, facts, task, task["start"], "task_opened"))
        if task["days"] > 2:
            lines.append(_told(language, facts, task, at(task["due"].date(), 9), "task_reminder"))
        if task["late_days"]:
            lines.append(_told(language, facts, task, task["due"], "task_overdue"))
    for meeting in facts["meetings"][:3]:
        for guest in meeting["attendees"]:
            when = at(meeting["at"].date() - timedelta(days=1), 10)
            lines.append(
                _message(guest["person"], when, meeting["title"], guest["department"], "meeting_invited", language)
            )
    return lines


WORDS = {
    "task_opened": (
        "Please do: {}",
        "请办理：{}",
        "The task opened: everything it waits for is done.",
        "前置任务已完成，任务开启。",
    ),
    "task_reminder": ("Due today: {}", "今日截止：{}", "Reminder on the due day.", "截止当日提醒。"),
    "task_overdue": (
        "Overdue: {}",
        "已逾期：{}",
        "Not done at the due hour: told to the head of the department.",
        "到期未完成，告知部门负责人。",
    ),
    "meeting_invited": (
        "Invitation: {}",
        "会议邀请：{}",
        "Released to the members with its agenda.",
        "随议程发布给成员。",
    ),
}


def _told(language: Language, facts: Dossier, task: TaskFacts, when: datetime, template: str) -> MessageLine:
    return _message(
        task["owner"], when, f"{task['id']} {task['title']}", task["deliverable"] or task["title"], template, language
    )


def _message(person: str, when: datetime, what: str, more: str, template: str, language: Language) -> MessageLine:
    en, zh, why_en, why_zh = WORDS[template]
    return MessageLine(
        at=when,
        person_key=person.lower().replace(" ", "-"),
        person=person,
        channel=pick(language, "console", "控制台"),
        title=pick(language, en, zh).format(what),
        body=f"{what}\n{more}",
        why=pick(language, why_en, why_zh),
        templates=[template],
        urgent=template == "task_overdue",
    )


def _people(facts: Dossier, messages: list[MessageLine]) -> list[PersonLine]:
    departments = {task["owner"]: task["department"] for task in facts["tasks"]}
    departments |= {role["person"]: role["department"] for role in facts["roles"]}
    departments |= {
        guest["person"]: guest["department"] for meeting in facts["meetings"] for guest in meeting["attendees"]
    }
    return [
        PersonLine(
            key=person.lower().replace(" ", "-"),
            name=person,
            department=department,
            roles=[role["title"] for role in facts["roles"] if role["person"] == person],
            messages=sum(line["person"] == person for line in messages),
            tasks=sum(task["owner"] == person for task in facts["tasks"]),
            late=sum(task["owner"] == person and task["late_days"] > 0 for task in facts["tasks"]),
            absent=[(date(2026, 9, 8), date(2026, 9, 15))] if person in ("Lin Yue", "林悦") else [],
        )
        for person, department in departments.items()
    ]


def _highlights(language: Language) -> list[Highlight]:
    told: list[tuple[HighlightKind, datetime, str, str, str, str, str | None]] = [
        ("refusal", at(date(2026, 8, 18), 15), "The sponsor refused the proposal", "分管领导驳回活动提案",
         "Fang Zheng: the reward does not reach the carts that stay full. The planner reworked it; version 2 was approved two days later.",
         "方正：奖励没有触达未清空的购物车。活动策划返工后，第 2 版两日后获批。", "proposal"),
        ("weak_module", at(date(2026, 8, 28), 17), "Self-check: rules scored 5.4", "自检：“规则与门槛”5.4 分",
         "Five strangers needed three readings. The module was reworked and scored 7.6 in the second round.",
         "五位陌生用户读了三遍才懂。返工后第二轮得 7.6 分。", "self-check"),
        ("absence", at(date(2026, 9, 10), 9), "Lin Yue was away; Yu Ting stood in", "林悦请假，余婷代理",
         "The deputy was told in the same minute and delivered the page designs on time.", "代理人同时收到通知，页面设计按期交付。", None),
        ("late_task", at(date(2026, 9, 20)), "EX05 came two working days late", "EX05 延误两个工作日",
         "Back end, prize pool, limits: the limits had to be rewritten after the load test.", "后端、奖池与限额开发：压测后重写限额。", "go-live-checklist"),
        ("escalation", at(date(2026, 9, 21), 14), "EX05 was escalated to the coordination post", "EX05 升级至统筹岗",
         "Four working hours after the due hour the head had not answered.", "到期四个工作小时后，部门负责人仍未答复。", None),
    ]  # fmt: skip
    return [
        Highlight(
            kind=kind, at=when, title=pick(language, en, zh), text=pick(language, text, text_zh), document=document
        )
        for kind, when, en, zh, text, text_zh, document in told
    ]
