"""The campaign's story, from its journal."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from opsflow.documents.model import EventFacts
from opsflow.engine.dossier.words import Words
from opsflow.engine.subjects import subject_title
from opsflow.journal.model import ENGINE, Entry


def event_facts(words: Words, entries: Iterable[Entry]) -> list[EventFacts]:
    """One line for each entry that has a sentence in `labels.yaml`, in order of time."""
    found: list[EventFacts] = []
    for entry in entries:
        sentence = words.labels.event.get(entry.action)
        if sentence is not None:
            who = "opsflow" if entry.actor == ENGINE else words.actor(entry.actor) or ""
            what = words.say(sentence).format_map(_Values(words, entry))
            found.append({"at": words.local(entry.at), "who": who, "what": what.strip()})
    return found


class _Values(Mapping[str, str]):
    """The values a sentence may name; one the entry does not have is left out of the sentence."""

    def __init__(self, words: Words, entry: Entry) -> None:
        self.words = words
        self.known: dict[str, Any] = {**entry.data, "object": entry.object}
        if entry.action.startswith("approval."):
            _, subject, version = entry.object.split("/")
            self.known |= {"subject": words.say(subject_title(words.snapshot, subject)), "version": version}

    def __getitem__(self, name: str) -> str:
        value = self.known.get(name)
        if isinstance(value, Mapping) and set(value) == {"en", "zh"}:
            return str(value[self.words.language])
        return "" if value is None else str(value)

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)
