"""What the journal and its proof look like: text for a terminal, JSON for other programs."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from opsflow.cli.acting import counted, moment

if TYPE_CHECKING:
    from opsflow.campaigns.state import Campaign
    from opsflow.journal.model import Entry
    from opsflow.journal.service import Verified
    from opsflow.journal.verifying import ChainReport

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00")
"""How `kernel.values` keeps one."""
NO_CAMPAIGN = "(no campaign)"
ENDS = {
    "whole": "The journal is what was written, up to its checkpoints.",
    "tail unproven": "Tail unproven: what is there holds together, but no checkpoint tells whether entries are missing at an end or "
    "all were written anew. The tick signs it from now on; --checkpoints FILE names those that were kept elsewhere.",
    "broken": "The journal is broken: keep this database as it is and compare it with a backup (docs/operations.md).",
}


def entry_lines(campaign: "Campaign", entries: Sequence["Entry"]) -> Iterator[str]:
    """One line each: number, when, who, what, to what, and what was said."""
    wide = len(str(len(entries)))
    for entry in entries:
        said = "".join(f"  {name}: {_said(value, campaign)}" for name, value in entry.data.items() if value)
        when = moment(entry.at, campaign.zone)
        yield f"{entry.number:>{wide}}  {when}  {entry.actor}  {entry.action}  {entry.object}{said}"


def json_entry(entry: "Entry") -> dict[str, Any]:
    """An entry as other programs read it."""
    return {
        "number": entry.number,
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "action": entry.action,
        "campaign": entry.campaign,
        "object": entry.object,
        "data": entry.data,
        "hash": entry.hash,
    }


def verified_lines(found: "Verified") -> Iterator[str]:
    """A line for each chain, each checkpoint that proves nothing, and the verdict."""
    for chain in found.chains:
        yield f"{chain.campaign or NO_CAMPAIGN}: {counted(chain.entries, 'entry', 'entries')}, {_standing(chain)}"
    yield from found.unreadable
    yield ENDS[found.verdict]


def json_verified(found: "Verified") -> dict[str, Any]:
    """The same as JSON."""
    return {
        "verdict": found.verdict,
        "entries": found.entries,
        "chains": [_json_chain(chain) for chain in found.chains],
        "unreadable_checkpoints": list(found.unreadable),
    }


def _standing(chain: "ChainReport") -> str:
    if chain.fault is not None:
        row = "" if chain.fault.seq is None else f" (row {chain.fault.seq})"
        return f"broken at entry {chain.fault.number}{row}: {chain.fault.text}"
    if chain.signed_at is None:
        return f"{chain.verdict}: none is signed"
    rest = chain.entries - chain.signed
    waits = f"; {counted(rest, 'waits', 'wait')} for the next checkpoint" if rest else ""
    return f"{chain.verdict}, signed up to entry {chain.signed} on {chain.signed_at:%Y-%m-%d %H:%M} UTC{waits}"


def _json_chain(chain: "ChainReport") -> dict[str, Any]:
    fault = chain.fault
    return {
        "campaign": chain.campaign,
        "verdict": chain.verdict,
        "entries": chain.entries,
        "head": chain.head,
        "signed": chain.signed,
        "signed_at": _iso(chain.signed_at),
        "unsigned_since": _iso(chain.waiting_since),
        "fault": fault and {"entry": fault.number, "row": fault.seq, "text": fault.text},
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _said(value: Any, campaign: "Campaign") -> str:
    match value:
        case Mapping() if value.keys() == {"en", "zh"}:
            return str(value[campaign.organisation.language])
        case Mapping():
            return ", ".join(f"{name} {_said(part, campaign)}" for name, part in value.items())
        case list():
            return ", ".join(_said(part, campaign) for part in value)
        case str() if INSTANT.fullmatch(value):
            return moment(datetime.fromisoformat(value), campaign.zone)
    return str(value)
