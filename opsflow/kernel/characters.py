"""Single characters: those a text may not hold, because a terminal, a log or a reader would take them for something else, and
how much room the others take.
"""

import re
import unicodedata

_UNSAFE = (
    "\u0000-\u0008\u000b-\u001f\u007f-\u009f"  # control characters, but tab and line feed
    "\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the direction of writing, or is not seen at all
    "\u2028\u2029\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"  # line separators, byte order mark, annotations, tags
    "\ud800-\udfff"  # halves of a character
)
_ANY = re.compile(f"[{_UNSAFE}]")
_ANY_OR_BREAK = re.compile(f"[{_UNSAFE}\t\n]")


def unsafe_character(text: str) -> str | None:
    """The first such character in a text, by its number and name (`U+202E RIGHT-TO-LEFT OVERRIDE`); None: there is none."""
    found = None if text.isascii() and text.isprintable() else _ANY.search(text)
    if found is None:
        return None
    return " ".join(filter(None, (f"U+{ord(found[0]):04X}", unicodedata.name(found[0], ""))))


def without_unsafe(text: str) -> str:
    """A text without them: a line that people are to read as it was meant."""
    return text if text.isascii() and text.isprintable() else _ANY.sub("", text)


def printable(text: str) -> str:
    """A text with them written out as escapes, line breaks kept: what may go to a terminal."""
    return text if text.isprintable() else _ANY.sub(_written_out, text)


def on_one_line(text: str) -> str:
    """The same with line breaks written out as well."""
    return text if text.isprintable() else _ANY_OR_BREAK.sub(_written_out, text)


def composed(text: str) -> str:
    """A text in Unicode's composed form (NFC), so that what looks the same is the same."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _written_out(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


def columns_of(text: str) -> int:
    """How many columns of a terminal, or of a sheet's letters, a text takes; a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)
