"""Finds the dates and years that people have written into texts, and says what each would be after a move."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_MONTH = "|".join([*MONTHS, *(rf"{name[:3]}\b\.?" for name in MONTHS if name != "May"), r"Sept\b\.?"])
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DAYS = rf"{_DAY}(?:(?:\s*,\s*|\s*[-–]\s*|\s+(?:and|or|to|until)\s+|\s*,\s+and\s+){_DAY}(?!\d))*"
_ZH_DAYS = r"\d{1,2}(?:\s*[日号]?\s*(?:[、,，和与及至到~～—–-])\s*\d{1,2})*\s*[日号]"
_DIGITS = dict(zip("0123456789", "〇一二三四五六七八九", strict=True))
WEEKDAYS = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b|(?:周|星期|礼拜)[一二三四五六日天]")
BARE_MONTHS = re.compile(rf"\b(?:{'|'.join(MONTHS)})\b|(?<!\d)\d{{1,2}}\s*月")


@dataclass(frozen=True, slots=True)
class Move:
    """From one launch day to another."""

    old: date
    new: date

    @property
    def by(self) -> timedelta:
        return self.new - self.old

    @property
    def years(self) -> int:
        """By how much a year that stands alone goes up."""
        return self.new.year - self.old.year

    def speaks_of(self, year: int) -> bool:
        """Whether a year is near enough to the old launch to be one of this campaign, not of its history."""
        return abs(year - self.old.year) <= 1

    def day(self, year: int | None, month: int, day: int) -> date | None:
        """The day that a text means; without a year the one nearest to the old launch. None: no such day."""
        found = [valid for given in self._candidates(year) if (valid := _valid(given, month, day))]
        return min(found, key=lambda candidate: abs(candidate - self.old), default=None)

    def _candidates(self, year: int | None) -> tuple[int, ...]:
        if year is not None:
            return (year,) if self.speaks_of(year) else ()
        return (self.old.year - 1, self.old.year, self.old.year + 1)


@dataclass(frozen=True, slots=True)
class Mention:
    """An old date or year in a text, with its blanks made one, and what it would be after the move."""

    text: str
    proposal: str


def mentions(text: str, move: Move) -> list[Mention]:
    """Every date and year of the old campaign that a text names; each once."""
    found: dict[int, Mention] = {}
    for pattern, shifted in FORMS:
        for match in list(pattern.finditer(text)):
            proposal = shifted(match, move)
            if proposal is not None:
                found[match.start()] = Mention(" ".join(match[0].split()), proposal)
                # What is told needs no second reading: the year of a date is not a year of its own.
                text = text[: match.start()] + "\0" * len(match[0]) + text[match.end() :]
    return list(dict.fromkeys(found[start] for start in sorted(found)))


def pattern_of(text: str) -> re.Pattern[str]:
    """Finds a mention again, however its line is broken, and never inside a longer number."""
    words = r"\s+".join(re.escape(word) for word in text.split())
    before, after = (r"(?<!\d)" if text[:1].isdigit() else ""), (r"(?!\d)" if text[-1:].isdigit() else "")
    return re.compile(f"{before}{words}{after}")


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _year_first(match: re.Match[str], move: Move) -> str | None:
    year, gap, month, day = match.groups()
    found = move.day(int(year), int(month), int(day))
    if found is None:
        return None
    new = found + move.by
    wide = len(month) == 2
    return gap.join(
        [f"{new.year}", f"{new.month:02d}" if wide else f"{new.month}", f"{new.day:02d}" if wide else f"{new.day}"]
    )


def _compact(match: re.Match[str], move: Move) -> str | None:
    found = move.day(int(match[1]), int(match[2]), int(match[3]))
    return f"{found + move.by:%Y%m%d}" if found else None


def _year_last(match: re.Match[str], move: Move) -> str | None:
    first, gap, second, year = match.groups()
    american = gap == "/" and int(first) <= 12
    day, month = (int(second), int(first)) if american else (int(first), int(second))
    found = move.day(int(year), month, day)
    if found is None:
        return None
    new = found + move.by
    return gap.join(map(str, [new.month, new.day, new.year] if american else [new.day, new.month, new.year]))


def _english(match: re.Match[str], move: Move) -> str | None:
    """`2, 10 and 20 November 2026`, `November 2, 2026`: days before the month or after it."""
    days, name, year = match["days"], match["month"], match["year"]
    new = _moved_days(days, _month_number(name), year, move)
    if new is None:
        return None
    titles = [MONTHS[day.month - 1] if len(name) > 4 or name == "May" else MONTHS[day.month - 1][:3] for day in new]
    numbers = [_ordinal(day.day) if re.search("[a-z]", _first(days)) else str(day.day) for day in new]
    comma = "," if "," in (match["gap"] or "") else ""
    first = match.start("month") < match.start("days")
    if len({(day.year, day.month) for day in new}) == 1:
        line = _each(days, numbers)
        whole = f"{titles[0]} {line}" if first else f"{line} {titles[0]}"
        return f"{whole}{comma} {new[0].year}" if year else whole
    pairs = zip(titles, numbers, strict=True) if first else zip(numbers, titles, strict=True)
    whole_days = [" ".join(pair) for pair in pairs]
    return _each(
        days, [f"{text}{comma} {day.year}" if year else text for text, day in zip(whole_days, new, strict=True)]
    )


def _chinese(match: re.Match[str], move: Move) -> str | None:
    """`2026 年 10 月 20 日`, `11 月 2 日、10 日与 20 日`."""
    days, gap = match["days"], " " if " " in match[0] else ""
    new = _moved_days(days, int(match["month"]), match["year"], move)
    if new is None:
        return None
    month = f"{new[0].month}{gap}月{gap}"
    year = f"{new[0].year}{gap}年{gap}" if match["year"] else ""
    texts, current = [str(new[0].day)], (new[0].year, new[0].month)
    for day in new[1:]:
        texts.append(str(day.day) if (day.year, day.month) == current else f"{day.month}{gap}月{gap}{day.day}")
        current = (day.year, day.month)
    return f"{year}{month}{_each(days, texts)}"


def _month_of_year(match: re.Match[str], move: Move) -> str | None:
    english = match["name"] is not None
    month = _month_number(match["name"]) if english else int(match["zh_month"])
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


def _month_number(name: str) -> int:
    return [month[:3] for month in MONTHS].index(name[:3]) + 1


_YEAR = r"(?P<year>(?:19|20)\d\d)(?!\d)"
_OTHER_YEAR = r"(?!,?\s+1\d{3}\b)"
FORMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Move], str | None]], ...] = (
    (re.compile(r"(?<!\d)((?:19|20)\d\d)([-/.])(\d{1,2})\2(\d{1,2})(?!\d)"), _year_first),
    (re.compile(r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)"), _compact),
    (re.compile(r"(?<!\d)(\d{1,2})([/.])(\d{1,2})\2((?:19|20)\d\d)(?!\d)"), _year_last),
    (re.compile(rf"(?<!\d)(?:{_YEAR}\s*年\s*)?(?P<month>\d{{1,2}})\s*月\s*(?P<days>{_ZH_DAYS})"), _chinese),
    (re.compile(rf"(?<!\d)(?P<days>{_DAYS})\s+(?:of\s+)?\b(?P<month>{_MONTH})(?:(?P<gap>,?\s+){_YEAR}|{_OTHER_YEAR})"), _english),
    (re.compile(rf"\b(?P<month>{_MONTH})\s+(?P<days>{_DAYS})(?!\d)(?:(?P<gap>,?\s+){_YEAR}|{_OTHER_YEAR})"), _english),
    (
        re.compile(
            rf"\b(?P<name>{_MONTH}),?\s+{_YEAR}|(?<!\d)(?P<zh_year>(?:19|20)\d\d)\s*年\s*(?P<zh_month>\d{{1,2}})\s*月"
        ),
        _month_of_year,
    ),
    (re.compile(r"[一二][〇零○一二三四五六七八九]{3}(?=年)"), _chinese_year),
    (re.compile(r"(?<!\d)20\d\d(?!\d)"), _year),
)  # fmt: skip
"""Every way of writing a date or a year that is looked for, the longest first."""
