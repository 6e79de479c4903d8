"""Every way of writing a month, quarter, half-year, week, season or year of the campaign, and what it is after a move. Pure."""

import re
from datetime import date

from opsflow.campaigns.dateforms import Form
from opsflow.campaigns.figures import COUNTED
from opsflow.campaigns.launchmove import MONTH, MONTHS, YEAR, Move, month_number
from opsflow.campaigns.spelling import ZH_NUMBER, ZH_YEAR, column, filled, like, titled, value_of


def _year_of(words: str) -> int:
    return value_of(words) + 2000 * (len(words) == 2)


def _month(match: re.Match[str], move: Move) -> str | None:
    """`February 2027`, `Feb '27`, `2027年2月`, `二〇二七年二月`, `02/2027`, `2027-02`."""
    name = match["month"]
    english = name[0].isascii() and not name.isdigit()
    new = move.month(_year_of(match["year"]), month_number(name) if english else value_of(name))
    if new is None:
        return None
    month = titled(new, name) if english else (like if "年" in match[0] else column)(name, new.month)
    return filled(match, month=month, year=like(match["year"], new.year))


def _months(match: re.Match[str], move: Move) -> str | None:
    """`Feb–March 2027`, `2027年2月-3月`: as many months as before; None where they would be of two years."""
    names = match.group("first", "last")
    named = not names[0].isdigit()
    numbers = [month_number(name) if named else int(name) for name in names]
    months = numbers[1] - numbers[0]
    new = move.month(_year_of(match["year"]), numbers[0])
    if new is None or months < 1 or new.month + months > 12:
        return None
    ends = (new, new.replace(month=new.month + months, day=1))
    words = [titled(day, name) if named else like(name, day.month) for day, name in zip(ends, names, strict=True)]
    return filled(match, first=words[0], last=words[1], year=like(match["year"], new.year))


_PARTS = {"上": 1, "下": 2}


def _part(match: re.Match[str], move: Move) -> str | None:
    """`Q1 2027`, `H2/2027`, `2027年第一季度`, `2027年上半年`: where its middle is after the move."""
    part, halves = match["part"], match["kind"] in ("H", "半年")
    value = _PARTS.get(part) or value_of(part)
    middle = (4 if value == 1 else 10, 1) if halves else (3 * value - 1, 15)
    if not 1 <= value <= (2 if halves else 4):
        return None
    found = move.day(_year_of(match["year"]), *middle)
    if found is None:
        return None
    new = found + move.by
    number = (new.month + 5) // 6 if halves else (new.month + 2) // 3
    word = {1: "上", 2: "下"}[number] if part in _PARTS else like(part, number)
    return filled(match, year=like(match["year"], new.year), part=word)


def _week(match: re.Match[str], move: Move) -> str | None:
    """`W08 2027`, `2027-W08`, `week 8 of 2027`, `2027年第8周`: as a week of the calendar, where whole weeks are moved."""
    year = int(match["year"])
    new = moved_week(year, value_of(match["week"]), move) if move.speaks_of(year) else None
    spelt = column if match.string[match.start("week") - 1] in "Ww" else like
    return filled(match, year=new[0], week=spelt(match["week"], new[1])) if new else None


def _near_week(match: re.Match[str], move: Move) -> str | None:
    """`CW 8`."""
    new = near_week(int(match["week"]), move)
    return filled(match, week=like(match["week"], new[1])) if new else None


def moved_week(year: int, week: int, move: Move) -> tuple[int, int] | None:
    """Year and number of a week of the calendar after the move. None: there is none such, or its days would be in two weeks."""
    if move.by.days % 7 or not 1 <= week <= date(year, 12, 28).isocalendar().week:
        return None
    return (date.fromisocalendar(year, week, 1) + move.by).isocalendar()[:2]


def near_week(week: int, move: Move) -> tuple[int, int] | None:
    """The same for a week without a year, if it is near the launch."""
    years = (move.old.year, move.old.year - 1, move.old.year + 1)
    near = (year for year in years if 1 <= week <= 52 and move.near(date.fromisocalendar(year, week, 4)))
    return next((moved_week(year, week, move) for year in near), None)


def _season(match: re.Match[str], move: Move) -> str | None:
    """`2027-28`, `2027/2028`, `AW26/27`: both years go up."""
    year, last = _year_of(match["year"]), match["last"]
    if not move.years or _year_of(last) != year + 1 or not (move.speaks_of(year) or move.speaks_of(year + 1)):
        return None
    return filled(match, year=like(match["year"], year + move.years), last=like(last, year + 1 + move.years))


def _year(match: re.Match[str], move: Move) -> str | None:
    """`2027`, `27年`, `’27`, `SS27`, `二〇二七`: it goes up by the years of the move."""
    year = _year_of(match["year"])
    if not move.years or not move.speaks_of(year):
        return None
    return filled(match, year=like(match["year"], year + move.years))


_NAMES = "|".join([*MONTHS, "Sept", *(name[:3] for name in MONTHS)])
_ANY = rf"(?P<year>{YEAR})"
_OF = rf"(?P<year>{YEAR}|(?<=['’‘])\d\d(?!\d))"
_ZH = rf"(?P<year>{YEAR}|(?<![\d.,])\d\d|{ZH_YEAR})\s*年\s*"
_MONTH_NUMBER = rf"(?:\d{{1,2}}|(?<![一二三四五六七八九十]){ZH_NUMBER})"
_TO = r"\s*[-–—~/至到]\s*"
_END = r"(?![A-Za-z\d]|[./-]\d)"
_SEASONS = r"(?<![A-Za-z\d])(?:SS|FW|AW|FY)\s*['’‘]?"
_AGO = r"(?<!近)(?<!第)(?<!满)(?<!约)(?<!超)(?<!成立)(?<!过去)(?<!超过)(?<!已有)(?<!历时)(?<!历经)(?<!走过)(?<!连续)(?<!将近)"
_LONG = r"(?!\s*(?:以?来|前|后|之|间|内|老|经验|历史|以上|多|如一|陪伴|坚守|品牌|的))"
PERIODS: tuple[Form, ...] = (
    (re.compile(rf"(?<![A-Za-z])(?P<first>{MONTH})(?:{_TO}|\s+(?:to|and)\s+)(?P<last>{MONTH}),?\s+{_ANY}"), _months),
    (re.compile(rf"{_ZH}(?P<first>\d{{1,2}})(?:\s*月)?{_TO}(?P<last>\d{{1,2}})\s*月(?!\s*\d)"), _months),
    (re.compile(rf"(?<![A-Za-z])(?P<month>(?i:{_NAMES}))(?![A-Za-z])\.?(?:,?\s+(?:of\s+)?['’‘]?|['’‘]?){_OF}"), _month),
    (re.compile(rf"{_ZH}(?P<month>{_MONTH_NUMBER})\s*月(?!\s*[\d初廿一二三四五六七八九十])"), _month),
    (re.compile(rf"(?<![A-Za-z\d])(?i:week|wk|cw|kw|w)\s*(?P<week>\d{{1,2}})(?:\s+of\s+|[\s,/-]*){_ANY}"), _week),
    (re.compile(rf"{_ANY}[\s/-]*(?i:w|week|wk|cw|kw)\s*(?P<week>\d{{1,2}}){_END}"), _week),
    (re.compile(rf"(?<![A-Za-z\d-])(?:CW|KW|Cw|Kw|cw|kw)\s*(?P<week>\d{{1,2}})(?![A-Za-z\d]|[.:]\d|{_TO}|\s+(?:of\s+)?{YEAR})"), _near_week),
    (re.compile(rf"{_ANY}\s*年\s*第\s*(?P<week>\d{{1,2}}|{ZH_NUMBER})\s*周(?![一-六日天末年])"), _week),
    (re.compile(rf"(?<![\dA-Za-z./:-])(?P<month>0?[1-9]|1[0-2])[/.-]{_ANY}(?!{COUNTED}|[./-]?\d)"), _month),
    (re.compile(rf"(?<![\dA-Za-z./:-]){_ANY}[/-](?P<month>0[1-9]|1[0-2])(?!{COUNTED}|[./:-]?\d)"), _month),
    (re.compile(rf"(?<![A-Za-z\d])(?P<kind>[QH])(?P<part>[1-4])(?:\s+of\s+|[,\s/-]*)['’‘]?{_OF}"), _part),
    (re.compile(rf"{_ANY}[\s/-]*(?P<kind>[QH])(?P<part>[1-4]){_END}"), _part),
    (re.compile(rf"{_ZH}(?:第\s*)?(?P<part>[1-4一二三四])\s*(?P<kind>季度?)"), _part),
    (re.compile(rf"{_ZH}(?P<kind>[QH])(?P<part>[1-4]){_END}"), _part),
    (re.compile(rf"{_ZH}(?P<part>[上下])(?P<kind>半年)"), _part),
    (re.compile(rf"(?<![\d./:-]){_ANY}\s*[-/–—]\s*(?P<last>{YEAR}|\d\d(?!\d))(?!{COUNTED}|[./:-]\d)"), _season),
    (re.compile(rf"{_SEASONS}(?P<year>\d\d)[/-](?P<last>\d\d){_END}"), _season),
    (re.compile(rf"(?<![〇零○一二三四五六七八九十])(?P<year>{ZH_YEAR})(?![〇零○一二三四五六七八九十])"), _year),
    (re.compile(rf"{_AGO}(?<![\d.,/-])(?P<year>\d\d)\s*年(?!\s*\d{{1,2}}\s*月){_LONG}"), _year),
    (re.compile(r"(?<![\dA-Za-z.,/年月-])(?P<year>\d\d)(?:[春夏秋冬双]|财年|赛季|学年)"), _year),
    (re.compile(rf"(?<!\d)['’‘](?P<year>\d\d)(?![A-Za-z\d'’]|[.,:/-]\d|{COUNTED})"), _year),
    (re.compile(rf"{_SEASONS}(?P<year>\d\d)(?![A-Za-z\d]|[.,:/-]\d)"), _year),
    (re.compile(r"(?P<year>(?<!\d)20\d\d(?!\d))"), _year),
)  # fmt: skip
