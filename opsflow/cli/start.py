"""`opsflow start`: a campaign file becomes a campaign under way."""

import sys
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from opsflow.campaigns.files import load
from opsflow.cli.acting import ByOption, acting_context, moment, person, runs_by_itself, workspace_settings
from opsflow.kernel.terms import Stage
from opsflow.kernel.zoned import local_date
from opsflow.stages.model import StageStatus


def start(
    file: Annotated[Path, typer.Argument(help="The campaign file.", metavar="FILE")],
    since: Annotated[
        Stage | None,
        typer.Option("--from", help="It is under way: the stage it is in.", metavar="STAGE", show_default="the first"),
    ] = None,
    by: ByOption = None,
) -> None:
    """Start a campaign: plan it, store it, and wake each stage when it opens. Again: nothing happens.

    The database is made or upgraded first: OPSFLOW_DATABASE_URL names it, else it is .opsflow/opsflow.db in the workspace.
    A plan that does not fit (a launch that is past included) is refused with what would make it fit.

    With --from, what lies before that stage is taken as done outside opsflow, its approvals included: for the sponsor and
    the coordination post. What of the rest is past its date is due on the next working day, so that it can be marked done.

    \b
    Examples:
      opsflow start campaigns/first-campaign.yaml
      opsflow start campaigns/first-campaign.yaml --from execution --by gu-ping
    """
    who = person(by) if since is not None else None
    settings = workspace_settings(file)
    loaded = load(file, settings.template_folders)
    campaign = loaded.campaign
    zone = ZoneInfo(campaign.zone)
    with acting_context(settings, make=True) as ctx:
        # SQLAlchemy, which a mistake in the file need not wait for.
        from opsflow.engine.overview import overview
        from opsflow.engine.start import Since, is_started
        from opsflow.engine.start import start as begin

        if is_started(ctx, campaign):
            print(f"{campaign.key} is started already: nothing to do. `opsflow status {campaign.key}` shows it.")
            return
        under_way = Since(since, who) if since is not None and who is not None else None
        key = begin(ctx, loaded, today=local_date(ctx.clock.now(), zone), since=under_way)
        state = overview(ctx, key)
    for warning in dict.fromkeys((*loaded.warnings, *state.campaign.warnings)):
        print(f"Warning: {warning[loaded.organisation.language]}", file=sys.stderr)
    ahead = [stage.stored for stage in state.stages if stage.stored.status is StageStatus.PLANNED]
    opens = min(stored.opens for stored in ahead if stored.opens is not None)
    tasks = sum(stage.tasks for stage in state.stages)
    print(f"{key} is started: level {campaign.level}, {tasks} tasks, launch {moment(state.campaign.launch, zone)}.")
    if since is not None:
        print(f"What lies before {since} is taken as done outside opsflow, as {who} says.")
    print(f"Its first stage opens {moment(opens, zone)} ({zone.key}), with the first tick after that.")
    if runs_by_itself(settings):
        print(f"`opsflow up` runs this workspace, so it goes by itself. Next: opsflow status {key}")
        return
    print("Next: opsflow up, which runs everything until Ctrl-C.")
    print(f"Without any server: opsflow tick --here && opsflow deliver && opsflow status {key}")
