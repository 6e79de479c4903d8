"""How high a row must be for its wrapped texts: programs that open a workbook do not all measure it themselves."""

import re
from collections.abc import Iterable

from opsflow.kernel.characters import columns_of

LINE = 15
"""Points of one line of the usual font, of which a row without a height of its own has one."""
HIGHEST = 409
"""Points: more no row may have in Excel."""
ROOM, EDGE = 0.95, 1
"""Of a column's characters, and without its edges: bold letters are wider, and so is what stands in for the usual font
where it is missing. A Chinese character is a little more than two."""
_PIECES = re.compile(r"[\u2e80-\uffdc]\s*|[^\s\u2e80-\uffdc]+\s*|\s+")
"""What a line is broken between: words, and after each Chinese character."""


def height_of(cells: Iterable[tuple[str, float]]) -> int:
    """Points of a row in which every text is whole; each comes with its column's width in characters."""
    return min(HIGHEST, LINE * max(lines_of(text, width * ROOM - EDGE) for text, width in cells))


def lines_of(text: str, width: float) -> int:
    """Lines of a text that is broken between words, and inside those which are longer than a line."""
    return sum(_wrapped(line, max(1, int(width))) for line in text.split("\n"))


def _wrapped(line: str, width: int) -> int:
    lines, used = 1, 0
    for piece in _PIECES.findall(line):
        length = columns_of(piece.rstrip())
        if used and used + length > width:
            lines, used = lines + 1, 0
        more = max(0, length - 1) // width
        lines, used = lines + more, used + length - more * width + len(piece) - len(piece.rstrip())
    return lines
