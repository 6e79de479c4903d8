"""What became of the prizes of a story, and what its participants think."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from opsflow.documents.outcomes import FeedbackFacts, PrizesFacts
from opsflow.kernel.terms import Language
from opsflow.kernel.text import Text


def prizes(language: Language) -> PrizesFacts:
    """A lottery with its number, and a coupon for everybody that nobody has given out yet."""

    def say(en: str, zh: str) -> str:
        return Text(en, zh)[language]

    return {
        "draws": [
            {
                "id": "first-draw",
                "title": say("First draw", "第一轮抽奖"),
                "form": "lottery",
                "form_title": say("draw by lot", "抽奖"),
                "entrants": 48213,
                "refused": 317,
                "commitment": "5f2c" * 16,
                "number": "3245.67",
                "number_source": say("SSE Composite Index at the close of the day", "上证综合指数收盘点位"),
                "drawn_at": datetime(2026, 11, 2, 7, 40, tzinfo=UTC),
                "given": [
                    {"title": say("Smartphone", "智能手机"), "won": 1, "unclaimed": 0, "paid": 1, "lapsed": 0},
                    {"title": say("Gift box", "暖冬礼盒"), "won": 698, "unclaimed": 12, "paid": 683, "lapsed": 2},
                ],
            },
            {
                "id": "thanks",
                "title": say("A coupon for everybody", "人人有券"),
                "form": "threshold",
                "form_title": say("for all who qualify", "达标即得"),
                "entrants": 0,
                "refused": 0,
                "commitment": None,
                "number": None,
                "number_source": None,
                "drawn_at": None,
                "given": [{"title": say("Coupon", "优惠券"), "won": 0, "unclaimed": 0, "paid": 0, "lapsed": 0}],
            },
        ],
        "won": 699,
        "paid": 684,
        "unclaimed": 12,
        "unpaid": 3,
        "lapsed": 2,
        "differences": 1,
        "cap": Decimal("1150000.00"),
        "spent": Decimal("67103.00"),
        "reserved": Decimal("1320.00"),
    }


def feedback(language: Language) -> FeedbackFacts:
    """A survey that is still open, whose question of words few have answered, and return visits that are not all made."""

    def say(en: str, zh: str) -> str:
        return Text(en, zh)[language]

    channels = (("In the app", "应用内", 612), ("From friends", "朋友或社群", 301), ("In a video", "短视频", 240),
                ("Elsewhere", "其他", 82))  # fmt: skip
    return {
        "title": say("What do you think of it?", "您觉得这次活动怎么样？"),
        "ends": datetime(2026, 11, 18, tzinfo=ZoneInfo("Asia/Shanghai")),
        "closed": False,
        "asked": 8214,
        "answered": 1235,
        "rate": Decimal(1235) / 8214,
        "answers": 1290,
        "questions": [
            {
                "title": say("How satisfied are you?", "您对本次活动整体满意吗？"), "kind": "rating", "answered": 1290, "few": False,
                "mean": Decimal("4.32"), "score": None, "low": None, "high": None, "ticked": [],
            },
            {
                "title": say("Would you recommend us?", "您有多大可能推荐给朋友？"), "kind": "nps", "answered": 21, "few": True,
                "mean": None, "score": Decimal(33), "low": Decimal(-2), "high": Decimal(61), "ticked": [],
            },
            {
                "title": say("Where did you hear | of it?", "您从哪里知道这次活动？"), "kind": "choice", "answered": 1235, "few": False,
                "mean": None, "score": None, "low": None, "high": None,
                "ticked": [
                    {"title": say(en, zh), "count": count, "share": Decimal(count) / 1235} for en, zh, count in channels
                ],
            },
            {
                "title": say("What was difficult?", "哪些地方不方便？"), "kind": "choice", "answered": 0, "few": True,
                "mean": None, "score": None, "low": None, "high": None, "ticked": [],
            },
        ],
        "texts": 402,
        "topics": [
            {"title": say("Prizes", "奖品与抽奖"), "count": 251, "share": Decimal(251) / 402},
            {"title": say("Delivery", "物流配送"), "count": 151, "share": Decimal(151) / 402},
        ],
        "visits": {
            "listed": 200, "open": 12, "reached": 150, "no_answer": 20, "refused": 15, "wrong_contact": 2, "withdrawn": 1,
            "offers": 61,
        },
    }  # fmt: skip
