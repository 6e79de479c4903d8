"""What simulated people say: read from `samples/rehearsal/voices.yaml`, chosen by seed, filled in for the campaign."""

import hashlib
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field

from opsflow.kernel.errors import NotFound
from opsflow.kernel.filemodel import FileModel
from opsflow.kernel.terms import DepartmentId, TaskCode
from opsflow.kernel.text import Text, TextField
from opsflow.kernel.yamlfile import parse
from opsflow.stages.model import Cause, Outcome

FILE = Path("samples", "rehearsal", "voices.yaml")
DEFAULT = "default"

Chosen = TypeVar("Chosen")


class Remark(FileModel):
    """Something said by, or left with, a department."""

    department: DepartmentId
    en: str
    zh: str

    @property
    def text(self) -> Text:
        return Text(self.en, self.zh)


class CauseRemark(Remark):
    """Why something went as it did."""

    cause: Cause


class Opinion(FileModel):
    """What somebody thinks of the draft."""

    en: str
    zh: str
    declined: TextField | None = None
    """Why it may be left aside; without it, it is always taken up."""

    @property
    def text(self) -> Text:
        return Text(self.en, self.zh)


class ParticipantRemark(FileModel):
    """What somebody who took part says, and whether they are content."""

    en: str
    zh: str
    mood: bool

    @property
    def text(self) -> Text:
        return Text(self.en, self.zh)


class QuestionRemark(Remark):
    """A question somebody takes home, and what they find out."""

    answer: TextField


class Comments(FileModel):
    """Comments on the scores of one module."""

    good: tuple[TextField, ...]
    weak: tuple[TextField, ...]


Found = Literal["late", "rework"]


class FoundRemark(FileModel):
    """Of one thing that went wrong: the cause that the team gives, and the lesson that it draws."""

    cause: Cause
    why: TextField
    lesson: TextField


class Voices(FileModel):
    """Everything simulated people can say."""

    opinions: dict[str, dict[str, tuple[Opinion, ...]]]
    """Meeting -> department -> what it may say; `default`: for departments without words of their own."""
    directions: tuple[TextField, ...]
    questions: dict[str, tuple[QuestionRemark, ...]]
    decisions: dict[str, tuple[TextField, ...]]
    confirmations: tuple[TextField, ...]
    go_live: tuple[TextField, ...]
    hold: tuple[TextField, ...]
    against: dict[Outcome, TextField]
    """Why the decision meeting does not say go."""
    refusals: dict[str, tuple[TextField, ...]]
    scores: dict[str, Comments]
    approvals: tuple[TextField, ...]
    replies: tuple[TextField, ...]
    """To opinions that are taken up."""
    causes: tuple[CauseRemark, ...]
    found: dict[Found, FoundRemark] = Field(default_factory=dict)
    """What is said of what went wrong: `{task}` and `{days}` are filled in. A team's own voices may be older than these."""
    lessons: tuple[Remark, ...]
    surprises: tuple[Remark, ...]
    participants: tuple[ParticipantRemark, ...] = ()
    """In the survey and on the telephone; a team's own voices may be older than these."""
    late: tuple[TextField, ...]
    held_up: tuple[TextField, ...] = ()
    """Of what could begin only after its date. A team's own voices may be older than these."""
    notes: dict[str, tuple[TextField, ...]]
    repeats: dict[str, tuple[TextField, ...]]

    def opinions_of(self, meeting: str, department: DepartmentId) -> tuple[Opinion, ...]:
        """What a department may say in a meeting."""
        said = self.opinions.get(meeting, {})
        return said.get(department) or said.get(DEFAULT) or self.opinions[DEFAULT][DEFAULT]

    def about(self, texts: Mapping[str, tuple[Text, ...]], code: TaskCode | str) -> tuple[Text, ...]:
        """What may be said about a task, or a subject; the default where it has no words of its own."""
        return texts.get(code, texts[DEFAULT])


def load_voices(folders: Sequence[Path]) -> Voices:
    """The voices of the first folder that has any: a team may let its own people speak."""
    for folder in folders:
        if (folder / FILE).is_file():
            return parse(folder / FILE).typed(Voices)
    raise NotFound(f"There is no {FILE} in {', '.join(map(str, folders))}; the shipped one is part of opsflow.")


def chance(seed: int, *parts: object) -> random.Random:
    """Dice for one decision. They depend on what is decided alone, so the order of deciding never matters."""
    digest = hashlib.sha256("/".join(str(part) for part in (seed, *parts)).encode()).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))  # noqa: S311 -- a play, not a secret


def pick(choices: Sequence[Chosen], seed: int, *parts: object) -> Chosen:
    """One of several, by seed and by what it is about."""
    return choices[chance(seed, *parts).randrange(len(choices))]


def fill(text: Text, /, **values: Text) -> Text:
    """A text with its `{name}` places filled, each in its own language."""
    en, zh = text.en, text.zh
    for name, value in values.items():
        en, zh = en.replace(f"{{{name}}}", value.en), zh.replace(f"{{{name}}}", value.zh)
    return Text(en, zh)
