"""What became of the prizes of a story: one draw that is done, one that is not."""

from datetime import UTC, datetime
from decimal import Decimal

from opsflow.documents.outcomes import PrizesFacts
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
