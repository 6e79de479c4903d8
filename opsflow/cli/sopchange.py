"""`opsflow sop propose`, `list`, `diff`, `accept` and `reject`: how an SOP changes."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from opsflow.cli import sopchangeview as view
from opsflow.cli.acting import ByOption, FormatOption, acting_context, person, show, words, workspace_settings
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import CampaignKey, Language, TaskCode
from opsflow.kernel.text import Text
from opsflow.sop.changes.model import Seat

NumberArgument = Annotated[int, typer.Argument(help="The proposal's number.", metavar="NUMBER", min=1)]
NameArgument = Annotated[str, typer.Argument(help="The SOP's name.", metavar="[NAME]")]


def propose(
    name: NameArgument = "campaign",
    reason: Annotated[str | None, typer.Option(help="Why the SOP should change.", metavar="TEXT")] = None,
    file: Annotated[
        Path | None,
        typer.Option(help="The newest version, edited. Without it the reason waits for its change.", metavar="FILE"),
    ] = None,
    of: Annotated[
        int | None, typer.Option(help="Hand in the file of this proposal.", metavar="NUMBER", show_default="a new one")
    ] = None,
    campaign: Annotated[str | None, typer.Option(help="Where it came up.", metavar="CAMPAIGN")] = None,
    task: Annotated[str | None, typer.Option(help="The campaign's task it is about.", metavar="TASK")] = None,
    evidence: Annotated[
        list[str] | None, typer.Option(help="What proves it; may be given again.", metavar="TEXT")
    ] = None,
    by: ByOption = None,
) -> None:
    """Propose a change of the SOP: a reason, its evidence, and the newest version's file with your edits.

    An executor's problem (`opsflow task need-help ... --sop TEXT`), an incident (`opsflow incident close ... --sop TEXT`)
    and each lesson of a review's minutes become proposals by themselves; they wait for somebody to hand in the edited file.

    \b
    Examples:
      opsflow sop propose --reason "Load tests need three days" --file v2-draft.yaml --by tang-tang
      opsflow sop propose --of 3 --file v2-draft.yaml --by tang-tang
    """
    who, why = person(by), words(reason, "--reason")
    if of is None and why is None:
        raise BadInput("Why should the SOP change? Add --reason TEXT.")
    if of is not None and file is None:
        raise BadInput("--of hands in a proposal's edited file: name it with --file.")
    settings = workspace_settings()
    # An SOP may be changed before its first campaign, when a workspace has no database yet.
    with acting_context(settings, make=settings.workspace is not None) as ctx:
        from opsflow.review.changes import service  # SQLAlchemy takes 0.3 s to import; below as well

        if of is not None:
            assert file is not None  # see above
            found, is_new = service.attach(ctx, of, file, by=who), True
        else:
            assert why is not None
            about = CampaignKey(campaign) if campaign else None, TaskCode(task) if task else None
            proofs = [said for each in evidence or () if (said := words(each, "--evidence"))]
            found, is_new = service.propose(
                ctx, sop=name, reason=why, by=who, file=file, campaign=about[0], task=about[1], evidence=proofs
            )
    print(view.made(found, is_new=is_new))


def list_(
    every: Annotated[bool, typer.Option("--all", help="Those that are decided as well.")] = False,
    campaign: Annotated[
        str | None, typer.Option(help="Of this campaign alone.", metavar="CAMPAIGN", show_default="all")
    ] = None,
    output: FormatOption = "text",
) -> None:
    """Show what is proposed: where it comes from, what it waits for, and what became of it.

    Example: opsflow sop list --all
    """
    with acting_context() as ctx:
        from opsflow.review.changes import service  # SQLAlchemy, as above

        found = service.listing(ctx, every=every, campaign=CampaignKey(campaign) if campaign else None)
    if output == "json":
        print(json.dumps([view.as_json(each) for each in found], ensure_ascii=False, indent=2))
    else:
        show(view.listed(found, every=every))


def diff(
    number: NumberArgument,
    language: Annotated[Language, typer.Option(help="Language of the words.")] = "en",
    how: Annotated[
        Literal["words", "unified", "json"], typer.Option("--format", help="In words, line by line, or for programs.")
    ] = "words",
) -> None:
    """Show what a proposal changes: tasks, lengths per level, dependencies, gates, meetings; and who has to agree.

    \b
    Examples:
      opsflow sop diff 3 --language zh
      opsflow sop diff 3 --format unified
    """
    with acting_context() as ctx:
        from opsflow.review.changes import service  # SQLAlchemy, as above

        found = service.shown(ctx, number)
    match how:
        case "json":
            print(json.dumps(view.diff_json(found), ensure_ascii=False, indent=2))
        case "unified":
            show(found.unified.splitlines())
        case _:
            show(view.in_words(found, language))


def accept(
    number: NumberArgument,
    seat: Annotated[
        Seat, typer.Option("--as", help="The coordination post's agreement, or the sponsor's.")
    ] = Seat.COORDINATION,
    by: ByOption = None,
) -> None:
    """Accept a change: the next version is written into the workspace, with who, when, why and what in its changelog.

    For the coordination post; never for whoever wrote the change. One that touches approvals, gates, self-check or go-live
    needs the sponsor's agreement as well. Campaigns under way keep the version they started with.

    \b
    Examples:
      opsflow sop accept 3 --by gu-ping
      opsflow sop accept 3 --as sponsor --by shen-yi
    """
    who = person(by)
    with acting_context() as ctx:
        from opsflow.review.changes import service  # SQLAlchemy, as above

        done = service.accept(ctx, number, seat, by=who)
    print(view.answered(done))


def reject(
    number: NumberArgument,
    reason: Annotated[str, typer.Option(help="Why the SOP stays as it is.", metavar="TEXT")],
    by: ByOption = None,
) -> None:
    """Reject a proposal, for a reason. For the coordination post and the sponsor.

    Example: opsflow sop reject 3 --reason "One case is no pattern" --by gu-ping
    """
    who, why = person(by), words(reason, "--reason")
    with acting_context() as ctx:
        from opsflow.review.changes import service  # SQLAlchemy, as above

        service.reject(ctx, number, by=who, reason=why or Text.both(reason))
    print(f"Proposal {number} is rejected.")
