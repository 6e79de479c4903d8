"""Votes by signed link: what a link would do, and what became of it. Opening one records nothing; the button does."""

from dataclasses import dataclass
from typing import Any

from opsflow.approvals.model import ApprovalId, Verdict, seat_of_matter
from opsflow.approvals.service import vote
from opsflow.context import Context
from opsflow.engine.ballot import Ballot, ballot
from opsflow.kernel.errors import Conflict, Refused
from opsflow.kernel.signing import Altered, Signed
from opsflow.kernel.terms import PersonKey
from opsflow.kernel.text import Text
from opsflow.outbox.links import VOTES, read_link
from opsflow.web.pages import Answer, Place, notice, one_line

LONGEST_REASON = 2000
STATUS = {"voted": 409, "decided": 409, "superseded": 410, "no_seat": 403, "own_work": 403, "over": 410}
"""Of a link whose vote does not count any more, by why."""


@dataclass(frozen=True, slots=True)
class VoteLink:
    """A link that was read: who it lets vote how on what."""

    said: Signed
    approval: ApprovalId
    person: PersonKey
    verdict: Verdict


def read_vote(ctx: Context, token: str) -> VoteLink:
    """The link of a token. Altered: it was not made here, or for something else. Expired: its time is over."""
    said = read_link(ctx.settings, token, now=ctx.clock.now())
    seat = seat_of_matter(said.matter)
    if said.action not in VOTES or seat is None or seat[1] != said.person:
        raise Altered
    return VoteLink(said, *seat, Verdict(said.action))


def shown(ctx: Context, link: VoteLink, place: Place) -> Answer:
    """What the link would do, with the button that does it; or why it does nothing any more."""
    paper = ballot(ctx, link.approval, link.person, place.language)
    if paper.standing != "open":
        return Answer(STATUS[paper.standing], _became(paper, link, place))
    return Answer(200, _form(paper, link, place))


def result(ctx: Context, link: VoteLink, place: Place) -> Answer:
    """What was recorded by the link."""
    paper = ballot(ctx, link.approval, link.person, place.language)
    if paper.standing == "voted":
        return Answer(200, _became(paper, link, place, recorded=True))
    return shown(ctx, link, place)


def cast(ctx: Context, link: VoteLink, place: Place, reason: str) -> Answer | None:
    """Record the vote; None when it is recorded, else the page that says why it is not."""
    given = one_line(reason)
    words: Text | None = None
    if link.verdict is Verdict.REJECT:
        mistake = "missing" if not given else "long" if len(given) > LONGEST_REASON else None
        if mistake:
            paper = ballot(ctx, link.approval, link.person, place.language)
            if paper.standing == "open":
                return Answer(422, _form(paper, link, place, mistake=mistake, given=given[:LONGEST_REASON]))
        words = Text.both(given or "-")
    try:
        vote(ctx, link.approval, by=link.person, verdict=link.verdict, reason=words)
    except (Conflict, Refused):
        # The one decision function said no; the paper as it is now says why in the reader's own words.
        paper = ballot(ctx, link.approval, link.person, place.language)
        if paper.standing == "open":
            raise
        return Answer(STATUS[paper.standing], _became(paper, link, place))
    return None


def _form(paper: Ballot, link: VoteLink, place: Place, *, mistake: str = "", given: str = "") -> str:
    language, zone = place.language, paper.campaign.zone
    mine = [seat.person == link.person for seat in paper.approval.seats]
    votes = list(zip(mine, paper.facts["votes"], strict=True))
    facts: dict[str, Any] = {
        "approve": link.verdict is Verdict.APPROVE,
        "approval": paper.facts,
        "campaign_title": paper.campaign.title[language],
        "organisation": paper.campaign.organisation.name[language],
        "level": paper.campaign.level.value,
        "person": paper.person,
        "own": [vote for is_mine, vote in votes if is_mine],
        "others": [vote for is_mine, vote in votes if not is_mine],
        "document_path": f"{place.path}/document" if paper.document else "",
        "handed_in": [{"title": each.title, "evidence": each.evidence} for each in paper.handed_in],
        "ends": link.said.ends.astimezone(zone),
        "now": paper.now.astimezone(zone),
        "mistake": mistake,
        "given": given,
        "longest": LONGEST_REASON,
    }
    return place.fill("vote.html.j2", facts)


def _became(paper: Ballot, link: VoteLink, place: Place, *, recorded: bool = False) -> str:
    vote_given = next(
        (
            facts
            for seat, facts in zip(paper.approval.seats, paper.facts["votes"], strict=True)
            if seat.person == link.person and seat.verdict is not None
        ),
        None,
    )
    return notice(
        place,
        "recorded" if recorded else paper.standing,  # type: ignore[arg-type]
        way_out=False,
        subject=paper.facts["subject_title"],
        version=str(paper.approval.version),
        verdict=(vote_given["verdict_title"] or "") if vote_given else "",
        at=vote_given["at"] if vote_given else None,
        status=paper.facts["status"],
        status_title=paper.facts["status_title"],
    )
