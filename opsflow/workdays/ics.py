"""Reads days off and make-up working days from an iCalendar file, with the line of everything that is wrong in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from icalendar.parser import Contentline

from opsflow.kernel.characters import composed, unsafe_character
from opsflow.kernel.yamlfile import BadFile, Problem
from opsflow.workdays.model import FIRST_YEAR, LAST_YEAR

MAX_DAYS = 366
_DATE = re.compile(r"(\d{8})(T000000Z?)?")
_WORKED = re.compile(r"[（(]班[)）]|补班|上班|make-?up|working day|workday", re.IGNORECASE)
_OFF = re.compile(r"[（(]休[)）]|放假|day off", re.IGNORECASE)
_MARK = re.compile(r"\s*[（(][休班][)）]|\s*第\s*\d+\s*天\s*[/／]\s*共\s*\d+\s*天")


@dataclass(frozen=True, slots=True)
class DayEvent:
    """One all-day event: days off, or days of a weekend that are worked."""

    line: int
    first: date
    last: date
    name: str
    works: bool

    @property
    def days(self) -> Iterator[date]:
        """Every day of it."""
        return (self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))


class _Line(NamedTuple):
    number: int
    name: str
    value: str


class _BadLine(Exception):
    """A line that cannot be used."""

    def __init__(self, number: int, message: str, hint: str) -> None:
        self.problem = (number, message, hint)


def is_ics(path: Path, text: str) -> bool:
    """Whether a file is an iCalendar file, by its name or its first line."""
    return path.suffix.lower() == ".ics" or text.lstrip().upper().startswith("BEGIN:VCALENDAR")


def day_events(path: Path, text: str) -> tuple[DayEvent, ...]:
    """Every event of a file, in order; cancelled ones are left out. BadFile names every line that cannot be used."""
    problems, found = list[Problem](), list[DayEvent]()
    try:
        for lines in _events(text):
            try:
                event = _event(lines)
            except _BadLine as bad:
                problems.append(_problem(path, bad))
            else:
                found += [event] if event else []
    except _BadLine as bad:
        problems.append(_problem(path, bad))
    if not problems and not found:
        problems.append(
            Problem(str(path), 1, 1, "there is no event in this file", "Expected BEGIN:VEVENT ... END:VEVENT.")
        )
    if problems:
        raise BadFile(problems)
    return tuple(sorted(found, key=lambda event: (event.first, event.line)))


def _problem(path: Path, bad: _BadLine) -> Problem:
    number, message, hint = bad.problem
    return Problem(str(path), number, 1, message, hint)


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Each content line with the number of its first line; a line that begins with a blank goes on with the one before."""
    number, whole = 0, ""
    for at, line in enumerate(text.splitlines(), start=1):
        if line[:1] in {" ", "\t"} and whole:
            whole += line[1:]
            continue
        if whole.strip():
            yield number, whole
        number, whole = at, line
    if whole.strip():
        yield number, whole


def _lines(text: str) -> Iterator[_Line]:
    for number, line in _unfolded(text):
        if character := unsafe_character(line):
            raise _BadLine(number, f"the character {character} is not allowed", "Remove it.")
        try:
            name, _, value = Contentline(line).parts()  # type: ignore[no-untyped-call]  # icalendar: __new__ has no types
        except ValueError as error:
            raise _BadLine(number, "this is no line of iCalendar", "Expected `NAME:value`.") from error
        yield _Line(number, name.upper(), value.strip())


def _events(text: str) -> Iterator[list[_Line]]:
    """The lines of each event, its own parts (alarms) left out; the first is its BEGIN."""
    open_parts: list[_Line] = []
    event: list[_Line] = []
    for line in _lines(text):
        if line.name == "BEGIN":
            open_parts.append(line)
            if line.value.upper() == "VEVENT":
                event = [line]
        elif line.name == "END":
            _close(open_parts, line)
            if line.value.upper() == "VEVENT":
                yield event
        elif not open_parts:
            raise _BadLine(line.number, "this stands outside of a calendar", "The first line is BEGIN:VCALENDAR.")
        elif open_parts[-1].value.upper() == "VEVENT":
            event.append(line)
    if open_parts:
        raise _BadLine(open_parts[-1].number, f"BEGIN:{open_parts[-1].value} has no end", "The file may be cut off.")


def _close(open_parts: list[_Line], line: _Line) -> None:
    if not open_parts or open_parts[-1].value.upper() != line.value.upper():
        raise _BadLine(line.number, f"END:{line.value} ends nothing that was begun", "The file may be cut off.")
    open_parts.pop()


def _event(lines: list[_Line]) -> DayEvent | None:
    by_name = {line.name: line for line in reversed(lines)}
    if "STATUS" in by_name and by_name["STATUS"].value.upper() == "CANCELLED":
        return None
    for name in ("RRULE", "RDATE", "DURATION"):
        if name in by_name:
            raise _BadLine(
                by_name[name].number, f"{name} is not read here", "Write every day out, with DTSTART and DTEND."
            )
    if "DTSTART" not in by_name:
        raise _BadLine(lines[0].number, "this event has no DTSTART", "Expected DTSTART;VALUE=DATE:20271001.")
    first = _day(by_name["DTSTART"])
    last = _last(by_name["DTEND"], first) if "DTEND" in by_name else first
    # An escaped line break within a name is a blank: a name stands on one line.
    summary = composed(" ".join(by_name["SUMMARY"].value.split())) if "SUMMARY" in by_name else ""
    marks = f"{summary} {by_name['CATEGORIES'].value}" if "CATEGORIES" in by_name else summary
    works = bool(_WORKED.search(marks)) and not _OFF.search(marks)
    if not summary:
        raise _BadLine(lines[0].number, "this event has no SUMMARY", "Expected the name of the day.")
    return DayEvent(lines[0].number, first, last, _MARK.sub("", summary).strip() or summary, works)


def _last(line: _Line, first: date) -> date:
    last = _day(line) - timedelta(days=1)  # iCalendar's end is the first day that is no longer part of it
    if last < first:
        raise _BadLine(
            line.number, f"the event ends before it begins ({first})", "DTEND is the day after the last one."
        )
    if (last - first).days >= MAX_DAYS:
        raise _BadLine(line.number, f"the event is longer than {MAX_DAYS} days", "Correct DTEND.")
    return last


def _day(line: _Line) -> date:
    match = _DATE.fullmatch(line.value)
    try:
        day = date.fromisoformat(match[1]) if match else None
    except ValueError:
        day = None
    if day is not None and FIRST_YEAR <= day.year <= LAST_YEAR:
        return day
    hint = "Expected a whole day, such as 20271001."
    raise _BadLine(line.number, f"{line.name} is not a day: `{line.value[:40]}`", hint)
