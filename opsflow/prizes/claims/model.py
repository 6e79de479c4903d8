"""What a winner has to give for a prize, and whether it can be taken: pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from opsflow.campaigns.model import CampaignFile, Prize, PrizeKind
from opsflow.kernel.characters import composed, without_unsafe
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import CampaignKey
from opsflow.kernel.zoned import instant, local_date
from opsflow.participants import identity
from opsflow.prizes.awards.model import AwardId, AwardStatus, needs_claim

Field = Literal["name", "phone", "address", "account", "tax_id"]
Mistake = Literal["missing", "long", "form"]
LONGEST = 200
ADDRESS_LONGEST = 500
CODE_LASTS = timedelta(days=180)
"""How long after the win a winner's link shows the code: longer than finance needs to pay, and no link is for ever."""
_TAX_ID = re.compile(r"[0-9A-Z]{5,30}")
_NEEDED: Mapping[PrizeKind, tuple[Field, ...]] = {
    "physical": ("name", "phone", "address"),
    "cash": ("name", "account"),
}


@dataclass(frozen=True, slots=True)
class Won:
    """An award, with what its draw says of claiming."""

    id: AwardId
    campaign: CampaignKey
    draw: str
    participant: str
    prize: str
    rank: int
    status: AwardStatus
    won_at: datetime
    claim_days: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What somebody has written into the form."""

    values: Mapping[Field, str]
    """As it is kept."""
    mistakes: Mapping[Field, Mistake]
    """Empty: it can be taken."""


def fields_of(prize: Prize) -> tuple[Field, ...]:
    """What is needed for a prize, in the order of the form; none: it goes to the account that took part."""
    needed = _NEEDED.get(prize.kind, ())
    return (*needed, "tax_id") if needed and prize.taxable else needed


def claimed_prizes(campaign: CampaignFile) -> dict[str, Prize]:
    """The prizes whose winners are asked for something, by id."""
    return {prize.id: prize for prize in campaign.prizes if needs_claim(prize.kind)}


def code_prizes(campaign: CampaignFile) -> dict[str, Prize]:
    """The prizes that may be a code, which its winner reads on a page of their own, by id."""
    return {prize.id: prize for prize in campaign.prizes if prize.kind in ("coupon", "code")}


def checked(prize: Prize, given: Mapping[str, str]) -> Checked:
    """Read what was given; nothing else than what is needed is kept."""
    values: dict[Field, str] = {}
    mistakes: dict[Field, Mistake] = {}
    for name in fields_of(prize):
        text = " ".join(composed(without_unsafe(given.get(name, ""))).split())
        limit = ADDRESS_LONGEST if name == "address" else LONGEST
        mistake: Mistake | None = "missing" if not text else "long" if len(text) > limit else None
        read = _READ.get(name)
        if mistake is None and read is not None:
            try:
                text = read(text)
            except BadInput:
                mistake = "form"
        values[name] = text[:limit]
        if mistake is not None:
            mistakes[name] = mistake
    return Checked(values, mistakes)


def claim_until(won_at: datetime, claim_days: int, zone: ZoneInfo) -> datetime:
    """When a prize lapses: the midnight after so many whole days, on the campaign's clocks."""
    day = local_date(won_at, zone) + timedelta(days=claim_days + 1)
    return instant(day, time(), zone).astimezone(zone)


def _tax_id(text: str) -> str:
    plain = re.sub(r"[\s-]", "", text).upper()
    if not _TAX_ID.fullmatch(plain):
        raise BadInput("no number of an identity document")
    return plain


def _words(text: str) -> str:
    """A name, an address, an account: something of it is a letter or a figure."""
    if not any(each.isalnum() for each in text):
        raise BadInput("nothing in it is a letter or a figure")
    return text


_READ: Mapping[Field, Callable[[str], str]] = {
    "phone": identity.phone,
    "tax_id": _tax_id,
    "name": _words,
    "address": _words,
    "account": _words,
}
