"""Dossiers to render: a complete believable campaign, the same before anything happened, and an almost empty one."""

from collections.abc import Sequence
from copy import deepcopy
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from opsflow.documents.model import (
    ApprovalFacts,
    BudgetFacts,
    CampaignFacts,
    DocumentFacts,
    Dossier,
    IncidentFacts,
    MeetingFacts,
    MinuteFacts,
    ModuleFacts,
    PhaseFacts,
    RoleFacts,
    SelfCheckRound,
    StageFacts,
    TaskFacts,
)
from opsflow.kernel.terms import Language, Stage
from opsflow.kernel.text import Text
from tests.documents.prizes import feedback, prizes

PLANNED = Text("planned", "未开始")
ZONE = ZoneInfo("Asia/Shanghai")
STAGE_OF = {"IP": Stage.INITIAL_PLANNING, "CO": Stage.COORDINATION, "DE": Stage.DECISION, "EX": Stage.EXECUTION,
            "LV": Stage.EXECUTION, "CL": Stage.CLOSING, "RV": Stage.REVIEW}  # fmt: skip
STAGES = {
    "initial_planning": Text("Initial planning", "初步策划"),
    "coordination": Text("Coordination", "统筹协调"),
    "decision": Text("Decision", "决策"),
    "execution": Text("Execution", "执行"),
    "closing": Text("Closing", "收尾"),
    "review": Text("Review", "复盘"),
}
PEOPLE = {
    "lin": Text("Lin Yue", "林悦"),
    "zhao": Text("Zhao Kai", "赵凯"),
    "chen": Text("Chen Jing", "陈静"),
    "wu": Text("Wu Hao", "吴昊"),
    "sun": Text("Sun Ping", "孙萍"),
    "xu": Text("Xu Lei", "徐磊"),
    "he": Text("He Min", "何敏"),
    "gao": Text("Gao Yuan", "高远"),
    "tang": Text("Tang Wei", "唐薇"),
    "ma": Text("Ma Chao", "马超"),
    "deng": Text("Deng Li", "邓丽"),
    "luo": Text("Luo Yi", "罗毅"),
}
DEPARTMENTS = {
    "operations": Text("campaign operations", "活动运营部"),
    "product": Text("product", "产品部"),
    "design": Text("design", "设计部"),
    "engineering": Text("engineering and test", "技术与测试部"),
    "marketing": Text("marketing", "市场部"),
    "data": Text("data", "数据部"),
    "risk": Text("risk and security", "风控安全部"),
    "finance": Text("finance", "财务部"),
    "legal": Text("legal", "法务部"),
    "coordination": Text("coordination office", "统筹办公室"),
}
HEADS = {"operations": "chen", "product": "wu", "design": "gao", "engineering": "xu", "marketing": "tang", "data": "he",
         "risk": "ma", "finance": "sun", "legal": "deng", "coordination": "luo"}  # fmt: skip
TASKS: tuple[tuple[str, Text, str, str, str, int, str], ...] = (
    ("IP02", Text("Fact pack: like campaigns, results, costs, complaints", "同类活动数据与经验包"), "data", "2026-08-03", "2026-08-05", 0, ""),
    ("IP03", Text("Derive goal and one primary KPI from the product's target", "由产品阶段目标拆解活动目标与核心指标"), "product", "2026-08-03", "2026-08-04", 1, ""),
    ("IP07", Text("Budget envelope", "预算额度确认"), "finance", "2026-08-03", "2026-08-04", 1, ""),
    ("IP09", Text("Brief", "活动简报"), "operations", "2026-08-06", "2026-08-07", 0, "IP02 IP03 IP07"),
    ("IP10", Text("Invitation, agenda and pre-reading sent", "会议通知、议程与预读材料"), "operations", "2026-08-10", "2026-08-10", 0, "IP09"),
    ("IP12", Text("Minutes, opinion per person, open questions", "会议纪要、逐人意见与待解问题"), "operations", "2026-08-12", "2026-08-12", 0, "IP10"),
    ("CO04", Text("Feasibility and effort estimate", "技术可行性与工作量评估"), "engineering", "2026-08-17", "2026-08-18", 1, "IP12"),
    ("CO07", Text("Rough cost per budget line", "分项成本粗算"), "finance", "2026-08-17", "2026-08-18", 1, "IP12"),
    ("CO12", Text("Proposal written from opinions and checks", "撰写活动提案"), "operations", "2026-08-19", "2026-08-19", 0, "CO04 CO07"),
    ("CO14", Text("Proposal released with agenda, one day to read", "提案发布与预读"), "operations", "2026-08-21", "2026-08-21", 0, "CO12"),
    ("CO15", Text("Capacity pre-booked with every department", "各部门排期预占"), "coordination", "2026-08-20", "2026-08-21", 0, "CO12"),
    ("CO17", Text("Minutes and opinions", "会议纪要与意见"), "operations", "2026-08-25", "2026-08-25", 0, "CO14"),
    ("DE01", Text("Plan revised from the opinions", "按意见修订活动方案"), "operations", "2026-08-26", "2026-08-27", 0, "CO17"),
    ("DE02", Text("Rules and terms, with caps and a clause for the unforeseen", "规则与条款、上限与兜底说明"), "operations", "2026-08-24", "2026-08-25", 1, "CO12"),
    ("DE04", Text("Publicity plan by phase, node, channel", "分阶段宣传方案"), "marketing", "2026-08-24", "2026-08-26", 1, "CO12"),
    ("DE05", Text("Material plan: item, quantity, owner, supplier, date", "物料方案"), "design", "2026-08-24", "2026-08-25", 2, "CO12"),
    ("DE06", Text("Budget per line, forecast return, reserve", "分项预算与投入产出测算"), "finance", "2026-08-27", "2026-08-28", 0, "DE04 DE05"),
    ("DE09", Text("Legal review of rules and terms", "规则与条款法务审核"), "legal", "2026-08-26", "2026-08-27", 2, "DE02"),
    ("DE13", Text("Self-check scored", "方案自检打分"), "coordination", "2026-08-31", "2026-08-31", 0, "DE01 DE06"),
    ("DE17", Text("Plan released, decision agenda sent", "方案发布与决策会议程"), "operations", "2026-09-04", "2026-09-04", 0, "DE13"),
    ("DE19", Text("Decision record; every member confirms their date", "决策记录与逐人确认交付日"), "operations", "2026-09-08", "2026-09-08", 0, "DE17"),
    ("EX01", Text("Division-of-labour briefing, tasks claimed", "分工会与任务认领"), "operations", "2026-09-09", "2026-09-09", 0, "DE19"),
    ("EX02", Text("Key visual and page design", "主视觉与页面设计"), "design", "2026-09-10", "2026-09-15", 0, "EX01"),
    ("EX05", Text("Back end, prize pool, limits", "后端、奖池与限额开发"), "engineering", "2026-09-10", "2026-09-21", 0, "EX01"),
    ("EX19", Text("Publicity material made", "宣传物料制作"), "design", "2026-09-16", "2026-09-22", 3, "EX02"),
    ("EX26", Text("Material list checked off", "物料清单逐项验收"), "operations", "2026-09-23", "2026-09-23", 3, "EX19"),
    ("EX28", Text("Go-live check and decision", "上线检查与放行"), "operations", "2026-10-16", "2026-10-16", 0, "EX05 EX26"),
    ("EX29", Text("Launch by the run sheet", "按流程单上线"), "operations", "2026-10-20", "2026-10-20", 0, "EX28"),
    ("LV02", Text("Figures against forecast and target", "战报与日报"), "data", "2026-10-20", "2026-11-11", 0, "EX29"),
    ("CL20", Text("Closing summary", "结案报告"), "operations", "2026-11-30", "2026-12-01", 0, ""),
    ("RV07", Text("Review report", "复盘报告"), "operations", "2026-12-02", "2026-12-03", 0, "CL20"),
)  # fmt: skip


def at(day: str, hour: int = 9, minute: int = 0) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(hour, minute), ZONE)


def complete(
    language: Language, *, task: str = "DE19", title: str = "", document_id: str = "decision-record"
) -> Dossier:
    """A campaign in which everything that can happen has happened, as one document of it sees it."""
    return _dossier(language, now=at("2026-12-04", 18), task=task, title=title, document_id=document_id)


def untouched(
    language: Language, *, task: str = "DE19", title: str = "", document_id: str = "decision-record"
) -> Dossier:
    """The same campaign on its first day: everything is planned, nothing was said, scored or approved."""
    full = _dossier(language, now=at("2026-07-31"), task=task, title=title, document_id=document_id)
    tasks = [_not_begun(fact, language) for fact in full["tasks"]]
    stages: list[StageFacts] = [
        {**fact, "opened_at": None, "closed_at": None, "status": "planned", "status_title": PLANNED[language]}
        for fact in full["stages"]
    ]
    meetings: list[MeetingFacts] = [
        {**fact, "held_at": None, "outcome": None, "outcome_id": None, "minutes": []} for fact in full["meetings"]
    ]
    stage = next(fact for fact in stages if fact["id"] == full["stage"]["id"])
    return {
        **full,
        "tasks": tasks,
        "stages": stages,
        "stage": stage,
        "meetings": meetings,
        "meeting": next((fact for fact in meetings if fact["stage"] == stage["id"]), None),
        "previous_meeting": None,
        "overdue": [],
        "open_questions": [],
        "approvals": [],
        "self_check": [],
        "documents": [],
        "records": [],
        "escalation": [],
        "events": [],
        "incidents": [],
        "document_state": "draft",
        "document_revision": 1,
        "document_task": next(fact for fact in tasks if fact["id"] == task),
    }


def almost_empty(language: Language) -> Dossier:
    """The least a dossier can be: no meeting, no task of its own, no prize, phase, risk or return."""
    found = untouched(language)
    campaign: CampaignFacts = {
        **found["campaign"],
        "subtitle": None,
        "purposes": [],
        "mechanics": [],
        "channels": [],
        "phases": [],
        "rounds": [],
        "kpis": [{**found["campaign"]["kpis"][0], "source": None, "remedy": None}],
        "rules": [],
        "prizes": [],
        "risks": [],
        "publicity": [],
        "materials": [],
        "partners": [],
        "conditions": [],
        "warnings": [],
        "budget": {
            **found["campaign"]["budget"],
            "lines": [],
            "total": Decimal(0),
            "forecast_return": None,
            "ratio": None,
            "needs_finance": False,
        },
    }
    return {
        **found,
        "campaign": campaign,
        "stage": {**found["stage"], "opens": None, "closes": None, "gate": [], "go_live_gate": [], "tasks_total": 0},
        "roles": [],
        "tasks": [],
        "meetings": [],
        "meeting": None,
        "prizes": None,
        "feedback": None,
        "talking_points": [],
        "retention": None,
        "build": None,
        "document_task": None,
    }


def _incident(language: Language, number: int, *, closed: bool) -> IncidentFacts:
    return {
        "number": number,
        "title": Text("The page is blank", "页面空白")[language],
        "severity": "major",
        "severity_title": Text("major", "严重")[language],
        "status": "closed" if closed else "open",
        "status_title": Text("closed", "已关闭")[language] if closed else Text("nobody has it yet", "待接手")[language],
        "risk": Text("Traffic", "流量")[language] if closed else None,
        "plan_b": Text("Static page.", "切静态页")[language] if closed else None,
        "opened_at": at("2026-10-20", 20),
        "opened_by": PEOPLE["deng"][language],
        "acknowledged_at": at("2026-10-20", 20) if closed else None,
        "acknowledged_by": PEOPLE["deng"][language] if closed else None,
        "in_time": closed,
        "closed_at": at("2026-10-20", 21) if closed else None,
        "cause": Text("A bad cache.", "缓存失效")[language] if closed else None,
        "done": Text("Cache emptied.", "已清缓存")[language] if closed else None,
        "sop_proposal": Text("Empty the cache before launch.", "上线前清缓存")[language] if closed else None,
    }


def _not_begun(task: TaskFacts, language: Language) -> TaskFacts:
    return {
        **task,
        "status": "planned",
        "status_title": PLANNED[language],
        "opened_at": None,
        "done_at": None,
        "done_by": None,
        "evidence": None,
        "late_days": 0,
        "own_late_days": 0,
        "times_done": 0,
    }


def _dossier(language: Language, *, now: datetime, task: str, title: str, document_id: str) -> Dossier:
    tasks = _tasks(language)
    stages = _stages(language)
    meetings = _meetings(language)
    stage = next(fact for fact in stages if fact["id"] == STAGE_OF[task[:2]])
    own = next((meeting for meeting in meetings if meeting["stage"] == stage["id"]), None)
    before = [meeting for meeting in meetings if meeting["at"] < (own["at"] if own else now)]
    return {
        "language": language,
        "now": now,
        "organisation": Text("Bluehill Retail", "蓝山优选")[language],
        "campaign": _campaign(language),
        "roles": _roles(language),
        "stages": stages,
        "stage": stage,
        "tasks": tasks,
        "overdue": [fact for fact in tasks if fact["status"] == "open"],
        "meetings": meetings,
        "meeting": own,
        "previous_meeting": before[-1] if before else None,
        "open_questions": [minute for meeting in meetings for minute in meeting["minutes"] if minute["kind"] == "question"],
        "approvals": _approvals(language),
        "self_check": [_round(language, 1, weak="risk"), _round(language, 2, weak=None)],
        "documents": [_document(language, "brief", "IP"), _document(language, "proposal", "CO")],
        "records": [
            {"department": DEPARTMENTS[key][language], "department_id": key, "head": PEOPLE[HEADS[key]][language],
             "total": 9, "on_time": 8, "late": 1, "open": 0, "late_days": 2}
            for key in ("operations", "engineering", "legal")
        ],
        "escalation": [
            {"hours": 0, "weighty": True, "role": Text("department head", "部门负责人")[language], "person": None},
            {"hours": 8, "weighty": True, "role": Text("sponsor", "分管领导")[language], "person": PEOPLE["deng"][language]},
        ],
        "events": [
            {"at": at("2026-08-20", 15), "who": PEOPLE["deng"][language], "what": Text("rejected the proposal", "驳回提案")[language]}
        ],
        "incidents": [_incident(language, 1, closed=True), _incident(language, 2, closed=False)],
        "prizes": prizes(language),
        "feedback": feedback(language),
        "talking_points": [{"text": "Everybody shows their ticket", "by": "Data head", "at": at("2026-10-21", 9)}],
        "retention": {"users": 1200, "back": [{"days": 7, "back": 300, "users": 1000}, {"days": 14, "back": 0, "users": 0}]},
        "first_day": date(2026, 7, 31),
        "first_meeting": date(2026, 8, 11),
        "build": date(2026, 9, 9),
        "document_id": document_id,
        "document_title": title or Text("Decision record", "决策记录")[language],
        "document_revision": 2,
        "document_state": "final",
        "document_task": next(fact for fact in tasks if fact["id"] == task),
    }  # fmt: skip


def _tasks(language: Language) -> list[TaskFacts]:
    return [_task(language, *row) for row in TASKS]


def _task(
    language: Language, code: str, title: Text, department: str, start: str, due: str, floats: int, after: str
) -> TaskFacts:
    late = {"DE05": 2, "EX26": 1}.get(code, 0)
    open_still = code == "RV07"
    live = code.startswith("LV")
    return {
        "id": code,
        "title": title[language],
        "stage": STAGE_OF[code[:2]],
        "kind": "live" if live else "go_live" if code == "EX28" else "launch" if code == "EX29" else "work",
        "department": DEPARTMENTS[department][language],
        "department_id": department,
        "owner": PEOPLE[HEADS[department] if department != "operations" else "lin"][language],
        "deputy_for": PEOPLE["gao"][language] if code == "EX02" else None,
        "approvers": [],
        "days": 2,
        "start": at(start),
        "due": at(due, 18),
        "float_days": floats,
        "critical": floats == 0,
        "gate": code in {"IP03", "DE09", "DE13", "EX28", "EX29"},
        "status": "open" if open_still else "done",
        "status_title": (Text("open", "进行中") if open_still else Text("done", "已完成"))[language],
        "opened_at": at(start),
        "done_at": None if open_still else at(due, 17) + timedelta(days=late),
        "done_by": None if open_still else PEOPLE[HEADS[department]][language],
        "late_days": 1 if open_still else late,
        "held_up": None,
        "own_late_days": 1 if open_still else late,
        "deliverable": Text("sheet", "文件")[language],
        "evidence": None if open_still else f"files/{code.lower()}-v1",
        "note": None,
        "rule": Text("hourly on launch and peak days, otherwise daily", "上线日与高峰日每小时，其余每日")[language] if live else None,
        "times": 54 if live else 0,
        "times_done": 52 if live else 0,
        "repeats": [at(start, hour) for hour in range(4)] if live else [],
        "because": [Text("two working days before the meeting", "会议前两个工作日")[language]],
        "after": after.split(),
        "on_demand": False,
    }  # fmt: skip


def _campaign(language: Language) -> CampaignFacts:
    def say(en: str, zh: str) -> str:
        return Text(en, zh)[language]

    return {
        "key": "double-eleven-2026",
        "title": say("Double 11 2026", "2026 双十一狂欢节"),
        "level": "S",
        "level_title": say("S: company-wide", "S 级（全公司）"),
        "goal": say("conversion", "转化"),
        "goal_id": "conversion",
        "purposes": [say("drive orders", "促单"), say("win back", "召回")],
        "mechanics": [say("lottery", "抽奖"), say("collect a set", "集卡")],
        "zone": "Asia/Shanghai",
        "theme": say("Come home to a full cart", "满载回家"),
        "subtitle": say("23 days, one lantern a day", "23 天，天天点灯"),
        "background": say(
            "The fourth quarter decides the year: 41% of last year's sales fell into these three weeks. The app's new cart "
            "went live in June and needs the peak to prove itself.",
            "四季度决定全年：去年 41% 的销售额落在这三周。6 月上线的新版购物车需要借高峰完成验证。",
        ),
        "target_users": say(
            "Buyers of the last twelve months aged 25 to 40 who left a cart unpaid at least twice.",
            "近 12 个月有购买、年龄 25 至 40 岁、至少两次加购未支付的用户。",
        ),
        "behaviour": say("Pay for what is in the cart within the day it was put there.", "加购当日完成支付。"),
        "carrier": say("App page with H5 fallback", "App 专题页，H5 兜底"),
        "channels": [say("App push", "App 推送"), say("WeChat account", "微信公众号"), say("Metro screens", "地铁大屏")],
        "launch": at("2026-10-20", 0),
        "end": at("2026-11-12", 0),
        "last_day": date(2026, 11, 11),
        "live_days": 23,
        "phases": [
            _phase("presale", say("Presale", "预售"), "2026-10-20", "2026-11-01", peak=False),
            _phase("first-wave", say("First wave", "首波抢先"), "2026-11-01", "2026-11-10", peak=False),
            _phase("peak", say("Peak", "高峰期"), "2026-11-10", "2026-11-12", peak=True),
        ],
        "rounds": [_phase("r1", say("First draw", "第一轮抽奖"), "2026-10-20", "2026-11-01", peak=False)],
        "kpis": [
            {"id": "paid", "title": say("Orders paid on the day", "当日支付订单"), "target": Decimal(1200000), "unit": say("orders", "单"),
             "primary": True, "source": say("order table", "订单表"), "remedy": say("open the second coupon step", "开启第二档优惠券"),
             "result": None, "met": None, "so_far": Decimal(640000), "expected": Decimal(700000), "pace": Decimal("1010526.315789"),
             "standing": "off_track", "standing_title": say("off track", "偏离"), "missing": [date(2026, 10, 22)],
             "forecast": Decimal(1100000), "forecast_low": Decimal(900000), "forecast_high": Decimal(1300000)},
            {"id": "returned", "title": say("Sleeping buyers back", "沉睡用户召回"), "target": Decimal("85000.5"), "unit": say("users", "人"),
             "primary": False, "source": None, "remedy": None, "result": None, "met": None, "so_far": None, "expected": Decimal(40000), "pace": None, "standing": "nothing",
             "standing_title": say("no figure yet", "暂无数据"), "missing": [], "forecast": None, "forecast_low": None,
             "forecast_high": None},
        ],
        "budget": _budget(language),
        "rules": [
            say("Each paid order lights one lantern; at most three a day.", "每支付一单点亮一盏灯笼，每日最多三盏。"),
            say("Each person wins at most one grand prize.", "每人最多获得一份大奖。"),
            say("Orders refunded before the draw do not count.", "开奖前退款的订单不计入。"),
        ],
        "prizes": [
            {"id": "phone", "title": say("Phone", "手机"), "kind": "physical", "kind_title": say("physical", "实物"), "quantity": 11,
             "unit_value": Decimal(6999), "total_value": Decimal(76989), "taxable": True},
            {"id": "coupon", "title": say("Coupon 20", "20 元券"), "kind": "coupon", "kind_title": say("coupon", "优惠券"), "quantity": 20000,
             "unit_value": Decimal(20), "total_value": Decimal(400000), "taxable": False},
        ],
        "risks": [
            {"title": say("Payment slower than 3 s at the peak", "高峰支付超过 3 秒"), "plan_b": say("switch lanterns off, keep checkout", "关闭点灯，保支付"),
             "decides": PEOPLE["xu"][language], "seen_by": DEPARTMENTS["engineering"][language]},
        ],
        "publicity": [
            {"at": at("2026-10-10", 10), "phase": say("warm-up", "预热"), "channel": say("App push", "App 推送"),
             "message": say("Light your first lantern", "点亮第一盏灯"), "department": DEPARTMENTS["marketing"][language], "partner": None},
            {"at": at("2026-11-10", 20), "phase": say("Peak", "高峰期"), "channel": say("WeChat account", "微信公众号"),
             "message": say("Four hours, then it is over", "最后四小时"), "department": DEPARTMENTS["marketing"][language],
             "partner": say("Northstar Bank", "北辰银行")},
        ],
        "materials": [
            {"title": say("Key visual", "主视觉"), "quantity": 1, "department": DEPARTMENTS["design"][language], "owner": PEOPLE["gao"][language],
             "supplier": None, "on_site": False, "due": date(2026, 9, 15)},
            {"title": say("Metro posters", "地铁海报"), "quantity": 40, "department": DEPARTMENTS["marketing"][language], "owner": PEOPLE["tang"][language],
             "supplier": say("Hengyuan Print", "恒源印刷"), "on_site": True, "due": None},
        ],
        "partners": [say("Northstar Bank", "北辰银行"), say("Metro Media", "地铁传媒")],
        "conditions": ["presale", "mechanics:lottery", "prize_kinds:physical", "prize_kinds:taxable", "on_site"],
        "claim_days": 10,
        "provisional": False,
        "warnings": [say("Three tasks start before National Day and end after it.", "三项任务跨国庆假期。")],
    }  # fmt: skip


def _phase(key: str, title: str, start: str, end: str, *, peak: bool) -> PhaseFacts:
    last = date.fromisoformat(end) - timedelta(days=1)
    return {"id": key, "title": title, "start": at(start, 0), "end": at(end, 0), "last_day": last, "peak": peak}


def _budget(language: Language) -> BudgetFacts:
    lines = (
        ("design", Text("Design", "设计"), 120000),
        ("development", Text("Development", "开发"), 380000),
        ("resources", Text("Resources", "资源"), 200000),
        ("publicity", Text("Publicity", "宣传"), 900000),
        ("rewards", Text("Rewards", "奖励"), 600000),
        ("reserve", Text("Reserve", "预备金"), 200000),
    )
    total = Decimal(sum(amount for _, _, amount in lines))
    return {
        "currency": "CNY",
        "lines": [
            {"line": line, "title": title[language], "amount": Decimal(amount), "share": amount / total,
             "note": Text("metro screens are 60% of it", "其中地铁大屏占六成")[language] if line == "publicity" else None}
            for line, title, amount in lines
        ],
        "total": total,
        "forecast_return": Decimal(9600000),
        "ratio": Decimal(4),
        "finance_threshold": Decimal(50000),
        "needs_finance": True,
    }  # fmt: skip


def _roles(language: Language) -> list[RoleFacts]:
    rows = (
        ("leader", Text("sponsor (executive in charge)", "分管领导"), "zhao", "operations"),
        ("coordination_post", Text("coordination post (campaign PMO)", "统筹岗"), "luo", "coordination"),
        ("campaign_manager", Text("campaign manager", "活动负责人（PM）"), "lin", "operations"),
        ("planner", Text("planner", "活动策划"), "wu", "operations"),
        ("executor", Text("executor", "活动执行"), "xu", "operations"),
        ("duty_lead", Text("duty lead", "值班负责人"), "xu", "engineering"),
        ("finance_approver", Text("finance approver", "财务审批人"), "sun", "finance"),
    )
    return [
        {"id": key, "title": title[language], "person": PEOPLE[person][language], "department": DEPARTMENTS[department][language],
         "deputy_for": PEOPLE["he"][language] if key == "finance_approver" else None}
        for key, title, person, department in rows
    ]  # fmt: skip


def _stages(language: Language) -> list[StageFacts]:
    spans = {"initial_planning": ("2026-07-31", "2026-08-12"), "coordination": ("2026-08-13", "2026-08-25"),
             "decision": ("2026-08-24", "2026-09-08"), "execution": ("2026-09-09", "2026-11-11"),
             "closing": ("2026-11-12", "2026-12-15"), "review": ("2026-11-12", "2026-12-18")}  # fmt: skip
    done = Text("closed", "已关闭")[language]
    return [
        {
            "id": key,
            "title": title[language],
            "purpose": Text("Reach one decision that everybody can work from.", "形成各部门可据以执行的唯一决定。")[language],
            "status": "closed",
            "status_title": done,
            "opens": at(spans[key][0]),
            "closes": at(spans[key][1], 18),
            "opened_at": at(spans[key][0]),
            "closed_at": at(spans[key][1], 18),
            "reason": None,
            "gate": [
                {"text": Text("rules cleared by legal", "规则经法务审核")[language], "holds": True, "tasks": ["DE09"], "missing": [], "let_pass": None},
                {"text": Text("budget approved", "预算获批")[language], "holds": False, "tasks": ["DE15"], "missing": ["DE15"], "let_pass": None},
            ],
            "go_live_gate": [
                {"text": Text("no open severe defect", "无未关闭的严重缺陷")[language], "holds": True, "tasks": ["EX28"], "missing": [], "let_pass": None}
            ],
            "tasks_total": 12,
            "tasks_done": 12,
        }
        for key, title in STAGES.items()
    ]  # fmt: skip


def _meetings(language: Language) -> list[MeetingFacts]:
    spots = (
        (
            "initial_planning",
            Text("Initial planning meeting", "策划启动会"),
            "initial_planning",
            "2026-08-11",
            "meeting",
        ),
        ("coordination", Text("Coordination meeting", "协调会"), "coordination", "2026-08-24", "meeting"),
        ("decision", Text("Decision meeting", "决策会"), "decision", "2026-09-07", "meeting"),
        ("review", Text("Review", "复盘会"), "review", "2026-12-07", "meeting"),
    )
    return [_meeting(language, key, title, stage, day) for key, title, stage, day, _ in spots]


def _meeting(language: Language, key: str, title: Text, stage: str, day: str) -> MeetingFacts:
    topics: tuple[tuple[int, Text, list[str]], ...] = (
        (
            15,
            Text("Why now: background and what the product needs", "为什么现在做：背景与阶段需求"),
            [PEOPLE["wu"][language]],
        ),
        (25, Text("Play and page, walked through as a user", "玩法与页面：以用户视角走一遍"), [PEOPLE["xu"][language]]),
        (10, Text("Each department's opinion and worry", "各部门逐一发表意见与顾虑"), []),
    )
    decided = key == "decision"
    return {
        "id": key,
        "title": title[language],
        "stage": stage,
        "mode": "meeting",
        "at": at(day, 14),
        "held_at": at(day, 14, 5),
        "minutes_total": 50,
        "topics": [{"minutes": minutes, "title": text[language], "presenters": who} for minutes, text, who in topics],
        "attendees": [
            {"person": PEOPLE[person][language], "department": DEPARTMENTS[department][language]} for department, person in HEADS.items()
        ],
        "outcome": Text("go", "通过")[language] if decided else None,
        "outcome_id": "go" if decided else None,
        "minutes": _minutes(language),
    }  # fmt: skip


def _minutes(language: Language) -> list[MinuteFacts]:
    def say(en: str, zh: str) -> str:
        return Text(en, zh)[language]

    blank: MinuteFacts = {
        "kind": "opinion", "person": None, "department": None, "text": "", "owner": None, "due": None, "task": None,
        "cause": None, "cause_id": None, "taken": None, "reply": None,
        "proposal": None,
    }  # fmt: skip

    def minute(kind: str, text: str, person: str = "", department: str = "", **more: object) -> MinuteFacts:
        named = {
            "person": PEOPLE[person][language] if person else None,
            "department": DEPARTMENTS[department][language] if department else None,
        }
        return {**deepcopy(blank), "kind": kind, "text": text, **named, **more}  # type: ignore[typeddict-item]

    owner = PEOPLE["sun"][language]
    return [
        minute("opinion", say("Three draws a day are more than service can answer.", "一天三次开奖，客服接不住。"), "he", "data", taken=True,
               reply=say("one draw per phase", "改为每阶段一次")),
        minute("opinion", say("Move the launch to the first of November.", "上线推迟到 11 月 1 日。"), "deng", "legal", taken=False,
               reply=say("presale starts on the platforms on 20 October", "平台预售 10 月 20 日开始")),
        minute("opinion", say("None.", "无。"), "ma", "risk"),
        minute("direction", say("Lanterns lit by paid orders", "付款点灯")),
        minute("direction", say("Team carts", "组队拼车")),
        minute("decision", say("Lanterns go ahead; team carts are kept for spring.", "采用点灯，组队玩法留到春节。"), owner=owner, due=date(2026, 9, 1)),
        minute("question", say("Who pays the tax on phones?", "手机奖品个税由谁承担？"), owner=owner, due=date(2026, 8, 20)),
        minute("confirmation", say("with two designers from 10 September", "9 月 10 日起投入两名设计师"), "gao", "design", task=say("EX02 Key visual and page design", "EX02 主视觉与页面设计"), due=date(2026, 9, 15)),
        minute("cause", say("The queue grew because refunds were checked by hand.", "退款人工核对造成积压。"), "chen", "operations", cause=say("process", "流程"), cause_id="process"),
        minute("lesson", say("Check refunds by a rule before the draw.", "开奖前由规则核对退款。"), "chen", "operations", owner=owner, due=date(2027, 1, 15),
               proposal={"number": 4, "status": "accepted", "status_title": say("accepted", "已采纳"), "version": 2}),
        minute("surprise", say("The metro screens ran an hour early.", "地铁大屏提前一小时播出。"), "tang", "marketing"),
    ]  # fmt: skip


def _approvals(language: Language) -> list[ApprovalFacts]:
    def asked(
        subject: str, title: Text, stage: str, version: int, status: Literal["approved", "rejected"]
    ) -> ApprovalFacts:
        verdict: Literal["approve", "reject"] = "approve" if status == "approved" else "reject"
        return {
            "subject": subject,
            "subject_title": title[language],
            "stage": stage,
            "version": version,
            "status": status,
            "status_title": Text("approved", "通过")[language] if status == "approved" else Text("rejected", "驳回")[language],
            "content_hash": "9f2b6c1d0a7e4b8899aabbccddeeff00" * 2,
            "author": PEOPLE["wu"][language],
            "requested_at": at("2026-08-19", 17),
            "due": at("2026-08-20", 18),
            "decided_at": at("2026-08-20", 15),
            "votes": [
                {"seat": Text("sponsor", "分管领导")[language], "person": PEOPLE["zhao"][language], "deputy_for": None, "verdict": "approve",
                 "verdict_title": Text("approves", "同意")[language], "reason": None, "at": at("2026-08-20", 10)},
                {"seat": Text("head of legal", "法务负责人")[language], "person": PEOPLE["deng"][language], "deputy_for": PEOPLE["ma"][language], "verdict": verdict,
                 "verdict_title": Text("approves", "同意")[language] if verdict == "approve" else Text("rejects", "不同意")[language],
                 "reason": None if verdict == "approve" else Text("odds are missing", "缺少中奖概率")[language], "at": at("2026-08-20", 15)},
            ],
        }  # fmt: skip

    proposal, plan, budget = Text("Proposal", "提案"), Text("Plan", "方案"), Text("Budget", "预算")
    return [
        asked("proposal", proposal, "coordination", 1, "rejected"),
        asked("proposal", proposal, "coordination", 2, "approved"),
        asked("budget", budget, "decision", 1, "approved"),
        asked("plan", plan, "decision", 1, "approved"),
    ]


MODULES = (
    ("goal", Text("decision", "决策层"), Text("Goal", "目标")),
    ("timing", Text("decision", "决策层"), Text("Timing and rhythm", "时间与节奏")),
    ("theme", Text("perception", "感知层"), Text("Theme", "主题")),
    ("rules", Text("perception", "感知层"), Text("Rules and entry threshold", "规则与门槛")),
    ("reward", Text("perception", "感知层"), Text("Reward", "奖励")),
    ("publicity", Text("execution", "执行层"), Text("Publicity and channels", "宣传与渠道")),
    ("cost", Text("execution", "执行层"), Text("Cost and return", "成本与回报")),
    ("risk", Text("execution", "执行层"), Text("Risk", "风险")),
    ("metrics", Text("execution", "执行层"), Text("Monitoring metrics", "监控指标")),
    ("division", Text("execution", "执行层"), Text("Division of labour", "分工")),
)


def _round(language: Language, number: int, *, weak: str | None) -> SelfCheckRound:
    reviewers = ("he", "ma", "tang")
    modules = [_module(language, key, layer, title, points=(5, 6, 4) if key == weak else (8, 7, 9), reviewers=reviewers)
               for key, layer, title in MODULES]  # fmt: skip
    return {
        "number": number,
        "modules": modules,
        "reviewers": [PEOPLE[person][language] for person in reviewers],
        "total": Decimal("77.0") if weak else Decimal("80.0"),
        "passed": weak is None,
        "weak": [module["title"] for module in modules if module["weak"]],
    }


def _module(
    language: Language, key: str, layer: Text, title: Text, *, points: tuple[int, ...], reviewers: Sequence[str]
) -> ModuleFacts:
    return {
        "id": key,
        "title": title[language],
        "layer": layer[language],
        "question": Text("Which one number moves, and how far?", "哪个数字会动、动多少？")[language],
        "evidence": Text("signed goal, KPI tree", "签字目标、指标树")[language],
        "scores": [
            {"person": PEOPLE[person][language], "points": score,
             "comment": Text("no drill yet", "尚未演练")[language] if score < 6 else None}
            for person, score in zip(reviewers, points, strict=True)
        ],
        "mean": Decimal(sum(points)) / len(points),
        "spread": max(points) - min(points),
        "weak": sum(points) / len(points) < 6,
    }  # fmt: skip


def _document(language: Language, document_id: str, prefix: str) -> DocumentFacts:
    stage = STAGE_OF[prefix]
    return {
        "id": document_id,
        "title": {"brief": Text("Brief", "活动简报"), "proposal": Text("Proposal", "活动提案")}[document_id][language],
        "stage": stage,
        "stage_title": STAGES[stage][language],
        "path": f"{language}/{document_id}.html",
        "revision": 2,
        "state": "final",
        "written_at": at("2026-08-19", 17),
    }
