"""What a rehearsal leaves to read: index pages, documents, transcript, plan, messages and journal.

Nothing in it comes from the machine or the day it ran on: the same seed gives the same bytes.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path

from opsflow.documents.html import page
from opsflow.documents.index import DocumentLink, Highlight, index_file, index_page, render_index
from opsflow.documents.model import Dossier
from opsflow.documents.reviewpage import REPORT, review_page
from opsflow.documents.stored import StoredDocument
from opsflow.kernel.terms import LANGUAGES, Language, Stage
from opsflow.kernel.values import Value, to_json
from opsflow.rehearsal.stagecraft import Rehearsed
from opsflow.rehearsal.story import Story
from opsflow.rehearsal.transcript import transcript
from opsflow.rehearsal.words import Words

STAGES = tuple(Stage)
DRAWS = "draws"
"""The folder of what is published of each draw."""


@dataclass(frozen=True)
class Output:
    """One rehearsal as files."""

    rehearsed: Rehearsed
    words: Words
    templates: tuple[Path, ...]
    plan: str
    """What `opsflow plan --format json` prints."""

    def write(self, folder: Path) -> None:
        """Write everything."""
        for document, name in self._named:
            place = folder / "documents" / document.language
            place.mkdir(parents=True, exist_ok=True)
            _write(place / f"{name}.md", document.body)
            _write(place / f"{name}.html", self._page(document))
        for language in LANGUAGES:
            _write(folder / index_file(language), self._index(language))
            _write(folder / transcript_file(language), self._transcript(language))
        for proof in self.rehearsed.proofs:
            place = folder / DRAWS / proof.id
            place.mkdir(parents=True)
            for name, content in proof.files.items():
                (place / name).write_bytes(content)
        _write(folder / "plan.json", self.plan)
        _write(folder / "messages.jsonl", _lines(self._messages()))
        _write(folder / "journal.jsonl", _lines(self._journal()))

    def highlights(self, language: Language) -> list[Highlight]:
        """What went otherwise than planned."""
        return self.story(language).highlights()

    def story(self, language: Language) -> Story:
        """The rehearsal told in a language."""
        return Story(self.rehearsed.record, self.words, language)

    @cached_property
    def _named(self) -> list[tuple[StoredDocument, str]]:
        """Every document in every language with its file's name, numbered in the order of the SOP."""
        specs = [document.id for document in self.rehearsed.record.snapshot.sop.documents]
        ids = {document.id: document for document in self.rehearsed.record.documents}
        order = sorted(ids, key=lambda id_: (STAGES.index(ids[id_].stage), _place(specs, id_), id_))
        names = {id_: f"{number:02}-{id_}" for number, id_ in enumerate(order, start=1)}
        return sorted(
            ((document, names[document.id]) for document in self.rehearsed.record.documents),
            key=lambda pair: (pair[1], pair[0].language),
        )

    def _page(self, document: StoredDocument) -> str:
        campaign = self.rehearsed.record.snapshot.campaign
        if document.id == REPORT:
            dossier = self.rehearsed.record.dossiers[document.language]
            named: Dossier = {**dossier, "document_title": document.title[document.language]}
            return review_page(self.templates, document.body, named)
        return page(
            self.templates,
            document.body,
            language=document.language,
            title=document.title[document.language],
            subtitle=campaign.title[document.language],
        )

    def _index(self, language: Language) -> str:
        story = self.story(language)
        facts = index_page(
            self.rehearsed.record.dossiers[language],
            documents=self._links(language),
            people=story.people(),
            messages=story.messages(),
            highlights=story.highlights(),
            seed=self.rehearsed.cast.seed,
            flow_runs=self.rehearsed.runs,
        )
        return render_index(self.templates, facts)

    def _links(self, language: Language) -> list[DocumentLink]:
        zone = self.rehearsed.cast.zone
        links = []
        for _, group in groupby(self._named, key=lambda pair: pair[1]):
            versions = list(group)
            document, name = versions[0]
            links.append(
                DocumentLink(
                    id=document.id,
                    title=document.title[language],
                    stage=document.stage,
                    revision=document.revision,
                    state="final" if document.state == "final" else "draft",
                    written_at=document.written_at.astimezone(zone),
                    paths={each.language: f"documents/{each.language}/{name}.html" for each, _ in versions},
                )
            )
        return links

    def _transcript(self, language: Language) -> str:
        story = self.story(language)
        return transcript(
            self.rehearsed.record.snapshot.campaign.title[language],
            self.rehearsed.record.dossiers[language]["events"],
            story.messages(),
            self.words.transcript,
            language=language,
            seed=self.rehearsed.cast.seed,
        )

    def _messages(self) -> Iterable[Mapping[str, Value]]:
        english, chinese = (self.story(language).messages() for language in LANGUAGES)
        for line, other, sent in zip(english, chinese, self.rehearsed.record.messages, strict=True):
            yield {
                "at": line["at"].isoformat(),
                "person": line["person_key"],
                "channel": line["channel"],
                "urgent": line["urgent"],
                "title": line["title"],
                "body": line["body"],
                "why": {"en": line["why"], "zh": other["why"]},
                "notices": [{"template": template, "key": key} for _, template, key in sent.notices],
            }

    def _journal(self) -> Iterable[Mapping[str, Value]]:
        for entry in self.rehearsed.record.entries:
            yield {
                "seq": entry.seq,
                "at": entry.at.isoformat(),
                "actor": entry.actor,
                "action": entry.action,
                "object": entry.object,
                "data": entry.data,
            }


def transcript_file(language: Language) -> str:
    """The name of the transcript in a language."""
    return "transcript.md" if language == "en" else f"transcript.{language}.md"


def _place(specs: Sequence[str], id_: str) -> int:
    """Where the SOP lists a document; a report of a day (`live-report-2026-10-20`) stands with its kind."""
    return next(place for place, spec in enumerate(specs) if id_ == spec or id_.startswith(f"{spec}-2"))


def _lines(rows: Iterable[Mapping[str, Value]]) -> str:
    return "".join(json.dumps(to_json(row), ensure_ascii=False, sort_keys=True) + "\n" for row in rows)


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")
