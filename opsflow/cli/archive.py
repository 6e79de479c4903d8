"""`opsflow archive`: everything of a campaign in one folder that can be read without opsflow."""

from pathlib import Path
from typing import Annotated

import typer

from opsflow.cli.acting import CampaignArgument, acting_context, counted
from opsflow.kernel.terms import CampaignKey


def archive(
    campaign: CampaignArgument,
    out: Annotated[Path, typer.Option("--output", "-o", help="The folder to write.", metavar="FOLDER")],
    force: Annotated[bool, typer.Option("--force", help="Replace a former archive.")] = False,
) -> None:
    """Write everything of a campaign into one folder: documents, plan, tasks, votes, minutes, messages, journal, draws.

    HTML, Markdown, CSV and JSON, with a README in the campaign's language and a list of SHA-256 sums. No personal data of
    participants. It is written aside and put in its place whole.

    Example: opsflow archive double-eleven-2026 -o archive/double-eleven-2026
    """
    with acting_context() as ctx:
        # SQLAlchemy takes 0.3 s to import, which `--help` need not wait for.
        from opsflow.engine.archiving.service import archive as write

        files = write(ctx, CampaignKey(campaign), out, force=force)
    print(f"Written: {out} ({counted(files, 'file')}). Begin with {out / 'README.html'}.")
