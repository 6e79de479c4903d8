"""What participants said, and the rule that tells what it is about: pure but for the file of its words."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from opsflow.kernel.characters import without_unsafe
from opsflow.kernel.errors import NotFound
from opsflow.kernel.filemodel import FileModel
from opsflow.kernel.terms import Language
from opsflow.kernel.text import Text, TextField
from opsflow.kernel.yamlfile import read

FILE = "topics.yaml"
OTHER = "other"
"""What it is about where no word of the rule stands in it."""
MOST_TOPICS, MOST_WORDS = 20, 500
NAMED = 5
"""How many of the words that decided are kept beside a text."""
TopicName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
TopicWord = Annotated[str, StringConstraints(pattern=r"^[^*]{1,40}\*?$", strip_whitespace=True)]


@dataclass(frozen=True, slots=True)
class Said:
    """Something that somebody said. `voice_id` makes its id."""

    id: str
    participant: str | None
    """None: nobody knows who."""
    source: str
    """`survey`, `visit`, or the name of the tool whose answers were imported."""
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Voice:
    """The same as it is kept, without who said it."""

    id: str
    source: str
    text: str
    at: datetime
    topic: str
    """What the rule found."""
    because: str
    """The words that decided."""
    corrected: str | None
    """What a person says it is about; None: nobody has corrected the rule."""
    corrected_by: str | None

    @property
    def about(self) -> str:
        """What it is about: as a person says, else as the rule found."""
        return self.corrected or self.topic


@dataclass(frozen=True, slots=True)
class TopicFound:
    """What a text is about, and the words of the rule that stand in it."""

    topic: str
    words: tuple[str, ...] = ()


class Topic(FileModel):
    """One thing that users talk about, and the words for it."""

    title: TextField
    words: dict[Language, tuple[TopicWord, ...]]


class Topics(FileModel):
    """`topics.yaml` of the templates."""

    topics: dict[TopicName, Topic] = Field(min_length=1, max_length=MOST_TOPICS)
    other: TextField

    @model_validator(mode="after")
    def _words_differ(self) -> "Topics":
        if OTHER in self.topics:
            raise ValueError(f"`{OTHER}` is what is left over: it has no words, and stands beside `topics`")
        owner: dict[str, str] = {}
        for topic, word in self.listed():
            stem = _form(word.removesuffix("*"))
            if not stem:
                raise ValueError(f"topic {topic} has an empty word")
            if stem in owner:
                raise ValueError(f"the word `{word}` stands twice, for {owner[stem]} and {topic}: it speaks of one")
            owner[stem] = topic
        if len(owner) > MOST_WORDS:
            raise ValueError(f"{len(owner)} words are too many, {MOST_WORDS} at most")
        return self

    def listed(self) -> Iterator[tuple[str, str]]:
        """Every word with its topic."""
        for name, topic in self.topics.items():
            for words in topic.words.values():
                yield from ((name, word) for word in words)


class TopicRule:
    """Tells what a text is about: the topic of which most different words stand in it, of several the first of the file."""

    def __init__(self, topics: Topics) -> None:
        self.titles: Mapping[str, Text] = {
            **{name: topic.title for name, topic in topics.topics.items()},
            OTHER: topics.other,
        }
        """Every topic by its id, in the order of the file."""
        self._order = tuple(topics.topics)
        words = {_form(word.removesuffix("*")): (topic, word.endswith("*")) for topic, word in topics.listed()}
        self._topic = {word: topic for word, (topic, _) in words.items()}
        # The longest first: where several begin at one place, a regular expression takes the first that fits.
        longest = sorted(words, key=lambda word: (-len(word), word))
        self._pattern = re.compile("|".join(_expression(word, whole=not words[word][1]) for word in longest))

    def find(self, text: str) -> TopicFound:
        """What a text is about, and the words that say so, in the order in which they stand in it."""
        words = tuple(dict.fromkeys(self._pattern.findall(_form(text))))
        counts = {topic: sum(self._topic[word] == topic for word in words) for topic in self._order}
        topic = max(self._order, key=lambda name: counts[name])  # the first of those with most
        if not counts[topic]:
            return TopicFound(OTHER)
        return TopicFound(topic, tuple(word for word in words if self._topic[word] == topic))


def load_rule(folders: Sequence[Path]) -> TopicRule:
    """The rule of the first folder that has one; BadFile names every mistake in it."""
    for folder in folders:
        if (folder / FILE).is_file():
            return _read(folder / FILE, (folder / FILE).stat().st_mtime_ns)
    raise NotFound(f"There is no {FILE} in {', '.join(map(str, folders))}; the shipped one is missing.")


def voice_id(*parts: str) -> str:
    """The id of words that came with something: the same each time, and saying nothing about anybody."""
    return blake2b("\0".join(parts).encode(), digest_size=8).hexdigest()


@lru_cache(maxsize=8)
def _read(path: Path, modified: int) -> TopicRule:  # noqa: ARG001 - tells one state of the file from another
    return TopicRule(read(path, Topics))


def _form(text: str) -> str:
    """A text in the form in which words are compared: case, full width and what cannot be seen make no difference."""
    plain = unicodedata.normalize("NFKC", without_unsafe(unicodedata.normalize("NFKC", text))).casefold()
    return " ".join(plain.split())


def _expression(word: str, *, whole: bool) -> str:
    """A word of Latin letters begins (and as a whole ends) where one does; Chinese has no such places."""
    found = re.escape(word)
    if _is_latin(word[0]):
        found = rf"(?<![a-z0-9]){found}"
    if whole and _is_latin(word[-1]):
        found = rf"{found}(?![a-z0-9])"
    return found


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
