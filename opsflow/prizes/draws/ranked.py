"""Draws without chance: by rank, to all who reach a threshold, or by a finished list. Sealed and proven like a lottery: pure.

Their list of entrants holds what decides (the sum, the instant at which it was reached, the prize of a list), so that
anybody who sorts it finds the same winners. Equal ones are told apart by a hash of the commitment and the id.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from opsflow.kernel.errors import Refused
from opsflow.prizes.draws import verifier
from opsflow.prizes.draws.lottery import Drawn, Sealed, canonical
from opsflow.prizes.draws.model import Entrant

FORMAT = "opsflow-list/1"
_NEVER = "-"


def seal_ranked(
    *, campaign: str, draw: str, rules: Mapping[str, Any], entrants: Iterable[Entrant], refused: Mapping[str, str]
) -> Sealed:
    """Fix who is on the list, with what decides. Refused: nobody is."""
    lines = tuple(sorted(_line(each) for each in entrants))
    left_out = tuple(sorted(f"{who}\t{reason}".encode() for who, reason in refused.items()))
    if not lines:
        raise Refused("Nobody is left to give a prize to: every entrant was refused, or none met the conditions.")
    fixed = {
        "format": FORMAT,
        "campaign": campaign,
        "draw": draw,
        "rules": dict(rules),
        "entrants": [len(lines), verifier.root(list(lines))],
        "refused": [len(left_out), verifier.root(list(left_out))],
    }
    return Sealed(canonical(fixed), lines, left_out)


def ranked(sealed: Sealed, rules: Mapping[str, Any]) -> tuple[Drawn, ...]:
    """Who has which place: of a ranking with alternates behind the winners, of a threshold and a list without."""
    places = [prize for prize, quantity in rules["prizes"] for _ in range(quantity)]
    rows = [line.decode().split("\t") for line in sealed.entrants]
    if rules["form"] == "list":
        return tuple(Drawn(at, row[0], row[3]) for at, row in enumerate(sorted(rows, key=_tie(sealed)), 1))
    if rules["form"] == "ranking":
        rows.sort(key=lambda row: (-int(row[1]), row[2], _hash(sealed, row[0])))
        places += [_NEVER] * rules["alternates"]
    else:
        rows.sort(key=lambda row: (row[2], _hash(sealed, row[0])))
        rows = list(_a_day(rows, rules["most_a_day"], ZoneInfo(rules["zone"])))
    given = zip(rows, places, strict=False)
    return tuple(Drawn(at, row[0], None if prize == _NEVER else prize) for at, (row, prize) in enumerate(given, 1))


def _a_day(rows: Sequence[list[str]], most: int | None, zone: ZoneInfo) -> Iterator[list[str]]:
    """The rows without those who came after a day's share was gone (F66)."""
    given: Counter[object] = Counter()
    for row in rows:
        day = datetime.fromisoformat(row[2]).astimezone(zone).date() if row[2] != _NEVER else None
        given[day] += 1
        if most is None or given[day] <= most:
            yield row


def _line(each: Entrant) -> bytes:
    at = each.reached_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00") if each.reached_at else _NEVER
    return f"{each.participant}\t{each.score}\t{at}\t{each.listed or _NEVER}".encode()


def _tie(sealed: Sealed) -> Any:
    return lambda row: _hash(sealed, row[0])


def _hash(sealed: Sealed, who: str) -> bytes:
    return sha256(f"{sealed.commitment}|{who}".encode()).digest()
