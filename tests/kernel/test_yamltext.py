"""Values change inside a YAML text; comments, quotes and layout around them stay."""

import pytest
import yaml

from opsflow.kernel.yamltext import comments, replaced, rewritten, scalars, written

TEXT = """\
# A campaign  # of 2026
key: old  # its key
title: {en: 'It''s on', zh: "双十一 # 2026"}
url: a#b
list:
  - one, two
  - >-
    folded # no comment
    text
# last
"""


def test_values_are_found_with_their_place_and_quotes() -> None:
    found = [(scalar.loc, scalar.value, scalar.style) for scalar in scalars(TEXT)]
    assert found == [
        (("key",), "old", ""),
        (("title", "en"), "It's on", "'"),
        (("title", "zh"), "双十一 # 2026", '"'),
        (("url",), "a#b", ""),
        (("list", 0), "one, two", ""),
        (("list", 1), "folded # no comment text", ">"),
    ]


def test_comments_are_found_and_what_only_looks_like_one_is_not() -> None:
    assert [TEXT[start:end] for start, end in comments(TEXT)] == ["# A campaign  # of 2026", "# its key", "# last"]


def test_places_change_and_the_rest_stays() -> None:
    key = scalars(TEXT)[0]
    assert replaced(TEXT, [(key.start, key.end, "new")]) == TEXT.replace("key: old", "key: new")


@pytest.mark.parametrize("style", ["", "'", '"'])
@pytest.mark.parametrize(
    "value",
    [
        "plain", "", "a: b", "a #b", "it's", 'say "so"', "[x", "{x}", "a, b", "- a", "-", "?", "*a", "&a", "!a", "%a", "@a",
        "a:", " a", "a ", "true", "null", "~", "1.10", "双十一：开始", "line\nbreak", "tab\tin", "bell\x07", "\\", "|", ">",
    ],
)  # fmt: skip
def test_whatever_is_written_is_read_again(value: str, style: str) -> None:
    shown = written(value, style)
    assert [scalar.value for scalar in scalars(f"{{a: {shown}, b: x}}")] == [value, "x"]
    assert [scalar.value for scalar in scalars(f"a: {shown}  # x\nb: x\n")] == [value, "x"]
    assert "\n" not in shown


def test_a_value_keeps_its_looks_where_it_can() -> None:
    one = {scalar.loc: scalar for scalar in scalars(TEXT)}
    assert rewritten(one["list", 0], "one, three") == "one, three"
    assert rewritten(one["key",], "a, b") == '"a, b"'
    assert rewritten(one["title", "en"], "It's off") == "'It''s off'"


def test_an_emptied_text_has_no_values() -> None:
    assert (scalars(""), comments("# only this")) == ([], [(0, 11)])
    assert yaml.safe_load(replaced("a: b", [(3, 4, "c")])) == {"a": "c"}
