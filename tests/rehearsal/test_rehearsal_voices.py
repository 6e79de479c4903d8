"""What simulated people say: enough of it, in both languages, and chosen by what it is about alone."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from opsflow.kernel.errors import NotFound
from opsflow.kernel.terms import DepartmentId
from opsflow.kernel.text import Text
from opsflow.rehearsal.voices import Voices, chance, fill, load_voices, pick
from opsflow.rehearsal.words import load_words
from opsflow.settings import SHIPPED
from tests.rehearsal.troupe import S, loaded

CHINESE = re.compile(r"[\u4e00-\u9fff]")
FIGURE = re.compile(r"\d+ ?%|[¥$€]|\d{4,}")


@pytest.fixture(scope="module")
def voices() -> Voices:
    return load_voices((SHIPPED,))


def texts(value: object) -> Iterator[Text]:
    match value:
        case {"en": str(en), "zh": str(zh)}:
            yield Text(en, zh)
        case dict():
            for part in value.values():
                yield from texts(part)
        case list() | tuple():
            for part in value:
                yield from texts(part)


@pytest.mark.parametrize("meeting", ["initial_planning", "coordination"])
def test_every_department_has_three_opinions_of_its_own(voices: Voices, meeting: str) -> None:
    for department in loaded(S).sop.departments:
        said = voices.opinions[meeting][department]
        assert len({opinion.en for opinion in said}) >= 3, department


def test_everything_is_said_in_both_languages(voices: Voices) -> None:
    said = list(texts(voices.model_dump()))
    assert len(said) > 150
    assert [text.en for text in said if CHINESE.search(text.en) or not CHINESE.search(text.zh)] == []


def test_nobody_quotes_a_figure_of_a_result(voices: Voices) -> None:
    assert [text for text in texts(voices.model_dump()) if FIGURE.search(text.en) or FIGURE.search(text.zh)] == []


def places(value: object) -> set[str]:
    return {name for text in texts(value) for name in re.findall(r"{(\w+)}", text.en + text.zh)}


def test_only_campaign_and_theme_are_filled_in_and_the_task_that_went_wrong(voices: Voices) -> None:
    said = voices.model_dump()
    assert places(said.pop("found")) == {"task", "days"}
    assert places(said) <= {"campaign", "theme"}


def test_who_has_no_words_of_their_own_says_something(voices: Voices) -> None:
    assert voices.opinions_of("coordination", DepartmentId("astronomy")) == voices.opinions["default"]["default"]


def test_dice_depend_on_the_seed_and_on_what_is_decided() -> None:
    rolled = [chance(seed, what).random() for seed in (1, 2) for what in ("IP01", "IP02")]
    assert len(set(rolled)) == 4
    assert rolled[0] == chance(1, "IP01").random()
    assert pick("abc", 7, "x") == pick("abc", 7, "x")


def test_places_are_filled_in_their_own_language() -> None:
    assert fill(Text("Go, {what}", "上，{what}"), what=Text("team", "团队")) == Text("Go, team", "上，团队")


def test_every_notice_has_its_reason() -> None:
    templates = {path.stem for path in (SHIPPED / "messages" / "en").glob("[a-z]*.j2")} - {"digest"}
    assert templates - set(load_words((SHIPPED,)).why) == set()


def test_without_voices_the_error_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=re.escape(str(tmp_path))):
        load_voices((tmp_path,))
