"""Writes a document: one template and one dossier make one Markdown text."""

import linecache
import re
from pathlib import Path
from traceback import walk_tb

from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError

from opsflow.documents.escaping import escaped
from opsflow.documents.model import Dossier
from opsflow.documents.sandbox import environment
from opsflow.kernel.errors import BadInput, NotFound

FAULTS = (
    TemplateError,
    TypeError,
    ValueError,
    LookupError,
    ArithmeticError,
    AttributeError,
    RecursionError,
    MemoryError,
)
"""What a broken template can raise; whoever wrote it is told, nothing else is caught."""


class BrokenTemplate(BadInput):
    """A template cannot be read, or asks for something that does not exist."""


def render(folders: tuple[Path, ...], document_id: str, dossier: Dossier) -> str:
    """The document as Markdown, from `documents/<language>/<document_id>.md.j2` of the first folder that has it.

    `folders` are template folders (`Settings.template_folders`), the workspace's own first.
    """
    language = dossier["language"]
    roots = tuple(folder / "documents" / language for folder in folders)
    name = f"{document_id}.md.j2"
    if not any((root / name).is_file() for root in roots):
        raise NotFound(f"There is no template {name} for {language}. Looked in: {', '.join(map(str, roots))}.")
    try:
        return tidy(environment(roots, language).get_template(name).render(escaped(dossier)))
    except FAULTS as error:
        raise broken(name, error) from error


def tidy(markdown: str) -> str:
    """Never two blank lines, no trailing blanks, one newline at the end."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+$", "", markdown, flags=re.MULTILINE)).strip() + "\n"


def broken(name: str, error: Exception) -> BrokenTemplate:
    """What is wrong with a template, where, and what to do about it (F57)."""
    file, line = _place(name, error)
    source = linecache.getline(file, line).strip() if line else ""
    told = error.message if isinstance(error, TemplateError) and error.message else str(error) or type(error).__name__
    if isinstance(error, TemplateNotFound):
        told = f"it includes {error.name}, which does not exist"
    return BrokenTemplate(
        f"{file}:{line}: the template of {name.removesuffix('.md.j2')} cannot be rendered: {told}."
        + (f" The line reads: {source}" if source else "")
        + " Correct it, or remove the file from the workspace to use the shipped one."
    )


def _place(name: str, error: Exception) -> tuple[str, int]:
    """File and line of the innermost template that took part."""
    if isinstance(error, TemplateSyntaxError):
        return error.filename or error.name or name, error.lineno
    lines = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    return next(((file, line) for file, line in reversed(lines) if file.endswith(".j2")), (name, 0))
