"""What the columns of a file of answers mean: a row becomes one person's answer, or is refused with its reason. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from opsflow.campaigns.surveyfile import LONGEST_WORDS, Question
from opsflow.feedback.answers.model import Answer, check_time
from opsflow.feedback.columns import WHO, instant, named, plain_name
from opsflow.feedback.surveys.model import Opened
from opsflow.kernel.errors import BadInput
from opsflow.kernel.rowfile import Row

ALIASES: Mapping[str, tuple[str, ...]] = {
    **WHO,
    "answer": ("答卷编号", "编号", "序号", "id", "answer_id", "response_id"),
    "at": ("提交时间", "提交答卷时间", "submitted_at", "answered_at", "时间", "time"),
}
"""The columns that are no question, each with what else it may be called."""
LONGEST_ID = 200
_BETWEEN = re.compile(r"[;；|｜、┋\n]")
"""What stands between several choices in one cell."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads rows of answers to one survey. A question's column is named by its id or by its title in either language."""

    opened: Opened
    launch: datetime
    zone: ZoneInfo
    columns: Mapping[str, tuple[str, ...]]

    def answer(self, row: Row, now: datetime) -> Answer:
        """A row of answers. BadInput: why it is none."""
        values = named(row, self.columns)
        who = {name: values[name] for name in WHO if name in values}
        id_ = values.get("answer", "")
        if not who and not id_:
            raise BadInput(f"it has neither `answer` (the tool's own number of it) nor one of {', '.join(WHO)}")
        if len(id_) > LONGEST_ID:
            raise BadInput(f"`answer` has {len(id_)} characters, {LONGEST_ID} at most")
        given = instant(values["at"], self.zone, "at") if "at" in values else None
        at = check_time(self.opened, self.launch, given, now)
        choices: dict[str, tuple[str, ...]] = {}
        words: dict[str, str] = {}
        for question in self.opened.survey.questions:
            text = values.get(_column(question.id), "")
            if text and question.kind == "text":
                words[question.id] = _words(text, question)
            elif text:
                choices[question.id] = chosen(question, text)
        if not choices and not words:
            raise BadInput("it answers nothing")
        return Answer(row.line, who, id_, at, choices, words)


def reader(opened: Opened, launch: datetime, zone: ZoneInfo) -> Reader:
    """What reads the answers to a survey."""
    taken = {alias for name, others in ALIASES.items() for alias in (name, *others)}
    columns = dict(ALIASES)
    for question in opened.survey.questions:
        titles = dict.fromkeys(plain_name(title) for title in (question.id, question.title.en, question.title.zh))
        free = tuple(title for title in titles if title not in taken)
        taken |= set(free)
        columns[_column(question.id)] = free
    return Reader(opened, launch, zone, columns)


def chosen(question: Question, text: str) -> tuple[str, ...]:
    """What was chosen, as it is kept: by option id or its title in either language. BadInput: it cannot be chosen."""
    if question.kind != "choice":
        if text not in question.choices:
            first, last = question.choices[0], question.choices[-1]
            raise BadInput(f"`{question.id}` is a whole number from {first} to {last}, not {text[:30]!r}")
        return (text,)
    known = {
        plain_name(name): option.id
        for option in question.options
        for name in (option.title.en, option.title.zh, option.id)
    }
    whole = known.get(plain_name(text))
    if whole is not None:
        return (whole,)
    parts = [part for part in map(plain_name, _BETWEEN.split(text)) if part]
    unknown = next((part for part in parts if part not in known), None)
    if unknown is not None or not parts:
        raise BadInput(f"`{question.id}` has no option {(unknown or text)[:40]!r}: {', '.join(question.choices)}")
    found = tuple(dict.fromkeys(known[part] for part in parts))
    if len(found) > 1 and not question.many:
        raise BadInput(f"`{question.id}` takes one option, not {len(found)}")
    return found


def _words(text: str, question: Question) -> str:
    if len(text) > LONGEST_WORDS:
        raise BadInput(f"`{question.id}` has {len(text)} characters, {LONGEST_WORDS} at most")
    return text


def _column(question: str) -> str:
    """The name that a question's value goes by: no column of a file can be called so by itself."""
    return f"question {question}"
