"""Launching due wakes: each becomes one run of its stage's flow."""

from datetime import timedelta

from opsflow.campaigns.state import Wake
from opsflow.campaigns.store import claim_launch, first_due_wakes, set_run
from opsflow.context import Context
from opsflow.kernel.errors import PortFailed

SILENT = timedelta(seconds=90)
"""A launched run that has not answered its wake for so long is taken for lost, and the next attempt is launched."""


def launch_due(ctx: Context) -> int:
    """Launch a run for every stage that may move now and has none under way; how many were launched.

    The motor being down is no error: the wakes stay, and the next call launches them.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        wakes = first_due_wakes(session, now=now)
    return sum(_launch(ctx, wake) for wake in wakes if not _under_way(ctx, wake))


def _under_way(ctx: Context, wake: Wake) -> bool:
    if wake.launched_at is None:
        return False
    if wake.launched_at + SILENT <= ctx.clock.now():
        return False
    return wake.run is None or not ctx.launcher.is_final(wake.run)


def _launch(ctx: Context, wake: Wake) -> bool:
    with ctx.transaction() as session:
        claimed = claim_launch(session, wake, now=ctx.clock.now())
    if claimed is None:
        return False
    key = f"{claimed.campaign}/{claimed.stage}/{claimed.id}/{claimed.attempt}"
    try:
        run = ctx.launcher.launch(claimed.campaign, claimed.stage, key=key)
    except PortFailed:
        with ctx.transaction() as session:
            set_run(session, claimed, None)
        return False
    with ctx.transaction() as session:
        set_run(session, claimed, run)
    return True
