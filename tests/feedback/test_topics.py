"""The rule that tells what users' words are about: a table of words, which anybody can check."""

from pathlib import Path

import pytest

from opsflow.feedback.voices.model import OTHER, TopicRule, load_rule
from opsflow.kernel.yamlfile import BadFile
from opsflow.settings import Settings

SMALL = """
topics:
  prize: {title: Prizes, words: {en: [prize*, red packet], zh: [奖品, 领奖]}}
  page: {title: Page, words: {en: [page, app], zh: [页面, 领奖页面]}}
other: Other
"""


@pytest.fixture
def shipped() -> TopicRule:
    return load_rule(Settings(workspace=None).template_folders)


def small(folder: Path, text: str = SMALL) -> TopicRule:
    (folder / "topics.yaml").write_text(text, encoding="utf-8")
    return load_rule([folder])


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("The prizes were lovely", "prize"),
        ("奖品很好，希望多一些红包", "prize"),
        ("I did not understand the rules", "rule"),
        ("规则太复杂，门槛太高", "rule"),
        ("The button did nothing and the app crashed twice", "page"),
        ("页面一直加载不出来", "page"),
        ("The parcel arrived damaged", "delivery"),
        ("快递三周了还没发货", "delivery"),
        ("Support never replied", "service"),
        ("客服態度很差", "service"),
        ("Nice", OTHER),
        ("挺好的", OTHER),
        ("", OTHER),
        ("🎉🎉", OTHER),
    ],
)
def test_the_shipped_rule_knows_what_is_spoken_of(shipped: TopicRule, text: str, topic: str) -> None:
    assert shipped.find(text).topic == topic


@pytest.mark.parametrize("text", ["PRIZE", "ＰＲＩＺＥ", "Pri\u200bze", "the prizes, please", "prize没收到", "獎品"])
def test_case_width_and_what_cannot_be_seen_make_no_difference(shipped: TopicRule, text: str) -> None:
    assert shipped.find(text).topic == "prize"


def test_the_topic_of_which_most_words_stand_in_it_has_it(tmp_path: Path) -> None:
    rule = small(tmp_path)
    found = rule.find("One prize, but the page and the app were slow; the page!")
    assert (found.topic, found.words) == ("page", ("page", "app"))


def test_of_several_with_as_many_the_first_of_the_file_has_it(tmp_path: Path) -> None:
    assert small(tmp_path).find("The page of the prize").topic == "prize"
    first, second, last = SMALL.strip().splitlines()[1:4]
    assert small(tmp_path, f"topics:\n{second}\n{first}\n{last}").find("The page of the prize").topic == "page"


def test_the_longest_word_that_begins_at_a_place_is_the_one_that_stands_there(tmp_path: Path) -> None:
    assert small(tmp_path).find("领奖页面").topic == "page"
    assert small(tmp_path).find("领奖很慢").topic == "prize"


def test_a_latin_word_stands_for_itself_alone_unless_it_ends_in_a_star(tmp_path: Path) -> None:
    rule = small(tmp_path)
    assert rule.find("I am happy with this pageant").topic == OTHER
    assert rule.find("red\n  packet").topic == "prize"
    assert rule.find("prizegiving").topic == "prize"
    assert rule.find("打开APP很慢").topic == "page"


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (SMALL.replace("页面, ", "奖品, "), "stands twice, for prize and page"),
        (SMALL.replace("页面, ", "页面, ＰＡＧＥ, "), "stands twice, for page and page"),
        (SMALL.replace("  page:", "  other:"), "is what is left over"),
        (SMALL.replace("领奖, ", "*, ").replace("[奖品, 领奖]", "['*']"), "topics > prize > words"),
        (SMALL.replace("zh:", "fr:"), "fr"),
        ("topics: {}\nother: Other\n", "topics"),
    ],
)
def test_mistakes_in_the_words_are_told_with_their_place(tmp_path: Path, broken: str, reason: str) -> None:
    with pytest.raises(BadFile, match=r"topics\.yaml:\d+:\d+: ") as told:
        small(tmp_path, broken)
    assert reason in str(told.value)
