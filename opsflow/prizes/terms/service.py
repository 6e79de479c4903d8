"""Showing what other terms change, and filing them."""

from dataclasses import dataclass
from datetime import datetime

from opsflow.campaigns.drawrules import DrawRule
from opsflow.campaigns.model import CampaignFile
from opsflow.campaigns.state import Campaign, is_over
from opsflow.campaigns.store import hold_campaign, load_campaign, set_file
from opsflow.campaigns.terms import changes, frozen_changes, losses, with_terms
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.journal.service import write
from opsflow.kernel.errors import Conflict, Refused, listed
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.prizes.draws import store as draws
from opsflow.prizes.draws.model import DrawStatus
from opsflow.prizes.draws.standing import check_may


@dataclass(frozen=True, slots=True)
class Terms:
    """Other terms beside those that hold."""

    changes: tuple[str, ...]
    losses: tuple[str, ...]
    """What participants would lose."""
    published: bool
    """The campaign is live or was: nobody may lose anything by it any more."""

    @property
    def may_be_filed(self) -> bool:
        """Whether the rules let them be filed."""
        return bool(self.changes) and not (self.published and self.losses)


def compare(ctx: Context, campaign: CampaignKey, new: CampaignFile) -> Terms:
    """What the terms of a file would change. NotFound: no such campaign."""
    with ctx.reading() as session:
        return _compare(load_campaign(session, campaign), new, ctx.clock.now())


def file_terms(ctx: Context, campaign: CampaignKey, new: CampaignFile, *, by: PersonKey) -> Terms:
    """File prizes, draws, prize terms and rules of a file; everything else of the campaign stays.

    For the campaign manager and the coordination post. NotFound: no such campaign. Conflict: it is over, or a draw that would
    change, or gives a prize that would, is frozen already. Refused: nothing changes, or it is published and participants would lose by it. NotAllowed:
    not theirs.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        hold_campaign(session, campaign)
        held = load_campaign(session, campaign)
        check_may(ctx, held, "prizes.terms", by)
        if is_over(held):
            raise Conflict(f"{campaign} is {held.status}: its terms stand as they were.")
        found = _compare(held, new, now)
        if not found.changes:
            raise Refused(f"Nothing is written: the file says of prizes, draws and rules what {campaign} says.")
        if not found.may_be_filed:
            raise Refused(
                f"{campaign} is published, and its terms change only in the participants' favour: {listed(found.losses)}."
            )
        _check_frozen(session, held, new)
        set_file(session, campaign, with_terms(held.file, new))
        data = {"changes": list(found.changes)}
        write(session, at=now, actor=by, action="terms.filed", campaign=campaign, object=campaign, data=data)
        return found


def _compare(held: Campaign, new: CampaignFile, now: datetime) -> Terms:
    return Terms(tuple(changes(held.file, new)), tuple(losses(held.file, new)), now >= held.launch)


def _check_frozen(session: Session, held: Campaign, new: CampaignFile) -> None:
    """A list that was written down was written down by its rules, and sealed for what its prizes cost. Conflict: not these."""
    after = {draw.id: draw for draw in new.draws}
    stands: list[DrawRule] = []
    for rule in held.file.draws:
        found = draws.draw(session, held.key, rule.id)
        if found is None or found.status is DrawStatus.FREEZING:
            continue
        if after.get(rule.id) != rule:
            raise Conflict(f"{rule.id} is {found.status}: its rules stand. Change another draw, or add one.")
        stands.append(rule)
    for fault in frozen_changes(held.file, new, stands):
        raise Conflict(f"{fault}. Leave it as it is, and give another prize in another draw.")
