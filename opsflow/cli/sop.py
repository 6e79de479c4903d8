"""`opsflow sop`: the SOP as a document for people, every mistake of an SOP file, and how an SOP changes."""

from pathlib import Path
from typing import Annotated

import typer

from opsflow.campaigns.files import ORGANISATION_FILE, NoOrganisation, find_organisation
from opsflow.campaigns.sopbook import render_sop
from opsflow.campaigns.sopcheck import problems_of
from opsflow.cli import sopchange
from opsflow.kernel.errors import NotFound
from opsflow.kernel.terms import Language, Level
from opsflow.kernel.writing import refuse_existing, write_aside
from opsflow.kernel.yamlfile import BadFile
from opsflow.settings import Settings
from opsflow.sop.files import load_sop, read_sop

STANDARD = "campaign"
sop = typer.Typer(no_args_is_help=True)
sop.command()(sopchange.propose)
sop.command("list")(sopchange.list_)
sop.command()(sopchange.diff)
sop.command()(sopchange.accept)
sop.command()(sopchange.reject)


@sop.callback()
def about() -> None:
    """Read the SOP as a document, check an SOP file, or change the SOP by proposals."""


@sop.command()
def show(
    name: Annotated[str, typer.Argument(help="The SOP's name, or an SOP file.", metavar="[NAME|FILE]")] = STANDARD,
    language: Annotated[Language, typer.Option(help="Language of the document.")] = "en",
    level: Annotated[
        Level | None, typer.Option(help="Only what exists at this level.", show_default="all levels")
    ] = None,
    target: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file (Markdown).", metavar="FILE")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Show an SOP as a document to read and print: purpose, roles, levels, tasks, gates, meetings, self-check.

    The workspace's own SOP counts where it has one (sop_templates/sop/NAME/), and its own template
    (sop_templates/documents/en/sop.md.j2).

    \b
    Examples:
      opsflow sop show --level B
      opsflow sop show --language zh -o sop.md
    """
    if target is not None:
        refuse_existing(target, force=force)
    folders = _folders()
    found = read_sop(Path(name)) if _is_file(name) else load_sop(folders, name)
    text = render_sop(folders, found, language, level)
    if target is None:
        typer.echo(text, nl=False)
    else:
        write_aside(target, text.encode(), force=force)
        print(f"Written: {target}")


@sop.command()
def lint(
    file: Annotated[
        Path | None, typer.Argument(help="The SOP file.", metavar="[FILE]", show_default="the SOP in use")
    ] = None,
) -> None:
    """Check an SOP file: every mistake at once, each with its line and a likely fix; with mistakes the exit code is 2.

    Beside what `opsflow check` finds: documents for which no template exists.

    \b
    Example:
      opsflow sop lint sop_templates/sop/campaign/v2.yaml
    """
    folders = _folders()
    path = file or _standard_file(folders)
    problems = problems_of(path, folders)
    if problems:
        raise BadFile(problems)
    found = read_sop(path)
    print(f"{path}: ok, SOP {found.name} v{found.version}, {len(found.tasks)} tasks, {len(found.documents)} documents")


def _folders() -> tuple[Path, ...]:
    """Where templates and SOPs are looked for: the workspace that the command is called in comes first."""
    folders = Settings().template_folders
    try:
        own = find_organisation(Path.cwd() / ORGANISATION_FILE).absolute().parent / "sop_templates"
    except NoOrganisation:
        return folders
    return (own, *folders) if own.is_dir() and own not in folders else folders


def _is_file(name: str) -> bool:
    return name.endswith((".yaml", ".yml")) or "/" in name


def _standard_file(folders: tuple[Path, ...]) -> Path:
    found = load_sop(folders, STANDARD)
    for folder in folders:
        path = folder / "sop" / found.name / f"v{found.version}.yaml"
        if path.is_file():
            return path
    raise NotFound(f"The SOP {found.name} v{found.version} has no file. Name one: opsflow sop lint FILE.")
