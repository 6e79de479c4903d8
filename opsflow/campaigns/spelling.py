"""How a new day is written in the way of the old one: noughts, names, ordinals, Chinese numerals. Pure."""

import re
from collections.abc import Iterator
from datetime import date

from opsflow.campaigns.launchmove import MONTHS

DAY = r"\d{1,2}(?:st|nd|rd|th)?"
ZH_NUMBER = "(?:[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])"
"""One to 39 in Chinese numerals, as a part of a pattern."""
ZH_YEAR = "二[〇零○][〇零○一二三四五六七八九]{2}"
_ZH_DIGITS = "〇一二三四五六七八九"


def filled(match: re.Match[str], **words: str | int) -> str:
    """A match with other words in place of its groups; what stands between them stays, its blanks made one."""
    text, end = "", match.start()
    for name in sorted(words, key=match.start):
        text += match.string[end : match.start(name)] + str(words[name])
        end = match.end(name)
    return " ".join((text + match.string[end : match.end()]).split())


def number(value: int, *, wide: bool) -> str:
    """With a nought in front, where the old one was written so."""
    return f"{value:02d}" if wide else str(value)


def like(old: str, value: int) -> str:
    """A number of a date in the figures of another one: `09` for `02`, `十二` for `二`, `28` for the year `27`."""
    if not old.isascii():
        return zh_number(value)
    return f"{value % 100:02d}" if value > 99 and len(old) == 2 else number(value, wide=old.startswith("0"))


def column(old: str, value: int) -> str:
    """A number between separators: two figures where the old one had as many."""
    return number(value, wide=len(old) == 2)


def value_of(words: str) -> int:
    """What figures or Chinese numerals of a date say; a year of two figures is one of this century."""
    if words.isascii():
        return int(words)
    tens, ten, ones = words.rpartition("十")
    if ten:
        return 10 * (_ZH_DIGITS.index(tens) if tens else 1) + (_ZH_DIGITS.index(ones) if ones else 0)
    return int("".join(str(_ZH_DIGITS.index(word)) for word in re.sub("[零○]", "〇", words)))


def zh_number(value: int) -> str:
    """A day or a month (`二十六`), or a year digit by digit (`二〇二七`)."""
    if value > 99:
        return "".join(_ZH_DIGITS[int(digit)] for digit in str(value))
    tens, ones = divmod(value, 10)
    return f"{_ZH_DIGITS[tens] if tens > 1 else ''}{'十' if tens else ''}{_ZH_DIGITS[ones] if ones else ''}"


def titled(day: date, name: str) -> str:
    """A day's month, in full or short, in capitals or not, as another one was written."""
    title = MONTHS[day.month - 1] if len(name) > 4 or name.title() == "May" else MONTHS[day.month - 1][:3]
    if name.isupper():
        return title.upper()
    return title.lower() if name.islower() else title


def ordinal(day: int) -> str:
    """`1st`, `22nd`, `13th`."""
    return f"{day}{'th' if 11 <= day <= 13 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


def each(days: str, texts: list[str]) -> str:
    """A list of days with other texts in place of its numbers."""
    rest: Iterator[str] = iter(texts)
    return " ".join(re.sub(DAY, lambda _: next(rest), days).split())


def first_of(days: str) -> str:
    """The first number of a list of days."""
    return re.match(DAY, days)[0]  # type: ignore[index]  # it has matched as a list of days
