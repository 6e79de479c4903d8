"""`opsflow handover`: somebody leaves, and somebody else takes over."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from opsflow.cli.acting import MOVES_NEXT, ByOption, FormatOption, acting_context, person, show
from opsflow.kernel.terms import CampaignKey, PersonKey

if TYPE_CHECKING:
    from opsflow.engine.handover import Handover


class JsonHandover(TypedDict):
    """What passes in one campaign, as other programs read it."""

    campaign: str
    roles: list[str]
    tasks: list[str]
    votes: dict[str, str]
    scores: int | None
    questions: int
    stays: list[str]


def handover(
    was: Annotated[str, typer.Argument(help="Who leaves.", metavar="FROM")],
    to: Annotated[str, typer.Argument(help="Who takes over.", metavar="TO")],
    by: ByOption = None,
    campaign: Annotated[
        str | None, typer.Option(help="In this campaign alone.", metavar="CAMPAIGN", show_default="all under way")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would pass.")] = False,
    output: FormatOption = "text",
) -> None:
    """Give everything of one person's to another: tasks open and to come, votes and scores that are wanted, roles.

    Both are told what is what. For the person, the head or deputy of the department, the coordination post, and an
    administrator. org.yaml stays as it is: change it too, for campaigns to come.

    Example: opsflow handover xu-an tang-tang --by gu-ping --dry-run
    """
    who = person(by)
    with acting_context() as ctx:
        from opsflow.engine.handover import hand_over  # SQLAlchemy, which `--help` need not wait for

        only = CampaignKey(campaign) if campaign is not None else None
        found = hand_over(ctx, PersonKey(was), PersonKey(to), by=who, campaign=only, dry_run=dry_run)
    if output == "json":
        print(json.dumps([_json(each) for each in found], ensure_ascii=False, indent=2))
        return
    if not found:
        print(f"Nothing is {was}'s in any campaign under way.")
        return
    print(f"{'Would pass' if dry_run else 'Passed'} from {was} to {to}:")
    show(line for each in found for line in _lines(each))
    print("Nothing has changed." if dry_run else f"Both are told with the next `opsflow deliver`. {MOVES_NEXT}")


def _json(found: "Handover") -> JsonHandover:
    return {
        "campaign": found.campaign,
        "roles": list(found.roles),
        "tasks": [task.code for task in found.tasks],
        "votes": {approval.id: holder.person for approval, _, holder in found.votes},
        "scores": found.scoring.number if found.scoring else None,
        "questions": found.questions,
        "stays": list(found.stays),
    }


def _lines(found: "Handover") -> Iterator[str]:
    yield f"  {found.campaign}"
    if found.roles:
        yield f"    roles: {', '.join(found.roles)}"
    if found.tasks:
        yield f"    tasks: {', '.join(f'{task.code} ({task.status})' for task in found.tasks)}"
    for approval, _, holder in found.votes:
        yield f"    vote: {approval.id}, to {holder.person}"
    if found.scoring:
        yield f"    scores: round {found.scoring.number}"
    if found.questions:
        yield f"    questions of meetings: {found.questions}"
    for why in found.stays:
        yield f"    stays: {why}"
