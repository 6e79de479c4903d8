"""Files that people write: everything is text, every mistake has its place and a way out."""

from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field

from opsflow.kernel.errors import BadInput
from opsflow.kernel.filemodel import FileModel
from opsflow.kernel.terms import Level
from opsflow.kernel.text import Text, TextField
from opsflow.kernel.yamlfile import MAX_BYTES, MAX_DEPTH, BadFile, Problem, parse, parse_text, read
from tests.unprivileged import bound_by_permissions


class Part(FileModel):
    """One item of a list."""

    id: str
    at: datetime | None = None


class Page(FileModel):
    """A file with a field of every kind."""

    code: str = "x"
    title: TextField = Text.both("t")
    level: Level = Level.S
    goal: Literal["conversion", "retention"] = "conversion"
    day: date | None = None
    opens: time | None = None
    on: bool = False
    count: int = Field(default=1, ge=1)
    amount: Decimal = Decimal(0)
    parts: tuple[Part, ...] = ()
    levels: dict[Level, int] = Field(default_factory=dict)


def told(text: str) -> list[str]:
    """The problems of a text, as a person reads them."""
    with pytest.raises(BadFile) as caught:
        parse_text(Path("page.yaml"), text).typed(Page)
    return str(caught.value).splitlines()


def write(folder: Path, content: bytes) -> Path:
    path = folder / "page.yaml"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('code: x\ntitle: "\\U00110000"', "2:11"),
        ('code: x\ntitle: "ab\\UFFFFFFFF"', "2:13"),
        (f"%YAML 1.{'9' * 5000}\n---\ncode: x", "1:9"),
    ],
)
def test_a_number_beyond_what_can_be_read_is_a_mistake_with_its_place(text: str, place: str) -> None:
    (problem,) = told(text)
    assert problem.startswith(
        f"page.yaml:{place}: broken YAML: a number that is out of range. An escape ends at `\\U0010FFFF`"
    )


@pytest.mark.parametrize("value", ["NO", "1.10", "12:30:00", "0x10", "2026-08-03", "~", "null", "__proto__", "1e3"])
def test_a_plain_value_stays_the_text_that_was_written(value: str) -> None:
    assert parse_text(Path("x"), f"code: {value}").typed(Page).code == value


def test_values_are_typed_by_the_field() -> None:
    page = parse_text(
        Path("x"),
        "level: A\nday: 2026-10-20\nopens: 09:30\non: yes\ncount: 3\namount: 1.10\nparts:\n"
        "  - {id: p, at: 2026-10-20T00:00}\nlevels: {S: 7}\n",
    ).typed(Page)
    assert (page.level, page.day, page.opens, page.on, page.count) == (
        Level.A,
        date(2026, 10, 20),
        time(9, 30),
        True,
        3,
    )
    assert str(page.amount) == "1.10"
    assert page.parts == (Part(id="p", at=datetime(2026, 10, 20)),)  # noqa: DTZ001 - local to the campaign's zone
    assert page.levels == {Level.S: 7}


def test_an_empty_value_is_none_and_a_quoted_one_is_a_text() -> None:
    assert parse_text(Path("x"), "a:\nb: ''\n").content == {"a": None, "b": ""}


@pytest.mark.parametrize(
    ("text", "line", "column", "part"),
    [
        ("", 1, 1, "empty"),
        ("# only a comment\n", 1, 1, "empty"),
        ("- a\n- b\n", 1, 1, "not a mapping"),
        ("just text", 1, 1, "not a mapping"),
        ("a: b: c", 1, 5, "broken YAML"),
        ("a:\n\tb: 1", 2, 1, "broken YAML"),
        ("a: 'open", 1, 9, "broken YAML"),
        ("a: [1, 2", 1, 9, "broken YAML"),
        ("a: @x", 1, 4, "broken YAML"),
        ("a: 1\nb: \x07", 2, 4, "character"),
        ("a: *x", 1, 4, "alias `*x`"),
        ("a: &x 1", 1, 4, "anchor `&x`"),
        ("a: !!python/object:os.system x", 1, 4, "tag"),
        ("a: ! x", 1, 4, "tag"),
        ("a: 1\nb: 2\na: 3", 3, 1, "`a` is written twice"),
        ("a: 1\n---\nb: 2", 2, 1, "second document"),
        ("? [a, b]\n: c", 1, 3, "plain text"),
        ("? {a: {b: c}}\n: c", 1, 3, "plain text"),
        ("b: 1\n? \n: a", 2, 2, "plain text"),
        ("a: " + "[" * 5000, 1, 35, "32 deep"),
        ("a: " + "[" * 5000 + "]" * 5000, 1, 35, "32 deep"),
        ("\n".join(" " * depth + f"k{depth}:" for depth in range(40)), 33, 33, "32 deep"),
    ],
)  # fmt: skip
def test_what_this_reader_does_not_take_is_told_with_its_place(text: str, line: int, column: int, part: str) -> None:
    with pytest.raises(BadFile) as caught:
        parse_text(Path("x.yaml"), text)
    first = caught.value.problems[0]
    assert (first.line, first.column) == (line, column)
    assert part in first.message
    assert first.hint


def test_nesting_up_to_the_limit_is_taken() -> None:
    deep = MAX_DEPTH - 1
    assert parse_text(Path("x"), "a: " + "[" * deep + "]" * deep).content


def test_an_alias_bomb_is_refused_before_it_grows() -> None:
    lines = ["a0: &a0 [x, x, x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 30)]
    with pytest.raises(BadFile) as caught:
        parse_text(Path("x"), "\n".join(lines))
    assert len(caught.value.problems) == 30 + 29 * 3


def test_all_problems_of_a_file_come_at_once_in_order_one_per_line() -> None:
    assert told("level: Z\ntitel: x\ncount: many\nparts:\n  - {at: 2026-10-20T00:00}\n") == [
        "page.yaml:1:8: expected one of S, A, B, C, found `Z` in level.",
        "page.yaml:2:1: unknown key `titel`. Did you mean `title`?",
        "page.yaml:3:8: expected a whole number such as 3, found `many` in count.",
        "page.yaml:5:5: the key `id` is missing in parts > item 1. Expected a text.",
    ]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("goal: convertion", "Did you mean `conversion`?"),
        ("goal: CONVERSION", "Did you mean `conversion`?"),
        ("levels: {X: 1}", "unknown key `X` in levels. There are: S, A, B, C."),
        ("day: 20261020", "expected a date such as 2026-10-20, found `20261020`"),
        ("day: 2026-02-30", "expected a date such as 2026-10-20, found `2026-02-30`"),
        ("opens: 9:00", "expected a time such as 09:00, found `9:00`"),
        ("parts: [{id: p, at: 2026-10-20}]", "expected a local date and time such as 2026-10-20T00:00"),
        ("parts: [{id: p, at: 1760918400}]", "expected a local date and time such as 2026-10-20T00:00"),
        ("parts: [{id: p, at: 2026-10-20T00:00+08:00}]", "leave the offset out"),
        ("parts: [{id: p, at: 2026-10-20T00:00Z}]", "leave the offset out"),
        ("parts: {id: p}", "expected a list, each item a mapping with id, found a mapping"),
        ("parts: p", "Write it as a list: [p]."),
        ("on: perhaps", "expected true or false, found `perhaps`"),
        ("count: 0", "expected a number of at least 1, found `0`"),
        ("amount: NaN", "expected a number such as 12000 or 0.5, found `NaN`"),
        ("title: {en: a, fr: b}", "Only en and zh belong here"),
        ("title: {en: one, two, zh: a}", "a text with a comma needs quotes"),
        ("code:", "found nothing in code. Write a value, or leave the key out."),
        ("code: [a]", "expected a text, found a list"),
    ],
)
def test_a_wrong_value_is_told_with_what_was_expected_and_a_likely_fix(text: str, part: str) -> None:
    problems = told(text)
    assert len(problems) == 1
    assert part in problems[0]
    assert problems[0].startswith("page.yaml:1:")


def test_a_problem_at_an_empty_value_points_to_its_key() -> None:
    assert told("code: x\ncount:\n\n\n")[0].startswith("page.yaml:2:1:")


def test_a_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    assert read(write(tmp_path, b"\xef\xbb\xbfcode: a\n"), Page).code == "a"


def test_what_is_not_utf_8_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(BadFile) as caught:
        parse(write(tmp_path, "code: a\ntitle: 活动".encode("gbk")))
    assert (caught.value.problems[0].line, caught.value.problems[0].column) == (2, 8)


def test_a_file_of_more_than_a_mebibyte_is_refused(tmp_path: Path) -> None:
    within = b"code: a\n#".ljust(MAX_BYTES, b"x")
    assert read(write(tmp_path, within), Page).code == "a"
    with pytest.raises(BadFile, match="larger than 1 MiB"):
        parse(write(tmp_path, within + b"x"))


def test_a_missing_file_and_a_folder_are_problems_not_tracebacks(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no such file"):
        parse(tmp_path / "none.yaml")
    with pytest.raises(BadFile, match="this is a folder"):
        parse(tmp_path)
    with pytest.raises(BadFile, match="cannot be read"):
        parse(Path("nul\0byte.yaml"))


def test_an_unreadable_file_is_a_problem(tmp_path: Path) -> None:
    path = write(tmp_path, b"code: a\n")
    path.chmod(0)
    with bound_by_permissions(), pytest.raises(BadFile, match="cannot be read"):
        parse(path)


def test_a_bad_file_is_bad_input_whose_text_is_its_problems() -> None:
    bad = BadFile([Problem("b.yaml", 2, 1, "two", "Fix it."), Problem("a.yaml", 9, 4, "one")])
    assert isinstance(bad, BadInput)
    assert str(bad) == "a.yaml:9:4: one.\nb.yaml:2:1: two. Fix it."


def test_a_source_points_to_the_nearest_place_that_is_in_the_file() -> None:
    source = parse_text(Path("x"), "# first\na:\n  - {b: 1}\n")
    assert str(source.problem(("a", 0, "b"), "m")).startswith("x:3:9:")
    assert str(source.problem(("a", 0, "b"), "m", at_key=True)).startswith("x:3:6:")
    assert str(source.problem(("a", 0, "c", "d"), "m")).startswith("x:3:5:")
    assert str(source.problem(("z",), "m")).startswith("x:2:1:")
