"""How dates, money and numbers are written in a document's language: the filters that templates have."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent
from jinja2 import pass_context
from jinja2.runtime import Context

from opsflow.documents.escaping import PlainText, escaped
from opsflow.kernel.terms import Language

EMPTY = "–"
LOCALES: dict[Language, str] = {"en": "en", "zh": "zh_Hans_CN"}


@dataclass(frozen=True, slots=True)
class Wording:
    """The filters of one language. What is empty (None) is written as a dash by every one of them."""

    language: Language

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters by the name they have in a template."""
        return {
            "after": after,
            "capital": capital,
            "cell": cell,
            "clock": self.clock,
            "day": self.day,
            "days": self.days,
            "escaped": escaped,
            "moment": self.moment,
            "money": self.money,
            "names": self.names,
            "number": self.number,
            "percent": self.percent,
            "points": self.points,
            "shortday": self.shortday,
            "workdays": self.workdays,
        }

    @property
    def locale(self) -> str:
        return LOCALES[self.language]

    def day(self, value: date | None) -> str:
        """2026-08-11 Tue; 2026年8月11日 周二."""
        return self._date(value, en="yyyy-MM-dd EEE", zh="y年M月d日 EEE")

    def shortday(self, value: date | None) -> str:
        """08-11 Tue; 8月11日 周二: for tables in which the year is plain."""
        return self._date(value, en="MM-dd EEE", zh="M月d日 EEE")

    def moment(self, value: datetime | None) -> str:
        """2026-08-11 Tue 09:00; 2026年8月11日 周二 09:00."""
        return EMPTY if value is None else f"{self.day(value)} {self.clock(value)}"

    def clock(self, value: datetime | None) -> str:
        """09:00."""
        return EMPTY if value is None else f"{value:%H:%M}"

    @pass_context
    def money(self, context: Context, value: Decimal | None, currency: str | None = None) -> str:
        """CNY 1,200,000; ¥1,200,000. Without an argument, the currency of the campaign's budget."""
        if value is None:
            return EMPTY
        code = currency or context["campaign"]["budget"]["currency"]
        cents = "" if value == int(value) else ".00"
        pattern = f"¤¤ #,##0{cents}" if self.language == "en" else f"¤#,##0{cents}"
        return format_currency(value, code, pattern, locale=self.locale, currency_digits=False)

    def number(self, value: Decimal | int | None) -> str:
        """1,234,567.5."""
        return EMPTY if value is None else format_decimal(value, locale=self.locale)

    def points(self, value: Decimal | int | None) -> str:
        """7.7; 8.25: scores, always with one decimal; a second is shown where there is one, for a column must add up."""
        if value is None:
            return EMPTY
        exact = Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_UP)
        return format_decimal(exact, "#,##0.0#", locale=self.locale)

    def percent(self, value: Decimal | None) -> str:
        """0.125 is 12.5%."""
        return EMPTY if value is None else format_percent(value, format="#,##0.#%", locale=self.locale)

    def days(self, value: int | None) -> str:
        """1 day, 3 days; 3 天."""
        return self._counted(value, "day", "天")

    def workdays(self, value: int | None) -> str:
        """1 working day, 3 working days; 3 个工作日."""
        return self._counted(value, "working day", "个工作日")

    def names(self, values: Sequence[object]) -> str:
        """One list in one line."""
        separator = ", " if self.language == "en" else "、"
        return PlainText(separator.join(str(escaped(value)) for value in values)) if values else EMPTY

    def _date(self, value: date | None, *, en: str, zh: str) -> str:
        return EMPTY if value is None else format_date(value, en if self.language == "en" else zh, locale=self.locale)

    def _counted(self, value: int | None, en: str, zh: str) -> str:
        if value is None:
            return EMPTY
        return f"{value} {en}{'' if value == 1 else 's'}" if self.language == "en" else f"{value} {zh}"


def after(value: datetime, minutes: int) -> datetime:
    """An instant so many minutes later: `meeting.at|after(25)|clock`."""
    return value + timedelta(minutes=minutes)


def capital(value: str | None) -> str:
    """A title as the first word of a line or a cell."""
    return EMPTY if value is None else PlainText(value[:1].upper() + value[1:])


def cell(value: object) -> str:
    """A value in a Markdown table: on one line, its pipes escaped."""
    if value is None:
        return EMPTY
    return re.sub(r"(?<!\\)\|", r"\\|", " ".join(str(value).split()))
