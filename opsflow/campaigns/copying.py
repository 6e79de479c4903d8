"""Makes a new campaign of an old one: every date moves by the same number of days, and no text keeps an old one."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import get_args

from opsflow.campaigns.launchmove import Move
from opsflow.campaigns.mentions import BARE_MONTHS, BARE_WEEKDAYS, Mention, pattern_of, read
from opsflow.campaigns.model import CampaignFile
from opsflow.kernel.expectations import annotation_at
from opsflow.kernel.yamltext import PLAIN, Scalar, comments, replaced, rewritten, scalars, written

KEY = ("key",)
LONGEST_KEY = 40
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_NUMBERS = {int, Decimal, bool}
_TIMES = {date, datetime, time}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A date or year of the old campaign in a text, and the first place where it stands."""

    mention: Mention
    place: str
    sure: bool
    """False: it may be one, and what is proposed is no more than a guess."""


def spoken_dates(text: str, move: Move, answers: Mapping[str, str]) -> list[Spoken]:
    """Every date and year that texts and comments name, and all that may be one, without an answer; in the order of the file."""
    found: dict[str, Spoken] = {}
    for _, place, words in sorted(_texts(text)):
        said = read(_without(words, answers, move), move)
        both = [(span, mention, True) for span, mention in said.understood.items()]
        both += [(span, mention, False) for span, mention in said.doubtful.items()]
        for _, mention, sure in sorted(both, key=lambda each: each[0]):
            # Where the same words are doubtful once, somebody must say what becomes of them.
            if mention.text not in found or (found[mention.text].sure and not sure):
                found[mention.text] = Spoken(mention, place, sure)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class NewWord:
    """What a text said, what it says in the copy, and in which field."""

    place: str
    old: str
    new: str


def new_words(text: str, move: Move, answers: Mapping[str, str]) -> list[NewWord]:
    """Every answer that belongs into a text, also one that leaves it as it is; each once per field, in the order of the file."""
    return list(
        dict.fromkeys(
            NewWord(place, old, answers[old])
            for _, place, words in sorted(_texts(text))
            for _, _, old in _hits(words, answers, move)
        )
    )


def unmoved_words(text: str, move: Move, answers: Mapping[str, str]) -> list[str]:
    """Months and weekdays without a date in the texts: nobody can say whether they still hold, but somebody must look."""
    found: dict[str, None] = {}
    for _, place, words in sorted(_texts(text)):
        rest = _without(words, answers, move)
        for pattern in (BARE_MONTHS, BARE_WEEKDAYS):
            found |= dict.fromkeys(f"{match[0]} ({place})" for match in pattern.finditer(rest))
    return list(found)


def field_days(text: str) -> list[date]:
    """Every day that a field of the file holds."""
    times = (text[scalar.start : scalar.end] for scalar in scalars(text) if _kinds(scalar) & _TIMES)
    return [date.fromisoformat(day) for raw in times for day in _DAY.findall(raw)]


def copied(text: str, move: Move, *, key: str, answers: Mapping[str, str]) -> str:
    """The text of the new campaign. `answers`: what becomes of each text that names an old date."""
    changes = [(start, end, answered(text[start:end], answers, move)) for start, end in comments(text)]
    for scalar in scalars(text):
        raw = text[scalar.start : scalar.end]
        changes.append((scalar.start, scalar.end, _moved(scalar, raw, move, key, answers)))
    return replaced(text, changes)


def answered(text: str, answers: Mapping[str, str], move: Move) -> str:
    """A text with every answer in place; the longest is looked for first, and no answer is read again."""
    return replaced(text, [(start, end, answers[old]) for start, end, old in _hits(text, answers, move)])


def _hits(text: str, answers: Mapping[str, str], move: Move) -> list[tuple[int, int, str]]:
    """Where each answer belongs.

    An answer about a date or year, or what may be one, belongs only where the text names that one as a whole: `2027` is
    asked for because of a title, and must not make `2028-28` of a season, nor another price of `CNY 2027`; `3-10` is no
    part of `3-10 days`. Other words belong anywhere.
    """
    if not answers:
        return []
    named = _named(text, move)
    hits = [(start, end, words) for (start, end), words in named.items() if words in answers]
    free = [old for old in answers if old not in named.values() and old not in _named(old, move).values()]
    if free:
        longest = sorted(free, key=len, reverse=True)
        parts = "|".join(f"(?P<a{number}>{pattern_of(old).pattern})" for number, old in enumerate(longest))
        found = re.finditer(parts, text)
        hits += [(match.start(), match.end(), longest[int(str(match.lastgroup)[1:])]) for match in found]
    chosen: list[tuple[int, int, str]] = []
    for start, end, old in sorted(hits, key=lambda hit: (hit[0], -hit[1])):
        if not chosen or chosen[-1][1] <= start:
            chosen.append((start, end, old))
    return chosen


def _named(text: str, move: Move) -> dict[tuple[int, int], str]:
    """Where a text names a date or year, or what may be one, and in which words."""
    said = read(text, move)
    return {span: mention.text for span, mention in [*said.understood.items(), *said.doubtful.items()]}


def _without(text: str, answers: Mapping[str, str], move: Move) -> str:
    """A text of which everything that is answered is gone."""
    return _blanked(text, ((start, end) for start, end, _ in _hits(text, answers, move)))


def _blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    return replaced(text, [(start, end, "\0" * (end - start)) for start, end in spans])


def proposed_key(old: str, move: Move, taken: frozenset[str]) -> str:
    """A key for the new campaign: with its year in place of the old one's, else with its month behind."""
    renamed = re.sub(r"(?<!\d)20\d\d(?!\d)", lambda year: str(int(year[0]) + move.years), old)
    if renamed == old:
        renamed = f"{old[: LONGEST_KEY - 8]}-{move.new:%Y-%m}"
    return free_key(renamed, taken)


def free_key(key: str, taken: frozenset[str]) -> str:
    """A key, or the first number behind it with which no campaign has it."""
    key = key[:LONGEST_KEY].strip("-")
    number, free = 2, key
    while free in taken:
        free, number = f"{key[: LONGEST_KEY - 4]}-{number}", number + 1
    return free


def _moved(scalar: Scalar, raw: str, move: Move, key: str, answers: Mapping[str, str]) -> str:
    if scalar.loc == KEY:
        return written(key, scalar.style)
    kinds = _kinds(scalar)
    if kinds & _TIMES:
        return _DAY.sub(lambda day: (date.fromisoformat(day[0]) + move.by).isoformat(), raw)
    value = scalar.value if kinds & _NUMBERS else answered(scalar.value, answers, move)
    if value == scalar.value:
        return raw
    if scalar.lines or ("\n" in raw and _keeps_its_lines(scalar, value)):
        return answered(raw, answers, move)
    return rewritten(scalar, value)


def _keeps_its_lines(scalar: Scalar, value: str) -> bool:
    """Whether words can be put into a value over several lines as it stands, with no sign that would have to be escaped."""
    escaped = set(scalar.value) & set("'\"\\") if scalar.style != PLAIN else set[str]()
    return not escaped and not (set(value) - set(scalar.value)) & set("'\"\\:#,[]{}")


def _texts(text: str) -> Iterator[tuple[int, str, str]]:
    """What people wrote in words: where it begins, how that place is called, and the words."""
    for start, end in comments(text):
        yield start, f"comment in line {text.count(chr(10), 0, start) + 1}", text[start:end]
    for scalar in scalars(text):
        if scalar.loc != KEY and not _kinds(scalar) & (_TIMES | _NUMBERS):
            yield scalar.start, " > ".join(map(_step, scalar.loc)), scalar.value


def _step(step: str | int) -> str:
    return f"item {step + 1}" if isinstance(step, int) else step


def _kinds(scalar: Scalar) -> set[object]:
    """The type of the field, or the types it may have."""
    annotation = annotation_at(CampaignFile, scalar.loc)
    return {annotation, *get_args(annotation)}
