"""Minutes as people write them: a Markdown form with one section for each kind of thing, in English or Chinese.

A section is a heading (`## Opinions`), what was said is a line each below it (`- lin-yue: The reward is too small.`).
People are named by their key or their name; what stands in brackets behind it, `<!-- comments -->` and blank lines are
passed over. `docs/minutes.md` shows a whole one.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import get_args

from opsflow.kernel.characters import unsafe_character
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import Language, PersonKey, TaskCode
from opsflow.kernel.text import Text
from opsflow.org.model import Organisation
from opsflow.stages.model import Cause, Minute, MinuteKind, Outcome

ATTENDEES, OUTCOME = "attendees", "outcome"
HEADINGS: Mapping[str, Text] = {
    ATTENDEES: Text("Attendees", "与会人"),
    MinuteKind.OPINION: Text("Opinions", "意见"),
    MinuteKind.DIRECTION: Text("Directions", "方向"),
    MinuteKind.QUESTION: Text("Questions", "待定问题"),
    MinuteKind.DECISION: Text("Decisions", "决定"),
    OUTCOME: Text("Outcome", "结论"),
    MinuteKind.CONFIRMATION: Text("Confirmations", "交付确认"),
    MinuteKind.CAUSE: Text("Causes", "原因"),
    MinuteKind.LESSON: Text("Lessons", "经验"),
    MinuteKind.SURPRISE: Text("Surprises", "意外"),
}
HINTS: Mapping[str, Text] = {
    ATTENDEES: Text("Take out who was not there.", "删去未到会的人。"),
    MinuteKind.OPINION: Text('PERSON: what they think, or "none".', "姓名：意见，没有则写“无”。"),
    MinuteKind.QUESTION: Text("What is open @PERSON YYYY-MM-DD", "待定问题 @负责人 YYYY-MM-DD"),
    OUTCOME: Text("- go, - revise or - stop", "- go（通过）、- revise（修改后再议）或 - stop（终止）"),
    MinuteKind.CONFIRMATION: Text("PERSON: TASK, what is delivered, YYYY-MM-DD", "姓名：任务编号，交付内容 YYYY-MM-DD"),
    MinuteKind.CAUSE: Text("process, operation, planning, copy, traffic or other: the cause",
                           "process、operation、planning、copy、traffic 或 other：原因"),
    MinuteKind.LESSON: Text("What was learnt @PERSON YYYY-MM-DD", "经验 @负责人 YYYY-MM-DD"),
}  # fmt: skip
ALWAYS = (ATTENDEES, MinuteKind.OPINION, MinuteKind.QUESTION, MinuteKind.DECISION)
FURTHER: Mapping[str, tuple[str, ...]] = {
    "initial_planning": (MinuteKind.DIRECTION,),
    "decision": (OUTCOME, MinuteKind.CONFIRMATION),
    "hot_debrief": (MinuteKind.SURPRISE,),
    "review": (MinuteKind.CAUSE, MinuteKind.LESSON),
}
"""Which sections a meeting's form has beside those of all."""

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_SAID = re.compile(r"^([^:\uff1a]{1,80})[:\uff1a](.*)$")
_OWNED = re.compile(r"^(.*\S)\s+@(\S.*?)[\s,\uff0c]+(?:by\s+)?(\d{4}-\d\d-\d\d)$")
_DATED = re.compile(r"^(.*?\S)[\s,\uff0c]+(?:by\s+)?(\d{4}-\d\d-\d\d)$")
_TASK = re.compile(r"^([A-Z]{1,3}\d{1,3}(?:\.r\d+)?)(?![\w.])[\s,\uff0c]*(.*)$")
_BRACKET = re.compile(r"\s*[(\uff08][^()\uff08\uff09]*[)\uff09]\s*$")
"""Colons, commas and brackets of either width: a Chinese keyboard writes the wide ones."""


@dataclass(frozen=True, slots=True)
class Minutes:
    """A form that was filled in."""

    attendees: tuple[PersonKey, ...]
    minutes: tuple[Minute, ...]
    outcome: Outcome | None


def blank(
    meeting: str, title: str, invited: Sequence[PersonKey], organisation: Organisation, language: Language
) -> str:
    """The form of a meeting, with who is invited."""
    people = {person: organisation.people[person].name[language] for person in invited}
    lines = [f"# {title}"]
    for section in (*ALWAYS, *FURTHER.get(meeting, ())):
        lines += ["", f"## {HEADINGS[section][language]}"]
        if section in HINTS:
            lines.append(f"<!-- {HINTS[section][language]} -->")
        if section in (ATTENDEES, MinuteKind.OPINION):
            colon = "" if section == ATTENDEES else ":"
            lines += [f"- {person} ({name}){colon}" for person, name in people.items()]
    return "\n".join(lines) + "\n"


def read(text: str, organisation: Organisation, *, file: str) -> Minutes:
    """What a filled-in form says. BadInput names every line that is not clear, by its number."""
    reader = _Reader(organisation, file)
    for number, line in enumerate(_without_comments(text).splitlines(), start=1):
        reader.take(number, line.strip())
    if reader.problems:
        raise BadInput("\n".join(reader.problems))
    return Minutes(tuple(reader.attendees), tuple(reader.minutes), reader.outcome)


def _without_comments(text: str) -> str:
    # A comment's line breaks stay, so that the lines behind it keep their numbers.
    return _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)


@dataclass
class _Reader:
    organisation: Organisation
    file: str
    section: str | None = None
    attendees: list[PersonKey] = field(default_factory=list)
    minutes: list[Minute] = field(default_factory=list)
    outcome: Outcome | None = None
    problems: list[str] = field(default_factory=list)

    def take(self, number: int, line: str) -> None:
        """One line of the form."""
        try:
            self._take(line)
        except _Unclear as unclear:
            self.problems.append(f"{self.file}:{number}: {unclear}")

    def _take(self, line: str) -> None:
        if not line or line.startswith("# "):
            return
        if found := unsafe_character(line):
            raise _Unclear(f"there is a character {found}, which nobody would see. Take it out.")
        if line.startswith("#"):
            self.section = None
            self.section = _section(line.lstrip("#").strip())
        elif not line.startswith(("- ", "* ")):
            raise _Unclear("this line belongs to nothing. Begin it with `- `, or put it into `<!-- -->`.")
        elif self.section is None:
            raise _Unclear("this line stands under no heading that is known.")
        else:
            self._said(self.section, line[2:].strip())

    def _said(self, section: str, said: str) -> None:
        if section == ATTENDEES:
            self._attends(self._person(said))
        elif section == OUTCOME:
            self._ends(said)
        else:
            kind = MinuteKind(section)
            self.minutes.append(_HOW.get(kind, _plain)(self, kind, said))

    def _attends(self, person: PersonKey) -> None:
        if person in self.attendees:
            raise _Unclear(f"{person} is among the attendees already.")
        self.attendees.append(person)

    def _ends(self, said: str) -> None:
        ends = (Outcome.GO, Outcome.REVISE, Outcome.STOP)
        word = said.casefold().rstrip(".。")
        if word not in ends or self.outcome is not None:
            raise _Unclear(f"expected one of {', '.join(ends)}, once; found `{said}`.")
        self.outcome = Outcome(word)

    def _person(self, written: str) -> PersonKey:
        name = _BRACKET.sub("", written).strip().lstrip("@")
        people = self.organisation.people
        if name in people:
            return PersonKey(name)
        called = [key for key, person in people.items() if name in (person.name.en, person.name.zh)]
        if len(called) == 1:
            return called[0]
        if called:
            raise _Unclear(f"several people are called `{name}`; write one of {', '.join(called)}.")
        close = get_close_matches(name, people, n=3)
        hint = f"Did you mean {', '.join(close)}?" if close else "People are listed in org.yaml."
        raise _Unclear(f"nobody is called `{name}`. {hint}")

    def opinion(self, kind: MinuteKind, said: str) -> Minute:
        """`PERSON: what they think`."""
        found = _SAID.match(said)
        if found is None:
            raise _Unclear("expected `PERSON: what they said`.")
        person, words = self._person(found[1]), found[2].strip()
        if not words:
            raise _Unclear(f"nothing is written for {person}. Write what they think, or `none`.")
        return Minute(kind, Text.both(words), person=person)

    def owned(self, kind: MinuteKind, said: str) -> Minute:
        """`what it is @PERSON YYYY-MM-DD`."""
        found = _OWNED.match(said)
        if found is None:
            raise _Unclear(f"a {kind} has an owner and a date: end it with `@PERSON YYYY-MM-DD`.")
        return Minute(kind, Text.both(found[1]), owner=self._person(found[2]), due=_day(found[3]))

    def confirmation(self, kind: MinuteKind, said: str) -> Minute:
        """`PERSON: TASK, what is delivered, YYYY-MM-DD`; task and date may be left out."""
        plain = self.opinion(kind, said)
        words, due, task = plain.text.en, None, None
        if dated := _DATED.match(words):
            words, due = dated[1], _day(dated[2])
        if of := _TASK.match(words):
            task, words = TaskCode(of[1]), of[2] or of[1]
        return Minute(kind, Text.both(words), person=plain.person, due=due, task=task)

    def cause(self, kind: MinuteKind, said: str) -> Minute:
        """`process: what it was`."""
        found = _SAID.match(said)
        sort = next((cause for cause in _CAUSES if found and found[1].strip().casefold() == cause), None)
        if found is None or sort is None or not found[2].strip():
            raise _Unclear(f"expected one of {', '.join(_CAUSES)}, a colon, and the cause.")
        return Minute(kind, Text.both(found[2].strip()), cause=sort)


def _plain(_reader: _Reader, kind: MinuteKind, said: str) -> Minute:
    if not said:
        raise _Unclear("nothing is written here. Write it, or take the line out.")
    return Minute(kind, Text.both(said))


_HOW: Mapping[MinuteKind, Callable[[_Reader, MinuteKind, str], Minute]] = {
    MinuteKind.OPINION: _Reader.opinion,
    MinuteKind.QUESTION: _Reader.owned,
    MinuteKind.LESSON: _Reader.owned,
    MinuteKind.CONFIRMATION: _Reader.confirmation,
    MinuteKind.CAUSE: _Reader.cause,
}
"""How a line of each kind is read; those that are not here are plain words."""
_CAUSES: tuple[Cause, ...] = get_args(Cause)


class _Unclear(Exception):
    """Why a line cannot be read."""


def _section(heading: str) -> str:
    for section, text in HEADINGS.items():
        if heading.casefold() in (text.en.casefold(), text.zh):
            return section
    names = _names()
    close = get_close_matches(heading.capitalize(), list(names), n=1)
    hint = f"Did you mean {close[0]}?" if close else f"Headings are {', '.join(names)}."
    raise _Unclear(f"there is no section `{heading}`. {hint}")


def _names() -> tuple[str, ...]:
    return tuple(text.en for text in HEADINGS.values())


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise _Unclear(f"there is no day {written}.") from error
