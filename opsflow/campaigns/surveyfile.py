"""A survey as a file of the templates says it: `surveys/standard.yaml`."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from opsflow.campaigns.model import CampaignFile
from opsflow.kernel.errors import NotFound
from opsflow.kernel.expectations import Finding, suggestion
from opsflow.kernel.filemodel import FileModel
from opsflow.kernel.listing import files_in
from opsflow.kernel.text import TextField
from opsflow.kernel.yamlfile import read

FOLDER = "surveys"
MOST_QUESTIONS, MOST_OPTIONS = 30, 50
LONGEST_WORDS = 2_000
"""Characters of what somebody writes in their own words."""
RATINGS = range(1, 6)
RECOMMENDATIONS = range(11)
"""Net promoter: 0 to 10; 9 and 10 recommend, 0 to 6 do not (Reichheld, Harvard Business Review, December 2003)."""
QuestionKind = Literal["rating", "nps", "choice", "text"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


class Option(FileModel):
    """One thing that can be chosen."""

    id: Name
    title: TextField


class Question(FileModel):
    """One question: a rating from 1 to 5, a recommendation from 0 to 10 (`nps`), a choice, or words."""

    id: Name
    kind: QuestionKind
    title: TextField
    required: bool = False
    options: tuple[Option, ...] = Field(default=(), max_length=MOST_OPTIONS)
    """A choice's."""
    many: bool = False
    """A choice's: more than one can be chosen."""

    @model_validator(mode="after")
    def _options_fit(self) -> "Question":
        if self.kind == "choice" and len(self.options) < 2:
            raise ValueError("a choice needs at least two options")
        if self.kind != "choice" and (self.options or self.many):
            raise ValueError(f"a question of the kind {self.kind} has no options")
        if len({option.id for option in self.options}) < len(self.options):
            raise ValueError("two options have the same id")
        return self

    @property
    def choices(self) -> tuple[str, ...]:
        """Every answer that can be ticked, as it is kept; none for words."""
        match self.kind:
            case "rating":
                return tuple(map(str, RATINGS))
            case "nps":
                return tuple(map(str, RECOMMENDATIONS))
            case _:
                return tuple(option.id for option in self.options)


class Survey(FileModel):
    """What participants are asked, in the order in which they are asked."""

    title: TextField
    introduction: TextField | None = None
    thanks: TextField | None = None
    questions: tuple[Question, ...] = Field(min_length=1, max_length=MOST_QUESTIONS)

    @model_validator(mode="after")
    def _ids_differ(self) -> "Survey":
        if len({question.id for question in self.questions}) < len(self.questions):
            raise ValueError("two questions have the same id")
        return self

    def question(self, id_: str) -> Question | None:
        """The question of that id; None: there is none."""
        return next((question for question in self.questions if question.id == id_), None)


def load_survey(folders: Sequence[Path], name: str) -> Survey:
    """The survey of the first folder that has it; BadFile names every mistake in it. NotFound: no folder has one of that name."""
    for folder in folders:
        path = folder / FOLDER / f"{name}.yaml"
        if path.is_file():
            return _read(path, path.stat().st_mtime_ns)
    there = sorted(_names(folders))
    raise NotFound(f"There is no survey `{name}`; surveys are {', '.join(there) or 'in no folder'}.")


def survey_findings(campaign: CampaignFile, folders: Sequence[Path]) -> Iterator[Finding]:
    """A survey that the campaign names and nobody has."""
    if campaign.feedback is None:
        return
    known = sorted(_names(folders))
    name = campaign.feedback.survey
    if name not in known:
        yield Finding(("feedback", "survey"), False, f"there is no survey `{name}`", suggestion(name, known))
        return
    load_survey(folders, name)  # its own mistakes are told with its own name


def _names(folders: Sequence[Path]) -> set[str]:
    return {path.stem for folder in folders for path in files_in(folder / FOLDER) if path.suffix == ".yaml"}


@lru_cache(maxsize=8)
def _read(path: Path, modified: int) -> Survey:  # noqa: ARG001 - tells one state of the file from another
    return read(path, Survey)
