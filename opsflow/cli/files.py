"""`opsflow check`: the files that people write."""

from pathlib import Path
from typing import Annotated

import typer

from opsflow.cli.checking import checked
from opsflow.kernel.characters import on_one_line
from opsflow.kernel.errors import BadInput
from opsflow.settings import Settings


def check(
    files: Annotated[
        list[Path], typer.Argument(help="Campaign, organisation (org.yaml) or SOP files.", metavar="FILE...")
    ],
) -> None:
    """Check files, each by what it holds: a campaign, an organisation or an SOP.

    A campaign is checked together with the org.yaml in the nearest folder above it and with its SOP. Every problem is
    shown as file:line:column, with what was expected and a likely fix; with problems the exit code is 2.

    Example: opsflow check org.yaml campaigns/*.yaml
    """
    folders = Settings().template_folders
    problems: list[str] = []
    for file in dict.fromkeys(files):
        lines, wrong = checked(file, folders)
        problems += [line for line in wrong if line not in problems]
        for line in lines:
            print(on_one_line(line))
    if problems:
        raise BadInput("\n".join(problems))
