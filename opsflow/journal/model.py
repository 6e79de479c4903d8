"""An entry of the journal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opsflow.kernel.terms import CampaignKey

ENGINE = "opsflow"
"""The actor of what nobody did by hand."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened."""

    seq: int
    """Entries of one campaign are numbered in their order, with gaps."""
    at: datetime
    actor: str
    """A person's key, or `opsflow`."""
    action: str
    """`task.done`, `approval.approved`: what it was done to, and what."""
    campaign: CampaignKey | None
    object: str
    data: Mapping[str, Any]
    """JSON; texts in two languages as mappings with en and zh."""
