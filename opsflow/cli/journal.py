"""`opsflow journal`: what happened in a campaign, and whether the journal is what was written."""

import json
from pathlib import Path
from typing import Annotated

import typer

from opsflow.cli import journalview
from opsflow.cli.acting import CampaignArgument, FormatOption, acting_context
from opsflow.cli.acting import show as out
from opsflow.kernel.errors import NotFound
from opsflow.kernel.terms import CampaignKey

journal = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
BROKEN, UNPROVEN = 1, 7


@journal.command()
def show(campaign: CampaignArgument, output: FormatOption = "text") -> None:
    """Show everything that happened in a campaign: when, who, what, to what.

    As JSON each entry has its number and hash, so that a chain can be followed elsewhere.

    Example: opsflow journal show double-eleven-2026
    """
    with acting_context() as ctx:
        # SQLAlchemy takes 0.3 s to import, which `--help` need not wait for; below as well.
        from opsflow.engine.record import campaign_journal

        held, entries = campaign_journal(ctx, CampaignKey(campaign))
    if output == "json":
        print(json.dumps([journalview.json_entry(entry) for entry in entries], ensure_ascii=False, indent=2))
    else:
        out(journalview.entry_lines(held, entries))


@journal.command()
def verify(
    checkpoints: Annotated[
        Path | None,
        typer.Option(help="The checkpoints to hold it against.", metavar="FILE", show_default="OPSFLOW_CHECKPOINTS"),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            help="A public key to trust as well: an earlier one, or where the secret is not. May be repeated.",
            metavar="HEX",
        ),
    ] = None,
    output: FormatOption = "text",
) -> None:
    """Follow every chain of the journal from its first entry to its last, and hold it against the signed checkpoints.

    \b
    Exit code 0: every entry up to the last checkpoint is what was written.
    Exit code 1: it is broken; the first bad entry of each chain is named.
    Exit code 7: tail unproven. What is there holds together, but no checkpoint tells whether entries were cut off at the
    end or all were written anew.

    Example: opsflow journal verify --checkpoints /mnt/audit/checkpoints.jsonl
    """
    if checkpoints is not None and not checkpoints.is_file():
        raise NotFound(
            f"There is no file {checkpoints} of checkpoints. Without --checkpoints the workspace's own are taken."
        )
    with acting_context() as ctx:
        # The library of signatures as well.
        from opsflow.adapters.checkpoints import CheckpointFile
        from opsflow.journal.service import verify as follow

        found = follow(ctx, CheckpointFile(ctx.settings, file=checkpoints, trusted=key or ()).kept())
    if output == "json":
        print(json.dumps(journalview.json_verified(found), indent=2))
    else:
        out(journalview.verified_lines(found))
    code = {"broken": BROKEN, "tail unproven": UNPROVEN}.get(found.verdict, 0)
    if code:
        raise typer.Exit(code)
