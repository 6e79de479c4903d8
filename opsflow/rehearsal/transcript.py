"""The transcript: day by day, what happened and who was told what, when and why."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby

from opsflow.documents.escaping import escaped
from opsflow.documents.index import MessageLine
from opsflow.documents.model import EventFacts
from opsflow.kernel.terms import Language
from opsflow.kernel.text import Text
from opsflow.rehearsal.voices import fill
from opsflow.rehearsal.words import TranscriptWords

Line = tuple[date, str, int, str]
"""Day, hour, what comes first at that hour (events before messages), Markdown."""
COLON: Mapping[Language, str] = {"en": ": ", "zh": "："}


def transcript(
    title: str,
    events: Sequence[EventFacts],
    messages: Sequence[MessageLine],
    words: TranscriptWords,
    *,
    language: Language,
    seed: int,
) -> str:
    """The whole story as Markdown."""
    about = fill(words.about, seed=Text.both(str(seed)))[language]
    parts = [f"# {fill(words.title, what=Text.both(title))[language]}", about]
    weekdays = words.weekdays[language].split()
    lines = sorted(
        [*(_event(event, language) for event in events), *(_message(line, words, language) for line in messages)],
        key=lambda line: line[:3],
    )
    for day, told in groupby(lines, key=lambda line: line[0]):
        parts.append(f"## {weekdays[day.weekday()]} {day.isoformat()}")
        parts += [text for _, _, _, text in told]
    return "\n\n".join(parts) + "\n"


def _event(event: EventFacts, language: Language) -> Line:
    at = event["at"]
    return at.date(), f"{at:%H:%M}", 0, f"{at:%H:%M} · {_plain(event['who'])}{COLON[language]}{_plain(event['what'])}"


def _message(line: MessageLine, words: TranscriptWords, language: Language) -> Line:
    at = line["at"]
    mark = f" ({words.urgent[language]})" if line["urgent"] else ""
    head = f"**{at:%H:%M} {words.to[language]} {_plain(line['person'])}{mark}{COLON[language]}{_plain(line['title'])}**"
    why = f"*{words.why[language]}{COLON[language]}{_plain(line['why'])}*"
    quoted = ["> " + head, *_quoted(line["body"]), f"> {why}"]
    return at.date(), f"{at:%H:%M}", 1, "\n".join(quoted)


def _quoted(body: str) -> Iterator[str]:
    """The body as it was read: each of its lines a line, each of its gaps a gap."""
    yield ">"
    for text in body.splitlines():
        yield f"> {_plain(text)}  " if text.strip() else ">"
    yield ">"


def _plain(text: str) -> str:
    """Text as it stands, whatever Markdown would make of it."""
    return str(escaped(text))
