"""What the columns of a file mean: a row that is none says why."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from opsflow.kernel.errors import BadInput
from opsflow.kernel.rowfile import Row
from opsflow.participants import rows

ZONE, TODAY = ZoneInfo("Asia/Shanghai"), date(2026, 8, 24)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"name": "x"}, "an account has 1 to 200 characters"),
        ({"account": "a", "email": "nope"}, "the e-mail address has no form of one"),
        ({"account": "a", "phone": "12"}, "the telephone number has no form of one"),
        ({"account": "a", "paying": "maybe"}, "`paying` is yes or no"),
        ({"account": "a", "registered_at": "tomorrow"}, "`registered_at` is a date and time"),
        ({"account": "a", "registered_at": "0001-01-01"}, "`registered_at` is a date and time"),
        ({"account": "a", "status": "erased"}, "`status` is one of"),
        ({"account": "a", "adress": "x"}, "there is no column `adress` here"),
    ],
)
def test_a_row_that_is_no_participant_says_why(row: dict[str, str], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        rows.participant(Row(2, row), ZONE)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"account": "a"}, "there is no figure in it"),
        ({"account": "a", "orders": "-1"}, "`orders` is a whole number from 0"),
        ({"account": "a", "orders": "1.5"}, "`orders` is a whole number from 0"),
        ({"account": "a", "orders": "1e308"}, "`orders` is a whole number from 0"),
        ({"account": "a", "orders": "NaN"}, "`orders` is a whole number from 0"),
        ({"account": "a", "orders": "９"}, "`orders` is a whole number from 0"),
        ({"account": "a", "day": "31.12.2026", "orders": "1"}, "`day` is a date"),
        ({"account": "a", "总额": "1"}, "is no name of a measure"),
    ],
)
def test_a_row_that_is_no_result_says_why(row: dict[str, str], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        rows.result(Row(2, row), ZONE, TODAY)


def test_columns_have_chinese_names_too() -> None:
    found = rows.participant(Row(2, {"账号": "A", "手机": "13800138000", "付费用户": "是", "同意联系": "否"}), ZONE)
    assert (found.account, found.phone, found.paying, found.consent) == ("a", "13800138000", True, False)
    assert found.contact == {"account": "A", "phone": "13800138000"}


def test_a_measure_is_named_as_conditions_name_it() -> None:
    found = rows.result(Row(2, {"account": "a", "日期": "2026-08-23", "sets collected": "3"}), ZONE, TODAY)
    assert (found.day, found.values) == (date(2026, 8, 23), {"sets_collected": 3})
