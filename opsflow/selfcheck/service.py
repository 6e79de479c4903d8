"""Scoring: each reviewer alone, once a round, never what they wrote."""

from collections.abc import Mapping

from opsflow.campaigns.permissions import Tie
from opsflow.campaigns.service import check
from opsflow.campaigns.state import is_over
from opsflow.campaigns.store import add_wakes, hold_campaign, load_campaign
from opsflow.context import Context
from opsflow.journal.service import write
from opsflow.kernel.errors import Conflict
from opsflow.kernel.terms import CampaignKey, PersonKey, Stage
from opsflow.kernel.text import Text
from opsflow.outbox.matters import answer, close_matter
from opsflow.selfcheck import store
from opsflow.selfcheck.model import check_scores


def scores_matter(campaign: CampaignKey, number: int, person: PersonKey) -> str:
    """The matter that is open while a reviewer's scores are wanted."""
    return f"scores/{campaign}/{number}/{person}"


def score(
    ctx: Context,
    campaign: CampaignKey,
    *,
    by: PersonKey,
    points: Mapping[str, int],
    comments: Mapping[str, Text] | None = None,
) -> None:
    """Record one reviewer's scores (module -> 0 to 10) for the open round.

    NotFound: no such campaign, or nothing is open. Refused: not a reviewer. Conflict: scored before, or the campaign is
    over. BadInput: other modules, or points out of range.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        hold_campaign(session, campaign)  # first, as everybody does who takes more than one row
        held = load_campaign(session, campaign)
        if is_over(held):
            raise Conflict(f"{campaign} is {held.status}: nothing in it is scored any more.")
        store.lock_rounds(session, campaign)
        latest = next(iter(store.rounds(session, campaign)[-1:]), None)
        current = check_scores(latest, campaign, by=by, points=points)
        check(ctx, held, "self-check.score", f"that of {campaign} is for others", by=by, ties={Tie.ASKED})
        if not store.insert_scores(
            session, campaign, current.number, by=by, points=points, comments=comments or {}, at=now
        ):
            raise Conflict(f"{by} has scored the self-check of {campaign} already.")
        close_matter(session, scores_matter(campaign, current.number, by), facts={"what": "scored", "at": now})
        answer(session, scores_matter(campaign, current.number, by), by=by, at=now)
        if current.waiting_for == (by,):
            add_wakes(session, campaign, [(Stage.DECISION, now)])
        write(
            session,
            at=now,
            actor=by,
            action="self_check.scored",
            campaign=campaign,
            object=f"{campaign}/{current.number}",
            data={"points": dict(points)},
        )
