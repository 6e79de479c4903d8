"""Every mistake of an SOP file, whichever check finds it: its types, its names, its conditions, its documents' templates."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from opsflow.campaigns.crosscheck import sop_conditions
from opsflow.kernel.expectations import Finding
from opsflow.kernel.terms import LANGUAGES
from opsflow.kernel.yamlfile import BadFile, Problem, Source, parse, parse_text
from opsflow.sop.files import read_sop
from opsflow.sop.lint import lint
from opsflow.sop.model import Sop


def problems_of(path: Path, folders: tuple[Path, ...]) -> list[Problem]:
    """Everything that is wrong with an SOP file."""
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
    return problems + _beyond(source, typed, (own, *folders) if own else folders)


def checked_text(path: Path, text: str, folders: Sequence[Path]) -> Sop:
    """What a file would say if it held this text; BadFile names everything that is wrong with it."""
    source = parse_text(path, text)
    typed = source.typed(Sop)
    problems = [*source.problems(lint(typed)), *_beyond(source, typed, folders)]
    if problems:
        raise BadFile(problems)
    return typed


def _beyond(source: Source, sop: Sop, folders: Sequence[Path]) -> list[Problem]:
    return source.problems([*sop_conditions(sop), *_without_template(sop, folders)])


def _without_template(sop: Sop, folders: Sequence[Path]) -> Iterator[Finding]:
    for index, document in enumerate(sop.documents):
        for language in LANGUAGES:
            name = f"documents/{language}/{document.id}.md.j2"
            if not any((folder / name).is_file() for folder in folders):
                hint = f"Add sop_templates/{name}."
                message = f"the document `{document.id}` has no template in {language}"
                yield Finding(("documents", index, "id"), at_key=False, message=message, hint=hint)
