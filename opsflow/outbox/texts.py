"""The words of messages: templates that a team may override, rendered for one recipient."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from opsflow.documents.filling import filled
from opsflow.documents.render import tidy
from opsflow.kernel.characters import without_unsafe
from opsflow.kernel.errors import BadInput, NotFound
from opsflow.kernel.terms import Language
from opsflow.outbox.model import ABOUT, CAMPAIGN_ZONE, PostLine, Recipient, Waiting

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
DEAD_LETTER, CARD_OVER, CARD_SEEN = "dead_letter", "card_over", "card_seen"
Line: TypeAlias = "Waiting | PostLine"


@dataclass(frozen=True, slots=True)
class Words:
    """A message as a person reads it."""

    title: str
    body: str
    aside: str = ""
    """What follows the title where this is one line of several."""


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
    read = {"now": now.astimezone(zone), "elsewhere": _elsewhere(values, zone)}
    read |= {key: _read(value, language, zone) for key, value in values.items()}
    text = filled(roots, name, language, read, "text")
    title, _, body = tidy(text).strip().partition("\n")
    return Words(title.strip(), body.strip())


def words_for(folders: tuple[Path, ...], notice: Line, recipient: Recipient, *, now: datetime) -> Words:
    """The words of one notice for its recipient; those of a dead letter hold the words that did not arrive."""
    values = notice.data
    if notice.template == DEAD_LETTER:
        values = {**values, **_undelivered(folders, values, recipient, now)}
    return render(folders, notice.template, values, language=recipient.language, zone=recipient.zone, now=now)


def _undelivered(
    folders: tuple[Path, ...], values: Mapping[str, Any], recipient: Recipient, now: datetime
) -> dict[str, Any]:
    language, zone = recipient.language, recipient.zone
    try:
        words = render(folders, values["template"], values["told"], language=language, zone=zone, now=now)
    except (BadInput, NotFound):  # perhaps that is why it did not arrive
        words = Words(values["template"], "")
    return {"title": words.title, "lines": words.body.splitlines()}


def words_seen(folders: tuple[Path, ...], line: PostLine, recipient: Recipient, *, now: datetime) -> Words:
    """What a message says while it still asks, with who has said since that they see to it."""
    asks = words_for(folders, line, recipient, now=now)
    values = {"what": "", **line.facts}
    seen = render(folders, CARD_SEEN, values, language=recipient.language, zone=recipient.zone, now=now)
    return Words(asks.title, f"{asks.body}\n\n{seen.title}\n{seen.body}", aside=seen.title)


def words_after(folders: tuple[Path, ...], line: PostLine, recipient: Recipient, *, now: datetime) -> Words:
    """What a message says of a matter that is over or has moved since it was sent."""
    named = [line.data[name] for name in ABOUT[:2] if line.data.get(name)]
    named = named or [line.data[name] for name in ABOUT if line.data.get(name)][:1]
    about = " ".join(str(_read(part, recipient.language, recipient.zone)) for part in named)
    values = {
        "about": about or words_for(folders, line, recipient, now=now).title,
        "campaign_title": line.data.get("campaign_title", line.campaign or ""),
        "shows": line.wanted,
        "what": "",
        **line.facts,
    }
    return render(folders, CARD_OVER, values, language=recipient.language, zone=recipient.zone, now=now)


def digest(
    folders: tuple[Path, ...], lines: Sequence[tuple[Line, Words]], recipient: Recipient, *, now: datetime
) -> Words:
    """Several notices as one message: a count, then one line each, campaign by campaign."""
    groups: dict[str | None, list[dict[str, Any]]] = {}
    for notice, words in lines:
        title = notice.data.get("campaign_title", notice.campaign)
        heading = _read(title, recipient.language, recipient.zone)
        text = f"{words.title} · {words.aside}" if words.aside else words.title
        groups.setdefault(heading, []).append({"text": text, "urgent": notice.urgent})
    values = {
        "count": len(lines),
        "room": recipient.room,
        "urgent": sum(notice.urgent for notice, _ in lines),
        "groups": [{"campaign": heading, "lines": texts} for heading, texts in groups.items()],
    }
    return render(folders, "digest", values, language=recipient.language, zone=recipient.zone, now=now)


def _elsewhere(values: Mapping[str, Any], zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """Instants that have another date on the campaign's clock, whose dates the reasons speak of: here, and there."""
    if CAMPAIGN_ZONE not in values:
        return []
    home = ZoneInfo(values[CAMPAIGN_ZONE])
    pairs = [(at.astimezone(zone), at.astimezone(home)) for at in dict.fromkeys(_instants(values))]
    return [(here, there) for here, there in pairs if here.date() != there.date()]


def _instants(value: Any) -> Iterator[datetime]:
    match value:
        case Mapping():
            for part in value.values():
                yield from _instants(part)
        case list() | tuple():
            for part in value:
                yield from _instants(part)
        case str() if INSTANT.fullmatch(value):
            yield datetime.fromisoformat(value)


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
