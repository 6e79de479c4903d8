"""The small campaign on its second day, played so far in a database."""

from pathlib import Path

from opsflow.context import Context
from opsflow.kernel.clock import VirtualClock
from tests.engine.driving import run_due
from tests.engine.scene import at
from tests.engine.small import begin, in_workspace


def p1_opened(ctx: Context, folder: Path) -> Context:
    """The started campaign in a workspace: its P1 is open since 10:00 of Tuesday the 4th, due on Wednesday at 18:00."""
    here, clock = in_workspace(ctx, folder), ctx.clock
    assert isinstance(clock, VirtualClock)
    begin(here)
    clock.move_to(at("4", 10))
    run_due(here)
    return here
