"""`opsflow replan`: what a slip or another launch would move, and moving it."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from opsflow.campaigns.files import ORGANISATION_FILE, load_organisation
from opsflow.cli import replanview
from opsflow.cli.acting import (
    ByOption,
    CampaignArgument,
    FormatOption,
    acting_context,
    person,
    show,
    words,
    workspace_settings,
)
from opsflow.cli.dates import day
from opsflow.kernel.errors import BadInput, Refused
from opsflow.kernel.terms import CampaignKey, TaskCode
from opsflow.org.model import Organisation
from opsflow.settings import Settings

if TYPE_CHECKING:
    from opsflow.engine.replanning.change import Change


def replan(
    campaign: CampaignArgument,
    launch: Annotated[str | None, typer.Option(help="The new launch day (YYYY-MM-DD).", metavar="DAY")] = None,
    task: Annotated[list[str] | None, typer.Option(help="A task that is done on another day.", metavar="TASK")] = None,
    due: Annotated[list[str] | None, typer.Option(help="The day: one --due per --task.", metavar="DAY")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without this nothing is written.")] = False,
    revision: Annotated[
        int | None, typer.Option(help="Only if the plan is still this revision.", metavar="N", show_default="as it is")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why; people are told.", metavar="TEXT")] = None,
    by: ByOption = None,
    output: FormatOption = "text",
) -> None:
    """Plan the rest of a campaign anew, from what has happened and what slips. Done work never moves.

    Shown first: whether the launch holds, what moves, who is hit, which approvals re-open, which meetings move. The
    workspace's published calendars and house days count from then on. The launch can be moved until the campaign is live,
    on hold too when its old day is past; texts that name a date are shown, and those that may name one. --apply is for the campaign manager and the
    coordination post; the launch of an S or A campaign is the sponsor's.

    \b
    Examples:
      opsflow replan double-eleven-2026 --task EX12 --due 2026-10-09
      opsflow replan double-eleven-2026 --launch 2026-10-27 --apply --by zhou-mingyuan --reason "Stock comes later"
    """
    wanted = _change(launch, task or [], due or [])
    carry_out(campaign, wanted, apply=apply, revision=revision, reason=reason, by=by, output=output)


def carry_out(
    campaign: str,
    change: "Change",
    *,
    apply: bool,
    revision: int | None,
    reason: str | None,
    by: str | None,
    output: str,
    again: str = "replan",
) -> None:
    """Show what a change moves, and, if asked to, do it; a launch that does not hold ends with the code of a refusal."""
    said, key, settings = words(reason, "--reason"), CampaignKey(campaign), workspace_settings()
    who = person(by) if apply else None
    organisation = workspace_organisation(settings)
    with acting_context(settings) as ctx:
        # SQLAlchemy takes 0.3 s to import, which `--help` need not wait for.
        from opsflow.engine.replan import preview
        from opsflow.engine.replan import replan as move

        found = preview(ctx, key, change, organisation=organisation)
        if who is not None and found.holds and not found.nothing:
            read = revision if revision is not None else found.campaign.plan_revision
            move(ctx, key, change, by=who, revision=read, reason=said, organisation=organisation)
    if output == "json":
        print(json.dumps(replanview.preview_json(found, applied=apply), ensure_ascii=False, indent=2))
    else:
        show(replanview.preview_text(found, applied=apply, again=again))
    if apply and not found.holds:
        raise Refused(f"Nothing is written: the launch of {campaign} does not hold.")
    if apply and found.nothing:
        raise Refused(f"Nothing is written: nothing of {campaign} moves.")


def workspace_organisation(settings: Settings) -> Organisation | None:
    """The organisation of the workspace, with the calendars beside it; None where there is no workspace."""
    path = settings.workspace / ORGANISATION_FILE if settings.workspace else None
    return load_organisation(path) if path is not None and path.is_file() else None


def _change(launch: str | None, tasks: list[str], dues: list[str]) -> "Change":
    from opsflow.engine.replanning.change import Change, Slip  # SQLAlchemy, as above

    if len(tasks) != len(dues):
        raise BadInput("Each --task needs a --due, and each --due a --task: when is which task finished?")
    slips = tuple(Slip(TaskCode(code), day(until, "--due")) for code, until in zip(tasks, dues, strict=True))
    return Change(launch=day(launch, "--launch") if launch else None, slips=slips)
