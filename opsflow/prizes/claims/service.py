"""Claiming: each winner gets a link of their own, says where the prize goes, and loses it when the time is over."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from opsflow.campaigns.model import Prize
from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.journal.model import ENGINE
from opsflow.journal.service import write
from opsflow.kernel.errors import BadInput, Conflict
from opsflow.kernel.signing import Altered, Signed, sign
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.text import Text
from opsflow.outbox.links import public_url, read_participants_link, secret
from opsflow.participants import store as crowd
from opsflow.participants.model import ParticipantId, ParticipantStatus
from opsflow.prizes.awards.model import AwardId, AwardStatus
from opsflow.prizes.awards.service import set_status
from opsflow.prizes.claims import store
from opsflow.prizes.claims.model import CODE_LASTS, Checked, Won, checked, claim_until, claimed_prizes, code_prizes
from opsflow.prizes.draws import store as draws
from opsflow.prizes.draws.model import places, rule_of
from opsflow.prizes.draws.service import promote
from opsflow.prizes.draws.standing import check_may
from opsflow.prizes.payouts.holds.store import Braked, check_not_braked
from opsflow.prizes.payouts.lists.service import set_payee
from opsflow.prizes.payouts.stock.store import code_of
from opsflow.prizes.settling.service import wake_closing

CLAIM = "claim"
"""The action of a link by which a winner claims."""
CODE = "code"
"""The action of a link by which a winner reads the code that they have won, and does nothing else."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a winner is to be sent, and where to."""

    award: AwardId
    prize: Prize
    until: datetime
    link: str
    contact: Mapping[str, str]
    """Personal data; empty once they are erased."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A link that was read: whose award, and whether it can be claimed."""

    won: Won
    campaign: Campaign
    prize: Prize
    until: datetime
    """Until when it can be claimed; of a link that only shows a code: until when it does."""
    asks: bool
    """Whether it is for claiming."""
    is_paid: bool
    code: str | None = field(repr=False)
    """What the prize is, where it is a code and was given out. As good as money: for its winner alone."""

    @property
    def is_claimed(self) -> bool:
        """Whether somebody has said where it goes."""
        return self.won.status is AwardStatus.CLAIMED


class TooLate(Conflict):
    """The prize is not this winner's any more."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"The time to claim this prize ended on {until:%Y-%m-%d %H:%M} UTC.")


def invitations(ctx: Context, campaign: CampaignKey, *, by: PersonKey) -> list[Invitation]:
    """A link for each winner who has not claimed yet, or has said where it goes and was refused there.

    Whoever was refused has as many days again to correct it. It holds personal data: for whoever sends the mail, nobody else.

    For the campaign manager and the coordination post. BadInput: OPSFLOW_PUBLIC_URL does not say where the page is.
    NotFound: no such campaign. NotAllowed: not theirs. Braked: nobody is told anything.
    """
    base = public_url(ctx.settings)
    if base is None:
        raise BadInput("Winners need the page's address: set OPSFLOW_PUBLIC_URL, as docs/pages.md says.")
    now = ctx.clock.now()
    with ctx.transaction() as session:
        held = load_campaign(session, campaign)
        check_may(ctx, held, "prizes.invite", by)
        check_not_braked(session, campaign)
        found = list(_invitations(session, held, base, secret(ctx.settings), now))
        data = {"winners": len(found)}
        write(session, at=now, actor=by, action="claims.invited", campaign=campaign, object=campaign, data=data)
        return found


@dataclass(frozen=True, slots=True)
class ToTell:
    """A prize that its winner is told of."""

    id: AwardId
    draw: str
    participant: str
    prize: Text
    link: str | None
    """Where it is claimed; None: nothing is asked, it goes to the account that took part."""
    until: datetime | None
    code_link: str | None = None
    """Where the code is shown once it was given out, where the prize may be one."""


def prizes_to_tell(ctx: Context, session: Session, held: Campaign) -> Iterator[ToTell]:
    """Every prize that somebody has and has not claimed yet, with the link by which it is claimed where one is needed."""
    base, key, asked = public_url(ctx.settings), secret(ctx.settings), claimed_prizes(held.file)
    titles, codes = {prize.id: prize.title for prize in held.file.prizes}, code_prizes(held.file)
    for won in store.awards(session, held.key, status=AwardStatus.WON, prizes=list(titles)):
        until = claim_until(won.won_at, won.claim_days, held.zone)
        if won.prize not in asked:
            shown = f"{base}/claims/{_code_token(key, won)}" if won.prize in codes else None
            yield ToTell(won.id, won.draw, won.participant, titles[won.prize], None, None, shown)
        elif until > ctx.clock.now():
            token = sign(key, Signed(CLAIM, won.id, won.participant, until))
            yield ToTell(won.id, won.draw, won.participant, titles[won.prize], f"{base}/claims/{token}", until)


def unclaimed(ctx: Context, campaign: CampaignKey) -> list[tuple[Won, datetime]]:
    """Every prize that is still to be claimed, and until when. NotFound: no such campaign."""
    with ctx.reading() as session:
        held = load_campaign(session, campaign)
        waiting = store.awards(session, campaign, status=AwardStatus.WON, prizes=list(claimed_prizes(held.file)))
        return [(won, claim_until(won.won_at, won.claim_days, held.zone)) for won in waiting]


def read_claim(ctx: Context, token: str) -> Claim:
    """What a link lets somebody claim. Altered: it was not made for this. Expired, TooLate: its time is over."""
    said = read_participants_link(ctx.settings, token, now=ctx.clock.now())
    with ctx.reading() as session:
        return _claim(session, said)


def claim(ctx: Context, token: str, given: Mapping[str, str]) -> Checked:
    """Take down where a prize goes; until it is being paid it may be corrected. Mistakes: nothing is kept.

    Errors are those of `read_claim`, and UnderWay: it is being paid.
    """
    now = ctx.clock.now()
    link = read_participants_link(ctx.settings, token, now=now)
    if link.action != CLAIM:
        raise Altered
    with ctx.transaction() as session:
        found = _claim(session, link)
        hold_campaign(session, found.won.campaign)
        found = _claim(session, link)
        read = checked(found.prize, given)
        if read.mistakes:
            return read
        said = {str(name): value for name, value in read.values.items()}
        is_new = set_payee(session, found.won.id, said, now, new_id=ctx.new_id)
        if found.is_claimed and not is_new:
            return read  # pressed twice
        set_status(session, [found.won.id], AwardStatus.CLAIMED, now=now)
        action = "award.corrected" if found.is_claimed else "award.claimed"
        write(session, at=now, actor=ENGINE, action=action, campaign=found.won.campaign, object=found.won.id)
        return read


def lapse_due(ctx: Context, campaign: CampaignKey) -> tuple[int, int]:
    """Take back what nobody has claimed in time; each goes to the next alternate, once. (taken back, given on).

    What an alternate does not claim either returns to the budget: it is drawn on once. Braked: winners may not even have been
    told, so nobody loses anything.
    """
    now, lapsed, given = ctx.clock.now(), 0, 0
    with ctx.transaction() as session:
        hold_campaign(session, campaign)
        held = load_campaign(session, campaign)
        check_not_braked(session, campaign)
        for won in store.awards(session, campaign, status=AwardStatus.WON, prizes=list(claimed_prizes(held.file))):
            if now < claim_until(won.won_at, won.claim_days, held.zone):
                continue
            set_status(session, [won.id], AwardStatus.LAPSED, now=now)
            lapsed += 1
            draw = draws.draw(session, campaign, won.draw)
            assert draw is not None  # an award of a draw that was drawn
            draws.take_back(session, draw, won.participant, "not claimed in time")
            is_first = won.rank <= len(places(rule_of(held.file, won.draw)))
            heir = promote(ctx, session, held, draw, won.prize, now) if is_first else None
            given += heir is not None
            data = {"to": heir.participant if heir else None}
            write(session, at=now, actor=ENGINE, action="award.lapsed", campaign=campaign, object=won.id, data=data)
        if lapsed:
            wake_closing(session, held, now=now)
    return lapsed, given


def lapse_all(ctx: Context) -> int:
    """The same in every campaign where something waits to be claimed and no brake is on; answers how many were taken back."""
    with ctx.reading() as session:
        campaigns = store.campaigns_waiting(session)
    lapsed = 0
    for campaign in campaigns:
        with suppress(Braked):
            lapsed += lapse_due(ctx, campaign)[0]
    return lapsed


def _invitations(session: Session, held: Campaign, base: str, key: str, now: datetime) -> Iterator[Invitation]:
    prizes = claimed_prizes(held.file)
    waiting = [
        (won, claim_until(won.won_at, won.claim_days, held.zone))
        for won in store.awards(session, held.key, status=AwardStatus.WON, prizes=list(prizes))
    ]
    waiting += [
        (won, claim_until(now, won.claim_days, held.zone))
        for won in store.refused(session, held.key, prizes=list(prizes))
    ]
    known = crowd.known(session, held.key, {won.participant for won, _ in waiting})
    for won, until in waiting:
        if until > now:
            token = sign(key, Signed(CLAIM, won.id, won.participant, until))
            contact = (known.get(won.participant) or {}).get("data") or {}
            yield Invitation(won.id, prizes[won.prize], until, f"{base}/claims/{token}", contact)


def _code_token(key: str, won: Won) -> str:
    return sign(key, Signed(CODE, won.id, won.participant, won.won_at + CODE_LASTS))


def _claim(session: Session, said: Signed) -> Claim:
    won = store.award(session, said.matter) if said.action in (CLAIM, CODE) else None
    if won is None or won.participant != said.person:
        raise Altered
    held, asks = load_campaign(session, won.campaign), said.action == CLAIM
    prize = (claimed_prizes if asks else code_prizes)(held.file).get(won.prize)
    person = crowd.participant(session, won.campaign, ParticipantId(won.participant))
    if prize is None or person is None or person.status is ParticipantStatus.ERASED:
        raise Altered
    until = said.ends if asks else won.won_at + CODE_LASTS
    if won.status in (AwardStatus.LAPSED, AwardStatus.VOID):
        raise TooLate(until)
    paid_under = store.paid_under(session, won.id)
    code = code_of(session, paid_under) if paid_under is not None else None
    return Claim(won, held, prize, until, asks, paid_under is not None, code)
