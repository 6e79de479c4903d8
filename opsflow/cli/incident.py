"""`opsflow incident`: what goes wrong while a campaign runs, who has it in hand, and who is on duty."""

import json
from pathlib import Path
from typing import Annotated

import typer

from opsflow.cli import incidentview
from opsflow.cli.acting import (
    ByOption,
    CampaignArgument,
    FormatOption,
    acting_context,
    person,
    runs_by_itself,
    words,
    workspace_settings,
)
from opsflow.cli.acting import show as out
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import CampaignKey
from opsflow.kernel.text import Text

incident = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

MOST = 2**31 - 1
"""What an integer of both databases holds; asked for a larger one, they fail instead of finding nothing."""
NumberArgument = Annotated[int, typer.Argument(help="The incident's number.", metavar="NUMBER", min=1, max=MOST)]
RiskOption = Annotated[
    int | None,
    typer.Option(
        help="Which risk of the campaign file it is, counted from 1.", metavar="N", show_default="none", min=1
    ),
]
SeverityOption = Annotated[
    str, typer.Option(help="minor, major or critical.", metavar="minor|major|critical", show_default=True)
]


@incident.command("open")
def open_(
    campaign: CampaignArgument,
    title: Annotated[str, typer.Argument(help="What is wrong, in a few words.", metavar="TITLE")],
    by: ByOption = None,
    severity: SeverityOption = "major",
    risk: RiskOption = None,
) -> None:
    """Report an incident: whoever is on duty is told at once (as the level allows), and others if nobody takes it.

    Example: opsflow incident open double-eleven-2026 "Payment page is blank" --severity critical --risk 1 --by jiang-xin
    """
    who, said = person(by), _said(title, "TITLE")
    with acting_context() as ctx:
        # SQLAlchemy takes 0.3 s to import, which `--help` need not wait for; below as well.
        from opsflow.incidents.model import Severity
        from opsflow.incidents.service import open_incident

        if severity not in list(Severity):
            raise BadInput(f"There is no severity {severity}: write {', '.join(Severity)}.")
        key = CampaignKey(campaign)
        number = open_incident(ctx, key, by=who, title=said, severity=Severity(severity), risk=risk)
        told = "who is on duty is told" if runs_by_itself(ctx.settings) else "`opsflow deliver` tells who is on duty"
    print(f"Incident {number} of {campaign} is open; {told}.")


@incident.command()
def ack(campaign: CampaignArgument, number: NumberArgument, by: ByOption = None) -> None:
    """Acknowledge an incident: you have it in hand, and it goes to nobody else.

    Example: opsflow incident ack double-eleven-2026 1 --by sun-qian
    """
    who = person(by)
    with acting_context() as ctx:
        from opsflow.incidents.service import acknowledge  # SQLAlchemy, as above

        acknowledge(ctx, CampaignKey(campaign), number, by=who)
    print(f"Incident {number} is {who}'s.")


@incident.command("plan-b")
def plan_b(campaign: CampaignArgument, number: NumberArgument, by: ByOption = None, risk: RiskOption = None) -> None:
    """Switch plan B on: for the role that the campaign file names at the risk, and for the sponsor.

    Example: opsflow incident plan-b double-eleven-2026 1 --by sun-qian
    """
    who = person(by)
    with acting_context() as ctx:
        from opsflow.incidents.service import switch_to_plan_b  # SQLAlchemy, as above

        plan = switch_to_plan_b(ctx, CampaignKey(campaign), number, by=who, risk=risk)
    out([f"Plan B is on: {plan.en}"])


@incident.command()
def note(
    campaign: CampaignArgument,
    number: NumberArgument,
    text: Annotated[str, typer.Argument(help="What is to be kept in its log.", metavar="TEXT")],
    by: ByOption = None,
) -> None:
    """Write something into an incident's log.

    Example: opsflow incident note double-eleven-2026 1 "Only in the mini-programme" --by jiang-xin
    """
    who, said = person(by), _said(text, "TEXT")
    with acting_context() as ctx:
        from opsflow.incidents.service import note as write  # SQLAlchemy, as above

        write(ctx, CampaignKey(campaign), number, by=who, text=said)
    print(f"Noted in the log of incident {number}.")


@incident.command()
def close(
    campaign: CampaignArgument,
    number: NumberArgument,
    cause: Annotated[str, typer.Option(help="Why it happened.", metavar="TEXT")],
    done: Annotated[str, typer.Option(help="What was done about it.", metavar="TEXT")],
    sop: Annotated[
        str | None,
        typer.Option(help="What the SOP should say from now on.", metavar="TEXT", show_default="nothing new"),
    ] = None,
    by: ByOption = None,
) -> None:
    """Close an incident with its cause, what was done, and a proposal for the SOP.

    Example: opsflow incident close double-eleven-2026 1 --cause "A bad cache" --done "Cache emptied" --by sun-qian
    """
    who, why, what, proposal = person(by), _said(cause, "--cause"), _said(done, "--done"), words(sop, "--sop")
    with acting_context() as ctx:
        from opsflow.incidents.service import close_incident  # SQLAlchemy, as above

        close_incident(ctx, CampaignKey(campaign), number, by=who, cause=why, done=what, sop_proposal=proposal)
    print(f"Incident {number} is closed.")


@incident.command("list")
def list_(
    campaign: Annotated[
        str | None, typer.Argument(help="The campaign's key.", metavar="[CAMPAIGN]", show_default="all of them")
    ] = None,
    output: FormatOption = "text",
) -> None:
    """Show incidents, who has them, and how they ended.

    Example: opsflow incident list double-eleven-2026
    """
    with acting_context() as ctx:
        from opsflow.engine.watch import watched  # SQLAlchemy, as above

        found = watched(ctx, CampaignKey(campaign) if campaign else None)
    if output == "json":
        _json([incidentview.incident_json(each.campaign, one) for each in found for one in each.incidents])
    else:
        out(incidentview.list_text(found))


@incident.command()
def show(campaign: CampaignArgument, number: NumberArgument, output: FormatOption = "text") -> None:
    """Show one incident with its log: who did what when, and to whom it went.

    Example: opsflow incident show double-eleven-2026 1
    """
    with acting_context() as ctx:
        from opsflow.engine.watch import story  # SQLAlchemy, as above

        found = story(ctx, CampaignKey(campaign), number)
    if output == "json":
        _json(incidentview.story_json(found))
    else:
        out(incidentview.story_text(found))


@incident.command()
def roster(
    campaign: CampaignArgument,
    file: Annotated[
        Path | None,
        typer.Option("--from", help="The campaign file whose `duty:` is filed in place of the roster.", metavar="FILE"),
    ] = None,
    by: ByOption = None,
    output: FormatOption = "text",
) -> None:
    """Show who is on duty when, and the hours in which nobody is; with --from: file another roster first.

    Example: opsflow incident roster double-eleven-2026
    """
    key = CampaignKey(campaign)
    with acting_context() as ctx:
        # SQLAlchemy, as above.
        from opsflow.engine.watch import roster as look
        from opsflow.incidents.service import file_roster

        if file is not None:
            from opsflow.campaigns.files import load  # the calendars, for this alone

            given = load(file, workspace_settings(file).template_folders).campaign
            if given.key != campaign:
                raise BadInput(f"{file} is the file of {given.key}, not of {campaign}.")
            file_roster(ctx, key, given.duty, by=person(by))
        found = look(ctx, key)
    if output == "json":
        _json(incidentview.roster_json(found))
    else:
        out(incidentview.roster_text(found))


def _said(text: str, option: str) -> Text:
    said = words(text, option)
    assert said is not None  # what must be given
    return said


def _json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))
