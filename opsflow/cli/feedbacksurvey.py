"""`opsflow feedback open|close|links`: whether a campaign's survey takes answers, and where they are given."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from opsflow.cli.acting import ByOption, CampaignArgument, acting_context, counted, moment, person
from opsflow.kernel.csvfile import csv_table
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import CampaignKey
from opsflow.kernel.writing import write_aside

asking = typer.Typer()


@asking.command("open")
def open_(campaign: CampaignArgument, by: ByOption = None) -> None:
    """Open a campaign's survey, with the questions as its file has them now.

    Which survey, until when, and how often people are reminded stand in the campaign file (`feedback:`). Where it has that, the
    survey opens by itself while `opsflow up` runs. Everybody who takes part is asked; after the end only who agrees to be contacted.

    Example: opsflow feedback open double-eleven-2026 --by hu-jing
    """
    actor = person(by)
    with acting_context() as ctx:
        # SQLAlchemy takes 0.3 s to import, which `--help` need not wait for.
        from opsflow.campaigns.store import load_campaign
        from opsflow.feedback.surveys.service import invite, open_survey

        key = CampaignKey(campaign)
        opened = open_survey(ctx, key, by=actor)
        asked = invite(ctx, key)
        with ctx.reading() as session:
            zone: ZoneInfo = load_campaign(session, key).zone
    questions = counted(len(opened.survey.questions), "question")
    print(f"The survey of {campaign} is open: {questions}, until {moment(opened.closes_at, zone)}.")
    print(f"{counted(asked, 'participant')} asked. Next: opsflow feedback links, opsflow feedback remind")


@asking.command("close")
def close(campaign: CampaignArgument, by: ByOption = None) -> None:
    """Close a campaign's survey before its time; on time it closes by itself.

    Example: opsflow feedback close double-eleven-2026 --by hu-jing
    """
    actor = person(by)
    with acting_context() as ctx:
        # SQLAlchemy, as above.
        from opsflow.feedback.surveys.service import close_survey

        close_survey(ctx, CampaignKey(campaign), by=actor)
    print(f"The survey of {campaign} is closed. `opsflow feedback report {campaign}` shows what came of it.")


@asking.command("links")
def links(
    campaign: CampaignArgument,
    out: Annotated[Path, typer.Option("--output", "-o", help="Where to write them, as CSV.", metavar="FILE")],
    on_site: Annotated[
        int | None, typer.Option("--on-site", help="So many links without a name, for visitors.", metavar="N")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
    by: ByOption = None,
) -> None:
    """Write everybody's own link to the survey, for the campaign's page to show to each; each takes one answer.

    A row with account and link for everybody who has not answered: whoever has a link can answer by it, so keep the file to
    those who need it. With --on-site links that belong to nobody, to be printed as codes, one for each visitor.

    Example: opsflow feedback links double-eleven-2026 -o links.csv --by hu-jing
    """
    actor, key = person(by), CampaignKey(campaign)
    if out.exists() and not force:
        raise BadInput(f"{out} exists already. Add --force to overwrite it, or name another file.")
    with acting_context() as ctx:
        # SQLAlchemy, as above.
        from opsflow.feedback.surveys.service import on_site_links, page_links

        if on_site is None:
            rows = list(page_links(ctx, key, by=actor))
            content = csv_table(["account", "link"], rows)
        else:
            made = on_site_links(ctx, key, on_site, by=actor)
            rows = [("", link) for link in made]
            content = csv_table(["link"], ([link] for link in made))
        write_aside(out, content, force=force)
    print(f"{counted(len(rows), 'link')} in {out}.")
