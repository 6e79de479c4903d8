"""Whether the journal is what was written: each chain link by link, and held against what was signed outside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from opsflow.journal.model import Chain, Stored
from opsflow.kernel.chain import START, Checkpoint, entry_hash
from opsflow.kernel.terms import CampaignKey

PERIOD = timedelta(minutes=10)
"""A chain that has grown is signed after so long,"""
MOST_UNSIGNED = 1_000
"""or when it has grown by so many entries."""
STALE = 2 * PERIOD
"""An entry that has waited for so long to be signed was forgotten."""


class Verdict(StrEnum):
    """What can be said of a chain."""

    WHOLE = "whole"
    """Every entry is what was written, up to the last checkpoint; what came after waits for the next."""
    UNPROVEN = "tail unproven"
    """The entries that are there hold together; whether some were cut off or all were written anew, nothing tells."""
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Fault:
    """The first bad entry of a chain."""

    number: int
    """Its place in the chain."""
    seq: int | None
    """Its row; None: that is missing."""
    text: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What was found of one chain."""

    campaign: CampaignKey | None
    verdict: Verdict
    entries: int
    head: str
    """The hash of its last good entry, hexadecimal."""
    signed: int
    """Up to which entry a checkpoint proves it; 0: none does."""
    signed_at: datetime | None
    waiting_since: datetime | None
    """When the first entry that is not signed yet was written; None: all are."""
    fault: Fault | None


def walk(
    rows: Iterable[Stored], chains: Sequence[Chain], checkpoints: Iterable[Checkpoint], *, now: datetime
) -> tuple[ChainReport, ...]:
    """Follow every chain to its end, in one pass over all rows in the order of writing.

    `checkpoints`: those whose signature was found good.
    """
    said: dict[CampaignKey | None, dict[int, list[Checkpoint]]] = {}
    for each in checkpoints:
        said.setdefault(each.campaign, {}).setdefault(each.number, []).append(each)
    links: dict[str | None, _Link] = {each.campaign: _Link() for each in chains}
    for campaign, of_chain in said.items():
        links.setdefault(campaign, _Link()).checkpoints = of_chain
    for row in rows:
        link = links.get(row.campaign) or links.setdefault(row.campaign, _Link())
        link.take(row)
    signed: dict[str | None, int] = {each.campaign: each.signed for each in chains}
    named = sorted(links, key=lambda campaign: campaign or "")
    return tuple(links[each].report(each, signed.get(each, 0), now) for each in named)


@dataclass(slots=True)
class _Link:
    """How far one chain was followed."""

    checkpoints: Mapping[int, list[Checkpoint]] = field(default_factory=dict)
    entries: int = 0
    number: int = 0
    hash: bytes = START
    proven: Checkpoint | None = None
    waiting_since: datetime | None = None
    fault: Fault | None = None

    def take(self, row: Stored) -> None:
        self.entries += 1
        if self.fault is not None:
            return
        expected = self.number + 1
        if row.number != expected:
            missing = row.number > expected
            why = ": that was deleted or moved" if missing else ""
            text = f"entry {row.number} stands where {expected} should{why}"
            self.fault = Fault(expected, None if missing else row.seq, text)
            return
        _, number, at, actor, action, campaign, object_, data, hash_ = row
        found = entry_hash(
            self.hash, number=number, at=at, actor=actor, action=action, campaign=campaign, object=object_, data=data
        )
        if found != hash_:
            text = f"entry {expected} is not what was written here, or does not follow entry {self.number}"
            self.fault = Fault(expected, row.seq, text)
            return
        if number in self.checkpoints:
            self._compare(row)
        elif self.waiting_since is None:
            self.waiting_since = datetime.fromisoformat(at).replace(tzinfo=UTC)
        if self.fault is None:
            self.number, self.hash = number, hash_

    def _compare(self, row: Stored) -> None:
        for each in self.checkpoints[row.number]:
            if each.head == row.hash.hex():
                self.proven, self.waiting_since = each, None
                continue
            first = self.proven.number + 1 if self.proven else 1
            which = f"entry {first}" if first == row.number else f"one of the entries {first} to {row.number}"
            text = f"{which} was written anew: the checkpoint of {_when(each.at)} has signed another"
            self.fault = Fault(first, row.seq if first == row.number else None, text)
            return

    def report(self, campaign: str | None, marked: int, now: datetime) -> ChainReport:
        if self.fault is None:
            self._look_for_the_end(marked)
        return ChainReport(
            campaign=CampaignKey(campaign) if campaign is not None else None,
            verdict=self._verdict(now),
            entries=self.entries,
            head=self.hash.hex(),
            signed=self.proven.number if self.proven else 0,
            signed_at=self.proven.at if self.proven else None,
            waiting_since=self.waiting_since,
            fault=self.fault,
        )

    def _look_for_the_end(self, marked: int) -> None:
        longest = max(self.checkpoints, default=0)
        first = self.number + 1
        if longest > self.number:
            at = _when(self.checkpoints[longest][0].at)
            text = f"the entries from {first} on are missing: the checkpoint of {at} has signed {longest}"
            self.fault = Fault(first, None, text)
        elif marked > self.number:
            text = f"the entries from {first} on are missing: the database itself remembers that {marked} were signed"
            self.fault = Fault(first, None, text)

    def _verdict(self, now: datetime) -> Verdict:
        if self.fault is not None:
            return Verdict.BROKEN
        stale = self.waiting_since is not None and now - self.waiting_since >= STALE
        return Verdict.UNPROVEN if self.proven is None or stale else Verdict.WHOLE


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
