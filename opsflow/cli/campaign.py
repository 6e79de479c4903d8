"""`opsflow campaign`: what is done to a campaign as a whole: pause, resume, cancel, permissions, shorten, extend."""

from typing import Annotated

import typer

from opsflow.cli.acting import (
    MOVES_NEXT,
    ByOption,
    CampaignArgument,
    FormatOption,
    acting_context,
    moment,
    person,
    show,
    words,
    workspace_settings,
)
from opsflow.cli.dates import day
from opsflow.cli.replan import carry_out, workspace_organisation
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import CampaignKey
from opsflow.kernel.text import Text

campaign = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

ReasonOption = Annotated[str, typer.Option("--reason", help="Why; people are told.", metavar="TEXT")]
MaybeReason = Annotated[str | None, typer.Option("--reason", help="Why; people are told.", metavar="TEXT")]
LastDay = Annotated[str, typer.Option("--last-day", help="The new last live day (YYYY-MM-DD).", metavar="DAY")]
ApplyOption = Annotated[bool, typer.Option("--apply", help="Do it; without this nothing is written.")]
RevisionOption = Annotated[
    int | None, typer.Option(help="Only if the plan is still this revision.", metavar="N", show_default="as it is")
]


@campaign.command()
def pause(campaign: CampaignArgument, reason: ReasonOption, by: ByOption = None) -> None:
    """Pause a campaign: nothing opens and nobody is reminded until it is resumed. Deadlines stand.

    For the campaign manager, the coordination post and whoever decides go-live. Urgent notices still go out.

    Example: opsflow campaign pause double-eleven-2026 --reason "The supplier is bankrupt" --by lin-yue
    """
    who, why = person(by), _reason(reason)
    with acting_context() as ctx:
        # SQLAlchemy takes 0.3 s to import, which `--help` need not wait for; below as well.
        from opsflow.engine.lifecycle import pause as hold

        hold(ctx, CampaignKey(campaign), by=who, reason=why)
    print(
        f"{campaign} is paused: nothing opens and nobody is reminded. `opsflow campaign resume {campaign}` lets it go on."
    )


@campaign.command()
def resume(campaign: CampaignArgument, by: ByOption = None) -> None:
    """Let a paused campaign go on, and show what has become late meanwhile.

    Example: opsflow campaign resume double-eleven-2026 --by lin-yue
    """
    who = person(by)
    with acting_context() as ctx:
        from opsflow.engine.lifecycle import resume as go_on  # SQLAlchemy, as above

        resumed = go_on(ctx, CampaignKey(campaign), by=who)
    zone, language = resumed.campaign.zone, resumed.campaign.organisation.language
    lines = [f"{campaign} goes on. {MOVES_NEXT}"]
    if resumed.late:
        lines += ["", "Late meanwhile:"]
        lines += [
            f"  {moment(each.due, zone)}  {each.person:<16} {each.verb:<8} {each.what}  {each.title[language]}"
            for each in resumed.late
        ]
        lines += ["", f"Whether the launch still holds, and what moves: opsflow replan {campaign}"]
    show(lines)


@campaign.command()
def cancel(campaign: CampaignArgument, reason: ReasonOption, by: ByOption = None) -> None:
    """Cancel a campaign, before its launch or while it is live: open work ends, everybody is told once.

    For whoever decides go-live: the sponsor, or at B and C the first approver. It cannot be undone.

    Example: opsflow campaign cancel double-eleven-2026 --reason "The law has changed" --by zhou-mingyuan
    """
    who, why = person(by), _reason(reason)
    with acting_context() as ctx:
        from opsflow.engine.lifecycle import cancel as end  # SQLAlchemy, as above

        end(ctx, CampaignKey(campaign), by=who, reason=why)
    print(f"{campaign} is cancelled. `opsflow deliver` tells everybody.")


@campaign.command()
def permissions(campaign: CampaignArgument, by: ByOption = None) -> None:
    """Let the `permissions:` of the workspace's org.yaml count in a campaign that is under way.

    A campaign keeps the organisation with which it was started. What this files stands in its journal: who holds which
    permission by name, such as the second person of finance for large payouts. For the coordination post and administrators.

    Example: opsflow campaign permissions double-eleven-2026 --by gu-ping
    """
    who, settings = person(by), workspace_settings()
    organisation = workspace_organisation(settings)
    if organisation is None:
        raise BadInput("There is no org.yaml here: run it in the workspace, or set OPSFLOW_WORKSPACE.")
    with acting_context(settings) as ctx:
        from opsflow.engine.permitting import file_permissions  # SQLAlchemy, as above

        named = file_permissions(ctx, CampaignKey(campaign), organisation, by=who)
    said = "; ".join(f"{name}: {', '.join(people)}" for name, people in named.items()) or "nobody holds any by name"
    show([f"Filed for {campaign}: {said}. Roles hold what they held."])


@campaign.command()
def shorten(
    campaign: CampaignArgument,
    last_day: LastDay,
    apply: ApplyOption = False,
    revision: RevisionOption = None,
    reason: MaybeReason = None,
    by: ByOption = None,
    output: FormatOption = "text",
) -> None:
    """End a campaign sooner than planned; shown first, done with --apply.

    What follows the end comes sooner; what comes round daily comes round less often. While it is live only whoever
    decides go-live can do it, with a reason: participants were promised more.

    Example: opsflow campaign shorten member-day-2026 --last-day 2026-10-09 --apply --by lin-yue
    """
    _end(campaign, last_day, sooner=True, apply=apply, revision=revision, reason=reason, by=by, output=output)


@campaign.command()
def extend(
    campaign: CampaignArgument,
    last_day: LastDay,
    apply: ApplyOption = False,
    revision: RevisionOption = None,
    reason: MaybeReason = None,
    by: ByOption = None,
    output: FormatOption = "text",
) -> None:
    """Let a campaign last longer than planned; shown first, done with --apply.

    What follows the end comes later; what comes round daily comes round more often. Other campaigns that are live at the
    same time are named.

    Example: opsflow campaign extend member-day-2026 --last-day 2026-10-12 --apply --by lin-yue
    """
    _end(campaign, last_day, sooner=False, apply=apply, revision=revision, reason=reason, by=by, output=output)


def _end(
    campaign: str,
    last_day: str,
    *,
    sooner: bool,
    apply: bool,
    revision: int | None,
    reason: str | None,
    by: str | None,
    output: str,
) -> None:
    from opsflow.engine.replanning.change import Change  # SQLAlchemy, as above

    change = Change(last_day=day(last_day, "--last-day"), sooner=sooner)
    again = f"campaign {'shorten' if sooner else 'extend'}"
    carry_out(campaign, change, apply=apply, revision=revision, reason=reason, by=by, output=output, again=again)


def _reason(text: str) -> Text:
    said = words(text, "--reason")
    if said is None:
        raise BadInput("--reason is missing: people have to know why.")
    return said
