"""`opsflow status`: where campaigns stand."""

import json
from typing import Annotated

import typer

from opsflow.cli import statusview
from opsflow.cli.acting import FormatOption, acting_context, show
from opsflow.kernel.terms import CampaignKey


def status(
    campaign: Annotated[
        str | None, typer.Argument(help="The campaign's key.", metavar="[CAMPAIGN]", show_default="all of them")
    ] = None,
    output: FormatOption = "text",
) -> None:
    """Show the stages of a campaign, what waits for whom, and who is late; without a campaign: all of them, in short.

    Example: opsflow status double-eleven-2026
    """
    with acting_context() as ctx:
        # SQLAlchemy, which `--help` need not wait for.
        from opsflow.engine.overview import overview, overviews

        found = overviews(ctx) if campaign is None else (overview(ctx, CampaignKey(campaign)),)
    if output == "json":
        shown = [statusview.overview_json(each) for each in found]
        print(json.dumps(shown if campaign is None else shown[0], ensure_ascii=False, indent=2))
    elif campaign is not None:
        show(statusview.campaign_text(found[0]))
    else:
        show(statusview.list_text(found))
