"""What holds of every copy: no old year, no old date that nobody has answered, and figures as they were (F29)."""

import json
import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsflow.campaigns.copying import copied, spoken_dates
from opsflow.campaigns.launchmove import Move
from opsflow.campaigns.mentions import Reading, read
from opsflow.kernel.yamltext import scalars

MOVE = Move(date(2026, 10, 20), date(2028, 3, 7))
"""72 weeks: another year, another season, the same weekday. No new date looks like an old one."""
UNDERSTOOD = (
    "20 October 2026", "Oct 20", "October 20-24, 2026", "Tue 20 Oct", "20 Oct 26", "20 Oct '26", "20-Oct-2026", "20 OCT 2026",
    "20Oct2026", "october 20", "2026 Oct 20", "2026-10-20", "2026/10/20", "2026.10.20-11.3", "2026-10-20 and 30", "2026-10-20, 27",
    "20261020", "20261020-1103", "2026 10 20", "20 10 2026", "20.10.2026", "10/20/2026", "20.10.26", "10/20/26", "26-10-20",
    "2026-10", "10/2026", "Oct 2026", "Oct '26", "October–November 2026", "Q4 2026", "2026Q4", "H2 2026", "week 43 of 2026", "2026-W43",
    "CW 43", "2026-27", "2026/2027", "AW26/27", "FW26", "’26", "2026",
    "10月20日", "2026 年 10 月 20 日", "10月20-24日", "10月20-11月3日", "26年10月20日", "十月二十日", "二〇二六年十月二十日", "10月20日（周二）",
    "2026年10月", "二〇二六年十月", "2026年10-11月", "2026年第四季度", "2026年下半年", "2026年第43周", "26年", "26春", "２０２６年１０月２０日",
)  # fmt: skip
DOUBTFUL = (
    "05/10/2026", "20.10", "10/20", "10-20", "10/20-11/3", "20.10 to 03.11", "1020", "1020-1103", "11-3", "9.9", "W43", "26/27",
    "CNY 2026", "2026 orders", "AB26", "Oct-20", "20 octobre 2026", "20.X.2026", "261020", "20102026", "2026 10/20", "20 Oct and 3",
    "2026-10-20, 27, 30", "Thu 20 Oct", "20. Oktober 2026", "20 de octubre", "20 to 24.10.2026", "九月初九", "腊月廿八", "农历十月二十日", "十月二十", "10月20", "贰零贰陆年",
)  # fmt: skip
FIGURES = (
    "CNY 10.20", "¥2026", "2026 元", "20.26%", "10-11 days", "3-5 working days", "9-10 people", "2 000 pieces", "26 kg", "20:10",
    "10:20-11:30", "3:1", "version 10.20", "v9.10", "iOS 26", "400-820-2026", "+86 138 1020 2026", "ROI 1.10", "score 9.8 of 10", "rows 3-10",
    "levels 9-11", "10.5 million", "24/7", "1/10 of players", "CA1020", "86000000", "top 10-12", "11.10 倍", "10.20 元", "10-11 件",
    "3-10 人", "≤ 2.10", "9-10 点", "评分 9.8", "版本 10.20", "单价9.9", "第9-10关", "满10减9", "10 个", "9.5 折", "近 30 天", "26 次", "成立26年", "2.6 亿", "Double 11",
)  # fmt: skip
BETWEEN = ("; open: ", "; see: ", " — ", "；活动 ", "。", "\n\n")
WORDS = ("the campaign", "gifts for all", "活动上线", "会员日", "come")


@st.composite
def texts(draw: st.DrawFn, fragments: tuple[str, ...]) -> tuple[list[str], str]:
    """Fragments with ordinary words between them."""
    chosen = draw(st.lists(st.sampled_from(fragments), min_size=1, max_size=6))
    text = "".join(f"{draw(st.sampled_from(WORDS))}{draw(st.sampled_from(BETWEEN))}{part}; " for part in chosen)
    return chosen, text


def file_with(words: str) -> str:
    return f"title: {{en: {json.dumps(words, ensure_ascii=False)}}}\n"


def title_of(text: str) -> str:
    return next(scalar.value for scalar in scalars(text) if scalar.loc == ("title", "en"))


@given(texts((*UNDERSTOOD, *DOUBTFUL, *FIGURES)))
@settings(max_examples=400, deadline=None)
def test_no_date_or_year_is_in_a_copy_that_nobody_has_answered(drawn: tuple[list[str], str]) -> None:
    chosen, words = drawn
    text = file_with(words)
    open_points = spoken_dates(text, MOVE, {})
    asked = [spoken.mention.text for spoken in open_points if not spoken.sure]
    answers = {spoken.mention.text: spoken.mention.proposal if spoken.sure else "[answered]" for spoken in open_points}
    new = title_of(copied(text, MOVE, key="the-new-one", answers=answers))
    figures = set(chosen) & set(FIGURES)
    assert [figure for figure in figures if figure not in new] == []
    for figure in sorted(figures, key=len, reverse=True):
        new = new.replace(figure, "")
    for fragment in set(chosen) - set(FIGURES):
        assert not re.search(rf"(?<!\d){re.escape(fragment)}(?!\d)", new), (fragment, new)
    assert sorted(asked) == sorted(set(chosen) & set(DOUBTFUL)), new
    assert not re.search(r"(?<!\d)2026(?!\d)|二〇二六", new), new


@pytest.mark.parametrize("words", UNDERSTOOD)
def test_what_is_understood_is_asked_for_with_another_proposal(words: str) -> None:
    found = read(f"Open {words}; so", MOVE)
    assert [mention.text for mention in found.understood.values()] == [words]
    assert [mention.proposal for mention in found.understood.values()] != [words]
    assert found.doubtful == {}


@pytest.mark.parametrize("words", DOUBTFUL)
def test_what_is_in_doubt_is_in_doubt_wherever_it_stands(words: str) -> None:
    assert [mention.text for mention in read(f"Open {words}; so", MOVE).doubtful.values()] == [words]


@pytest.mark.parametrize("words", FIGURES)
@pytest.mark.parametrize("text", ["{}", "Get {}, or more", "共{}。", "for {}"])
def test_figures_that_are_no_dates_are_not_asked_for(words: str, text: str) -> None:
    assert read(text.format(words), MOVE) == Reading({}, {})


LONG = 60_000


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "unit",
    [
        "1",
        "1-",
        "1 - ",
        "1.",
        "1, ",
        "2027-",
        "2026-10-20, 27, ",
        "20.10 ",
        "0226 ",
        "Oct 20, 21 ",
        "二月、",
        "10月20、",
        "¥1,",
        "W43-",
        " ",
        "-",
    ],
)
def test_a_long_row_of_figures_is_read_in_a_time_that_grows_as_it_does(unit: str) -> None:
    """It takes a second; a pattern that looks at all the rest from every place would take a minute."""
    read(unit * (LONG // len(unit)), MOVE)


@pytest.mark.timeout(10)
@pytest.mark.parametrize("rest", [" ", "1", "-"])
@pytest.mark.parametrize(
    "words", ["1", "Mon", "Oct", "27年", "2026年第", "score", "20 Oct", "week", "二月", "CNY", "Q4", "on"]
)
def test_what_stands_behind_a_word_is_looked_at_once(words: str, rest: str) -> None:
    read(words + rest * LONG, MOVE)


@pytest.mark.parametrize(
    "words", [words for words in (*UNDERSTOOD, *DOUBTFUL, "SS 26", "26 年", "10 月 20 日至 30 日") if " " in words]
)
def test_a_line_that_breaks_within_it_changes_nothing(words: str) -> None:
    """In a value over several lines the same words are looked for with the breaks and blanks between them."""
    whole, broken = (read(f"Open {said}; so", MOVE) for said in (words, words.replace(" ", "\n      ")))
    for one, other in ((whole.understood, broken.understood), (whole.doubtful, broken.doubtful)):
        assert list(one.values()) == list(other.values())


@pytest.mark.parametrize("words", [words for words in FIGURES if " " in words])
def test_a_figure_whose_line_breaks_is_none_either(words: str) -> None:
    assert read("Get " + words.replace(" ", "\n      "), MOVE) == Reading({}, {})
