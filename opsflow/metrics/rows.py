"""What the columns of a file of figures mean: a row becomes a figure, or is refused with its reason. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from opsflow.campaigns.model import CampaignFile, Kpi
from opsflow.kernel.characters import without_unsafe
from opsflow.kernel.errors import BadInput
from opsflow.kernel.rowfile import Row
from opsflow.kernel.zoned import local_date, resolve
from opsflow.metrics.model import Figure

ALIASES: Mapping[str, tuple[str, ...]] = {
    "kpi": ("指标", "metric"),
    "day": ("日期", "date"),
    "at": ("时间", "time"),
    "value": ("数值", "figure"),
    "source": ("来源",),
}
"""The columns of figures, each with what else it may be called."""
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d([T ]00:00(:00)?)?", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 2000, 2099
LONGEST_SOURCE = 200


def figure(row: Row, file: CampaignFile, now: datetime, *, source: str) -> Figure:
    """A row of figures. BadInput: why it is none. `source`: where the file is from, for a row that does not say."""
    values = named(row, ALIASES)
    unknown = next((name for name in values if name not in ALIASES), None)
    if unknown is not None:
        raise BadInput(f"there is no column `{unknown[:40]}` here: {', '.join(ALIASES)}")
    zone = ZoneInfo(file.zone)
    kpi = _kpi(values.get("kpi", ""), file)
    day, at = moment(values, zone)
    if (at is not None and at > now) or day > local_date(now, zone):
        raise BadInput(f"`{values.get('at') or values['day']}` lies ahead: what was measured then nobody knows yet")
    check_day(kpi, day, file)
    where = without_unsafe(values.get("source", source))[:LONGEST_SOURCE]
    return Figure(row.line, kpi.id, day, at, value(values.get("value", ""), kpi), where)


def named(row: Row, aliases: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """The values of a row by the columns' own names. BadInput: the row could not be read."""
    if row.fault:
        raise BadInput(row.fault)
    names = {alias: name for name, others in aliases.items() for alias in (name, *others)}
    return {names.get(name, name): text for name, text in row.values.items()}


def moment(values: Mapping[str, str], zone: ZoneInfo) -> tuple[date, datetime | None]:
    """The day in a zone, and the instant where one is given. A time without an offset is the zone's. BadInput: neither."""
    if "at" in values:
        at = instant(values["at"], zone)
        day = local_date(at, zone)
        if "day" in values and day_of(values["day"]) != day:
            raise BadInput(f"`day` is {values['day'][:20]}, but `at` falls on {day} in {zone.key}")
        return day, at
    if "day" in values:
        return day_of(values["day"]), None
    raise BadInput("it has neither `day` nor `at`")


def instant(text: str, zone: ZoneInfo) -> datetime:
    """A date and time, in UTC; without an offset on the zone's clocks. BadInput: it is none."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = datetime.min.replace(tzinfo=UTC)
    if not _FIRST_YEAR <= read.year <= _LAST_YEAR or len(text) < len("2026-10-20T09"):
        raise BadInput(f"`at` is a date and time such as 2026-10-20 09:30 or 2026-10-20T09:30+08:00, not {text[:30]!r}")
    return (read.astimezone(UTC) if read.tzinfo else resolve(read, zone)).replace(microsecond=0)


@lru_cache(maxsize=1024)
def day_of(text: str) -> date:
    """A date. BadInput: it is none."""
    try:
        found = date.fromisoformat(text[:10]) if _DAY.fullmatch(text) else date.min
    except ValueError:
        found = date.min
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise BadInput(f"`day` is a date such as 2026-10-20, not {text[:30]!r}; a time stands in `at`")
    return found


def number(text: str) -> Decimal:
    """A decimal number. BadInput: it is written otherwise (NaN, 1e308, 1,000), or too long."""
    if not _NUMBER.fullmatch(text):
        raise BadInput(
            f"`value` is a number such as 1200 or 3.5, of 15 digits before and 6 behind the point at most, not {text[:30]!r}"
        )
    return Decimal(text)


def value(text: str, kpi: Kpi) -> Decimal:
    """What a KPI reads. BadInput: no number, or below nothing where that cannot be."""
    if not text:
        raise BadInput("`value` is empty: leave the row out where nothing was measured, and write 0 where it was 0")
    found = number(text)
    if found < 0 and not kpi.negative:
        raise BadInput(f"{kpi.id} cannot be {text}, below nothing; if it can, write `negative: true` at the KPI")
    return found


def live_days(file: CampaignFile) -> tuple[date, date]:
    """The first and the last day on which a campaign is live."""
    return file.live.start.date(), (file.live.end - timedelta(microseconds=1)).date()


def check_day(kpi: Kpi, day: date, file: CampaignFile) -> None:
    """BadInput: a figure of another day than the live ones would be lost in a sum or mean over them."""
    first, last = live_days(file)
    if kpi.aggregation != "latest" and not first <= day <= last:
        raise BadInput(f"{day} is no day of the live time, {first} to {last}, over which {kpi.id} is counted")


def _kpi(text: str, file: CampaignFile) -> Kpi:
    found = next((kpi for kpi in file.kpis if kpi.id == text), None)
    if found is None:
        known = ", ".join(kpi.id for kpi in file.kpis)
        raise BadInput(f"the campaign has no KPI `{text[:40]}`: {known}" if text else "`kpi` is empty")
    return found
