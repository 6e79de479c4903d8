"""Launching due wakes: each becomes one run of its stage's flow."""

from datetime import timedelta

from opsflow.campaigns.state import Wake
from opsflow.campaigns.store import claim_launch, first_due_wakes, set_run
from opsflow.context import Context
from opsflow.kernel.errors import PortFailed
from opsflow.ports import Unreachable
from opsflow.settings import SILENT

PATIENT_FROM = 3
"""From this attempt on a stage whose runs keep failing is given pauses that double, so that it does not take the motor
for itself."""
LONGEST_PAUSE = timedelta(hours=1)


def launch_due(ctx: Context) -> int:
    """Launch a run for every stage that may move now and has none under way; how many were launched.

    A launch that fails is no error: the wake stays, and the next call launches it. When the motor does not answer at
    all, the others are left for that call too.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        wakes = first_due_wakes(session, now=now)
    launched = 0
    for wake in wakes:
        if not _under_way(ctx, wake):
            try:
                launched += _launch(ctx, wake)
            except Unreachable:
                break
            except PortFailed:
                continue
    return launched


def pause(attempt: int, *, silent: timedelta = SILENT) -> timedelta:
    """How long after its launch an attempt is left alone, even when its run is over."""
    if attempt < PATIENT_FROM:
        return timedelta(0)
    doublings = min(attempt - PATIENT_FROM, 10)
    return min(silent * (1 << doublings), LONGEST_PAUSE)


def _under_way(ctx: Context, wake: Wake) -> bool:
    if wake.launched_at is None:
        return False
    now, silent = ctx.clock.now(), ctx.settings.silent
    if now < wake.launched_at + pause(wake.attempt, silent=silent):
        return True
    if wake.launched_at + silent <= now:
        return False
    return wake.run is None or not ctx.launcher.is_final(wake.run)


def _launch(ctx: Context, wake: Wake) -> bool:
    """Claim and launch; False when somebody else was first. PortFailed: the claim is given back."""
    with ctx.transaction() as session:
        claimed = claim_launch(session, wake, now=ctx.clock.now())
    if claimed is None:
        return False
    key = f"{claimed.campaign}/{claimed.stage}/{claimed.id}/{claimed.attempt}"
    try:
        run = ctx.launcher.launch(claimed.campaign, claimed.stage, level=claimed.level, key=key)
    except PortFailed:
        with ctx.transaction() as session:
            set_run(session, claimed, None)
        raise
    with ctx.transaction() as session:
        set_run(session, claimed, run)
    return True
