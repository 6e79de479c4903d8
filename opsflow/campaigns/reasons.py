"""The planner's words: why a task starts and ends when it does, and what would move it, in both languages."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

from opsflow.campaigns.schedule import Cause, Slot
from opsflow.kernel.terms import Level, TaskCode
from opsflow.kernel.text import Text
from opsflow.sop.model import LevelPolicy
from opsflow.workdays.model import SpecialDay, WorkCalendar

_WEEKDAYS = (
    Text("Mon", "周一"), Text("Tue", "周二"), Text("Wed", "周三"), Text("Thu", "周四"),
    Text("Fri", "周五"), Text("Sat", "周六"), Text("Sun", "周日"),
)  # fmt: skip


def say(en: str, zh: str, **values: Text | str | int | date) -> Text:
    """Fill one phrase in both languages; dates appear with their day of the week."""
    texts = {name: _text(value) for name, value in values.items()}
    return Text(
        en.format(**{name: text.en for name, text in texts.items()}),
        zh.format(**{name: text.zh for name, text in texts.items()}),
    )


def joined(texts: Sequence[Text], en: str = ", ", zh: str = "、") -> Text:
    """Several texts as one list."""
    return Text(en.join(text.en for text in texts), zh.join(text.zh for text in texts))


@lru_cache(maxsize=512)
def working_days(count: int) -> Text:
    """A number of working days."""
    return Text(f"{count} working day{'' if count == 1 else 's'}", f"{count} 个工作日")


def _text(value: Text | str | int | date) -> Text:
    if isinstance(value, Text):
        return value
    return _day(value) if isinstance(value, date) else Text.both(str(value))


@lru_cache(maxsize=4096)
def _day(value: date) -> Text:
    weekday = _WEEKDAYS[value.weekday()]
    return Text(f"{weekday.en} {value}", f"{value}（{weekday.zh}）")


@dataclass(frozen=True, slots=True)
class Grounds:
    """What the dates of one campaign rest on."""

    calendar: WorkCalendar
    level: Level
    policy: LevelPolicy
    launch: date
    last_live: date
    slots: Mapping[TaskCode, Slot]
    launch_index: int
    """The ordinal of the launch day, or of the first working day after it."""
    _skipped: dict[tuple[date, date], tuple[Text, ...]] = field(default_factory=dict)
    _days: dict[int, date] = field(default_factory=dict)

    def day(self, ordinal: int) -> date:
        found = self._days.get(ordinal)
        if found is None:
            found = self._days[ordinal] = self.calendar.at(ordinal)
        return found

    def skips(self, first: date, last: date) -> tuple[Text, ...]:
        """The days between two others that are not usual working days, in words; remembered, for many tasks ask."""
        span = (first, last)
        if span not in self._skipped:
            self._skipped[span] = _between(self.calendar, first, last)
        return self._skipped[span]


def because(slot: Slot, grounds: Grounds) -> tuple[Text, ...]:
    """Every reason for the dates of one task: its start, its length, the days skipped, its float, what would move it."""
    return (
        _start(slot, grounds),
        _length(slot, grounds),
        *_skips(slot, grounds),
        _float(slot, grounds),
        _mover(slot, grounds),
    )


def _start(slot: Slot, grounds: Grounds) -> Text:
    if slot.cause is Cause.FOLLOWS:
        return _follows(slot, grounds)
    en, zh = _STARTS[slot.cause]
    return say(en, zh, **_values(slot, grounds))


def _follows(slot: Slot, grounds: Grounds) -> Text:
    # Written out, as are the other sentences that nearly every task has: `say` would cost half of all planning.
    tasks = _named(tuple((code, grounds.slots[code].task.title) for code in slot.binding))
    day = _day(grounds.day(max(grounds.slots[code].last for code in slot.binding)))
    return Text(f"Follows {tasks.en} (finished {day.en}).", f"在 {tasks.zh} 之后（{day.zh}完成）。")


@lru_cache(maxsize=4096)
def _named(tasks: tuple[tuple[TaskCode, Text], ...]) -> Text:
    return joined([Text(f"{code} {title.en}", f"{code} {title.zh}") for code, title in tasks])


_STARTS: Mapping[Cause, tuple[str, str]] = {
    Cause.FIRST_DAY: (
        "Starts on {first}: {lead} working days of lead (level {level}) and {before} before, to the launch on {launch}.",
        "{first}开始：距上线日 {launch}提前 {lead} 个工作日（{level} 级），此前另需 {before} 个。",
    ),
    Cause.TODAY: (
        "Starts on {first}, the first working day from today: the usual first day has passed.",
        "{first}（今日起首个工作日）开始：通常的起始日已过。",
    ),
    Cause.MEETING: (
        "Starts on {first}: the first meeting is {lead} working days before the launch on {launch} (level {level}).",
        "{first}开始：首次会议在上线日 {launch}前 {lead} 个工作日（{level} 级）。",
    ),
    Cause.BUILD: (
        "Starts on {first}: preparation begins {build} working days before the launch on {launch} (level {level}).",
        "{first}开始：执行准备在上线日 {launch}前 {build} 个工作日启动（{level} 级）。",
    ),
    Cause.PIN: (
        "Held on {first}, {ahead} before the launch on {launch}.",
        "固定在 {first}，即上线日 {launch}前 {ahead}。",
    ),
    Cause.LATE: (
        "Laid as late as possible: {first}, {ahead} before the launch on {launch}.",
        "尽量靠后安排：{first}，即上线日 {launch}前 {ahead}。",
    ),
    Cause.FREEZE: (
        "Laid as late as possible: {first}; the freeze is at the latest {freeze} working days before the launch on {launch}.",
        "尽量靠后安排：{first}；封版最迟在上线日 {launch}前 {freeze} 个工作日。",
    ),
    Cause.END: (
        "Starts on {first}, the first working day after the last live day {end}.",
        "{first}开始，即活动最后一天 {end}之后的首个工作日。",
    ),
    Cause.MATURED: (
        "Starts on {first}, the first working day not before calendar day {matured} after the last live day {end}.",
        "{first}开始，即活动最后一天 {end}后第 {matured} 个自然日起的首个工作日。",
    ),
    Cause.DEBRIEF: (
        "On {first}: the hot debrief is at the earliest {debrief} working days after the end on {end} (level {level}).",
        "{first}：热复盘最早在结束日 {end}后 {debrief} 个工作日（{level} 级）。",
    ),
    Cause.REVIEW: (
        "On {first}: the review is at the earliest {review} working days after the end on {end} (level {level}).",
        "{first}：复盘最早在结束日 {end}后 {review} 个工作日（{level} 级）。",
    ),
}


def _values(slot: Slot, grounds: Grounds) -> dict[str, Text | str | int | date]:
    policy = grounds.policy
    first = grounds.day(slot.first)
    ahead = grounds.launch_index - slot.first
    pin = slot.task.pin.days.get(grounds.level, 0) if slot.task.pin else 0
    return {
        "first": first,
        "launch": grounds.launch,
        "end": grounds.last_live,
        "level": grounds.level.value,
        "lead": policy.first_meeting,
        "build": policy.build,
        "freeze": policy.freeze or 0,
        "debrief": policy.hot_debrief or 0,
        "review": policy.review,
        "matured": pin,
        "ahead": working_days(ahead),
        "before": max(ahead - policy.first_meeting, 0),
    }


def _length(slot: Slot, grounds: Grounds) -> Text:
    last = _day(grounds.day(slot.last))
    if not slot.days:
        return Text(f"Takes no day of its own: due the same day, {last.en}.", f"不占工期：当日 {last.zh}到期。")
    days, first = working_days(slot.days), _day(grounds.day(slot.first))
    if slot.days == 1:
        return Text(f"Takes {days.en}: due {last.en}.", f"工期 {days.zh}：{last.zh}到期。")
    return Text(f"Takes {days.en}: {first.en} to {last.en}.", f"工期 {days.zh}：{first.zh}至 {last.zh}。")


def _skips(slot: Slot, grounds: Grounds) -> tuple[Text, ...]:
    """The days skipped in what was counted: back from the launch, on from the end, or since the last predecessor."""
    first, last = grounds.day(slot.first), grounds.day(slot.last)
    if slot.cause is Cause.FOLLOWS:
        first = grounds.day(max(grounds.slots[code].last for code in slot.binding))
    elif slot.cause in {Cause.END, Cause.MATURED, Cause.DEBRIEF, Cause.REVIEW}:
        first = grounds.last_live + timedelta(days=1)
    elif slot.cause is not Cause.TODAY:
        last = grounds.launch - timedelta(days=1)
    return grounds.skips(first, last)


def special_days(days: Sequence[SpecialDay]) -> tuple[Text, ...]:
    """Days off and make-up days in words; plain weekends are only counted."""
    return _in_words(
        tuple(day for day in days if day.works or not day.weekend),
        weekends=sum(day.weekend and not day.works for day in days),
    )


def _between(calendar: WorkCalendar, first: date, last: date) -> tuple[Text, ...]:
    """The same for a span, without looking at each of its days: weekends are what is neither worked nor special."""
    special: tuple[SpecialDay, ...] = ()
    for year in range(first.year, last.year + 1):
        days, exceptions = _exceptions(calendar, year)
        special += exceptions[bisect_left(days, first) : bisect_right(days, last)]
    off = sum(not day.works for day in special)
    return _in_words(special, weekends=max((last - first).days + 1, 0) - calendar.count(first, last) - off)


@lru_cache(maxsize=256)
def _exceptions(calendar: WorkCalendar, year: int) -> tuple[list[date], tuple[SpecialDay, ...]]:
    """The days of a year that are neither usual working days nor plain weekends, and their dates."""
    skipped = calendar.skipped(date(year, 1, 1), date(year, 12, 31))
    special = tuple(day for day in skipped if day.works or not day.weekend)
    return [day.day for day in special], special


def _in_words(special: tuple[SpecialDay, ...], *, weekends: int) -> tuple[Text, ...]:
    if not weekends:
        return (*_off(special), *_worked(special))
    return (*_off(special), _weekends(weekends), *_worked(special))


# The tasks of all campaigns are laid around the same few holidays.
@lru_cache(maxsize=4096)
def _off(special: tuple[SpecialDay, ...]) -> tuple[Text, ...]:
    off = _runs([day for day in special if not day.works])
    return (say("Days off skipped: {off}.", "跳过休息日：{off}。", off=joined(off)),) if off else ()


@lru_cache(maxsize=512)
def _weekends(count: int) -> Text:
    return Text(f"Weekend days skipped: {count}.", f"跳过周末 {count} 天。")


@lru_cache(maxsize=4096)
def _worked(special: tuple[SpecialDay, ...]) -> tuple[Text, ...]:
    worked = [say("{day} ({why})", "{day}{why}", day=day.day, why=day.reason) for day in special if day.works]
    return (say("Counted as working days: {days}.", "计入工作日：{days}。", days=joined(worked)),) if worked else ()


def _runs(days: Sequence[SpecialDay]) -> list[Text]:
    """Days off with the same name on end, as one span."""
    runs: list[list[SpecialDay]] = []
    for day in days:
        if runs and runs[-1][-1].reason == day.reason and runs[-1][-1].day + timedelta(days=1) == day.day:
            runs[-1].append(day)
        else:
            runs.append([day])
    return [_run(run[0].day, run[-1].day, run[0].reason) for run in runs]


def _run(first: date, last: date, name: Text) -> Text:
    if first == last:
        return say("{first} {name}", "{first}{name}", first=first, name=name)
    return say("{first} to {last} {name}", "{first}至 {last}{name}", first=first, last=last, name=name)


_LAUNCH, _LAST = Text("the launch", "上线"), Text("the last task of the campaign", "活动最后一个任务")


def _float(slot: Slot, grounds: Grounds) -> Text:
    what = _LAUNCH if slot.last < grounds.launch_index else _LAST
    if slot.cause is Cause.PIN:
        return say("Held on its day; it does not slip.", "固定日期，不可推迟。")
    if slot.float_days <= 0:
        return say("No float: a day later moves {what}.", "无浮动：晚一天即推迟{what}。", what=what)
    latest, days = _day(grounds.day(slot.latest_last)), working_days(slot.float_days)
    return Text(
        f"May finish as late as {latest.en} ({days.en} of float) without moving {what.en}.",
        f"最迟可到 {latest.zh}完成（浮动 {days.zh}）而不推迟{what.zh}。",
    )


_MOVERS: Mapping[Cause, tuple[str, str]] = {
    Cause.FIRST_DAY: (
        "Moves with the launch, or with `first_meeting` of level {level} in the SOP.",
        "随上线日移动，或修改 SOP 中 {level} 级的 `first_meeting`。",
    ),
    Cause.TODAY: ("Moves with today, or with the launch.", "随今日或上线日移动。"),
    Cause.BUILD: (
        "Moves with the launch, or with `build` of level {level} in the SOP.",
        "随上线日移动，或修改 SOP 中 {level} 级的 `build`。",
    ),
    Cause.FREEZE: (
        "Moves with the launch, or with `freeze` of level {level} in the SOP.",
        "随上线日移动，或修改 SOP 中 {level} 级的 `freeze`。",
    ),
    Cause.PIN: ("Moves with the launch, or with its `pin` in the SOP.", "随上线日移动，或修改 SOP 中该任务的 `pin`。"),
    Cause.LATE: ("Moves only with the launch.", "仅随上线日移动。"),
    Cause.END: ("Moves only with the end of the live window.", "仅随活动结束时间移动。"),
    Cause.MATURED: (
        "Moves with the end of the live window, or with its `pin` in the SOP.",
        "随活动结束时间移动，或修改 SOP 中该任务的 `pin`。",
    ),
    Cause.DEBRIEF: (
        "Moves with the end of the live window, or with `hot_debrief` of level {level} in the SOP.",
        "随活动结束时间移动，或修改 SOP 中 {level} 级的 `hot_debrief`。",
    ),
    Cause.REVIEW: (
        "Moves with the end of the live window, or with `review` of level {level} in the SOP.",
        "随活动结束时间移动，或修改 SOP 中 {level} 级的 `review`。",
    ),
}
_MOVERS = {**_MOVERS, Cause.MEETING: _MOVERS[Cause.FIRST_DAY]}


def _mover(slot: Slot, grounds: Grounds) -> Text:
    return _moves_with(slot.cause, slot.binding, grounds.level)


@lru_cache(maxsize=4096)
def _moves_with(cause: Cause, binding: tuple[TaskCode, ...], level: Level) -> Text:
    if cause is Cause.FOLLOWS:
        codes = joined([Text.both(code) for code in binding], " and ", "和")
        return say(
            "Starts earlier only after an earlier finish of {codes}.",
            "仅当 {codes} 提前完成才能提前开始。",
            codes=codes,
        )
    en, zh = _MOVERS[cause]
    return say(en, zh, level=level.value)


def launch_reasons(launch: date, works: bool) -> tuple[Text, ...]:  # noqa: FBT001 - read from the calendar one line above the call
    """Why the launch is on its day."""
    first = say("The live window opens on {day}.", "活动窗口于 {day}开启。", day=launch)
    if works:
        return (first,)
    off = Text(
        "It is not a working day; the go-live decision is on the last working day before it.",
        "当日非工作日，上线检查在此前最后一个工作日完成。",
    )
    return first, off


def live_reasons(rule: Text, times: int) -> tuple[Text, ...]:
    """Why a live task comes round when it does."""
    first = say("While the campaign is live: {rule}.", "活动进行中：{rule}。", rule=rule)
    if not times:
        return (first,)
    return first, say("Comes round {times} time(s) in the live window.", "活动窗口内共 {times} 次。", times=times)


def stand_in(deputy: Text, person: Text, *, wrote: bool) -> Text:
    """Why somebody else does it."""
    if wrote:
        return say(
            "{deputy} approves instead of {person}: nobody approves what they wrote.",
            "由 {deputy} 代 {person} 审批：不得审批自己撰写的内容。",
            deputy=deputy, person=person,
        )  # fmt: skip
    return say(
        "{deputy} stands in for {person}, who is away on its first or due day.",
        "{deputy} 代 {person}：其在起始日或到期日不在岗。",
        deputy=deputy, person=person,
    )  # fmt: skip
