"""Dates and years inside texts: which are found, and what they become (F29)."""

from datetime import date

import pytest

from opsflow.campaigns.launchmove import Move
from opsflow.campaigns.mentions import Mention, Reading, mentions, pattern_of, read

YEAR = Move(date(2026, 10, 20), date(2027, 10, 19))
SPRING = Move(date(2027, 2, 26), date(2028, 5, 12))
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


@pytest.mark.parametrize(
    ("text", "proposal"),
    [
        ("2026年10月", "2027年2月"), ("10/2026", "02/2027"), ("2026-10", "2027-02"), ("2026-W43", "2027-W09"), ("2026年第43周", "2027年第9周"),
        ("CW 43 2026", "CW 9 2027"), ("20 OCT 2026", "2 MAR 2027"), ("20.10.26", "02.03.27"), ("20 10 2026", "02 03 2027"), ("26年10月20日", "27年3月2日"),
    ],
)  # fmt: skip
def test_a_nought_comes_in_front_where_figures_stand_in_columns_or_had_one(text: str, proposal: str) -> None:
    assert mentions(text, Move(date(2026, 10, 20), date(2027, 3, 2))) == [Mention(text, proposal)]


def test_the_year_stays_when_the_launch_stays_in_it() -> None:
    assert mentions("2026 and once more 2026", WEEK) == []


def test_what_was_found_is_found_again_however_its_line_breaks_and_in_no_longer_number() -> None:
    assert pattern_of("8 October 2026").search("on 8\n  October 2026")
    assert not pattern_of("8 October").search("28 October")
    assert not pattern_of("2026").search("20261")


@pytest.mark.parametrize(
    ("text", "proposal"),
    [
        ("2027.2.26-3.9", "2028.5.12-5.23"),
        ("2027/2/26~3/9", "2028/5/12~5/23"),
        ("2027-02-26 – 03-09", "2028-05-12 – 05-23"),
        ("2027.12.20-1.5", "2029.3.5-3.21"),
        ("20270226-0309", "20280512-0523"),
        ("2月26-3月9日", "5月12-5月23日"),
        ("2027 年 2 月 26 至 3 月 9 日", "2028 年 5 月 12 至 5 月 23 日"),
        ("２０２７年２月２６日", "２０２８年５月１２日"),
        ("26-Feb-2027", "12-May-2028"),
        ("26.Feb.2027", "12.May.2028"),
        ("26/27 Feb 2027", "12/13 May 2028"),
        ("Fri 26 Feb", "Fri 12 May"),
        ("26 Feb.", "12 May."),
        ("Monday, 1 March 2027", "Monday, 15 May 2028"),
        ("2月27日（周六）", "5月13日（周六）"),
        ("26/02/2027", "12/05/2028"),
        ("02/26/2027", "05/12/2028"),
        ("26.2.2027", "12.5.2028"),
        ("05 February 2027", "21 April 2028"),
        ("02月06日", "04月22日"),
        ("2027 02 26", "2028 05 12"),
        ("26 02 2027", "12 05 2028"),
        ("02 26 2027", "05 12 2028"),
        ("26.02.27", "12.05.28"),
        ("2/26/27", "5/12/28"),
        ("27-02-26", "28-05-12"),
        ("2027-Feb-26", "2028-May-12"),
        ("27-2-6", "28-4-22"),
        ("26 Feb 27", "12 May 28"),
        ("26-Feb-27", "12-May-28"),
        ("Fri 26 Feb '27", "Fri 12 May '28"),
        ("Feb 26, '27", "May 12, '28"),
        ("26 FEB 2027", "12 MAY 2028"),
        ("26. February 2027", "12. May 2028"),
        ("26Feb2027", "12May2028"),
        ("2027 Feb 26", "2028 May 12"),
        ("FEB 26 2027", "MAY 12 2028"),
        ("february 26", "may 12"),
        ("26 february", "12 may"),
        ("2027-02-26 and 10", "2028-05-12 and 24"),
        ("2027-02-26, 27", "2028-05-12, 13"),
        ("2027.2.26和3.9", "2028.5.12和5.23"),
        ("27年2月26日", "28年5月12日"),
        ("二月二十六日", "五月十二日"),
        ("二月二十六、二十七日", "五月十二、十三日"),
        ("二〇二七年二月二十六日（周五）", "二〇二八年五月十二日（周五）"),
        ("十二月十一日", "二月二十五日"),
        ("二〇二七年二月 二十六日", "二〇二八年五月十二日"),
    ],
)
def test_a_clear_date_moves_whole_in_its_own_spelling(text: str, proposal: str) -> None:
    found = read(f"From {text}, 20:00-22:00", SPRING)
    assert {mention.text: mention.proposal for mention in found.understood.values()} == {text: proposal}
    assert found.doubtful == {}


@pytest.mark.parametrize(
    ("text", "proposal"),
    [
        ("2027-02", "2028-05"), ("2027/02", "2028/05"), ("02/2027", "05/2028"), ("Feb '27", "May '28"), ("27年2月", "28年5月"),
        ("2027年二月", "2028年五月"), ("二〇二七年二月", "二〇二八年五月"), ("Feb–March 2027", "May–June 2028"), ("2027年2-3月", "2028年5-6月"),
        ("Q1 2027", "Q2 2028"), ("2027Q1", "2028Q2"), ("Q1, 2027", "Q2, 2028"), ("2027年Q1", "2028年Q2"), ("FEB2027", "MAY2028"), ("Feb of 2027", "May of 2028"), ("二〇二七", "二〇二八"),
        ("Q1 '27", "Q2 '28"), ("2027年第一季度", "2028年第二季度"), ("H1 2027", "H1 2028"),
        ("H2/2026", "H2/2027"), ("2027年上半年", "2028年上半年"), ("week 8 of 2027", "week 19 of 2028"), ("2027-W08", "2028-W19"), ("CW 8", "CW 19"),
        ("2027年第8周", "2028年第19周"), ("2027-28", "2028-29"), ("2026/2027", "2027/2028"), ("2025/26", "2026/27"), ("AW26/27", "AW27/28"),
        ("SS27", "SS28"), ("FY 27", "FY 28"), ("’27", "’28"), ("27年", "28年"), ("27春", "28春"),
    ],
)  # fmt: skip
def test_a_month_quarter_week_season_or_year_becomes_the_one_that_it_lands_in(text: str, proposal: str) -> None:
    found = read(f"From {text}, 20:00-22:00", SPRING)
    assert {mention.text: mention.proposal for mention in found.understood.values()} == {text: proposal}
    assert found.doubtful == {}


def test_figures_that_could_be_read_in_two_ways_after_the_move_are_in_doubt() -> None:
    found = read("05/05/2027", Move(date(2027, 2, 26), date(2027, 3, 2)))
    assert (found.understood, [each.text for each in found.doubtful.values()]) == ({}, ["05/05/2027"])


def test_a_weekday_in_capitals_is_not_left_beside_a_day_that_moves() -> None:
    assert mentions("FRI 26 FEB", SPRING) == []
    assert [each.text for each in read("FRI 26 FEB", SPRING).doubtful.values()] == ["26 FEB"]


@pytest.mark.parametrize("text", ["'27 orders", "’27’"])
def test_two_figures_behind_a_quote_may_be_a_year_or_a_number(text: str) -> None:
    found = read(text, SPRING)
    assert (found.understood, [each.text for each in found.doubtful.values()]) == ({}, [text[:3]])


@pytest.mark.parametrize("text", ["CW 8 2027", "2027-W08", "2027年第8周"])
def test_a_week_is_in_doubt_when_its_days_would_be_in_two_weeks(text: str) -> None:
    found = read(text, Move(date(2027, 2, 26), date(2028, 2, 29)))
    assert (found.understood, [each.text for each in found.doubtful.values()]) == ({}, [text])


@pytest.mark.parametrize(
    ("text", "guess"),
    [
        ("26.02", "12.05"), ("2/26-3/9", "5/12-5/23"), ("26.02 to 10.03", "12.05 to 24.05"), ("0226", "0512"), ("0226-0309", "0512-0523"),
        ("3-10", "5-24"), ("05/03/2027", "19/05/2028"), ("02/03/27", "16/05/28"), ("26/27", "27/28"), ("W08", "W19"), ("２-２６", "５-１２"), ("270226", "280512"), ("26022027", "12052028"), ("2027年2月26", "2028年5月12"), ("2027 2/26", "2028 5/12"), ("2027.02", "2028.05"),
        ("2.26~3.9号", "5.12~5.23号"), ("2月26", "5月12"),
        ("CNY 2027", "CNY 2027"), ("2027 orders", "2027 orders"), ("腊月廿八", "腊月廿八"),
        (" - ".join(["2/26"] * 15), " - ".join(["2/26"] * 15)),
    ],
)  # fmt: skip
def test_what_is_in_doubt_comes_with_a_guess_where_one_is_likely(text: str, guess: str) -> None:
    assert [each.proposal for each in read(text, SPRING).doubtful.values()] == [guess]


def test_a_weekday_before_a_date_becomes_that_of_the_new_day() -> None:
    assert mentions("Opens Fri 26 Feb", Move(date(2027, 2, 26), date(2028, 2, 29)))[0].proposal == "Tue 29 Feb"
    assert mentions("2月26日周五", Move(date(2027, 2, 26), date(2028, 2, 29)))[0].proposal == "2月29日周二"


@pytest.mark.parametrize(
    "text",
    [
        "2027-02-26-03-09", "贰零贰柒年", "26.02 to 10.03", "2/26-3/9", "0226-0309", "26 to 28.02.2027", "2027 2/26", "Feb-26",
        "26-Feb", "05/06/2027", "05 06 2027", "Thu 25 – Fri 26 Feb 2027", "2月26", "Feb 26-0310", "26.2.", "26 février 2027",
        "26. Februar 2027", "CNY 2027", "2027 orders", "2027m2", "05/06", "26.02", "2/26", "02-26", "3-10", "0226", "W08", "W08-W10 2027",
        "CW 8-10", "AB27", "2027-30", "02/03/27", "正月初五", "腊月廿八", "农历二月十五日", "二月十五", "26 Feb and 10",
        "2027-02-26, 27, 28", "2027 2 26", "3.8", "26.II.2027", "Q1/27", "Q1 27", "Y27", "26.–28.02.2027", "26.2.–9.3.2027", "2027 二月", "2027 2月26日",
        "2027 26 Feb", "Friday the 26th", "26日至28日", "二七年", "26FEB", "FEB27", "31 Feb 27", "27年2月26", "31 Feb 2027", "2027, Feb 31",
        "270226", "26022027", "26/27", "Q1–Q2 2027", "2027年11月-2月",
    ],
)  # fmt: skip
def test_what_is_not_understood_as_a_whole_is_in_doubt(text: str) -> None:
    found = read(f"Open: {text}; or so", SPRING)
    assert found.understood == {}
    assert [each.text for each in found.doubtful.values()] == [text]


@pytest.mark.parametrize("text", ["至{}前", "({})", "“{}”", "{}起", "{}!", "from {} on", "by {}: 3 days", "{}, 20:00"])
@pytest.mark.parametrize(
    "words", ["26 Feb", "Feb 26, 2027", "Fri 26 Feb", "2027/2/26~3/9", "february 26", "26.02", "’27", "2026/27"]
)
def test_what_stands_around_it_changes_nothing(text: str, words: str) -> None:
    found = read(text.format(words), SPRING)
    assert [
        *(mention.text for mention in found.understood.values()),
        *(mention.text for mention in found.doubtful.values()),
    ] == [words]


@pytest.mark.parametrize("between", ["-", " – ", "~", "至", "到", " to ", " until ", "/", "→", "…", ".."])
def test_no_half_of_a_range_moves_without_the_other(between: str) -> None:
    firsts = ("26 Feb 2027", "2027-02-26", "26.02.2027", "Feb 26", "2月26日", "2027")
    lasts = ("10", "3-10", "0310", "10.03", "3/10")
    for text in (f"{first}{between}{last}" for first in firsts for last in lasts):
        found = read(text, SPRING)
        moved = max((end for _, end in found.understood), default=0)
        assert moved == len(text) or (not found.understood and found.doubtful), text


def test_a_weekday_that_is_not_the_days_leaves_the_date_in_doubt() -> None:
    assert [each.text for each in read("Opens Thu 26 Feb", SPRING).doubtful.values()] == ["Thu 26 Feb"]
    assert mentions("Opens Thu 26 Feb", SPRING) == []


@pytest.mark.parametrize(
    "text",
    [
        "3-5 days, 10-20 pieces, 2.5 per cent, CNY 3.12 off, 20:00-22:00, 300-30", "26 Feb 2015 and 3.5.1998, 1990-2010",
        "得分 4.5 分, 3.5万", "v3.9 and iOS 16.4", "within 15 days, 2 000 pieces", "20 may win, it may be 20",
        "fewer than 3000 at 26 of 100", "10 月 25 日 2 点", "2027 Double 11, year 2027, 2027年", "from 26 Feb to 9 March 2027",
    ],
)  # fmt: skip
def test_figures_history_and_what_is_understood_are_not_in_doubt(text: str) -> None:
    assert read(text, SPRING).doubtful == {}


def test_years_alone_are_not_in_doubt_when_the_launch_stays_in_its_year() -> None:
    assert read("CNY 2026 off, SS26, ’26, 2026-2027, AB26, 26/27", WEEK) == Reading({}, {})
    assert [each.text for each in read("05/10/2026", WEEK).doubtful.values()] == ["05/10/2026"]
