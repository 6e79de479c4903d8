"""`opsflow feedback remind`: invitations and reminders as a file, for whoever sends them."""

from pathlib import Path
from typing import Annotated

import typer

from opsflow.cli.acting import ByOption, CampaignArgument, acting_context, person
from opsflow.cli.participants import letters_csv
from opsflow.kernel.terms import CampaignKey, Language
from opsflow.kernel.writing import refuse_existing, write_aside

writing = typer.Typer()


@writing.command()
def remind(
    campaign: CampaignArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="A CSV file for whoever sends them.", metavar="FILE")],
    language: Annotated[Language | None, typer.Option(help="Of the letters.", show_default="the campaign's")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    by: ByOption = None,
) -> None:
    """Write the letters about the survey that are due, each of them once.

    Invitations to those who had none, reminders to those who have not answered: a row with account, name, e-mail address, telephone
    number, subject and text. Where opsflow sends mail itself (OPSFLOW_MAIL_URL), to those alone whom mail cannot reach. Texts are
    templates in sop_templates/letters/, a workspace's own first. The file holds personal data and links that answer.

    Example: opsflow feedback remind double-eleven-2026 -o letters.csv --by chen-xi
    """
    actor = person(by)
    refuse_existing(out, force=force)
    with acting_context() as ctx:
        # SQLAlchemy takes 0.3 s to import, which `--help` need not wait for.
        from opsflow.feedback.collecting.service import note_written
        from opsflow.feedback.collecting.service import remind as due

        key = CampaignKey(campaign)
        found = due(ctx, key, by=actor, language=language)
        write_aside(out, letters_csv(found), force=force, private=True)
        # Noted once the file is there: killed in between, they are written again rather than never.
        note_written(ctx, key, found, by=actor)
    print(f"{len(found):,} letters in {out}.")
