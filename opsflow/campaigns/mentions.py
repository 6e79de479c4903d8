"""Finds the dates and years that people have written into texts, and says what each would be after a move."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from opsflow.campaigns.doubts import Span, Suspect, suspects
from opsflow.campaigns.launchmove import MONTH, MONTHS, WEEKDAY, WEEKDAYS, ZH_WEEKDAY, Move, day_or_none, month_number

_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DAYS = rf"{_DAY}(?:(?:\s*,\s*|\s*[-–—~/&]\s*|\s+(?:and|or|to|until|till|through)\s+|\s*,\s+and\s+){_DAY}(?!\d))*"
_ZH_TO = r"(?:[至到~–—-])"
_ZH_DAYS = r"\d{1,2}(?:\s*[日号]?\s*(?:[、,，和与及至到~–—-])\s*\d{1,2})*\s*[日号]"
_RANGE = r"(?:\s*[~–—至到]\s*|\s+-\s+)"
_DIGITS = dict(zip("0123456789", "〇一二三四五六七八九", strict=True))
_ZH_WEEK = "一二三四五六日"
WIDE = "０１２３４５６７８９"
_NARROW = str.maketrans(f"{WIDE}－～．／", "0123456789-~./")
"""Each is one character before and after, so that places stay the same."""
BARE_WEEKDAYS = re.compile(rf"{WEEKDAY}|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days\b|{ZH_WEEKDAY}")
BARE_MONTHS = re.compile(
    rf"\b(?:{'|'.join(MONTHS)}|Sept|(?:{'|'.join(name[:3] for name in MONTHS if name != 'May')}))\b|(?<!\d)\d{{1,2}}\s*月"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """An old date or year in a text, with its blanks made one, and what it would be after the move."""

    text: str
    proposal: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says about the old campaign's days: what is understood, and what only may be a date. By place."""

    understood: dict[Span, Mention]
    doubtful: dict[Span, str]
    """No part of these is moved; somebody must read them."""


def mentions(text: str, move: Move) -> list[Mention]:
    """Every date and year of the old campaign that a text names and that is understood as a whole; each once."""
    return list(dict.fromkeys(mention for _, mention in sorted(read(text, move).understood.items())))


def read(text: str, move: Move) -> Reading:
    """Every date and year of the old campaign in a text, and every place where something is half of one."""
    plain = text.translate(_NARROW)
    found = _found(text, plain, move)
    open_points, held = list(suspects(plain, move)), list[Span]()
    while True:
        wrong = [(each.span, inside) for each in open_points if (inside := _half_read(each, found, plain)) is not None]
        if not any(inside for _, inside in wrong):
            break
        # What leaned on a mention that is none stands alone now, so all are looked at again.
        for span, inside in wrong:
            held += [span, *(part for part in inside if found.pop(part, None))]
    doubts = _merged([*held, *(span for span, _ in wrong)])
    return Reading(found, {(start, end): " ".join(text[start:end].split()) for start, end in doubts})


def _found(text: str, plain: str, move: Move) -> dict[Span, Mention]:
    """Every form that is found, by its place; the longest first, and none inside another one."""
    found: dict[Span, Mention] = {}
    for pattern, shifted in FORMS:
        for match in list(pattern.finditer(plain)):
            proposal = shifted(match, move)
            if proposal is not None:
                said = text[match.start() : match.end()]
                wide = any(figure in said for figure in WIDE)
                found[match.span()] = Mention(" ".join(said.split()), _widened(proposal) if wide else proposal)
                # What is told needs no second reading: the year of a date is not a year of its own.
                plain = plain[: match.start()] + "\0" * len(match[0]) + plain[match.end() :]
    return found


def _half_read(suspect: Suspect, found: dict[Span, Mention], plain: str) -> list[Span] | None:
    """The mentions that are a part of something that is not understood as a whole. None: it is, or it is no date at all."""
    start, end = suspect.span
    inside = [place for place in found if place[0] < end and start < place[1]]
    if any(place[0] <= start and end <= place[1] for place in inside):
        return None
    if not suspect.by_itself and not inside:
        return None
    rest = "".join(sign for at, sign in enumerate(plain[start:end], start) if not any(a <= at < b for a, b in inside))
    rest = re.sub(r"\b(?:to|until|till|through)\b", "", rest)
    return None if suspect.many and inside and not re.search(r"\d|[A-Za-z]{3}", rest) else inside


def _merged(spans: list[Span]) -> list[Span]:
    """The same places without overlaps."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _widened(words: str) -> str:
    return words.translate(str.maketrans("0123456789", WIDE))


def pattern_of(text: str) -> re.Pattern[str]:
    """Finds a mention again, however its line is broken, and never inside a longer number."""
    words = r"\s+".join(re.escape(word) for word in text.split())
    before, after = (r"(?<!\d)" if text[:1].isdigit() else ""), (r"(?!\d)" if text[-1:].isdigit() else "")
    return re.compile(f"{before}{words}{after}")


def _year_first(match: re.Match[str], move: Move) -> str | None:
    """`2027-02-26`, and its range without a second year: `2027.2.26-3.9`, `2027/2/26~28`."""
    gap, wide = match["gap"], all(len(part) == 2 for part in match.group("month", "day", "last_month", "last") if part)
    found = move.day(int(match["year"]), int(match["month"]), int(match["day"]))
    if found is None:
        return None
    new = found + move.by
    first = gap.join([f"{new.year}", _number(new.month, wide=wide), _number(new.day, wide=wide)])
    if match["last"] is None:
        return first
    last = _end_of(found, match["last_month"], match["last"])
    if last is None:
        return None
    last += move.by
    month = match["last_month"] is not None or last.month != new.month
    parts = [_number(last.month, wide=wide)] * month + [_number(last.day, wide=wide)]
    return f"{first}{match['to']}{gap.join(parts)}"


def _compact(match: re.Match[str], move: Move) -> str | None:
    """`20270226`, `20270226-0309`."""
    found = move.day(int(match["year"]), int(match["month"]), int(match["day"]))
    if found is None or match["last"] is None:
        return f"{found + move.by:%Y%m%d}" if found else None
    last = _end_of(found, match["last_month"], match["last"])
    return f"{found + move.by:%Y%m%d}{match['to']}{last + move.by:%m%d}" if last else None


def _end_of(first: date, month: str | None, day: str) -> date | None:
    """The last day of a range that names no second year: the first such day after its first one."""
    number = int(month) if month else first.month
    year = first.year + (1 if (number, int(day)) < (first.month, first.day) else 0)
    return day_or_none(year, number, int(day))


def _year_last(match: re.Match[str], move: Move) -> str | None:
    """`26.02.2027`, and with / or - only what can be read in one way: not `05/06/2027`."""
    first, gap, second, year = match.groups()
    if gap != "." and int(first) <= 12 and int(second) <= 12:
        return None
    american = int(second) > 12
    day, month = (int(second), int(first)) if american else (int(first), int(second))
    found = move.day(int(year), month, day)
    if found is None:
        return None
    new, wide = found + move.by, len(first) == len(second) == 2
    parts = [_number(new.day, wide=wide), _number(new.month, wide=wide)]
    return gap.join([*(reversed(parts) if american else parts), str(new.year)])


def _named_between(match: re.Match[str], move: Move) -> str | None:
    """`26-Feb-2027`, `26.Feb.2027`."""
    day, gap, name, year = match["day"], match["gap"], match["month"], match["year"]
    found = move.day(int(year), month_number(name), int(day))
    if found is None:
        return None
    new = found + move.by
    return gap.join([_number(new.day, wide=len(day) == 2), _titled(new, name), str(new.year)])


def _english(match: re.Match[str], move: Move) -> str | None:
    """`2, 10 and 20 November 2026`, `Fri, November 2, 2026`: days before the month or after it, a weekday before all."""
    days, name, year = match["days"], match["month"], match["year"]
    new = _moved_days(days, month_number(name), year, move)
    if new is None:
        return None
    weekday = _weekday(match["weekday"], new, move)
    if weekday is None:
        return None
    titles = [_titled(day, name) for day in new]
    wide = _first(days).startswith("0")
    numbers = [_ordinal(day.day) if re.search("[a-z]", _first(days)) else _number(day.day, wide=wide) for day in new]
    comma = "," if "," in (match["gap"] or "") else ""
    first = match.start("month") < match.start("days")
    # A dot at the end may be the sentence's.
    stop = "." if name.endswith(".") and not (first or year) else ""
    if len({(day.year, day.month) for day in new}) == 1:
        line = _each(days, numbers)
        whole = f"{titles[0]} {line}" if first else f"{line} {titles[0]}"
        return f"{weekday}{whole}{comma} {new[0].year}" if year else f"{weekday}{whole}{stop}"
    pairs = zip(titles, numbers, strict=True) if first else zip(numbers, titles, strict=True)
    whole_days = [" ".join(pair) for pair in pairs]
    texts = [f"{text}{comma} {day.year}" if year else text for text, day in zip(whole_days, new, strict=True)]
    return _each(days, texts) + stop


def _weekday(said: str | None, new: list[date], move: Move) -> str | None:
    """The weekday before a date, as it was written, with what follows it. None: it was another day's, or one of several."""
    if not said:
        return ""
    name, gap = re.match(r"([A-Za-z]+)(.*)", said, re.DOTALL).groups()  # type: ignore[union-attr]  # a WEEKDAY matches
    if len(new) != 1 or WEEKDAYS[(new[0] - move.by).weekday()][:3] != name[:3]:
        return None
    title = WEEKDAYS[new[0].weekday()]
    return f"{title if name.endswith('day') else title[:3]}{' '.join(gap.split())} "


def _chinese(match: re.Match[str], move: Move) -> str | None:
    """`2026 年 10 月 20 日`, `11 月 2 日、10 日与 20 日`, `10月20日（周二）`."""
    days, gap = match["days"], " " if " " in match[0] else ""
    new = _moved_days(days, int(match["month"]), match["year"], move)
    if new is None:
        return None
    weekday = _zh_weekday(match["weekday"], new, move)
    if weekday is None:
        return None
    wide = match["month"].startswith("0") or days.startswith("0")
    month = f"{_number(new[0].month, wide=wide)}{gap}月{gap}"
    year = f"{new[0].year}{gap}年{gap}" if match["year"] else ""
    texts, current = [_number(new[0].day, wide=wide)], (new[0].year, new[0].month)
    for day in new[1:]:
        other = f"{_number(day.month, wide=wide)}{gap}月{gap}" if (day.year, day.month) != current else ""
        texts.append(f"{other}{_number(day.day, wide=wide)}")
        current = (day.year, day.month)
    return f"{year}{month}{_each(days, texts)}{weekday}"


def _zh_weekday(said: str | None, new: list[date], move: Move) -> str | None:
    """The weekday behind a date, as it was written. None: it was another day's, or one of several."""
    if not said:
        return ""
    old = _ZH_WEEK.index(
        re.sub("[^一二三四五六日天]", "", said.replace("星期天", "星期日").replace("周天", "周日"))[-1].replace(
            "天", "日"
        )
    )
    if len(new) != 1 or (new[0] - move.by).weekday() != old:
        return None
    return re.sub("[一二三四五六日天](?=[^一二三四五六日天]*$)", _ZH_WEEK[new[0].weekday()], said)


def _chinese_range(match: re.Match[str], move: Move) -> str | None:
    """`2月26-3月9日`, `2027 年 2 月 26 至 3 月 9 日`: the first day goes without its unit."""
    first = move.day(int(match["year"]) if match["year"] else None, int(match["month"]), int(match["day"]))
    last = _end_of(first, match["last_month"], match["last"]) if first else None
    if first is None or last is None:
        return None
    new = iter((first + move.by, last + move.by))
    return re.sub(
        r"(?:\d{4}(\s*年\s*))?(\d+)(\s*月\s*)(\d+)",
        lambda part: _like(part, next(new)),
        " ".join(match[0].split()),
    )


def _like(part: re.Match[str], day: date) -> str:
    """A Chinese day with other numbers and the same blanks."""
    year = f"{day.year}{part[1]}" if part[1] else ""
    wide = part[2].startswith("0") or part[4].startswith("0")
    return f"{year}{_number(day.month, wide=wide)}{part[3]}{_number(day.day, wide=wide)}"


def _month_of_year(match: re.Match[str], move: Move) -> str | None:
    english = match["name"] is not None
    month = month_number(match["name"]) if english else int(match["zh_month"])
    found = move.day(int(match["year"] or match["zh_year"]), month, 15)
    if found is None:
        return None
    new = found + move.by
    gap = " " if " " in match[0] else ""
    return f"{MONTHS[new.month - 1]} {new.year}" if english else f"{new.year}{gap}年{gap}{new.month}{gap}月"


def _year(match: re.Match[str], move: Move) -> str | None:
    year = int(match[0])
    return str(year + move.years) if move.years and move.speaks_of(year) else None


def _chinese_year(match: re.Match[str], move: Move) -> str | None:
    backwards = {word: digit for digit, word in _DIGITS.items()} | {"零": "0", "○": "0"}
    year = int("".join(backwards[word] for word in match[0]))
    if not move.years or not move.speaks_of(year):
        return None
    return "".join(_DIGITS[digit] for digit in str(year + move.years))


def _moved_days(days: str, month: int, year: str | None, move: Move) -> list[date] | None:
    found = [move.day(int(year) if year else None, month, int(number)) for number in re.findall(r"\d+", days)]
    return None if None in found else [day + move.by for day in found if day]


def _each(days: str, texts: list[str]) -> str:
    """A list of days with other texts in place of its numbers."""
    rest: Iterator[str] = iter(texts)
    return " ".join(re.sub(_DAY, lambda _: next(rest), days).split())


def _first(days: str) -> str:
    return re.match(_DAY, days)[0]  # type: ignore[index]  # it has matched as a list of days


def _ordinal(day: int) -> str:
    return f"{day}{'th' if 11 <= day <= 13 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


def _number(number: int, *, wide: bool) -> str:
    """With a nought in front, where the old one was written so."""
    return f"{number:02d}" if wide else str(number)


def _titled(day: date, name: str) -> str:
    """A day's month, in full or short as another one was written."""
    return MONTHS[day.month - 1] if len(name) > 4 or name == "May" else MONTHS[day.month - 1][:3]


_YEAR = r"(?P<year>(?:19|20)\d\d)(?!\d)"
_OTHER_YEAR = r"(?!,?\s+1\d{3}\b)"
_WEEKDAY_BEFORE = rf"(?:(?P<weekday>{WEEKDAY}\s*,?)\s+)?"
FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Move], str | None]], ...] = (
    (
        re.compile(
            r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<gap>[-/.])(?P<month>\d{1,2})(?P=gap)(?P<day>\d{1,2})(?!\d)"
            # A dash is the second half's where the first half has none.
            rf"(?:(?P<to>{_RANGE}|(?<!-\d)(?<!-\d\d)-)(?:(?P<last_month>\d{{1,2}})(?P=gap))?(?P<last>\d{{1,2}})(?![\d:]|[-/.]\d))?"
        ),
        _year_first,
    ),
    (
        re.compile(
            r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)(?!\d)"
            r"(?:(?P<to>\s*[-~–—至到]\s*)(?P<last_month>\d\d)(?P<last>\d\d)(?!\d))?"
        ),
        _compact,
    ),
    (re.compile(r"(?<!\d)(\d{1,2})([-/.])(\d{1,2})\2((?:19|20)\d\d)(?!\d)"), _year_last),
    (
        re.compile(rf"(?<!\d)(?P<day>\d{{1,2}})(?P<gap>[-./])(?P<month>{MONTH})(?P=gap){_YEAR}"),
        _named_between,
    ),
    (
        re.compile(
            rf"(?<!\d)(?:{_YEAR}\s*年\s*)?(?P<month>\d{{1,2}})\s*月\s*(?P<day>\d{{1,2}})\s*{_ZH_TO}\s*"
            r"(?P<last_month>\d{1,2})\s*月\s*(?P<last>\d{1,2})\s*[日号]"
        ),
        _chinese_range,
    ),
    (
        re.compile(
            rf"(?<!\d)(?:{_YEAR}\s*年\s*)?(?P<month>\d{{1,2}})\s*月\s*(?P<days>{_ZH_DAYS})"
            rf"(?P<weekday>\s*(?:[（(]\s*{ZH_WEEKDAY}\s*[）)]|{ZH_WEEKDAY}))?"
        ),
        _chinese,
    ),
    (
        re.compile(
            rf"{_WEEKDAY_BEFORE}(?<![\d:])(?P<days>{_DAYS})\s+(?:of\s+)?(?<![A-Za-z])(?P<month>{MONTH})(?:(?P<gap>,\s*|\s+){_YEAR}|{_OTHER_YEAR})"
        ),
        _english,
    ),
    (
        re.compile(
            rf"{_WEEKDAY_BEFORE}(?<![A-Za-z])(?P<month>{MONTH})\s+(?P<days>{_DAYS})(?!\d|[:./]\d)(?:(?P<gap>,\s*|\s+){_YEAR}|{_OTHER_YEAR})"
        ),
        _english,
    ),
    (
        re.compile(
            rf"(?<![A-Za-z])(?P<name>{MONTH}),?\s+{_YEAR}|(?<!\d)(?P<zh_year>(?:19|20)\d\d)\s*年\s*(?P<zh_month>\d{{1,2}})\s*月"
        ),
        _month_of_year,
    ),
    (re.compile(r"[一二][〇零○一二三四五六七八九]{3}(?=年)"), _chinese_year),
    (re.compile(r"(?<!\d)20\d\d(?!\d)"), _year),
)  # fmt: skip
"""Every way of writing a date or a year that is looked for, the longest first."""
