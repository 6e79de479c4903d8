"""What commands that act on campaigns share: which workspace they stand in, who acts, and what they say at the end."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

import typer

from opsflow.campaigns.files import ORGANISATION_FILE, NoOrganisation, find_organisation
from opsflow.kernel.characters import printable, without_unsafe
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import PersonKey
from opsflow.kernel.text import Text
from opsflow.running.lock import is_up
from opsflow.settings import Settings

if TYPE_CHECKING:
    from opsflow.context import Context

Format = Literal["text", "json"]
CampaignArgument = Annotated[str, typer.Argument(help="The campaign's key.", metavar="CAMPAIGN")]
ByOption = Annotated[
    str | None, typer.Option("--by", help="Who acts (a person of org.yaml).", metavar="PERSON", show_default="OPSFLOW_PERSON")
]  # fmt: skip
FormatOption = Annotated[Format, typer.Option("--format", help="How to show it.")]
MOVES_NEXT = "What follows moves with the next tick (`opsflow tick --here` where no Prefect runs)."


def workspace_settings(beside: Path | None = None) -> Settings:
    """The environment's settings; where they name no workspace, the one around `beside` or the current folder."""
    settings = Settings()
    if settings.workspace is not None:
        return settings
    try:
        folder = find_organisation(beside or Path.cwd() / ORGANISATION_FILE).absolute().parent
    except NoOrganisation:
        return settings
    return settings.model_copy(update={"workspace": folder})


@contextmanager
def acting_context(settings: Settings | None = None, *, make: bool = False) -> Iterator["Context"]:
    """The context of a command that acts or shows: it needs no motor, because an action only writes wakes."""
    # SQLAlchemy takes 0.3 s to import, which `--help` and a mistake in the arguments need not wait for.
    from opsflow.adapters.here import NextTick
    from opsflow.bootstrap import open_context

    with open_context(settings or workspace_settings(), launcher=NextTick(), make=make) as ctx:
        yield ctx


def runs_by_itself(settings: Settings) -> bool:
    """Whether `opsflow up` runs this workspace now: stages move and people are told without another command."""
    return settings.workspace is not None and is_up(settings.workspace.resolve() / ".opsflow")


def person(by: str | None) -> PersonKey:
    """Who acts: `--by`, else OPSFLOW_PERSON. BadInput: neither is given."""
    name = by or Settings().person
    if not name:
        raise BadInput("Who acts? Add --by PERSON, or set OPSFLOW_PERSON to your key in org.yaml.")
    return PersonKey(name)


def words(text: str | None, option: str) -> Text | None:
    """What somebody wrote as a value of an option, on one line; None where it was not given."""
    if text is None:
        return None
    read = " ".join(without_unsafe(text).split())
    if not read:
        raise BadInput(f"{option} is empty: write something.")
    return Text.both(read)


def show(lines: Iterable[str]) -> None:
    """Print what people wrote among it: nothing in it is taken for a command by a terminal."""
    print(printable("\n".join(lines)))


def counted(number: int, one: str, several: str = "") -> str:
    """A number of things: `1 line`, `2 lines`."""
    return f"{number} {one if number == 1 else several or one + 's'}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """An instant on a campaign's clocks."""
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M}"
