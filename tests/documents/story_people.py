"""The people, words and dates of the sample campaign that the documents of the later stages are tested with."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from opsflow.kernel.terms import Language

ZONE = ZoneInfo("Asia/Shanghai")
FIRST_DAY = date(2026, 7, 31)
FIRST_MEETING = date(2026, 8, 11)
BUILD = date(2026, 9, 9)
LAUNCH = datetime(2026, 10, 20, tzinfo=ZONE)
END = datetime(2026, 11, 12, tzinfo=ZONE)
LAST_DAY = date(2026, 11, 11)
ARCHIVED = datetime(2026, 12, 16, 17, 40, tzinfo=ZONE)
OFF = {date(2026, 9, 25), *(date(2026, 10, day) for day in range(1, 8))}
MADE_UP = {date(2026, 9, 20), date(2026, 10, 10)}

PEOPLE: dict[str, tuple[str, str, str]] = {
    "operations": ("wang-lei", "Wang Lei", "王磊"),
    "product": ("zhao-min", "Zhao Min", "赵敏"),
    "design": ("lin-yue", "Lin Yue", "林悦"),
    "engineering": ("chen-hao", "Chen Hao", "陈浩"),
    "marketing": ("sun-jia", "Sun Jia", "孙佳"),
    "data": ("zhou-ning", "Zhou Ning", "周宁"),
    "risk": ("he-jun", "He Jun", "何军"),
    "customer_service": ("xu-fang", "Xu Fang", "徐芳"),
    "finance": ("ma-qiang", "Ma Qiang", "马强"),
    "procurement": ("guo-ping", "Guo Ping", "郭平"),
    "legal": ("deng-ran", "Deng Ran", "邓然"),
    "merchandising": ("luo-kai", "Luo Kai", "罗凯"),
    "content": ("qin-yu", "Qin Yu", "秦语"),
    "coordination": ("song-wei", "Song Wei", "宋薇"),
}
ROLES: dict[str, tuple[str, str, str, str]] = {
    "leader": ("fang-zheng", "Fang Zheng", "方正", "operations"),
    "coordination_post": ("song-wei", "Song Wei", "宋薇", "coordination"),
    "campaign_manager": ("liu-yang", "Liu Yang", "刘洋", "operations"),
    "planner": ("gao-xin", "Gao Xin", "高欣", "operations"),
    "executor": ("wu-tong", "Wu Tong", "吴桐", "operations"),
    "duty_lead": ("tang-bo", "Tang Bo", "唐博", "operations"),
    "finance_approver": ("ma-qiang", "Ma Qiang", "马强", "finance"),
}
LATE = {"EX05": 2, "EX19": 1, "CL14": 1}
ON_LONGEST_CHAIN = frozenset(
    [
        "IP01",
        "IP04",
        "IP11",
        "IP12",
        "CO01",
        "CO06",
        "CO16",
        "CO17",
        "DE02",
        "DE09",
        "DE16",
        "DE17",
        "DE18",
        "DE19",
        "EX01",
        "EX05",
        "EX07",
        "EX10",
        "EX13",
        "EX14",
        "EX15",
        "EX27",
        "EX28",
        "EX29",
        "CL02",
        "CL03",
        "CL04",
        "CL05",
        "CL06",
        "CL07",
        "CL08",
        "CL10",
        "CL11",
        "CL21",
        "RV14",
    ]
)
STARTS = {
    "initial_planning": FIRST_DAY,
    "execution": BUILD,
    "closing": date(2026, 11, 12),
    "review": date(2026, 11, 13),
}


def pick(language: Language, en: str, zh: str) -> str:
    """One of two wordings."""
    return zh if language == "zh" else en


def at(day: date, hour: int = 18, minute: int = 0) -> datetime:
    """A local instant."""
    return datetime.combine(day, time(hour, minute), ZONE)


def works(day: date) -> bool:
    """Whether people work on that day."""
    return day in MADE_UP or (day.weekday() < 5 and day not in OFF)


def shift(day: date, working_days: int) -> date:
    """So many working days later; 0: that day, or the first working day after it."""
    while not works(day):
        day += timedelta(days=1)
    for _ in range(working_days):
        day += timedelta(days=1)
        while not works(day):
            day += timedelta(days=1)
    return day
