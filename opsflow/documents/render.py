"""Writes a document: one template and one dossier make one Markdown text."""

from pathlib import Path

from opsflow.documents.faults import BrokenTemplate
from opsflow.documents.filling import filled
from opsflow.documents.model import Dossier
from opsflow.kernel.errors import NotFound

__all__ = ["BrokenTemplate", "render", "tidy"]


def render(folders: tuple[Path, ...], document_id: str, dossier: Dossier) -> str:
    """The document as Markdown, from `documents/<language>/<document_id>.md.j2` of the first folder that has it.

    `folders` are template folders (`Settings.template_folders`), the workspace's own first.
    """
    language = dossier["language"]
    roots = tuple(folder / "documents" / language for folder in folders)
    name = f"{document_id}.md.j2"
    if not any((root / name).is_file() for root in roots):
        raise NotFound(f"There is no template {name} for {language}. Looked in: {', '.join(map(str, roots))}.")
    return tidy(filled(roots, name, language, dossier, "markdown"))


def tidy(markdown: str) -> str:
    """Never two blank lines, no trailing blanks, one newline at the end."""
    text = "\n".join([line.rstrip(" \t") for line in markdown.split("\n")])
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.strip() + "\n"
