"""A plan as a workbook: its sheets, its Gantt cells, how it prints, and that nothing in it is calculated."""

import io
import re
import zipfile
from xml.etree import ElementTree as ET

import pytest

from opsflow.campaigns.export.fitting import HIGHEST, LINE, height_of, lines_of
from opsflow.campaigns.export.gantt import HEADS, PRINT_SCALE
from opsflow.campaigns.export.model import Export
from opsflow.campaigns.export.workbook import DEPARTMENT_COLUMNS, plan_workbook
from opsflow.kernel.terms import DepartmentId, Language
from opsflow.kernel.text import Text
from tests.campaigns.export.exported import calendar, double_eleven, guessed, retitled

M = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
WIDTHS = {
    False: dict(zip("ABCDEFGHIJKLMNOP", [column.width for column in DEPARTMENT_COLUMNS], strict=True)),
    True: dict(zip("ABCD", [width for _, width in HEADS], strict=False)),
}
"""Whether it is the Gantt sheet -> the width of each column that holds texts."""


class Workbook:
    """What a workbook holds, read from its parts."""

    def __init__(self, export: Export) -> None:
        self.content = plan_workbook(export, calendar().is_working_day)
        self.parts = zipfile.ZipFile(io.BytesIO(self.content))
        shared = ET.fromstring(self.parts.read("xl/sharedStrings.xml"))
        self.strings = ["".join(text.text or "" for text in item.iter(f"{M}t")) for item in shared]
        book = ET.fromstring(self.parts.read("xl/workbook.xml"))
        self.names = [sheet.attrib["name"] for sheet in book.iter(f"{M}sheet")]

    def xml(self, name: str) -> str:
        return self.parts.read(f"xl/worksheets/sheet{self.names.index(name) + 1}.xml").decode()

    def cells(self, name: str) -> dict[str, tuple[str, int]]:
        """Cell -> what it shows, and the number of its style."""
        found = {}
        for cell in ET.fromstring(self.xml(name)).iter(f"{M}c"):
            value = cell.findtext(f"{M}v") or ""
            shown = self.strings[int(value)] if cell.get("t") == "s" else value
            found[cell.attrib["r"]] = (shown, int(cell.get("s", 0)))
        return found

    def column(self, name: str, letter: str) -> list[str]:
        return [shown for place, (shown, _) in self.cells(name).items() if re.fullmatch(rf"{letter}\d+", place)]


@pytest.fixture(scope="module")
def book() -> Workbook:
    return Workbook(double_eleven())


def test_there_is_a_gantt_sheet_and_one_per_department_with_tasks(book: Workbook) -> None:
    export = double_eleven()
    busy = [name for name in export.departments if any(export.tasks_of(name))]
    assert book.names == ["Gantt", *(export.departments[name].en for name in busy)]


def test_a_departments_sheet_has_its_tasks_and_no_others(book: Workbook) -> None:
    export = double_eleven()
    assert book.column("legal", "B")[1:] == [task.id for task in export.tasks_of(DepartmentId("legal"))]


def test_the_gantt_sheet_has_every_task_in_the_order_of_its_start(book: Workbook) -> None:
    assert book.column("Gantt", "A")[4:] == [task.id for task in double_eleven().by_start()]


def test_a_task_has_a_coloured_cell_on_each_of_its_working_days_and_no_other(book: Workbook) -> None:
    cells = book.cells("Gantt")
    days = working_columns(book)
    for line, task in enumerate(double_eleven().by_start(), start=5):
        if task.repeats or task.repeat_rule:
            continue
        marked = [letter for letter in days if f"{letter}{line}" in cells]
        assert len(marked) >= 1, task.id
        first, last = double_eleven().local(task.start).date(), double_eleven().local(task.due).date()
        if not (first.month == 10 and last.day >= 17):  # the live window has columns on days off as well
            assert len(marked) == calendar().count(first, last), task.id


def test_critical_tasks_are_marked_by_colour_and_by_sign(book: Workbook) -> None:
    cells = book.cells("Gantt")
    styles: dict[bool, set[tuple[str, int]]] = {True: set(), False: set()}
    for line, task in enumerate(double_eleven().by_start(), start=5):
        if not task.repeat_rule:
            styles[task.critical] |= {cells[f"{x}{line}"] for x in working_columns(book) if f"{x}{line}" in cells}
    assert {sign for sign, _ in styles[True]} == {"●"}
    assert {sign for sign, _ in styles[False]} == {" "}
    assert {style for _, style in styles[True]}.isdisjoint({style for _, style in styles[False]})


def test_a_make_up_sunday_has_a_column_and_a_holiday_has_none(book: Workbook) -> None:
    """F28: Sunday 20 September is worked; 1 October is not."""
    assert calendar().is_working_day(double_eleven().local(double_eleven().plan.launch).date())
    months = {shown: place for place, (shown, _) in book.cells("Gantt").items() if re.fullmatch(r"2026-\d\d", shown)}
    row3 = [(place, shown) for place, (shown, _) in book.cells("Gantt").items() if re.fullmatch(r"[A-Z]+3", place)]
    places = [place for place, _ in row3]
    september = places.index(months["2026-09"].replace("2", "3"))
    october = places.index(months["2026-10"].replace("2", "3"))
    assert "20" in [shown for _, shown in row3[september:october]]
    assert row3[october][1] == "8"


def test_heads_stay_in_sight_and_a_departments_sheet_prints_on_one_page_width(book: Workbook) -> None:
    for name in book.names:
        xml = book.xml(name)
        assert 'state="frozen"' in xml
        assert 'orientation="landscape"' in xml
        assert ('fitToHeight="0"' in xml) is (name != "Gantt")


def test_the_days_of_the_gantt_sheet_go_on_over_pages_that_each_have_the_tasks_beside_them(book: Workbook) -> None:
    """A hundred columns on one page cannot be read."""
    assert f'scale="{PRINT_SCALE}"' in book.xml("Gantt")
    assert 'pageOrder="overThenDown"' in book.xml("Gantt")
    names = ET.fromstring(book.parts.read("xl/workbook.xml")).iter(f"{M}definedName")
    titles = {name.get("localSheetId"): name.text for name in names if name.get("name") == "_xlnm.Print_Titles"}
    assert titles["0"] == "Gantt!$A:$B,Gantt!$2:$4"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_row_is_as_high_as_the_longest_of_its_texts(language: Language) -> None:
    """LibreOffice lays the second line of a row without a height over the next one."""
    export = double_eleven(language)
    book = Workbook(export)
    for name in book.names:
        rows = {row.attrib["r"]: row for row in ET.fromstring(book.xml(name)).iter(f"{M}row")}
        for line, height in [(line, float(row.get("ht", LINE))) for line, row in rows.items()][
            1 if name != "Gantt" else 4 :
        ]:
            for place, (shown, _) in book.cells(name).items():
                if place.lstrip("ABCDEFGHIJKLMNOP") == line and not shown.replace(".", "").isdecimal():
                    width = WIDTHS[name == "Gantt"].get(place.rstrip("0123456789"), len(shown) + 3)
                    assert height >= min(HIGHEST, LINE * lines_of(shown, width)), (name, place)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 10, 1),
        ("one two", 10, 1),
        ("one two three", 10, 2),
        ("one two\nthree", 20, 2),
        ("abcdefghijklmnopqrstuvwxyz", 10, 3),
        ("on abcdefghijklmnopqrstuvwxyz on", 10, 4),
        ("同类活动数据与经验包", 20, 1),
        ("同类活动数据与经验包", 19, 2),
        ("在 IP09 活动简报", 10, 2),
        ("word", 0.5, 4),
    ],
)
def test_lines_break_between_words_and_chinese_characters(text: str, width: float, lines: int) -> None:
    assert lines_of(text, width) == lines


def test_no_row_is_higher_than_excel_takes() -> None:
    assert height_of([("word " * 5000, 10)]) == HIGHEST


def test_a_title_that_looks_like_a_formula_or_an_address_stays_a_text() -> None:
    for title in ("=1+1", "@SUM(A1)", "https://example.com", "-2"):
        hostile = Workbook(retitled(double_eleven(), "IP01", title))
        assert title in hostile.strings
        assert not any("<f>" in hostile.xml(name) or "<hyperlink" in hostile.xml(name) for name in hostile.names)


def test_departments_whose_names_excel_does_not_take_get_a_sheet_all_the_same() -> None:
    export = double_eleven()
    titles = dict(export.departments)
    titles[DepartmentId("legal")] = Text.both("Law [all]: a very long name of a department / one")
    titles[DepartmentId("data")] = Text.both("Law [all]: a very long name of a department / two")
    titles[DepartmentId("risk")] = Text.both("gantt")
    titles[DepartmentId("finance")] = Text.both("'history'")
    names = Workbook(Export(**{**vars(export), "departments": titles})).names
    assert len({name.casefold() for name in names}) == len(names)
    assert all(len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) for name in names)


@pytest.mark.parametrize("title", ["😀" * 20, "a" + "😀" * 20, "a" * 30 + "' b", "&" * 60])
def test_a_name_of_a_sheet_is_as_long_as_excel_counts_and_ends_in_no_apostrophe(title: str) -> None:
    export = double_eleven()
    titles = {name: Text.both(title) for name in export.departments}
    book = Workbook(Export(**{**vars(export), "departments": titles, "title": Text.both("&" * 300)}))
    assert all(len(name.encode("utf-16-le")) <= 62 and name.strip("'") == name for name in book.names)
    assert len(set(book.names)) == len(book.names) > 10
    for name in book.names:
        header = ET.fromstring(book.xml(name)).findtext(f".//{M}oddHeader") or ""
        assert 0 < len(header.encode("utf-16-le")) <= 510


def test_the_same_plan_is_the_same_bytes_and_holds_no_time_of_writing(book: Workbook) -> None:
    assert Workbook(double_eleven()).content == book.content
    assert {part.date_time[:3] for part in book.parts.infolist()} == {(1980, 1, 1)}
    assert b"2026-10-19T16:00:00Z" in book.parts.read("docProps/core.xml")


def working_columns(book: Workbook) -> list[str]:
    """The letters of the columns that are days."""
    return [place[:-1] for place in book.cells("Gantt") if re.fullmatch(r"[A-Z]+3", place) and place[:-1] > "G"] + [
        place[:-1] for place in book.cells("Gantt") if re.fullmatch(r"[A-Z]{2}3", place) and place[:-1] <= "G"
    ]


def test_a_year_without_calendar_is_provisional_on_the_first_sheet_and_beside_each_date(book: Workbook) -> None:
    """F28."""
    note = "The official calendar of 2026 is not published: dates in it are provisional."
    unknown = Workbook(guessed(double_eleven(), 2026))
    assert unknown.cells("Gantt")["A1"][0].endswith(note)
    assert sum(text.endswith(note) for text in unknown.strings) > len(double_eleven().plan.tasks) / 2
    assert not any(note in text for text in book.strings)
