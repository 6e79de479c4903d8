"""Writes a document: one template and one dossier make one Markdown text."""

from functools import cache
from pathlib import Path

from opsflow.documents.faults import BrokenTemplate
from opsflow.documents.filling import filled
from opsflow.documents.model import Dossier
from opsflow.kernel.errors import NotFound
from opsflow.kernel.terms import Language

__all__ = ["BrokenTemplate", "render", "tidy"]


def render(folders: tuple[Path, ...], document_id: str, dossier: Dossier) -> str:
    """The document as Markdown, from `documents/<language>/<document_id>.md.j2` of the first folder that has it.

    `folders` are template folders (`Settings.template_folders`), the workspace's own first.
    """
    language = dossier["language"]
    roots, name = _roots(folders, language), f"{document_id}.md.j2"
    try:
        return tidy(filled(roots, name, language, dossier, "markdown"))
    except BrokenTemplate as error:
        if any((root / name).is_file() for root in roots):
            raise
        looked = ", ".join(map(str, roots))
        raise NotFound(f"There is no template {name} for {language}. Looked in: {looked}.") from error


@cache
def _roots(folders: tuple[Path, ...], language: Language) -> tuple[Path, ...]:
    return tuple(folder / "documents" / language for folder in folders)


def tidy(markdown: str) -> str:
    """Never two blank lines, no trailing blanks, one newline at the end."""
    text = "\n".join([line.rstrip(" \t") for line in markdown.split("\n")])
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.strip() + "\n"
