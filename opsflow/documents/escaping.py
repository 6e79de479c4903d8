"""Keeps people's words from being read as Markdown: every text of a dossier is escaped once, where it enters."""

import re
from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from opsflow.kernel.characters import without_unsafe

SPECIAL = re.compile(r"[\\`*\[\]<|]|(?<!\w)_|_(?!\w)|&(?=#|\w+;)")
"""What Markdown reads anywhere in a line. Other underscores (`stage_clearing`) mean nothing, so ids stay as they are."""
OPENING = re.compile(r"^(?:(?=[#>+=~-])|(\d{1,9})(?=[.)](?:\s|$)))")
"""What Markdown reads at the start of a line: headings, quotes, lists, underlines."""


NO_TEXT = frozenset({bool, int, float, Decimal, date, datetime, type(None)})
"""What nothing can be hidden in: known at once, because dossiers are full of it."""


class PlainText(str):
    """A text that is escaped already. It compares equal to the same characters."""

    __slots__ = ()


class Facts(dict[str, Any]):
    """Facts whose texts are escaped when they are asked for: a document shows a tenth of what its dossier holds.

    The mapping itself holds only what was read so far, so that nothing gets out unescaped.
    """

    __slots__ = ("_source",)
    __hash__ = None

    def __init__(self, source: Mapping[str, Any]) -> None:
        self._source = source

    def __missing__(self, name: str) -> Any:
        part = self._source[name]
        # What most facts are, without a call more.
        kind = type(part)
        part = self[name] = _plain(part) if kind is str else part if kind in NO_TEXT else escaped(part)
        return part

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self._source else default

    def items(self) -> ItemsView[str, Any]:  # type: ignore[override]
        return ItemsView(self)

    def keys(self) -> KeysView[str]:  # type: ignore[override]
        return KeysView(self)

    def values(self) -> ValuesView[Any]:  # type: ignore[override]
        return ValuesView(self)

    def __iter__(self) -> Iterator[str]:
        return iter(self._source)

    def __reversed__(self) -> Iterator[str]:
        return reversed(list(self._source))

    def __len__(self) -> int:
        return len(self._source)

    def __contains__(self, name: object) -> bool:
        return name in self._source

    def __eq__(self, other: object) -> bool:
        return dict(self.items()) == other

    def __repr__(self) -> str:
        return repr(dict(self.items()))


def escaped(value: Any) -> Any:
    """The same value with every text in it escaped, printable and on one line; numbers and dates are left alone."""
    kind = type(value)
    if kind in NO_TEXT:
        return value
    # What dossiers are made of, before it is asked what else it may be.
    if kind is dict:
        return Facts(value)
    if kind is list:
        return [escaped(part) for part in value]
    if isinstance(value, str):
        return value if isinstance(value, PlainText) else _plain(value)
    if isinstance(value, Mapping):
        return value if isinstance(value, Facts) else Facts(value)
    if isinstance(value, list | tuple):
        return [escaped(part) for part in value]
    return value


@lru_cache(maxsize=8192)
def _plain(text: str) -> PlainText:
    """Cached, because every document of a campaign shows the same names and titles."""
    return PlainText(OPENING.sub(r"\g<1>\\", SPECIAL.sub(r"\\\g<0>", " ".join(without_unsafe(text).split()))))
