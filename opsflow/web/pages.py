"""Fills the templates of `sop_templates/pages/`, which share the look and the pieces of the documents' own."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypedDict
from urllib.parse import urlsplit

from markupsafe import Markup

from opsflow.documents.filling import filled
from opsflow.documents.html import body
from opsflow.engine.standing import Paper
from opsflow.kernel.characters import composed, without_unsafe
from opsflow.kernel.terms import Language
from opsflow.outbox.links import public_url
from opsflow.settings import Settings

Kind = Literal[
    "recorded", "voted", "decided", "superseded", "no_seat", "own_work", "over",
    "altered", "expired", "elsewhere", "too_often", "busy", "down", "link_wanted",
    "finished", "promised", "finished_before", "promised_before", "not_needed", "not_open", "other_door", "other_owner",
    "ended", "too_late", "gone", "survey_closed", "survey_paused", "under_way", "not_found", "refused", "bad_input", "broken",
]  # fmt: skip
"""What a page may have to say instead of showing something; its words are in `notice.html.j2`."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page stands, and how it is read."""

    settings: Settings
    language: Language
    path: str
    """Of the page, for its other language; empty where it has none."""
    more: str = ""
    """What else its address says, from the `&` on."""
    refresh: bool = False

    @property
    def root(self) -> str:
        """What stands before every path: the part of the public address after the host."""
        return urlsplit(public_url(self.settings) or "").path

    def fill(self, name: str, facts: Mapping[str, Any]) -> str:
        """A template as a page."""
        around = {"root": self.root, "path": self.path, "more": self.more, "refresh": self.refresh}
        return filled(roots(self.settings), name, self.language, {"language": self.language, **around, **facts}, "html")


@dataclass(frozen=True, slots=True)
class Answer:
    """A page and its status."""

    status: int
    page: str


class RevisionLine(TypedDict):
    """One revision of a document."""

    number: int
    state: str
    written_at: datetime


class DocumentPage(TypedDict):
    """Everything a document's page may show."""

    title: str
    campaign_title: str
    campaign_path: bool
    """Whether the reader may go on to the campaign."""
    back: str
    body: str
    revision: int
    latest: bool
    revisions: list[RevisionLine]


def roots(settings: Settings) -> tuple[Path, ...]:
    """Where pages and the pieces they share with documents are looked for, the workspace's own first."""
    return tuple(folder / name for folder in settings.template_folders for name in ("pages", "documents"))


def document_page(paper: Paper, language: Language, *, back: str, whole: bool) -> DocumentPage:
    """A document as a page; `whole`: its reader may see the campaign as well."""
    document, zone = paper.document, paper.campaign.zone
    return {
        "title": document.title[language],
        "campaign_title": paper.campaign.title[language],
        "campaign_path": whole,
        "back": back,
        "body": Markup(body(document.body)),  # noqa: S704 -- markdown-it made it with html off
        "revision": document.revision,
        "latest": document.revision == paper.revisions[-1].number,
        "revisions": [
            {"number": each.number, "state": each.state, "written_at": each.written_at.astimezone(zone)}
            for each in paper.revisions
        ],
    }


def notice(place: Place, kind: Kind, *, way_out: bool = True, **facts: Any) -> str:
    """A page that says what became of a request."""
    blank = {
        "verdict": "",
        "subject": "",
        "version": "",
        "at": None,
        "due": None,
        "by": "",
        "status": "",
        "status_title": "",
    }
    return place.fill("notice.html.j2", {**blank, **facts, "kind": kind, "way_out": way_out})


def one_line(text: str) -> str:
    """What somebody wrote into a field, on one line, in one form, without what cannot be seen."""
    return " ".join(composed(without_unsafe(text)).split())


def style(settings: Settings, name: str) -> str:
    """A style sheet."""
    return filled(roots(settings), f"{name}.css.j2", "en", {}, "text")


def mark(content: str) -> str:
    """What tells one state of a page from another, for browsers that ask whether it changed."""
    return f'"{hashlib.sha256(content.encode()).hexdigest()[:32]}"'
