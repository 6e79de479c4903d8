"""The words of messages: templates that a team may override, rendered for one recipient."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from opsflow.documents.filling import filled
from opsflow.documents.render import tidy
from opsflow.kernel.characters import without_unsafe
from opsflow.kernel.errors import NotFound
from opsflow.kernel.terms import Language
from opsflow.outbox.model import Recipient, Waiting

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Words:
    """A message as a person reads it."""

    title: str
    body: str


def render(
    folders: tuple[Path, ...],
    template: str,
    values: Mapping[str, Any],
    *,
    language: Language,
    zone: ZoneInfo,
    now: datetime,
) -> Words:
    """The words of one notice: the template's first line is the title, the rest the body.

    Texts in two languages are read in `language`, instants in `zone`. BadInput: the template is broken, or asks for
    what the notice does not carry.
    """
    roots = tuple(folder / "messages" / language for folder in folders)
    name = f"{template}.j2"
    if not any((root / name).is_file() for root in roots):
        raise NotFound(f"There is no message {name} for {language}. Looked in: {', '.join(map(str, roots))}.")
    read = {"now": now.astimezone(zone)} | {key: _read(value, language, zone) for key, value in values.items()}
    text = filled(roots, name, language, read, "text")
    title, _, body = tidy(text).strip().partition("\n")
    return Words(title.strip(), body.strip())


def words_for(folders: tuple[Path, ...], notice: Waiting, recipient: Recipient, *, now: datetime) -> Words:
    """The words of one notice for its recipient."""
    return render(folders, notice.template, notice.data, language=recipient.language, zone=recipient.zone, now=now)


def digest(
    folders: tuple[Path, ...], lines: Sequence[tuple[Waiting, Words]], recipient: Recipient, *, now: datetime
) -> Words:
    """Several notices as one message: a count, then one line each, campaign by campaign."""
    groups: dict[str | None, list[dict[str, Any]]] = {}
    for notice, words in lines:
        title = notice.data.get("campaign_title", notice.campaign)
        heading = _read(title, recipient.language, recipient.zone)
        groups.setdefault(heading, []).append({"text": words.title, "urgent": notice.urgent})
    values = {
        "count": len(lines),
        "urgent": sum(notice.urgent for notice, _ in lines),
        "groups": [{"campaign": heading, "lines": texts} for heading, texts in groups.items()],
    }
    return render(folders, "digest", values, language=recipient.language, zone=recipient.zone, now=now)


def _read(value: Any, language: Language, zone: ZoneInfo) -> Any:
    """JSON as a template wants it: one language, instants on the recipient's clock, every text on one line."""
    match value:
        case {"en": _, "zh": _}:
            return _read(value[language], language, zone)
        case Mapping():
            return {key: _read(part, language, zone) for key, part in value.items()}
        case list() | tuple():
            return [_read(part, language, zone) for part in value]
        case str() if INSTANT.fullmatch(value):
            return datetime.fromisoformat(value).astimezone(zone)
        case str() if DAY.fullmatch(value):
            return date.fromisoformat(value)
        case str():
            return " ".join(without_unsafe(value).split())
    return value
