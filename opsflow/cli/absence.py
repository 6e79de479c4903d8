"""`opsflow absence`: somebody is away whom the plans count on, or is back."""

from typing import Annotated

import typer

from opsflow.cli.acting import MOVES_NEXT, ByOption, acting_context, counted, person, words
from opsflow.cli.dates import day
from opsflow.kernel.terms import CampaignKey, PersonKey


def absence(
    who: Annotated[str, typer.Argument(help="Who is away.", metavar="PERSON")],
    first: Annotated[str, typer.Option("--first", help="The first day away (YYYY-MM-DD).", metavar="DAY")],
    last: Annotated[
        str | None, typer.Option("--last", help="The last one.", metavar="DAY", show_default="the first")
    ] = None,
    back: Annotated[bool, typer.Option("--back", help="Not away on just these days after all.")] = False,
    reason: Annotated[str | None, typer.Option(help="Why, for those who plan.", metavar="TEXT")] = None,
    campaign: Annotated[
        str | None, typer.Option(help="In this campaign alone.", metavar="CAMPAIGN", show_default="all under way")
    ] = None,
    by: ByOption = None,
) -> None:
    """Say that somebody is away: what waits for them goes to who stands in, and so do reminders.

    For the person, the head or deputy of the department, the campaign manager and the coordination post. org.yaml stays
    as it is: say it there too (`absent`), for campaigns to come.

    Example: opsflow absence xu-an --first 2026-09-21 --last 2026-09-25 --reason ill --by xu-an
    """
    actor, said = person(by), words(reason, "--reason")
    begins = day(first, "--first")
    ends = day(last, "--last") if last is not None else begins
    with acting_context() as ctx:
        # SQLAlchemy, which `--help` need not wait for
        from opsflow.engine.absences import report_absence, take_back_absence

        only, key = CampaignKey(campaign) if campaign is not None else None, PersonKey(who)
        if back:
            where = take_back_absence(ctx, only, key, first=begins, last=ends, by=actor)
        else:
            why = said.en if said else ""
            where = report_absence(ctx, only, key, first=begins, last=ends, by=actor, reason=why)
    span = str(begins) if begins == ends else f"{begins} to {ends}"
    print(
        f"{who} is {'not ' if back else ''}away {span}: said in {counted(len(where), 'campaign')}, {', '.join(where)}."
    )
    print(MOVES_NEXT)
