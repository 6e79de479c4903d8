"""Tables of other programs: every way of writing gives the same rows; what cannot be read is told with its line."""

import zipfile
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped]  # it ships no types

from opsflow.kernel import rowfile
from opsflow.kernel.errors import BadInput
from opsflow.kernel.rowfile import rows

SAME = [(2, {"account": "a1", "orders": "3"}), (3, {"account": "李", "orders": "0"})]


def read(path: Path) -> list[tuple[int, dict[str, str]]]:
    return [(row.line, row.values) for row in rows(path)]


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "account,orders\na1,3\n李,0\n"),
        ("a.csv", "\ufeffAccount , ORDERS\r\n a1 ,3\r\n李,0\r\n"),
        ("a.csv", 'account,orders,\n"a1","3",\n李,0\n'),
        ("A.CSV", "account,orders\na1,3\n李,0"),
        ("a.jsonl", '\n{"account": "a1", "orders": 3}\n{"Account": "李", "orders": "0", "name": null}\n'),
    ],
)
def test_every_way_of_writing_is_the_same_rows(tmp_path: Path, name: str, content: str) -> None:
    assert read(written(tmp_path, name, content)) == SAME


def test_a_spreadsheet_too(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for at, cells in enumerate(
            [("account", "orders", "at"), ("a1", 3, datetime.fromisoformat("2026-10-20T09:30")), ("李", 0.5, "")]
        ):
            for column, cell in enumerate(cells):
                sheet.write(at, column, cell, day if isinstance(cell, datetime) else None)
    assert read(path) == [
        (2, {"account": "a1", "orders": "3", "at": "2026-10-20T09:30:00"}),
        (3, {"account": "李", "orders": "0.5"}),
    ]


def test_a_row_that_is_none_says_why_and_the_next_are_read(tmp_path: Path) -> None:
    lines = ['{"account": "a"}', "no json", '{"account": ["a"]}', "[1]", '{"a": 1, "a": 2}', '{"b": NaN}', "[" * 9999]
    found = list(rows(written(tmp_path, "a.jsonl", "\n".join(lines))))
    assert [row.line for row in found] == [1, 2, 3, 4, 5, 6, 7]
    assert [bool(row.fault) for row in found] == [False, True, True, True, True, False, True]
    assert found[5].values == {"b": "NaN"}
    (first, second) = rows(written(tmp_path, "a.csv", "a,b\n1,2,3\n4\n"))
    assert first.fault == "it has 3 values for 2 columns"
    assert second.values == {"a": "4"}


def test_lines_are_counted_where_a_value_has_several(tmp_path: Path) -> None:
    assert [row.line for row in rows(written(tmp_path, "a.csv", 'a,b\n"one\ntwo",x\ny,z\n'))] == [2, 4]


@pytest.mark.parametrize(
    ("name", "content", "part"),
    [
        ("a.txt", "a\n1\n", "none of .csv, .jsonl, .json, .xlsx"),
        ("a.csv", "", "the first line must name every column"),
        ("a.csv", "a,,c\n", "the first line must name every column"),
        ("a.csv", "a,A\n", "two columns `a`"),
        ("a.csv", ",".join(f"c{n}" for n in range(201)), "has 201 columns"),
        ("a.csv", "a\n1\n".encode("utf-16"), "not UTF-8"),
        ("a.csv", "姓名\n李\n".encode("gbk"), "not UTF-8"),
        ("a.csv", 'a\n"one\n' + "x\n" * 600_000, "line 524"),
        ("a.csv", 'a\n"one" two\n', "A quote in a value is written twice"),
        ("a.jsonl", '{"a": "' + "x" * (1 << 20) + '"}\n', "longer than"),
        ("a.xlsx", "not a zip", "no spreadsheet that can be read"),
    ],
)
def test_what_is_no_table_is_told(tmp_path: Path, name: str, content: str | bytes, part: str) -> None:
    with pytest.raises(BadInput, match=part):
        list(rows(written(tmp_path, name, content)))


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(BadInput):
            list(rows(path))


def test_a_spreadsheet_that_unpacks_to_very_much_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C2 of reliability.md: a zip bomb."""
    monkeypatch.setattr(rowfile, "MOST_UNPACKED", 1000)
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "0" * 1001)
    with pytest.raises(BadInput, match="would unpack to 1001 bytes"):
        list(rows(path))


def test_an_array_of_json_is_a_table_too(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text('[{"Account": "a", "n": 1.50}, [1], {"a": NaN}]', encoding="utf-8")
    assert [(row.line, row.values, bool(row.fault)) for row in rows(file)] == [
        (1, {"account": "a", "n": "1.50"}, False),
        (2, {}, True),
        (3, {"a": "NaN"}, False),
    ]
    for wrong, why in (('{"a": 1}', "no array"), ("[1", "no JSON"), ("[" * 9999, "no JSON")):
        file.write_text(wrong, encoding="utf-8")
        with pytest.raises(BadInput, match=why):
            list(rows(file))
