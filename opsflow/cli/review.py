"""`opsflow review`: aim, effect, cause, lesson."""

from pathlib import Path
from typing import Annotated

import typer

from opsflow.cli.acting import CampaignArgument, acting_context
from opsflow.kernel.characters import printable
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import CampaignKey, Language
from opsflow.kernel.writing import refuse_existing, write_aside

KINDS = (".md", ".html")


def review(
    campaign: CampaignArgument,
    language: Annotated[
        Language | None, typer.Option(help="Language of the review.", show_default="the campaign's")
    ] = None,
    target: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write to this file: .html with charts, or .md.", metavar="FILE"),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Show a campaign's review as the record has it now: what was the aim, the effect, the cause, the lesson.

    Dates, approvals, self-check, incidents and prizes are the record's; causes and lessons are the team's, from the minutes of
    the hot debrief and the review, each lesson with its proposal to the SOP. The HTML page has charts and prints on A4.

    \b
    Examples:
      opsflow review double-eleven-2026
      opsflow review double-eleven-2026 --language zh -o review.html
    """
    if target is not None:
        if target.suffix not in KINDS:
            raise BadInput(f"{target} is neither a page nor a text: name a file that ends in {' or '.join(KINDS)}.")
        refuse_existing(target, force=force)
    with acting_context() as ctx:
        # SQLAlchemy takes 0.3 s to import, which `--help` need not wait for.
        from opsflow.engine.reviewing import review as read

        found = read(ctx, CampaignKey(campaign), language)
    if target is None:
        print(printable(found.markdown), end="")
        return
    write_aside(target, (found.html if target.suffix == ".html" else found.markdown).encode(), force=force)
    print(f"Written: {target}")
