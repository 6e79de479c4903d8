"""Changes values inside the text of a YAML file and leaves everything else, comments and layout included, as it is."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import yaml

from opsflow.kernel.expectations import Loc

PLAIN, SINGLE, DOUBLE = "", "'", '"'
_SAFE_WORD = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`~][^\n,\[\]{}#'\"`]*")
"""What may stand without quotes even inside { }: stricter than YAML asks for."""
_MARKS = frozenset(",[]{}#'\"`:\n")
_MEANS_MORE = re.compile(r": |:$|\s$|^(?:true|false|null|~)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value in a text: where it belongs, what it says, where it stands and how it is quoted."""

    loc: Loc
    value: str
    start: int
    end: int
    style: str

    @property
    def lines(self) -> bool:
        """Whether it is a block (`|`, `>`), whose layout is part of it."""
        return self.style in ("|", ">")


def scalars(text: str) -> list[Scalar]:
    """Every value of a text that has been read without problems, in the order of the text."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    return [] if root is None else list(_values(root, ()))


def comments(text: str) -> list[tuple[int, int]]:
    """Where the comments of a text are, each with its #."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    covered = sorted((node.start_mark.index, node.end_mark.index) for node in _leaves(root)) if root else []
    bare, at = [], 0
    for start, end in covered:
        bare.append(text[at:start] + re.sub(r"[^\n]", "x", text[start:end]))
        at = end
    masked = "".join([*bare, text[at:]])
    return [found.span() for found in re.finditer(r"(?:(?<=\s)|(?<![^\n]))#[^\n]*", masked)]


def replaced(text: str, changes: Iterable[tuple[int, int, str]]) -> str:
    """A text with other words at some places, which do not overlap."""
    for start, end, words in sorted(changes, reverse=True):
        text = text[:start] + words + text[end:]
    return text


def rewritten(scalar: Scalar, value: str) -> str:
    """Another value as it stands in place of a scalar on one line, with its quotes if they will do."""
    new_marks = (set(value) - set(scalar.value)) & _MARKS
    unquoted = scalar.style == PLAIN and scalar.value and value.isprintable() and not _MEANS_MORE.search(value)
    if unquoted and not new_marks and _SAFE_WORD.match(value):
        return value  # outside { } a plain value may hold commas, and this one has held them before
    return written(value, scalar.style)


def written(value: str, style: str = PLAIN) -> str:
    """A value as it stands in a file on one line: quoted as before, or as it has to be."""
    if style == SINGLE and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if style == PLAIN and value.isprintable() and _SAFE_WORD.fullmatch(value) and not _MEANS_MORE.search(value):
        return value
    return json.dumps(value, ensure_ascii=not value.isprintable())


def _values(node: yaml.Node, loc: Loc) -> Iterator[Scalar]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _values(value, (*loc, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _values(value, (*loc, index))
    elif isinstance(node, yaml.ScalarNode):
        yield Scalar(loc, node.value, node.start_mark.index, node.end_mark.index, node.style or PLAIN)


def _leaves(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for pair in node.value:
            for part in pair:
                yield from _leaves(part)
    elif isinstance(node, yaml.SequenceNode):
        for part in node.value:
            yield from _leaves(part)
    else:
        yield node
