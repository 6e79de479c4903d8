"""`opsflow start`: a campaign file becomes a campaign under way."""

import sys
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from opsflow.campaigns.files import load
from opsflow.cli.acting import acting_context, moment, workspace_settings
from opsflow.kernel.zoned import local_date


def start(
    file: Annotated[Path, typer.Argument(help="The campaign file.", metavar="FILE")],
) -> None:
    """Start a campaign: plan it, store it, and wake each stage when it opens. Again: nothing happens.

    The database is made or upgraded first: OPSFLOW_DATABASE_URL names it, else it is .opsflow/opsflow.db in the workspace.
    A plan that does not fit (a launch that is past included) is refused with what would make it fit.

    Example: opsflow start campaigns/first-campaign.yaml
    """
    settings = workspace_settings(file)
    loaded = load(file, settings.template_folders)
    campaign = loaded.campaign
    zone = ZoneInfo(campaign.zone)
    with acting_context(settings, make=True) as ctx:
        # SQLAlchemy, which a mistake in the file need not wait for.
        from opsflow.engine.overview import overview
        from opsflow.engine.start import is_started
        from opsflow.engine.start import start as begin

        if is_started(ctx, campaign):
            print(f"{campaign.key} is started already: nothing to do. `opsflow status {campaign.key}` shows it.")
            return
        key = begin(ctx, loaded, today=local_date(ctx.clock.now(), zone))
        state = overview(ctx, key)
    for warning in dict.fromkeys((*loaded.warnings, *state.campaign.warnings)):
        print(f"Warning: {warning[loaded.organisation.language]}", file=sys.stderr)
    opens = min(stage.stored.opens for stage in state.stages if stage.stored.opens is not None)
    tasks = sum(stage.tasks for stage in state.stages)
    print(f"{key} is started: level {campaign.level}, {tasks} tasks, launch {moment(state.campaign.launch, zone)}.")
    print(f"Its first stage opens {moment(opens, zone)} ({zone.key}), with the first tick after that.")
    print(f"Next: opsflow tick --here && opsflow deliver && opsflow status {key}")
