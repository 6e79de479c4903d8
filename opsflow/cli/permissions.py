"""`opsflow permissions`: the table that every door asks, as a page."""

from typing import Annotated

import typer

from opsflow.campaigns.permissions import load_matrix
from opsflow.campaigns.permissionsbook import page
from opsflow.cli.acting import workspace_settings
from opsflow.kernel.terms import Language


def permissions(
    language: Annotated[Language, typer.Option(help="Language of the page.")] = "en",
) -> None:
    """Show who may do what: the shipped table, or the workspace's own.

    Example: opsflow permissions --language zh
    """
    print(page(load_matrix(workspace_settings().template_folders), language), end="")
