"""`opsflow page-link`: a personal link to the pages, for whoever has no message to open them from."""

from datetime import timedelta
from typing import Annotated

import typer

from opsflow.cli.acting import acting_context
from opsflow.kernel.terms import CampaignKey, PersonKey


def page_link(
    person: Annotated[str, typer.Argument(help="Whose link it is (a person of org.yaml).", metavar="PERSON")],
    campaign: Annotated[str | None, typer.Option(help="Leads to this campaign.", metavar="CAMPAIGN")] = None,
    days: Annotated[int, typer.Option(help="Ends after so many days.", min=1, max=90)] = 10,
) -> None:
    """Print a link that lets one person look at the pages of their campaigns until it ends.

    Needs OPSFLOW_PUBLIC_URL: without it the pages answer this machine alone, and no link is needed.

    Example: opsflow page-link zhou-mingyuan --campaign double-eleven-2026
    """
    with acting_context() as ctx:
        # SQLAlchemy, which `--help` need not wait for.
        from opsflow.engine.standing import entrance

        key = CampaignKey(campaign) if campaign else None
        print(entrance(ctx, PersonKey(person), campaign=key, lasts=timedelta(days=days)))
