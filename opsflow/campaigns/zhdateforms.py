"""Every way of writing a day in Chinese, in figures or numerals, and what it is after a move. Pure."""

import re
from datetime import date

from opsflow.campaigns.dateforms import Form, end_of
from opsflow.campaigns.launchmove import ZH_WEEKDAY, Move
from opsflow.campaigns.spelling import ZH_NUMBER, ZH_YEAR, filled, like, number, value_of

_ZH_WEEK = "一二三四五六日"


def _year_of(year: str | None) -> int | None:
    """A year in figures, all four or the last two, or in numerals."""
    if year is None:
        return None
    return value_of(year) + 2000 * (len(year) == 2)


def _list(match: re.Match[str], move: Move) -> str | None:
    """`2026 年 10 月 20 日`, `11 月 2 日、10 日与 20 日`, `10月20日（周二）`, `二〇二六年十月二十日`."""
    days, gap = match["days"], " " if " " in match[0] and match["month"].isascii() else ""
    numbers = re.findall(rf"\d+|{ZH_NUMBER}", days)
    month = value_of(match["month"])
    found = [move.day(_year_of(match["year"]), month, value_of(day)) for day in numbers]
    if None in found:
        return None
    new = [day + move.by for day in found if day]
    weekday = _weekday(match["weekday"], new, move)
    if weekday is None:
        return None
    wide = (match["month"] + days)[:1] == "0" or days.startswith("0")

    def said(old: str, value: int) -> str:
        return number(value, wide=wide) if old.isascii() else like(old, value)

    texts, current = [said(numbers[0], new[0].day)], (new[0].year, new[0].month)
    for old, day in zip(numbers[1:], new[1:], strict=True):
        other = f"{said(match['month'], day.month)}{gap}月{gap}" if (day.year, day.month) != current else ""
        texts.append(f"{other}{said(old, day.day)}")
        current = (day.year, day.month)
    rest = iter(texts)
    whole = " ".join(re.sub(rf"\d+|{ZH_NUMBER}", lambda _: next(rest), days).split())
    year = f"{like(match['year'], new[0].year)}{gap}年{gap}" if match["year"] else ""
    return f"{year}{said(match['month'], new[0].month)}{gap}月{gap}{whole}{weekday}"


def _weekday(said: str | None, new: list[date], move: Move) -> str | None:
    """The weekday behind a date, as it was written. None: it was another day's, or one of several."""
    if not said:
        return ""
    sign = re.sub("[^一二三四五六日天]", "", said.replace("星期天", "星期日").replace("周天", "周日"))[-1]
    old = _ZH_WEEK.index(sign.replace("天", "日"))
    if len(new) != 1 or (new[0] - move.by).weekday() != old:
        return None
    return re.sub("[一二三四五六日天](?=[^一二三四五六日天]*$)", _ZH_WEEK[new[0].weekday()], said)


def _range(match: re.Match[str], move: Move) -> str | None:
    """`2月26-3月9日`, `2027 年 2 月 26 至 3 月 9 日`: the first day goes without its unit."""
    first = move.day(_year_of(match["year"]), int(match["month"]), int(match["day"]))
    last = end_of(first, match["last_month"], match["last"]) if first else None
    if first is None or last is None:
        return None
    start, end = first + move.by, last + move.by
    wide = any(match[name].startswith("0") for name in ("month", "day"))
    last_wide = any(match[name].startswith("0") for name in ("last_month", "last"))
    words: dict[str, str | int] = {
        "month": number(start.month, wide=wide),
        "day": number(start.day, wide=wide),
        "last_month": number(end.month, wide=last_wide),
        "last": number(end.day, wide=last_wide),
    }
    if match["year"]:
        words["year"] = like(match["year"], start.year)
    return filled(match, **words)


_YEAR = rf"(?:(?<![\d.,])(?P<year>(?:19|20)\d\d|\d\d|{ZH_YEAR})\s*年\s*)?"
_NO_MOON = "(?<![农阴旧]历)(?<![农阴旧]历 )"
_TO = "[至到~–—-]"
_AND = rf"(?:[、,，和与及]|{_TO})"
_DAYS = rf"\d{{1,2}}(?:\s*[日号]?\s*{_AND}\s*\d{{1,2}})*\s*[日号]"
_NUMERAL_DAYS = rf"{ZH_NUMBER}(?:\s*[日号]?\s*{_AND}\s*{ZH_NUMBER})*\s*[日号]"
_WEEKDAY = rf"(?P<weekday>\s*(?:[（(]\s*{ZH_WEEKDAY}\s*[）)]|{ZH_WEEKDAY}))?"
ZH_DATES: tuple[Form, ...] = (
    (
        re.compile(
            rf"{_NO_MOON}(?<!\d){_YEAR}(?P<month>\d{{1,2}})\s*月\s*(?P<day>\d{{1,2}})\s*{_TO}\s*"
            r"(?P<last_month>\d{1,2})\s*月\s*(?P<last>\d{1,2})\s*[日号]"
        ),
        _range,
    ),
    (re.compile(rf"{_NO_MOON}(?<!\d){_YEAR}(?P<month>\d{{1,2}})\s*月\s*(?P<days>{_DAYS}){_WEEKDAY}"), _list),
    (
        re.compile(
            rf"{_NO_MOON}(?<![一二三四五六七八九十]){_YEAR}(?P<month>{ZH_NUMBER})\s*月\s*(?P<days>{_NUMERAL_DAYS}){_WEEKDAY}"
        ),
        _list,
    ),
)  # fmt: skip
