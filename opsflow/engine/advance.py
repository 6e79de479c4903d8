"""One stage run: load, decide, apply, until nothing more is possible now."""

from dataclasses import dataclass

from opsflow.campaigns.store import WAKES, delete_wakes, due_wakes, hold_campaign
from opsflow.context import Context
from opsflow.db.written import take_written
from opsflow.engine.apply import apply
from opsflow.engine.decide import decide
from opsflow.engine.load import load_changed, load_snapshot
from opsflow.engine.outlook import Outlook, outlook
from opsflow.kernel.terms import CampaignKey, Level, Stage
from opsflow.stages import store as stages

MOST_ROUNDS = 200
"""A stage of 127 tasks settles in a handful; more than this is two rules that undo each other."""


@dataclass(frozen=True, slots=True)
class Advanced:
    """What a run did, and what the stage waits for now."""

    campaign: CampaignKey
    level: Level
    stage: Stage
    did: tuple[str, ...]
    outlook: Outlook


def advance(ctx: Context, campaign: CampaignKey, stage: Stage) -> Advanced:
    """Do every step of a stage that is possible now, in one transaction, and forget the wakes that asked for it.

    NotFound: no such campaign. StaleStage: another run moved the stage meanwhile; nothing of this one is kept, and its
    wakes are launched again.
    """
    with ctx.transaction() as session:
        # Before any row of it, as whoever acts in a campaign does: else each may wait for what the other holds.
        hold_campaign(session, campaign)
        wakes = due_wakes(session, campaign, stage, now=ctx.clock.now())
        snapshot = load_snapshot(ctx, session, campaign, stage)
        read = snapshot.stage
        did: list[str] = []
        take_written(session)
        for _ in range(MOST_ROUNDS):
            effects = decide(snapshot)
            if not effects:
                break
            did += apply(ctx, session, snapshot, effects)
            session.expire_all()
            written = take_written(session)
            if WAKES in written:
                # Read before the state, so that what a forgotten wake speaks of has been seen: those of this run as
                # well, which would otherwise make a second run that finds nothing to do.
                wakes = due_wakes(session, campaign, stage, now=ctx.clock.now())
            snapshot = load_changed(ctx, session, snapshot, written)
        else:
            raise RuntimeError(f"Stage {stage} of {campaign} does not settle; the last effects were {did[-5:]}.")
        if did:
            stages.guard_stage(session, read)
        delete_wakes(session, wakes)
    return Advanced(campaign, snapshot.campaign.level, stage, tuple(did), outlook(snapshot))
