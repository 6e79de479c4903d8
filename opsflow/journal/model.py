"""An entry of the journal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from opsflow.kernel.terms import CampaignKey

ENGINE = "opsflow"
"""The actor of what nobody did by hand."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened."""

    number: int
    """Its place in the chain of its campaign, from 1."""
    seq: int
    """Its place among all entries, with gaps."""
    at: datetime
    actor: str
    """A person's key, or `opsflow`."""
    action: str
    """`task.done`, `approval.approved`: what it was done to, and what."""
    campaign: CampaignKey | None
    object: str
    data: Mapping[str, Any]
    """JSON; texts in two languages as mappings with en and zh."""
    hash: str
    """Hexadecimal: see `kernel/chain.py`."""


class Stored(NamedTuple):
    """One row as it stands in the database, for checking. A million of them are read: no more than a tuple."""

    seq: int
    number: int
    at: str
    """As `kernel.chain.instant_text` writes it."""
    actor: str
    action: str
    campaign: str | None
    object: str
    data: str
    """As text."""
    hash: bytes


@dataclass(frozen=True, slots=True)
class Chain:
    """What the database says of a chain beside its entries."""

    campaign: CampaignKey | None
    signed: int
    """Up to which entry a checkpoint was signed; 0: none was."""
