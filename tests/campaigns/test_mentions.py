"""Dates and years inside texts: which are found, and what they become (F29)."""

from datetime import date

import pytest

from opsflow.campaigns.mentions import Mention, Move, mentions, pattern_of

YEAR = Move(date(2026, 10, 20), date(2027, 10, 19))
WEEK = Move(date(2026, 10, 20), date(2026, 10, 27))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from 20 October 2026, 00:00", {"20 October 2026": "19 October 2027"}),
        ("on 2, 10 and 20 November", {"2, 10 and 20 November": "1, 9 and 19 November"}),
        ("October 20, 2026 and Oct 3", {"October 20, 2026": "October 19, 2027", "Oct 3": "Oct 2"}),
        ("October 20-24, 2026", {"October 20-24, 2026": "October 19-23, 2027"}),
        ("until 1st November and 2nd December", {"1st November": "31st October", "2nd December": "1st December"}),
        ("11 月 2 日、10 日与 20 日开奖", {"11 月 2 日、10 日与 20 日": "11 月 1 日、9 日与 19 日"}),
        (
            "2026 年 10 月 20 日至 11 月 11 日",
            {"2026 年 10 月 20 日": "2027 年 10 月 19 日", "11 月 11 日": "11 月 10 日"},
        ),
        ("10月20-24日", {"10月20-24日": "10月19-23日"}),
        ("2026 年 10 月会员日", {"2026 年 10 月": "2027 年 10 月"}),
        ("Member day of October 2026", {"October 2026": "October 2027"}),
        ("2026-10-20 2026/10/20 20261020", {"2026-10-20": "2027-10-19", "2026/10/20": "2027/10/19", "20261020": "20271019"}),
        ("20.10.2026 or 10/20/2026", {"20.10.2026": "19.10.2027", "10/20/2026": "10/19/2027"}),
        ("double-eleven-2026, better than 2025", {"2026": "2027", "2025": "2026"}),
        ("二〇二六年双十一", {"二〇二六": "二〇二七"}),
        ("31\n    October", {"31 October": "30 October"}),
    ],
)  # fmt: skip
def test_a_date_or_year_is_found_and_moves_with_the_launch(text: str, found: dict[str, str]) -> None:
    assert {mention.text: mention.proposal for mention in mentions(text, YEAR)} == found


@pytest.mark.parametrize(
    "text",
    [
        "within 15 days after the end", "保价 15 日，3 日内可申诉", "每月 8 号为会员日", "近 180 天，12 月打开",
        "2 000 pieces, 2000 coupons", "26000 members", "founded on 3 May 1998", "It may be 20", "Double 11", "at 20:00",
        "310 000 members", "CNY 2026.50 was 20260", "the 30th", "October and November",
    ],
)  # fmt: skip
def test_lengths_amounts_and_history_are_no_old_dates(text: str) -> None:
    assert [mention for mention in mentions(text, YEAR) if mention.text != "2026"] == []


def test_days_that_fall_into_two_months_are_named_with_both() -> None:
    assert mentions("31 October and 2 November 2026, 30, 31 October", WEEK) == [
        Mention("31 October", "7 November"),
        Mention("2 November 2026", "9 November 2026"),
        Mention("30, 31 October", "6, 7 November"),
    ]
    assert mentions("10 月 24 日与 31 日", WEEK)[0].proposal == "10 月 31 日与 11 月 7 日"
    assert mentions("24 and 31 October", WEEK)[0].proposal == "31 October and 7 November"


def test_a_day_without_a_year_is_the_one_nearest_to_the_old_launch() -> None:
    new_year = Move(date(2027, 1, 27), date(2028, 1, 26))
    assert mentions("31 December to 3 January", new_year)[0].proposal == "30 December"
    assert mentions("29 February", Move(date(2027, 3, 1), date(2027, 3, 8))) == [Mention("29 February", "7 March")]


def test_the_year_stays_when_the_launch_stays_in_it() -> None:
    assert mentions("2026 and once more 2026", WEEK) == []


def test_what_was_found_is_found_again_however_its_line_breaks_and_in_no_longer_number() -> None:
    assert pattern_of("8 October 2026").search("on 8\n  October 2026")
    assert not pattern_of("8 October").search("28 October")
    assert not pattern_of("2026").search("20261")
