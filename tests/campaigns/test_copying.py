"""A new campaign out of an old one: dates move, lengths stay, nothing of the old dates survives (M24, F29, F30)."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from opsflow.campaigns.copying import (
    NewWord,
    Spoken,
    copied,
    free_key,
    new_words,
    proposed_key,
    spoken_dates,
    unmoved_words,
)
from opsflow.campaigns.files import load
from opsflow.campaigns.launchmove import MONTHS, Move
from opsflow.campaigns.mentions import Mention
from opsflow.campaigns.model import CampaignFile
from opsflow.kernel.yamlfile import parse_text
from opsflow.kernel.yamltext import comments
from opsflow.settings import SHIPPED

SAMPLES = sorted((SHIPPED / "samples/campaigns").glob("*.yaml"))
DOUBLE_ELEVEN = SHIPPED / "samples/campaigns/double-eleven-2026.yaml"
FAR = timedelta(days=546)
"""78 weeks: another year, another season, the same weekday. No new date looks like an old one."""


def text_of(sample: Path) -> str:
    return sample.read_bytes().decode()


def campaign_of(text: str) -> CampaignFile:
    return parse_text(Path("campaign.yaml"), text).typed(CampaignFile)


def move_of(text: str, by: timedelta = FAR) -> Move:
    old = campaign_of(text).live.start.date()
    return Move(old, old + by)


def proposals(text: str, move: Move) -> dict[str, str]:
    """What --yes takes: no guess."""
    return {
        spoken.mention.text: spoken.mention.proposal for spoken in spoken_dates(text, move, answers={}) if spoken.sure
    }


def copy_of(text: str, by: timedelta = FAR) -> str:
    move = move_of(text, by)
    return copied(text, move, key="the-new-one", answers=proposals(text, move))


def times(campaign: CampaignFile) -> list[datetime]:
    """Every instant of a campaign, in the order of the file."""
    return [
        datetime.fromisoformat(found)
        for found in re.findall(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", campaign.model_dump_json())
    ]


def spellings(day: date) -> Iterator[str]:
    """How people write a day."""
    name = MONTHS[day.month - 1]
    yield from (day.isoformat(), f"{day.day} {name}", f"{name} {day.day}", f"{day.day} {name[:3]} ")
    yield from (f"{day.month} 月 {day.day} 日", f"{day.month}月{day.day}日")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_no_old_date_or_year_survives_in_any_field_or_comment(sample: Path) -> None:
    """F29: searched for in every spelling of every day around the old campaign, not only where dates are expected."""
    old = text_of(sample)
    new = " ".join(copy_of(old).split())
    days = [at.date() for at in times(campaign_of(old))]
    first, last = min(days) - timedelta(days=30), max(days) + timedelta(days=45)
    around = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    assert [word for day in around for word in spellings(day) if re.search(rf"(?<!\d){word}", new)] == []
    assert [year for year in {str(day.year) for day in days} if re.search(rf"(?<!\d){year}(?!\d)", new)] == []


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("by", [FAR, timedelta(days=7), timedelta(days=-35)])
def test_every_date_moves_by_the_same_days_and_lengths_stay(sample: Path, by: timedelta) -> None:
    old, new = campaign_of(text_of(sample)), campaign_of(copy_of(text_of(sample), by))
    assert [at + by for at in times(old)] == times(new)
    assert new.live.end - new.live.start == old.live.end - old.live.start


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_all_but_key_dates_and_the_answered_texts_is_the_same(sample: Path) -> None:
    """Numbers, people, amounts, comments and the layout stay: line by line."""
    old, new = text_of(sample), copy_of(text_of(sample))
    assert len(comments(old)) == len(comments(new))
    changed = [
        (before, after) for before, after in zip(old.splitlines(), new.splitlines(), strict=True) if before != after
    ]
    dated = r"\d{4}-\d\d-\d\d|月|20\d\d|" + "|".join(MONTHS)
    assert [before for before, _ in changed if not re.search(dated, before) and not before.startswith("key:")] == []
    digits = re.compile(r"[\d'\"]|" + "|".join(MONTHS) + r"|月|日|\s|至|与|、")
    assert [
        pair
        for pair in changed
        if not pair[0].startswith("key:") and digits.sub("", pair[0]) != digits.sub("", pair[1])
    ] == []


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_the_copy_passes_every_check(sample: Path) -> None:
    made = load(sample.with_name("copy.yaml"), (SHIPPED,), text=copy_of(text_of(sample)))
    assert made.campaign.key == "the-new-one"


def test_a_number_that_looks_like_the_year_is_none() -> None:
    text = text_of(DOUBLE_ELEVEN).replace("target: 86000000", "target: 2026")
    assert campaign_of(copy_of(text)).kpis[0].target == campaign_of(text).kpis[0].target


def test_an_answer_is_not_answered_again() -> None:
    text = text_of(DOUBLE_ELEVEN)
    new = copied(
        text, move_of(text), key="x-y", answers={"2026": "2027", "2027": "2028", "Double 11 2026": "Double 2026"}
    )
    assert campaign_of(new).title.en == "Double 2026"
    assert campaign_of(new).title.zh == "2027 双十一"


def test_a_year_that_is_asked_for_changes_nothing_that_is_more_than_a_year() -> None:
    words = "Member day 2026, season 2026-27, CNY 2026 off"
    text = text_of(DOUBLE_ELEVEN).replace("title: {en: Double 11 2026,", f'title: {{en: "{words}",')
    move = move_of(text)
    assert campaign_of(copy_of(text)).title.en == "Member day 2028, season 2028-29, CNY 2026 off"
    said = [each for each in new_words(text, move, {"2026": "2028"}) if each.place == "title > en"]
    assert said == [NewWord("title > en", "2026", "2028")]


def test_what_is_in_doubt_is_open_until_it_has_an_answer_that_it_stays_or_becomes_another_one() -> None:
    text = text_of(DOUBLE_ELEVEN).replace("title: {en: Double 11 2026,", 'title: {en: "CNY 2026; 10-3, 10-3 days",')
    move = move_of(text)
    answers = proposals(text, move)
    left = [
        Spoken(Mention(words, guess), "title > en", sure=False)
        for words, guess in (("CNY 2026", "CNY 2026"), ("10-3", "4-1"))
    ]
    assert spoken_dates(text, move, answers) == left
    answers |= {"CNY 2026": "CNY 2026"}
    assert spoken_dates(text, move, answers) == left[1:]
    answers |= {"10-3": "4-2"}
    assert spoken_dates(text, move, answers) == []
    assert campaign_of(copied(text, move, key="x-y", answers=answers)).title.en == "CNY 2026; 4-2, 10-3 days"


def test_words_that_are_doubtful_once_are_not_taken_as_understood_elsewhere() -> None:
    """2026-10-20 is no Thursday."""
    text = text_of(DOUBLE_ELEVEN).replace(
        "title: {en: Double 11 2026,", 'title: {en: "10 月 20 日，10 月 20 日（周四）",'
    )
    assert [
        spoken.sure for spoken in spoken_dates(text, move_of(text), {}) if spoken.mention.text == "10 月 20 日"
    ] == [False]


def test_words_that_are_replaced_may_hold_a_date_or_a_part_of_one() -> None:
    text = text_of(DOUBLE_ELEVEN).replace("title: {en: Double 11 2026,", 'title: {en: "Festival of October 2026",')
    move = move_of(text)
    new = copied(text, move, key="x-y", answers={"Festival of October 2026": "Festival"})
    assert campaign_of(new).title.en == "Festival"
    both = copied(text, move, key="x-y", answers={"Festival of October": "Feast in", "October 2026": "May"})
    assert campaign_of(both).title.en == "Feast in 2026"
    longer = text.replace("October 2026", "October 2026 here")
    new = copied(longer, move, key="x-y", answers={"October 2026": "May", "October 2026 here": "now"})
    assert campaign_of(new).title.en == "Festival of now"
    open_points = spoken_dates(text, move, {"Festival of October": "Festival of"})
    assert (open_points[0].mention.text, open_points[0].place) == ("2026", "title > en")


def test_an_answer_that_needs_quotes_gets_them() -> None:
    text = text_of(DOUBLE_ELEVEN)
    for words in ('a, "b": c', "it's # on", "{x}", "- y"):
        assert campaign_of(copied(text, move_of(text), key="x-y", answers={"Double 11 2026": words})).title.en == words


@pytest.mark.parametrize(
    ("raw", "answer", "expected"),
    [
        ("'Season ''26\n    is over'", "2027", "Season 2027 is over"),
        ("'Season ''26\n    is over'", "'27", "Season '27 is over"),
        ("Season '26\n    is over", "27: it", "Season 27: it is over"),
        ('"Season \\"a\\" \'26\n    is over"', '"27"', 'Season "a" "27" is over'),
    ],
)
def test_words_over_several_lines_stay_sound_whatever_quotes_they_hold(raw: str, answer: str, expected: str) -> None:
    text = text_of(DOUBLE_ELEVEN).replace(
        "title: {en: Double 11 2026, zh: 2026 双十一}", f"title:\n  en: {raw}\n  zh: 双十一"
    )
    assert raw in text
    assert campaign_of(copied(text, move_of(text), key="x-y", answers={"'26": answer})).title.en == expected


def test_places_are_named_with_the_first_field_that_speaks_of_a_date() -> None:
    text = text_of(DOUBLE_ELEVEN)
    places = {spoken.mention.text: spoken.place for spoken in spoken_dates(text, move_of(text), {})}
    assert places["2026"] == "title > en"
    assert places["20 October 2026"] == "rules > item 1 > en"


def test_months_and_weekdays_without_a_date_are_named_to_be_read_again() -> None:
    text = text_of(DOUBLE_ELEVEN)
    words = unmoved_words(text, move_of(text), proposals(text, move_of(text)))
    assert "Monday (publicity > item 10 > message > en)" in words
    assert "October (background > en)" in words
    assert not any("rules" in word for word in words)


@pytest.mark.parametrize(
    ("old", "taken", "expected"),
    [
        ("double-eleven-2026", set(), "double-eleven-2027"),
        ("double-eleven-2026", {"double-eleven-2027"}, "double-eleven-2027-2"),
        ("member-day", set(), "member-day-2027-10"),
        ("x" * 40, set(), "x" * 32 + "-2027-10"),
    ],
)
def test_a_key_takes_the_new_year_or_the_month_and_is_free(old: str, taken: set[str], expected: str) -> None:
    assert proposed_key(old, Move(date(2026, 10, 20), date(2027, 10, 19)), frozenset(taken)) == expected


def test_a_key_is_never_longer_than_keys_are() -> None:
    assert len(free_key("x" * 50, frozenset({"x" * 40}))) <= 40
