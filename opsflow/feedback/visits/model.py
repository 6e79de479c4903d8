"""Who is called, and what an attempt makes of a visit: pure."""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

from opsflow.kernel.errors import BadInput, Conflict
from opsflow.kernel.terms import CampaignKey, PersonKey

MOST_TRIES = 3
"""Whom nobody reaches so many times is called no more."""


class VisitOutcome(StrEnum):
    """What came of an attempt."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    """They are tried again, three times in all."""
    REFUSED = "refused"
    WRONG_CONTACT = "wrong_contact"
    WITHDRAWN = "withdrawn"
    """They want to be contacted no more: their consent is taken back."""


class VisitChannel(StrEnum):
    """How they were tried."""

    CHAT = "chat"
    TELEPHONE = "telephone"
    EMAIL = "e-mail"


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt as it is kept."""

    at: datetime
    channel: VisitChannel
    outcome: VisitOutcome


@dataclass(frozen=True, slots=True)
class Visit:
    """One return visit."""

    id: str
    participant: str | None
    agent: PersonKey
    tries: tuple[Tried, ...] = ()
    outcome: VisitOutcome | None = None
    """None: they are still to be called."""
    offer: bool = False
    """Whether they want to hear of a follow-up offer."""


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A row of a file of visits: somebody to be called, or what came of it."""

    line: int
    who: Mapping[str, str]
    """Their id, account, e-mail address or telephone number, by its name; the first one counts."""
    agent: str | None
    tried: Tried | None
    """None: the row only says that they are to be called."""
    offer: bool
    note: str


@dataclass(frozen=True, slots=True)
class Load:
    """How far one agent is."""

    agent: PersonKey
    listed: int
    outcomes: Mapping[VisitOutcome, int]
    """Of those that are settled."""
    offers: int

    @property
    def open(self) -> int:
        """Who is still to be called."""
        return self.listed - sum(self.outcomes.values())


class VisitSettled(Conflict):
    """Somebody was first."""

    def __init__(self, visit: Visit) -> None:
        last = visit.tries[-1]
        super().__init__(
            f"That visit is settled: {visit.outcome} by {last.channel} at {last.at:%Y-%m-%d %H:%M} UTC. Nothing was changed."
        )


def check_offer(outcome: VisitOutcome, *, offer: bool) -> None:
    """BadInput: only who was reached can have said that they want an offer."""
    if offer and outcome is not VisitOutcome.REACHED:
        raise BadInput(f"Nobody wants an offer whose outcome is `{outcome}`: only who was reached says so.")


def tried_again(visit: Visit, tried: Tried, *, offer: bool) -> Visit | None:
    """The visit after one more attempt; None: this very attempt is known. VisitSettled: it is over. BadInput: it contradicts."""
    if tried in visit.tries:
        return None
    if visit.outcome is not None:
        raise VisitSettled(visit)
    same = next((each for each in visit.tries if each.at == tried.at), None)
    if same is not None:
        raise BadInput(
            f"another attempt at that very time is kept: {same.channel}, {same.outcome}. Which one is right?"
        )
    check_offer(tried.outcome, offer=offer)
    tries = (*visit.tries, tried)
    over = tried.outcome is not VisitOutcome.NO_ANSWER or len(tries) >= MOST_TRIES
    return replace(visit, tries=tries, outcome=tried.outcome if over else None, offer=offer)


def chosen(campaign: CampaignKey, willing: Iterable[str], number: int) -> list[str]:
    """Whom to call: by a rank that follows from campaign and id alone, so that nobody picks and anybody can check."""
    return heapq.nsmallest(number, willing, key=lambda who: _rank(campaign, who))


def shared_out(count: int, loads: Mapping[PersonKey, int]) -> list[PersonKey]:
    """An agent for each of so many visits: always whoever has least, then the first by name."""
    heap = [(load, agent) for agent, load in loads.items()]
    heapq.heapify(heap)
    found = []
    for _ in range(count):
        load, agent = heap[0]
        found.append(agent)
        heapq.heapreplace(heap, (load + 1, agent))
    return found


def totals(loads: Sequence[Load]) -> Load:
    """All of them as one."""
    outcomes = {name: sum(load.outcomes.get(name, 0) for load in loads) for name in VisitOutcome}
    return Load(
        PersonKey(""),
        sum(load.listed for load in loads),
        {name: number for name, number in outcomes.items() if number},
        sum(load.offers for load in loads),
    )


def _rank(campaign: CampaignKey, who: str) -> bytes:
    return blake2b(f"visit\0{campaign}\0{who}".encode(), digest_size=16).digest()
