"""Which commands there are, and the one place where an error becomes text on stderr and an exit code."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated

import typer
from click.exceptions import Exit

from opsflow import __version__
from opsflow.cli.streams import leave_unsaid
from opsflow.kernel.characters import printable
from opsflow.kernel.errors import OpsflowError, PortFailed

ABOUT = """From one campaign file to every deadline, document and notice.

\b
Start here:
  opsflow init my-workspace
  cd my-workspace
  opsflow plan campaigns/first-campaign.yaml
  opsflow rehearse campaigns/first-campaign.yaml
  opsflow start campaigns/first-campaign.yaml
  opsflow status
"""


@dataclass(frozen=True, slots=True)
class Command:
    """A command or group of commands, and where its function or `typer.Typer` is when it is asked for."""

    name: str
    summary: str
    module: str
    function: str


COMMANDS: tuple[Command, ...] = (
    Command("init", "Write a workspace with a first campaign to try.", "init", "init"),
    Command("new", "Write a campaign file by questions and answers.", "new", "new"),
    Command("copy", "Make a new campaign of an old one, on a new date.", "copy", "copy"),
    Command("check", "Check campaign, organisation and SOP files.", "files", "check"),
    Command("plan", "Show every deadline and owner of a campaign.", "plan", "plan"),
    Command("calendar", "Show a year's working days; what a file of days would change.", "calendar", "calendar"),
    Command("sop", "Read an SOP as a document, check it, change it by proposals.", "sop", "sop"),
    Command("learn", "Show how long tasks really took, and what the SOP should say.", "learn", "learn"),
    Command("schema", "JSON Schemas, so that editors help with the files.", "schema", "schema"),
    Command("db", "Make or upgrade the database, or compare it with this version.", "database", "database"),
    Command("start", "Start a campaign: plan it, store it, wake its stages.", "start", "start"),
    Command("up", "Run Prefect, all flows, schedules and pages, until Ctrl-C.", "up", "up"),
    Command("doctor", "Check everything that must work, and name the cures.", "doctor", "doctor"),
    Command("status", "Show where campaigns stand and what waits for whom.", "status", "status"),
    Command("task", "Finish, confirm, snooze, give away or show a task.", "task", "task"),
    Command("stage", "Approve, reject, decide go-live, record meetings.", "stage", "stage"),
    Command("score", "Score the self-check.", "score", "score"),
    Command(
        "participants", "Import who takes part and what they did; decide, block, erase.", "participants", "participants"
    ),
    Command("metrics", "Import figures; show them against target and forecast.", "metrics", "metrics"),
    Command("prizes", "Draw and prove who wins; approve, pay and reconcile prizes.", "prizes", "prizes"),
    Command("feedback", "What users said and what it is about; return visits.", "feedback", "feedback"),
    Command("incident", "Report, take and close incidents; who is on duty.", "incident", "incident"),
    Command("journal", "Show what happened, and prove that nobody changed it.", "journal", "journal"),
    Command("absence", "Say that somebody is away, or back after all.", "absence", "absence"),
    Command("handover", "Give everything of one person's to another.", "handover", "handover"),
    Command("permissions", "Show who may do what.", "permissions", "permissions"),
    Command("campaign", "Pause, resume, cancel, shorten or extend a campaign.", "campaign", "campaign"),
    Command("replan", "Show what a slip or another launch moves, and move it.", "replan", "replan"),
    Command("review", "Show a campaign's review: aim, effect, cause, lesson.", "review", "review"),
    Command("compare", "Show campaigns side by side.", "compare", "compare"),
    Command("year", "Show the results of a year's campaigns in one table.", "compare", "year"),
    Command("archive", "Write all of a campaign into a folder that needs no opsflow.", "archive", "archive"),
    Command("messages", "Show who was told what, who will be, and what failed.", "messages", "messages"),
    Command("page-link", "Print a person's own link to the pages.", "pagelink", "page_link"),
    Command("tick", "Fire due deadlines and run the stages that may move.", "sweeps", "tick"),
    Command("deliver", "Tell people what is due.", "sweeps", "deliver"),
    Command("rehearse", "Play a whole campaign on a virtual clock.", "rehearse", "rehearse"),
)


def run(arguments: Sequence[str]) -> int:
    """Run one command line; answers its exit code."""
    app = app_for(arguments)
    try:
        code = _code_of(app, arguments)
        sys.stdout.flush()
    except OSError as error:
        print(printable(_of_the_machine(error)), file=sys.stderr)
        _leave_unsaid()
        return PortFailed.exit_code
    return code


def _code_of(app: typer.Typer, arguments: Sequence[str]) -> int:
    try:
        app(args=list(arguments), prog_name="opsflow", standalone_mode=True)
    except Exit as ended:
        return ended.exit_code
    except OpsflowError as error:
        print(printable(str(error)), file=sys.stderr)
        return error.exit_code
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


def _leave_unsaid() -> None:
    """What could not be written to stdout is not tried again when Python ends: that would show a traceback."""
    try:
        sys.stdout.flush()
    except OSError:
        leave_unsaid(sys.stdout.fileno())


def _of_the_machine(error: OSError) -> str:
    """What the machine refused (a full disk, a folder that may not be written), where nothing nearer has told it."""
    place = error.filename2 or error.filename or "The output"
    named = f"{place} cannot be read or written"
    return f"{named}: {error.strerror or error}. Make room, check its permissions, or name another place."


def app_for(arguments: Sequence[str]) -> typer.Typer:
    """The commands, of which only the one that is asked for is imported: the others are there to be listed."""
    app = typer.Typer(
        help=ABOUT,
        rich_markup_mode=None,
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback()(_options)
    asked = next((argument for argument in arguments if not argument.startswith("-")), None)
    for command in COMMANDS:
        found = _imported(command) if command.name == asked else _listed
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=command.name, help=command.summary)
        else:
            app.command(command.name, short_help=command.summary)(found)
    return app


def _imported(command: Command) -> Callable[..., None] | typer.Typer:
    found: Callable[..., None] | typer.Typer = getattr(import_module(f"opsflow.cli.{command.module}"), command.function)
    return found


def _listed() -> None:
    """Stand in the list of commands; the command itself is imported when it is asked for."""


def _show_version(asked: bool) -> None:  # noqa: FBT001 - called by typer
    if asked:
        print(f"opsflow {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """Stand before the command."""
