"""When a live task comes round: pure, in the campaign's zone, right across clock changes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from opsflow.campaigns.model import CampaignFile
from opsflow.kernel.text import Text
from opsflow.kernel.zoned import instant, local_date, resolve
from opsflow.sop.model import LiveRule

MORNING, EVENING = time(9), time(21)
"""When a daily task comes round, and the second time of one that comes twice."""
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Window:
    """The live window [start, end) with the starts of its phases, as UTC instants."""

    zone: ZoneInfo
    start: datetime
    end: datetime
    phases: tuple[datetime, ...] = ()
    peaks: tuple[datetime, ...] = ()

    @property
    def first_day(self) -> date:
        return local_date(self.start, self.zone)

    @property
    def last_day(self) -> date:
        """The anchor `end`: the last day with a live instant in it."""
        return local_date(self.end - timedelta(microseconds=1), self.zone)

    @property
    def days(self) -> tuple[date, ...]:
        first = self.first_day
        return tuple(first + timedelta(days=n) for n in range((self.last_day - first).days + 1))

    def day_at(self, day: date, at: time) -> datetime:
        """A time of day, or the opening hour where the window opens later that day; never at or after the end."""
        return min(max(instant(day, at, self.zone), self.start), max(self.start, self.end - HOUR))


def window_of(campaign: CampaignFile) -> Window:
    """The campaign's live window; times without an offset are those of its zone's clocks."""
    zone = ZoneInfo(campaign.zone)

    def utc(at: datetime) -> datetime:
        return at.astimezone(UTC) if at.tzinfo else resolve(at, zone)

    live = campaign.live
    phases = sorted(live.phases, key=lambda phase: utc(phase.start))
    return Window(
        zone=zone,
        start=utc(live.start),
        end=utc(live.end),
        phases=tuple(utc(phase.start) for phase in phases),
        peaks=tuple(utc(phase.start) for phase in phases if phase.peak),
    )


def occurrences(rule: LiveRule, window: Window) -> tuple[datetime, ...]:
    """Every instant the task comes round, in order; none for one that comes on event."""
    return tuple(sorted(set(_RULES[rule.rule](window, rule.count or 1))))


def due_of(rule: LiveRule, window: Window, times: Sequence[datetime]) -> datetime:
    """When the last of it is over: a watch when its hours are, a lasting or event-driven task with the window.

    `times`: its occurrences.
    """
    if rule.rule in _UNTIL_END:
        return window.end
    return min(times[-1] + HOUR, window.end) if rule.rule == "first_hours" else times[-1]


def _on_event(_window: Window, _count: int) -> Iterator[datetime]:
    return iter(())


def _first_hours(window: Window, count: int) -> Iterator[datetime]:
    return (at for at in (window.start + n * HOUR for n in range(count)) if at < window.end)


def _daily(window: Window, _count: int) -> Iterator[datetime]:
    return (window.day_at(day, MORNING) for day in window.days)


def _twice_daily(window: Window, _count: int) -> Iterator[datetime]:
    return (window.day_at(day, at) for day in window.days for at in (MORNING, EVENING))


def _every_second_day(window: Window, _count: int) -> Iterator[datetime]:
    return (window.day_at(day, MORNING) for day in window.days[::2])


def _first_middle_last(window: Window, _count: int) -> Iterator[datetime]:
    days = window.days
    return (window.day_at(day, MORNING) for day in (days[0], days[len(days) // 2], days[-1]))


def _at_end(window: Window, _count: int) -> Iterator[datetime]:
    yield max(window.start, window.end - HOUR)


def _hourly_on_peaks(window: Window, _count: int) -> Iterator[datetime]:
    peak_days = {window.first_day, *(local_date(at, window.zone) for at in window.peaks)}
    for day in window.days:
        if day in peak_days:
            yield from _hours_of(day, window)
        else:
            yield window.day_at(day, MORNING)


def _hours_of(day: date, window: Window) -> Iterator[datetime]:
    """Every hour of a day within the window: 23 or 25 of them on the day of a clock change."""
    at = instant(day, time(0), window.zone)
    tomorrow = instant(day + timedelta(days=1), time(0), window.zone)
    while at < min(tomorrow, window.end):
        if at >= window.start:
            yield at
        at += HOUR


def _each_phase(window: Window, _count: int) -> Iterator[datetime]:
    return iter(window.phases or (window.start,))


def _each_peak(window: Window, _count: int) -> Iterator[datetime]:
    return iter(window.peaks or (window.start,))


def _main_peak(window: Window, _count: int) -> Iterator[datetime]:
    # Of several peaks the last is the one the others lead up to (docs/decisions/0002).
    yield window.peaks[-1] if window.peaks else window.start


def _before_end(window: Window, count: int) -> Iterator[datetime]:
    yield window.day_at(window.last_day - timedelta(days=count), MORNING)


def _from_second_phase(window: Window, _count: int) -> Iterator[datetime]:
    days = window.days
    yield window.phases[1] if len(window.phases) > 1 else window.day_at(days[len(days) // 2], MORNING)


def _last_days(window: Window, count: int) -> Iterator[datetime]:
    yield window.day_at(window.last_day - timedelta(days=count - 1), MORNING)


_RULES: Mapping[str, Callable[[Window, int], Iterator[datetime]]] = {
    "first_hours": _first_hours,
    "hourly_on_peaks": _hourly_on_peaks,
    "daily": _daily,
    "twice_daily": _twice_daily,
    "every_second_day": _every_second_day,
    "first_middle_last": _first_middle_last,
    "at_end": _at_end,
    "each_phase": _each_phase,
    "each_peak": _each_peak,
    "main_peak": _main_peak,
    "before_end": _before_end,
    "from_second_phase": _from_second_phase,
    "last_days": _last_days,
    "on_event": _on_event,
}
_UNTIL_END = {"on_event", "at_end", "from_second_phase", "last_days", "each_peak", "main_peak"}

_WORDS: Mapping[str, Text] = {
    "first_hours": Text("in each of the first {count} h after the launch", "上线后前 {count} 小时每小时一次"),
    "hourly_on_peaks": Text("hourly on launch and peak days, else daily", "上线日与峰值日每小时一次，其余每日一次"),
    "daily": Text("daily", "每日"),
    "twice_daily": Text("twice daily", "每日两次"),
    "every_second_day": Text("every second day", "隔日"),
    "first_middle_last": Text("first, middle and last day", "首日、中间一日与末日"),
    "at_end": Text("at the end", "结束时"),
    "each_phase": Text("at the start of each phase", "每个阶段开始时"),
    "each_peak": Text("at each peak", "每个峰值日"),
    "main_peak": Text("at the main peak", "主峰值日"),
    "before_end": Text("{count} day{s} before the end", "结束前 {count} 天"),
    "from_second_phase": Text("from the second phase to the end", "自第二阶段至结束"),
    "last_days": Text("the last {count} day{s}", "最后 {count} 天"),
    "on_event": Text("on event", "按需触发"),
}
_WITHIN: Mapping[str, Text] = {
    "same_day": Text("answered the same day", "当日响应"),
    "next_day": Text("answered the next day", "次日响应"),
}


def in_words(rule: LiveRule) -> Text:
    """The rule as people say it."""
    words = _WORDS[rule.rule]
    count = rule.count or 1
    en, zh = words.en.format(count=count, s="s" if count > 1 else ""), words.zh.format(count=count)
    if rule.within is not None:
        answer = _WITHIN.get(rule.within) or _answered_within(rule.within)
        en, zh = f"{en}, {answer.en}", f"{zh}，{answer.zh}"
    if rule.hours is not None:
        en, zh = f"{en} ({rule.hours})", f"{zh}（{rule.hours}）"
    return Text(en, zh)


def _answered_within(within: str) -> Text:
    for unit, en, zh in (("min", "min", "分钟"), ("wh", "working hours", "个工作小时"), ("h", "h", "小时")):
        if within.endswith(unit):
            number = within.removesuffix(unit)
            return Text(f"answered within {number} {en}", f"{number} {zh}内响应")
    return Text(f"answered within {within}", f"{within} 内响应")
