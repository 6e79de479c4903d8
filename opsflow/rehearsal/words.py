"""The words around a rehearsal's story, read from `samples/rehearsal/words.yaml`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field

from opsflow.documents.index import HighlightKind
from opsflow.kernel.errors import NotFound
from opsflow.kernel.filemodel import FileModel
from opsflow.kernel.text import TextField
from opsflow.kernel.yamlfile import parse

Lateness = Literal["vote", "scores", "recorded", "held_up"]
Wanted = Literal["vote", "scores"]
FILE = Path("samples", "rehearsal", "words.yaml")


class TranscriptWords(FileModel):
    """Headings of the transcript."""

    title: TextField
    about: TextField
    to: TextField
    why: TextField
    urgent: TextField
    weekdays: TextField
    """Seven names, from Monday, with blanks between."""


class HighlightWords(FileModel):
    """What a highlight is called and what it tells."""

    title: TextField
    text: TextField


class Words(FileModel):
    """Everything the story is told with."""

    transcript: TranscriptWords
    why: dict[str, TextField]
    highlights: dict[HighlightKind, HighlightWords]
    late: dict[Lateness, TextField] = Field(default_factory=dict)
    """Of what came late otherwise than by somebody who hands it in; a team's own words may be older than these."""
    wanted: dict[Wanted, TextField] = Field(default_factory=dict)
    """What is late of somebody who shares a task with others."""


def load_words(folders: Sequence[Path]) -> Words:
    """The words of the first folder that has any."""
    for folder in folders:
        if (folder / FILE).is_file():
            return parse(folder / FILE).typed(Words)
    raise NotFound(f"There is no {FILE} in {', '.join(map(str, folders))}; the shipped one is part of opsflow.")
