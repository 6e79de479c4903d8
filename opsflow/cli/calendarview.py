"""What calendars look like: the months of a year, the days a file would change, the tasks that would move."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from opsflow.campaigns.moves import USUAL, ChangedDay, Comparison, Move
from opsflow.campaigns.plan import Infeasible, Plan, PlannedTask
from opsflow.kernel.terms import Language, PersonKey
from opsflow.kernel.text import Text
from opsflow.kernel.zoned import local_date
from opsflow.org.model import DayOverride
from opsflow.workdays.model import CalendarYear, WorkCalendar
from opsflow.workdays.schedule import OfficialYear

_WEEKDAYS = (
    Text("Mon", "周一"), Text("Tue", "周二"), Text("Wed", "周三"), Text("Thu", "周四"),
    Text("Fri", "周五"), Text("Sat", "周六"), Text("Sun", "周日"),
)  # fmt: skip
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_OFFICIAL, _PROVISIONAL = Text("official", "正式"), Text("provisional", "暂定")
_NOT_PUBLISHED = Text(
    "The official calendar of {year} is not published: these days are a guess. When it is, `opsflow calendar import FILE` "
    "shows what moves.",
    "{year} 年官方放假安排尚未公布，以下日期为推算。公布后可用 `opsflow calendar import FILE` 查看影响。",
)
_OFF, _MADE_UP, _HOUSE = Text("off", "放假"), Text("make-up", "调休"), Text("house", "公司")
_NOW_OFF, _NOW_WORKED = Text("off: {why}", "放假：{why}"), Text("worked: {why}", "上班：{why}")
_COUNT, _COUNTS = Text("{count} working day", "{count} 个工作日"), Text("{count} working days", "{count} 个工作日")
_WEEKEND = Text("weekend: {days}", "周末：{days}")


def year_text(
    calendar: WorkCalendar, number: int, *, title: str, house: Mapping[date, DayOverride], language: Language
) -> Iterator[str]:
    """A year, month by month: days off, make-up days, days of the house; plain weekends are only named."""
    year = calendar.year(number)
    state = (_OFFICIAL if year.official else _PROVISIONAL)[language]
    weekend = "、" if language == "zh" else ", "
    weekdays = weekend.join(_WEEKDAYS[n][language] for n in sorted({day.weekday() for day in year.weekend}))
    yield f"{title} · {state} · {_counted(calendar.count(date(number, 1, 1), date(number, 12, 31)), language)}"
    yield _WEEKEND[language].format(days=weekdays)
    if not year.official:
        yield _NOT_PUBLISHED[language].format(year=number)
    for month in range(1, 13):
        first = date(number, month, 1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        name = f"{month} 月" if language == "zh" else _MONTHS[month - 1]
        yield ""
        yield f"{name} · {_counted(calendar.count(first, last), language)}"
        yield from (f"  {line}" for line in _month(year, first, last, house, language))


def _counted(count: int, language: Language) -> str:
    return (_COUNT if count == 1 else _COUNTS)[language].format(count=count)


def _month(
    year: CalendarYear, first: date, last: date, house: Mapping[date, DayOverride], language: Language
) -> Iterator[str]:
    for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
        if day in house:
            words = _NOW_WORKED if house[day].works else _NOW_OFF
            kind, why = _HOUSE, words[language].format(why=house[day].reason[language])
        elif day in year.made_up:
            kind, why = _MADE_UP, year.made_up[day][language]
        elif day in year.off:
            kind, why = _OFF, year.off[day][language]
        else:
            continue
        yield f"{kind[language]:<{8 if language == 'en' else 3}} {day_text(day, language)}  {why}"


def day_text(day: date, language: Language) -> str:
    """A day with its day of the week."""
    return f"{_WEEKDAYS[day.weekday()][language]} {day}"


_CHANGES = Text("Days that change: {count}", "变化的日期：{count}")
_NO_CHANGE = Text("No working day changes.", "工作日无变化。")
_BECOMES_OFFICIAL = Text("{year} becomes official.", "{year} 年由暂定转为正式。")


def changes_text(changes: list[ChangedDay], official: list[int], language: Language) -> Iterator[str]:
    """The days that are worked before and not after, or the other way round."""
    yield from (_BECOMES_OFFICIAL[language].format(year=year) for year in official)
    if not changes:
        yield _NO_CHANGE[language]
        return
    yield _CHANGES[language].format(count=len(changes))
    for change in changes:
        words = _NOW_WORKED if change.works else _NOW_OFF
        why = change.after[language]
        after = why if change.after == USUAL else words[language].format(why=why)
        yield f"  {day_text(change.day, language)}  {change.before[language]} -> {after}"


_MOVES = Text("{campaign}: {moved} of {total} tasks move", "{campaign}：{total} 个任务中有 {moved} 个移动")
_STAYS = Text("{campaign}: nothing moves", "{campaign}：无变化")
_UNHURRIED = Text(
    "  (does not fit from today on; compared as it was laid out when there was time)",
    "  （自今日起已排不下；按时间充足时的排期比较）",
)
_SETTLED = Text("  (no longer provisional)", "  （不再是暂定）")
_NO_LONGER = Text(
    "{campaign}: would no longer fit, by {short} working day(s); the earliest launch would be {day}",
    "{campaign}：将排不下，差 {short} 个工作日；最早可上线日为 {day}",
)
_NEVER = Text("{campaign}: does not fit, before or after", "{campaign}：调整前后均排不下")
_FITS = Text("{campaign}: would fit now", "{campaign}：将可排下")


def comparison_text(
    found: Comparison, *, campaign: str, zone: ZoneInfo, people: Mapping[PersonKey, Text], language: Language
) -> Iterator[str]:
    """What becomes of one campaign, task by task."""
    if isinstance(found.after, Infeasible):
        words = _NO_LONGER if isinstance(found.before, Plan) else _NEVER
        day, short = found.after.earliest_launch, found.after.short_by_working_days
        yield words[language].format(campaign=campaign, short=short, day=day_text(day, language))
        yield from (f"  {warning[language]}" for warning in found.after.warnings)
        return
    if isinstance(found.before, Infeasible):
        yield _FITS[language].format(campaign=campaign)
        return
    moved = found.moves
    words = _MOVES if moved else _STAYS
    yield words[language].format(campaign=campaign, moved=len(moved), total=len(found.before.tasks))
    if found.unhurried:
        yield _UNHURRIED[language]
    if found.before.provisional and not found.after.provisional:
        yield _SETTLED[language]
    yield from (f"  {_move(move, zone, people, language)}" for move in moved)


def _move(move: Move, zone: ZoneInfo, people: Mapping[PersonKey, Text], language: Language) -> str:
    old, new = (_dates(task, zone, language) for task in (move.before, move.after))
    who = ""
    if move.before.owner != move.after.owner:
        who = f" ({people[move.before.owner][language]} -> {people[move.after.owner][language]})"
    return f"{move.before.id} {move.before.title[language]}: {old} -> {new}{who}"


def _dates(task: PlannedTask, zone: ZoneInfo, language: Language) -> str:
    first, last = local_date(task.start, zone), local_date(task.due, zone)
    if first == last:
        return day_text(first, language)
    return f"{day_text(first, language)} - {day_text(last, language)}"


def house_yaml(days: tuple[DayOverride, ...]) -> Iterator[str]:
    """Days of the house as they stand in org.yaml."""
    for one in days:
        yield f"  - {{day: {one.day}, works: {str(one.works).lower()}, reason: {_text_yaml(one.reason)}}}"


def schedule_yaml(schedule: OfficialYear) -> Iterator[str]:
    """A published year as the file it is kept in."""
    yield f"country: {schedule.country}"
    yield f"year: {schedule.year}"
    yield "off:"
    for off in schedule.off:
        yield f"  - {{first: {off.first}, last: {off.last or off.first}, name: {_text_yaml(off.name)}}}"
    if schedule.worked:
        yield "worked:"
    for worked in schedule.worked:
        instead = f", instead_of: {worked.instead_of}" if worked.instead_of else ""
        yield f"  - {{day: {worked.day}{instead}}}"


def _text_yaml(text: Text) -> str:
    """Quoted as JSON, which is YAML whatever stands in it."""
    en, zh = (json.dumps(part, ensure_ascii=False) for part in (text.en, text.zh))
    return en if en == zh else f"{{en: {en}, zh: {zh}}}"
