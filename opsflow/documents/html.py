"""Turns a Markdown document into one self-contained page."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML, RendererProtocol
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

from opsflow.documents.filling import filled
from opsflow.kernel.terms import Language

PAGE = "page.html.j2"


def body(markdown: str) -> str:
    """The document's HTML. Raw HTML in it is shown as text, and `javascript:` links are no links."""
    return str(_reader().render(markdown))


def page(folders: tuple[Path, ...], markdown: str, *, language: Language, title: str, subtitle: str = "") -> str:
    """The document as a page of its own: inline style, for screen and A4, nothing loaded from elsewhere."""
    safe = Markup(body(markdown))  # noqa: S704 -- markdown-it made it with html off
    return fill(folders, PAGE, language, {"title": title, "subtitle": subtitle, "body": safe})


def fill(folders: tuple[Path, ...], name: str, language: Language, facts: dict[str, Any]) -> str:
    """An HTML template of `documents/` filled with facts, each of them escaped."""
    roots = tuple(folder / "documents" for folder in folders)
    return filled(roots, name, language, {"language": language, **facts}, "html")


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")
    reader.add_render_rule("table_open", _table_open)
    reader.add_render_rule("table_close", _table_close)
    for cell in ("th_open", "td_open"):
        reader.add_render_rule(cell, _cell_open)
    return reader


def _table_open(*_: object) -> str:
    """A wide table scrolls in a frame of its own, so that a telephone never scrolls the page sideways."""
    return '<div class="table"><table>\n'


def _cell_open(
    renderer: RendererProtocol, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType
) -> str:
    """A cell's alignment as a class: a page that forbids inline style keeps it."""
    token = tokens[place]
    aligned = str(token.attrs.pop("style", "")).removeprefix("text-align:")
    if aligned:
        token.attrSet("class", aligned)
    return RendererHTML.renderToken(cast(RendererHTML, renderer), tokens, place, options, env)


def _table_close(*_: object) -> str:
    return "</table></div>\n"
