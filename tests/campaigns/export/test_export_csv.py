"""A plan as CSV: what Excel reads, and that nothing in it is a formula."""

import csv
import io

import pytest

from opsflow.campaigns.export.csvplan import plan_csv
from opsflow.kernel.csvfile import harmless
from opsflow.kernel.terms import Language
from tests.campaigns.export.exported import double_eleven, guessed, retitled


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_there_is_a_row_per_task_in_the_order_of_the_stages() -> None:
    export = double_eleven()
    assert [row["Task"] for row in rows(plan_csv(export))] == [task.id for task in export.plan.tasks]


def test_a_row_says_who_when_and_why_on_the_campaigns_clocks() -> None:
    (first, *_) = rows(plan_csv(double_eleven()))
    assert (first["Stage"], first["Owner"], first["Role"]) == ("Initial planning", "Chen Li", "department head")
    assert (first["Start"], first["Due"], first["Critical"]) == ("2026-07-31 09:00", "2026-07-31 18:00", "yes")
    assert "46 working days of lead (level S)" in first["Why these dates"]


def test_the_file_is_utf_8_with_byte_order_mark_and_crlf() -> None:
    content = plan_csv(double_eleven("zh"))
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == len(double_eleven("zh").plan.tasks) + 1
    assert content.replace(b"\r\n", b"").count(b"\n") == 0
    assert "策划启动会" in content.decode()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_text_that_a_spreadsheet_would_calculate_gets_a_quote_in_front(start: str) -> None:
    assert harmless(f"{start}1+1") == f"'{start}1+1"
    export = retitled(double_eleven(), "IP01", f"{start}HYPERLINK(1)")
    assert rows(plan_csv(export))[0]["Title"] == f"'{start}HYPERLINK(1)"


@pytest.mark.parametrize("text", ["", "a=b", "'quoted", "中文", "5 - 3"])
def test_every_other_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_quotes_commas_and_line_breaks_survive() -> None:
    title = 'a "b", c\nd'
    assert rows(plan_csv(retitled(double_eleven(), "IP01", title)))[0]["Title"] == title


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_same_plan_is_the_same_bytes(language: Language) -> None:
    assert plan_csv(double_eleven(language)) == plan_csv(double_eleven(language))


def test_a_date_in_a_year_without_calendar_is_provisional_among_its_reasons() -> None:
    """F28."""
    known, unknown = (rows(plan_csv(export)) for export in (double_eleven(), guessed(double_eleven(), 2026)))
    assert unknown[0].keys() == known[0].keys()
    assert unknown[0]["Why these dates"].endswith("of 2026 is not published: dates in it are provisional.")
