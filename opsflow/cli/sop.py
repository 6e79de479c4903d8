"""`opsflow sop`: the SOP as a document for people, and every mistake of an SOP file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from opsflow.campaigns.crosscheck import sop_conditions
from opsflow.campaigns.files import ORGANISATION_FILE, NoOrganisation, find_organisation
from opsflow.campaigns.sopbook import render_sop
from opsflow.kernel.errors import NotFound
from opsflow.kernel.expectations import Finding
from opsflow.kernel.terms import LANGUAGES, Language, Level
from opsflow.kernel.writing import refuse_existing, write_aside
from opsflow.kernel.yamlfile import BadFile, Problem, parse
from opsflow.settings import Settings
from opsflow.sop.files import load_sop, read_sop
from opsflow.sop.model import Sop

STANDARD = "campaign"
sop = typer.Typer(no_args_is_help=True)


@sop.callback()
def about() -> None:
    """Read the SOP as a document, or check an SOP file."""


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


def problems_of(path: Path, folders: tuple[Path, ...]) -> list[Problem]:
    """Everything that is wrong with an SOP file, whichever check finds it."""
    problems: list[Problem] = []
    try:
        read_sop(path)
    except BadFile as bad:
        problems += bad.problems
    try:
        source = parse(path)
        typed = source.typed(Sop)
    except BadFile:
        return problems  # a file without types has no conditions and documents to look at
    own = path.absolute().parents[2] if path.absolute().parents[1].name == "sop" else None
    roots = (own, *folders) if own else folders
    return problems + source.problems([*sop_conditions(typed), *_without_template(typed, roots)])


def _without_template(found: Sop, folders: tuple[Path, ...]) -> Iterator[Finding]:
    for index, document in enumerate(found.documents):
        for language in LANGUAGES:
            name = f"documents/{language}/{document.id}.md.j2"
            if not any((folder / name).is_file() for folder in folders):
                hint = f"Add sop_templates/{name}."
                message = f"the document `{document.id}` has no template in {language}"
                yield Finding(("documents", index, "id"), at_key=False, message=message, hint=hint)


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
