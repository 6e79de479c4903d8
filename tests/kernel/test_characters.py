"""What a terminal, a log or a reader would take for something else is refused in files and written out in answers."""

import pytest

from opsflow.kernel.characters import composed, on_one_line, printable, unsafe_character, without_unsafe


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("red \x1b[31m", "U+001B"),
        ("bell \x07", "U+0007"),
        ("back\x08", "U+0008"),
        ("line\rover", "U+000D"),
        ("c1 \x9b", "U+009B"),
        ("\u202ecod.exe", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("a\u2066b", "U+2066 LEFT-TO-RIGHT ISOLATE"),
        ("a\u2028b", "U+2028 LINE SEPARATOR"),
        ("a\u200bb", "U+200B ZERO WIDTH SPACE"),
        ("a\ufeffb", "U+FEFF ZERO WIDTH NO-BREAK SPACE"),
        ("a\U000e0041", "U+E0041 TAG LATIN CAPITAL LETTER A"),
        ("\ud83d", "U+D83D"),
        ("\0", "U+0000"),
    ],
)
def test_a_character_that_deceives_is_named(text: str, named: str) -> None:
    assert unsafe_character(text) == named
    assert unsafe_character(without_unsafe(text)) is None
    assert unsafe_character(printable(text)) is None


@pytest.mark.parametrize(
    "text", ["", "plain", "双十一\u3000活动", "two\nlines\tand a tab", "नमस्ते", "👨\u200d👩\u200d👧 🎉", "é"]
)
def test_a_text_of_any_language_is_left_alone(text: str) -> None:
    assert unsafe_character(text) is None
    assert printable(text) == without_unsafe(text) == text


def test_one_line_stays_one_line() -> None:
    assert on_one_line("a\nb\x1bc") == r"a\nb\x1bc"


def test_what_looks_the_same_is_the_same() -> None:
    assert composed("e\u0301") == "\u00e9"
