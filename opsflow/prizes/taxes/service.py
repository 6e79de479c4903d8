"""The list that finance declares the tax on prizes by."""

from dataclasses import dataclass, field

from opsflow.campaigns.prizelaw import law_of, tax_on
from opsflow.campaigns.service import check
from opsflow.campaigns.store import load_campaign
from opsflow.context import Context
from opsflow.journal.service import write
from opsflow.kernel.money import Money
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.text import Text
from opsflow.prizes.taxes import store


@dataclass(frozen=True, slots=True)
class Taxed:
    """A taxable prize that somebody has won."""

    award: str
    draw: str
    participant: str
    prize: Text
    worth: Money
    tax: Money
    """By the table of the campaign's region; 0 below what is free of it, and where there is no table."""
    paid_by: str
    """`organiser` or `winner`, as the campaign's terms say."""
    name: str = field(repr=False)
    """As the winner has said it; empty until they claim, and once they were erased."""
    tax_id: str = field(repr=False)


def taxed(ctx: Context, campaign: CampaignKey, *, by: PersonKey) -> list[Taxed]:
    """Every taxable prize that was won and not taken back, by draw and place; that somebody has it stands in the journal.

    It holds personal data. For finance. NotFound: no such campaign. NotAllowed: not theirs.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        held = load_campaign(session, campaign)
        check(ctx, held, "prizes.tax", f"the tax list of {campaign} is for others", by=by)
        law = law_of(held.file, held.organisation, ctx.settings.template_folders)
        prizes = {prize.id: prize for prize in held.file.prizes if prize.taxable}
        taxes = {name: tax_on(prize, held.file, law) for name, prize in prizes.items()}
        found = [
            Taxed(
                award=each.award,
                draw=each.draw,
                participant=each.participant,
                prize=prizes[each.prize].title,
                worth=Money(each.units, each.currency),
                tax=taxes[each.prize],
                paid_by=held.file.prize_terms.tax_paid_by,
                name=each.said.get("name", ""),
                tax_id=each.said.get("tax_id", ""),
            )
            for each in store.awards(session, campaign, list(prizes))
        ]
        data = {"count": len(found)}
        write(session, at=now, actor=by, action="taxes.listed", campaign=campaign, object=campaign, data=data)
    return found
