"""Finds the dates and years that people have written into texts, and says what each would be after a move."""

import re
from bisect import bisect_left
from dataclasses import dataclass

from opsflow.campaigns.dateforms import DATES, Form
from opsflow.campaigns.doubts import Span, Suspect, suspects
from opsflow.campaigns.figures import without_figures
from opsflow.campaigns.guesses import guess
from opsflow.campaigns.launchmove import MONTHS, WEEKDAY, ZH_WEEKDAY, Move
from opsflow.campaigns.periodforms import PERIODS
from opsflow.campaigns.zhdateforms import ZH_DATES

WIDE = "０１２３４５６７８９"
_NARROW = str.maketrans(f"{WIDE}－～．／", "0123456789-~./")
"""Each is one character before and after, so that places stay the same."""
FORMS: tuple[Form, ...] = (*ZH_DATES, *DATES, *PERIODS)
"""Every way of writing a date or a year that is understood, the longest first."""
BARE_WEEKDAYS = re.compile(rf"{WEEKDAY}|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days\b|{ZH_WEEKDAY}")
BARE_MONTHS = re.compile(
    rf"\b(?:{'|'.join(MONTHS)}|Sept|(?:{'|'.join(name[:3] for name in MONTHS if name != 'May')}))\b"
    r"|(?<!\d)\d{1,2}\s*月|(?<![每个一二三四五六七八九十])(?:十[一二]?|[正一二三四五六七八九冬腊])月|\bQ[1-4](?!\w)|[一二三四]季度"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """An old date or year in a text, with its blanks made one, and what it would be after the move."""

    text: str
    proposal: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says about the old campaign's days: what is understood, and what only may be a date. By place."""

    understood: dict[Span, Mention]
    doubtful: dict[Span, Mention]
    """No part of these is moved; somebody must say. What is proposed is a guess, or the same words."""


def mentions(text: str, move: Move) -> list[Mention]:
    """Every date and year of the old campaign that a text names and that is understood as a whole; each once."""
    return list(dict.fromkeys(mention for _, mention in sorted(read(text, move).understood.items())))


def read(text: str, move: Move) -> Reading:
    """Every date and year of the old campaign in a text, and every place where something is half of one."""
    plain = without_figures(text.translate(_NARROW))
    found = _found(text, plain, move)
    open_points, held = list(suspects(plain, found, move)), list[Span]()
    while True:
        places = _Places(found)
        wrong = [(each.span, inside) for each in open_points if (inside := places.half_read(each, plain)) is not None]
        if not any(inside for _, inside in wrong):
            break
        # What leaned on a mention that is none stands alone now, so all are looked at again.
        for span, inside in wrong:
            held += [span, *(part for part in inside if found.pop(part, None))]
    doubts = _merged([*held, *(span for span, _ in wrong)])
    return Reading(found, {span: _doubt(text, span, move) for span in doubts})


def _doubt(text: str, span: Span, move: Move) -> Mention:
    said = " ".join(text[slice(*span)].split())
    wide = any(figure in said for figure in WIDE)
    guessed = guess(" ".join(text[slice(*span)].translate(_NARROW).split()), move)
    return Mention(said, said if guessed is None else _widened(guessed) if wide else guessed)


def _found(text: str, plain: str, move: Move) -> dict[Span, Mention]:
    """Every form that is found, by its place; the longest first, and none inside another one."""
    found: dict[Span, Mention] = {}
    for pattern, shifted in FORMS:
        rest, kept = list[str](), 0
        for match in pattern.finditer(plain):
            proposal = shifted(match, move)
            if proposal is not None:
                said = text[match.start() : match.end()]
                wide = any(figure in said for figure in WIDE)
                found[match.span()] = Mention(" ".join(said.split()), _widened(proposal) if wide else proposal)
                # What is told needs no second reading: the year of a date is not a year of its own.
                rest += [plain[kept : match.start()], "\0" * len(match[0])]
                kept = match.end()
        plain = "".join([*rest, plain[kept:]])
    return found


class _Places:
    """Where the mentions stand, to look up those at one place."""

    def __init__(self, found: dict[Span, Mention]) -> None:
        self._spans = sorted(found)
        self._ends = [end for _, end in self._spans]

    def half_read(self, suspect: Suspect, plain: str) -> list[Span] | None:
        """The mentions that are a part of something that is not understood as a whole. None: it is, or it is no date at all."""
        start, end = suspect.span
        inside = self._within(start, end)
        if any(place[0] <= start and end <= place[1] for place in inside):
            return None
        if not suspect.by_itself and not inside:
            return None
        parts, at = list[str](), start
        for first, last in inside:
            parts.append(plain[at : max(at, first)])
            at = last
        rest = re.sub(r"\b(?:to|until|till|through)\b", "", "".join([*parts, plain[at:end]]))
        return None if suspect.many and inside and not re.search(r"\d|[A-Za-z]{3}", rest) else inside

    def _within(self, start: int, end: int) -> list[Span]:
        at, inside = bisect_left(self._ends, start + 1), list[Span]()
        while at < len(self._spans) and self._spans[at][0] < end:
            inside.append(self._spans[at])
            at += 1
        return inside


def _merged(spans: list[Span]) -> list[Span]:
    """The same places without overlaps."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _widened(words: str) -> str:
    return words.translate(str.maketrans("0123456789", WIDE))


def pattern_of(text: str) -> re.Pattern[str]:
    """Finds a mention again, however its line is broken, and never inside a longer number."""
    words = r"\s+".join(re.escape(word) for word in text.split())
    before, after = (r"(?<!\d)" if text[:1].isdigit() else ""), (r"(?!\d)" if text[-1:].isdigit() else "")
    return re.compile(f"{before}{words}{after}")
