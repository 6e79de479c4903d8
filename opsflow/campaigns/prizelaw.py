"""What the law of a region asks of prizes, as data: `prize_law.yaml`. It is a reminder with its sources, not legal advice."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from opsflow.campaigns.model import CampaignFile, Prize
from opsflow.kernel.errors import NotFound
from opsflow.kernel.expectations import Finding
from opsflow.kernel.filemodel import FileModel
from opsflow.kernel.money import Money, money
from opsflow.kernel.text import TextField
from opsflow.kernel.yamlfile import read
from opsflow.org.model import Organisation

FILE = "prize_law.yaml"
Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Limit(FileModel):
    """An amount that is not to be exceeded."""

    amount: Decimal = Field(gt=0)
    source: TextField


class Tax(FileModel):
    """What of a prize the tax takes: a share of its value, from above an amount on."""

    percent: Decimal = Field(ge=0, lt=100)
    free_up_to: Decimal = Field(default=Decimal(0), ge=0)
    """A prize worth no more is free of it; one that is worth more is taxed whole."""
    source: TextField


class RegionLaw(FileModel):
    """One region."""

    currency: Currency
    """Of its amounts; a campaign in another one is not compared with them."""
    top_draw_prize: Limit | None = None
    """The most that one prize of a lottery may be worth."""
    tax: Tax | None = None
    """On prizes that the campaign file calls taxable."""


class PrizeLaw(FileModel):
    """Every region that is known."""

    regions: dict[Region, RegionLaw]


def load_prize_law(folders: Sequence[Path]) -> PrizeLaw:
    """The file of the first folder that has one; BadFile names every mistake in it."""
    for folder in folders:
        if (folder / FILE).is_file():
            return _read(folder / FILE, (folder / FILE).stat().st_mtime_ns)
    raise NotFound(f"There is no {FILE} in {', '.join(map(str, folders))}; the shipped one is missing.")


def law_of(campaign: CampaignFile, organisation: Organisation, folders: Sequence[Path]) -> RegionLaw | None:
    """That of the campaign's region, or else of its organisation's; None: nobody has written it down."""
    return load_prize_law(folders).regions.get(campaign.region or organisation.calendar)


@lru_cache(maxsize=8)
def _read(path: Path, modified: int) -> PrizeLaw:  # noqa: ARG001 - tells one state of the file from another
    return read(path, PrizeLaw)


def law_findings(campaign: CampaignFile, region: str, law: PrizeLaw) -> Iterator[Finding]:
    """Prizes that the region's law does not let a lottery give. `region`: of the campaign, or of its organisation."""
    rules = law.regions.get(region)
    limit = rules.top_draw_prize if rules else None
    if rules is None or limit is None or campaign.budget.currency != rules.currency:
        return
    drawn = {share.prize for draw in campaign.draws if draw.form == "lottery" for share in draw.prizes}
    drawn |= set() if campaign.draws or "lottery" not in campaign.mechanics else {one.id for one in campaign.prizes}
    for index, prize in enumerate(campaign.prizes):
        if prize.id in drawn and prize.unit_value > limit.amount:
            message = (
                f"`{prize.id}` is worth more than {rules.currency} {limit.amount}, the most a draw may give in {region}"
            )
            yield Finding(("prizes", index, "unit_value"), False, message, f"Source: {limit.source.en}")


def tax_on(prize: Prize, campaign: CampaignFile, rules: RegionLaw | None) -> Money:
    """The tax on one prize, in the budget's currency, to the minor unit, halves up.

    Paid by the organiser, it is itself income of the winner: value x rate / (1 - rate). 0: not taxable, no table for
    the region, another currency, or worth no more than what is free.
    """
    value = money(prize.unit_value, campaign.budget.currency)
    tax = rules.tax if rules and rules.currency == value.currency else None
    if tax is None or not prize.taxable or prize.unit_value <= tax.free_up_to:
        return Money(0, value.currency)
    rate = tax.percent / 100
    share = rate / (1 - rate) if campaign.prize_terms.tax_paid_by == "organiser" else rate
    return Money(int(value.units * share + Decimal("0.5")), value.currency)
