"""Keeps people's words from being read as Markdown: every text of a dossier is escaped once, where it enters."""

import re
from collections.abc import Mapping
from typing import Any

from opsflow.kernel.characters import without_unsafe

SPECIAL = re.compile(r"[\\`*\[\]<|]|(?<!\w)_|_(?!\w)|&(?=#|\w+;)")
"""What Markdown reads anywhere in a line. Other underscores (`stage_clearing`) mean nothing, so ids stay as they are."""
OPENING = re.compile(r"^(?:(?=[#>+=~-])|(\d{1,9})(?=[.)](?:\s|$)))")
"""What Markdown reads at the start of a line: headings, quotes, lists, underlines."""


class PlainText(str):
    """A text that is escaped already. It compares equal to the same characters."""

    __slots__ = ()


def escaped(value: Any) -> Any:
    """The same value with every text in it escaped, printable and on one line; numbers and dates are left alone."""
    match value:
        case PlainText():
            return value
        case str():
            return PlainText(OPENING.sub(r"\g<1>\\", SPECIAL.sub(r"\\\g<0>", " ".join(without_unsafe(value).split()))))
        case Mapping():
            return {name: escaped(part) for name, part in value.items()}
        case list() | tuple():
            return [escaped(part) for part in value]
    return value
