"""What the sample campaign says and decides: its file, its people, its approvals, its self-check, its story."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache

import yaml

from opsflow.documents.model import (
    ApprovalFacts,
    BudgetFacts,
    BudgetLineFacts,
    CampaignFacts,
    EventFacts,
    ModuleFacts,
    PhaseFacts,
    PrizeFacts,
    PublicityFacts,
    RiskFacts,
    RoleFacts,
    ScoreFacts,
    SelfCheckRound,
    VoteFacts,
)
from opsflow.documents.outcomes import KpiFacts
from opsflow.kernel.terms import DepartmentId, Language, Role
from opsflow.settings import SHIPPED
from opsflow.sop.model import Sop
from tests.documents.story_people import END, LAST_DAY, LAUNCH, PEOPLE, ROLES, at, pick

CONDITIONS = frozenset(
    {
        "always",
        "goal:conversion",
        "mechanics:lottery",
        "prize_kinds:physical",
        "prize_kinds:taxable",
        "presale",
        "partners",
    }
)


@cache
def sop() -> Sop:
    """The shipped SOP."""
    return Sop.model_validate(yaml.safe_load((SHIPPED / "sop/campaign/v1.yaml").read_text(encoding="utf-8")))


def campaign(language: Language) -> CampaignFacts:
    """What the campaign file says."""
    phases = [
        _phase(language, "warm-up", "Early bird", "早鸟预售", date(2026, 10, 20), date(2026, 10, 30), peak=False),
        _phase(language, "first-wave", "First wave", "首波开抢", date(2026, 10, 31), date(2026, 11, 3), peak=True),
        _phase(language, "climax", "Double 11", "双十一狂欢", date(2026, 11, 4), LAST_DAY, peak=True),
    ]
    return CampaignFacts(
        key="double-eleven-2026",
        title=pick(language, "Double 11 2026", "2026 双十一大促"),
        level="S",
        level_title=pick(language, "S (flagship)", "S 级（旗舰）"),
        goal=pick(language, "conversion", "转化"),
        goal_id="conversion",
        purposes=[pick(language, "drive orders", "拉订单")],
        mechanics=[pick(language, "lottery", "抽奖")],
        zone="Asia/Shanghai",
        theme=pick(language, "Light up the night", "点亮今夜"),
        subtitle=pick(language, "Every order lights a lantern, every lantern may win", "下单点灯，盏盏有机会"),
        background=pick(
            language,
            "Double 11 carries a fifth of the year's orders. Last year the traffic came and the carts stayed full.",
            "双十一承担全年约五分之一的订单。去年流量到了，购物车却没有清空。",
        ),
        target_users=pick(language, "members with a full cart and no order in 30 days", "30 天内加购未下单的会员"),
        behaviour=pick(language, "pay for what is already in the cart", "为购物车里的商品完成支付"),
        carrier=pick(language, "app page and mini-programme", "App 页面与小程序"),
        channels=[pick(language, "app push", "App 推送"), pick(language, "search slots", "搜索资源位")],
        launch=LAUNCH,
        end=END,
        last_day=LAST_DAY,
        live_days=23,
        phases=phases,
        rounds=[],
        kpis=[
            KpiFacts(
                id="paid-orders",
                title=pick(language, "paid orders", "支付订单数"),
                target=Decimal(180000),
                unit=pick(language, "orders", "单"),
                primary=True,
                source=pick(language, "order ledger", "订单台账"),
                remedy=pick(language, "open the reserve coupon for carts above 200", "放出满 200 储备券"),
                result=None,
                met=None,
                so_far=None,
                expected=None,
                pace=None,
                standing=None,
                standing_title=None,
                missing=[],
                forecast=None,
                forecast_low=None,
                forecast_high=None,
            ),
            KpiFacts(
                id="members",
                title=pick(language, "new members", "新增会员"),
                target=Decimal(42000),
                unit=pick(language, "members", "人"),
                primary=False,
                source=None,
                remedy=None,
                result=None,
                met=None,
                so_far=None,
                expected=None,
                pace=None,
                standing=None,
                standing_title=None,
                missing=[],
                forecast=None,
                forecast_low=None,
                forecast_high=None,
            ),
        ],
        budget=_budget(language),
        rules=[
            pick(
                language,
                "Each paid order lights one lantern; at most five lanterns a day.",
                "每支付一单点亮一盏灯，每人每天最多五盏。",
            ),
            pick(language, "Winners are drawn on 16 November and told the same day.", "11 月 16 日开奖，当日通知。"),
        ],
        prizes=[
            _prize(language, "phone", "folding phone", "折叠屏手机", 11, 8999),
            _prize(language, "lamp", "lantern lamp", "灯笼台灯", 2000, 99),
        ],
        risks=[
            RiskFacts(
                title=pick(language, "The order page slows at midnight", "零点下单页变慢"),
                plan_b=pick(language, "queue page on, lottery animation off", "启用排队页，关闭抽奖动画"),
                decides=pick(language, "Tang Bo", "唐博"),
                seen_by=pick(language, "engineering and test", "技术与测试部"),
            ),
            RiskFacts(
                title=pick(language, "Accounts bought in bulk", "批量小号刷奖"),
                plan_b=pick(
                    language,
                    "hold suspects, raise the threshold to verified phones",
                    "冻结可疑账号，门槛升为实名手机号",
                ),
                decides=pick(language, "He Jun", "何军"),
                seen_by=None,
            ),
        ],
        publicity=[
            _node(
                language,
                at(date(2026, 10, 13), 10),
                "warm-up",
                "预热期",
                "Fill your cart, the lanterns are coming",
                "先加购，灯会将至",
            ),
            _node(
                language,
                at(date(2026, 10, 20), 0, 5),
                "Early bird",
                "早鸟预售",
                "The night is lit: deposits open",
                "夜已点亮：预售开启",
            ),
            _node(
                language,
                at(date(2026, 11, 3), 20),
                "First wave",
                "首波开抢",
                "Four hours left in the first wave",
                "首波最后四小时",
            ),
            _node(
                language,
                at(date(2026, 11, 4), 0, 5),
                "Double 11",
                "双十一狂欢",
                "Double lanterns begin",
                "双倍点灯开始",
            ),
        ],
        materials=[],
        partners=[pick(language, "Moon Tea", "月见茶")],
        conditions=sorted(CONDITIONS),
        claim_days=10,
        provisional=False,
        warnings=[],
    )


def _phase(language: Language, key: str, en: str, zh: str, first: date, last: date, *, peak: bool) -> PhaseFacts:
    return PhaseFacts(
        id=key,
        title=pick(language, en, zh),
        start=at(first, 0),
        end=at(last + timedelta(days=1), 0),
        last_day=last,
        peak=peak,
    )


def _prize(language: Language, key: str, en: str, zh: str, quantity: int, value: int) -> PrizeFacts:
    return PrizeFacts(
        id=key, title=pick(language, en, zh), kind="physical", kind_title=pick(language, "goods", "实物"), quantity=quantity,
        unit_value=Decimal(value), total_value=Decimal(value * quantity), taxable=value > 1000,
    )  # fmt: skip


def _node(language: Language, when: datetime, phase: str, phase_zh: str, en: str, zh: str) -> PublicityFacts:
    return PublicityFacts(
        at=when, phase=pick(language, phase, phase_zh), channel=pick(language, "app push", "App 推送"), message=pick(language, en, zh),
        department=department_title(language, "marketing"), partner=None,
    )  # fmt: skip


def _budget(language: Language) -> BudgetFacts:
    amounts = [
        ("design", "design", "设计", 180000),
        ("publicity", "publicity", "宣传", 900000),
        ("rewards", "rewards", "奖励", 640000),
        ("reserve", "reserve", "预备金", 130000),
    ]
    total = Decimal(sum(amount for *_, amount in amounts))
    return BudgetFacts(
        currency="CNY",
        lines=[
            BudgetLineFacts(
                line=key, title=pick(language, en, zh), amount=Decimal(amount), share=amount / total, note=None
            )
            for key, en, zh, amount in amounts
        ],
        total=total,
        forecast_return=Decimal(7400000),
        ratio=Decimal(4),
        finance_threshold=Decimal(50000),
        needs_finance=True,
    )


def department_title(language: Language, department: str) -> str:
    return sop().departments[DepartmentId(department)].title[language]


def roles(language: Language) -> list[RoleFacts]:
    return [
        RoleFacts(
            id=role,
            title=sop().roles[Role(role)].title[language],
            person=pick(language, en, zh),
            department=department_title(language, department),
            deputy_for=None,
        )
        for role, (_, en, zh, department) in ROLES.items()
    ]


def approvals(language: Language, now: datetime) -> list[ApprovalFacts]:
    asked = [
        ("proposal", "Proposal", "活动提案", 1, "rejected", date(2026, 8, 18)),
        ("proposal", "Proposal", "活动提案", 2, "approved", date(2026, 8, 20)),
        ("plan", "Plan", "活动方案", 1, "approved", date(2026, 9, 4)),
    ]
    titles = {"approved": ("approved", "已通过"), "rejected": ("refused", "已驳回")}
    reason = pick(language, "The reward does not reach the carts that stay full.", "奖励没有触达未清空的购物车。")
    return [
        ApprovalFacts(
            subject=subject, subject_title=pick(language, en, zh), stage="coordination" if subject == "proposal" else "decision", version=version,
            status=status, status_title=pick(language, *titles[status]),  # type: ignore[typeddict-item]
            content_hash=f"{version}c9f2e71ab40d5568f", author=pick(language, "Gao Xin", "高欣"), requested_at=at(day, 9), due=at(day), decided_at=at(day, 15),
            votes=[VoteFacts(
                seat=pick(language, "sponsor", "分管领导"), person=pick(language, "Fang Zheng", "方正"), deputy_for=None,
                verdict="approve" if status == "approved" else "reject", verdict_title=pick(language, *(("approved", "同意") if status == "approved" else ("refused", "驳回"))),
                reason=reason if status == "rejected" else None, at=at(day, 15),
            )],
        )
        for subject, en, zh, version, status, day in asked if at(day, 15) <= now
    ]  # fmt: skip


def self_check(language: Language, now: datetime) -> list[SelfCheckRound]:
    if now < at(date(2026, 9, 2)):
        return []
    modules = [
        ModuleFacts(
            id=module.id, title=module.title[language], layer=module.layer, question=module.question[language], evidence=module.evidence[language],
            scores=[ScoreFacts(person=pick(language, "He Jun", "何军"), points=8, comment=None)], mean=Decimal("7.8"), spread=2, weak=False,
        )
        for module in sop().self_check
    ]  # fmt: skip
    return [
        SelfCheckRound(
            number=1,
            modules=modules,
            reviewers=[pick(language, "He Jun", "何军")],
            total=Decimal(78),
            passed=True,
            weak=[],
        )
    ]


def events(language: Language, now: datetime) -> list[EventFacts]:
    told = [
        (at(date(2026, 8, 18), 15), "fang-zheng", "refused the proposal", "驳回活动提案"),
        (LAUNCH + timedelta(minutes=4), "wu-tong", "launched the campaign", "活动上线"),
        (at(date(2026, 11, 3), 10), "he-jun", "held 212 suspicious accounts", "冻结 212 个可疑账号"),
    ]
    return [
        EventFacts(at=when, who=name(language, who), what=pick(language, en, zh))
        for when, who, en, zh in told
        if when <= now
    ]


def name(language: Language, key: str) -> str:
    """The name of a person by key."""
    known = {who[0]: (who[1], who[2]) for who in [*PEOPLE.values(), *ROLES.values()]}
    return pick(language, *known[key])
