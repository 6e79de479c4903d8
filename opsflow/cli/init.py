"""`opsflow init`: a workspace to begin with."""

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from opsflow.cli.workspace import write_workspace
from opsflow.kernel.clock import SystemClock


def init(
    folder: Annotated[Path, typer.Argument(help="The folder to write; it must be new or empty.", metavar="DIR")],
) -> None:
    """Write a workspace: org.yaml, one S campaign that launches 60 working days from today, your own templates.

    Example: opsflow init my-workspace
    """
    written = write_workspace(folder, SystemClock().now())
    print(f"Written to {folder}:")
    for path in written:
        print(f"  {path}")
    print(f"Next: cd {quote(str(folder))} && opsflow plan campaigns/first-campaign.yaml")
