"""Users' words are kept once, sorted by the rule, and sorted otherwise by people."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Thread

import pytest
import sqlalchemy as sa

from opsflow.context import Context
from opsflow.db.tables import VoiceRow
from opsflow.engine.record import journal
from opsflow.feedback.voices.model import Said, Voice, voice_id
from opsflow.feedback.voices.service import heard, keep, sort
from opsflow.kernel.errors import BadInput, NotFound, Refused
from opsflow.kernel.rowfile import Row
from opsflow.kernel.terms import PersonKey
from opsflow.participants.service import find, import_participants
from opsflow.prizes.service import erase
from tests.engine.small import KEY, LEGAL, MANAGER, begin, in_workspace

AT = datetime(2026, 9, 1, 8, tzinfo=UTC)


@pytest.fixture
def here(ctx: Context, tmp_path: Path) -> Context:
    context = in_workspace(ctx, tmp_path / "ws")
    begin(context)
    return context


def say(ctx: Context, *texts: str) -> int:
    with ctx.transaction() as session:
        said = [Said(voice_id("test", text), None, "survey", text, AT) for text in texts]
        return keep(ctx, session, KEY, said)


def all_of(ctx: Context, topic: str | None = None) -> list[Voice]:
    return heard(ctx, KEY, topic=topic, by=LEGAL)[1]


def test_words_are_kept_once_with_the_words_that_decided(here: Context) -> None:
    assert say(here, "The rules and the prizes are unfair", " \u200b ", "奖品") == 2
    assert say(here, "奖品", "Nice") == 1
    found = {each.text: (each.topic, each.because) for each in all_of(here)}
    assert found == {
        "The rules and the prizes are unfair": ("rule", "rule, unfair"),
        "奖品": ("prize", "奖品"),
        "Nice": ("other", ""),
    }


def test_a_correction_stands_beside_what_the_rule_found_and_outlives_the_same_words_again(here: Context) -> None:
    say(here, "The prizes took three weeks", "Nice")
    mine = all_of(here, "prize")[0]
    sort(here, KEY, mine.id[:6], "delivery", by=MANAGER)
    say(here, "The prizes took three weeks")
    kept = all_of(here, "delivery")[0]
    assert (kept.about, kept.topic, kept.because, kept.corrected_by) == ("delivery", "prize", "prize", MANAGER)
    assert all_of(here, "prize") == []
    entry = journal(here, KEY)[-1]
    assert (entry.action, entry.data["was"], entry.data["topic"]) == ("voice.sorted", "prize", "delivery")
    assert "three weeks" not in str([each.data for each in journal(here, KEY)])


def test_a_correction_is_taken_back_and_the_same_again_writes_nothing(here: Context) -> None:
    say(here, "The prizes took three weeks")
    mine = all_of(here)[0]
    for topic in ("delivery", "delivery", None):
        sort(here, KEY, mine.id, topic, by=MANAGER)
    assert all_of(here) == [mine]
    assert [each.action for each in journal(here, KEY)].count("voice.sorted") == 2


def test_what_cannot_be_sorted_is_refused_with_the_way_out(here: Context) -> None:
    say(here, "奖品")
    mine = all_of(here)[0]
    with pytest.raises(BadInput, match="There is no topic `weather`: prize, rule, page, delivery, service, other"):
        sort(here, KEY, mine.id, "weather", by=MANAGER)
    with pytest.raises(BadInput, match="There is no topic `weather`"):
        all_of(here, "weather")
    for start in ("zzzz", mine.id[:3], "____", "%%%%"):
        with pytest.raises(NotFound, match="4 characters at least"):
            sort(here, KEY, start, "page", by=MANAGER)
    with pytest.raises(Refused):
        sort(here, KEY, mine.id, "page", by=PersonKey("stranger"))
    with pytest.raises(Refused):
        heard(here, KEY, by=PersonKey("stranger"))


def test_words_of_somebody_who_was_erased_meanwhile_are_not_kept(here: Context) -> None:
    import_participants(here, KEY, [Row(2, {"account": "a"}), Row(3, {"account": "b"})], by=MANAGER)
    with here.transaction() as session:
        gone, there = (find(session, KEY, account).id for account in ("a", "b"))
    erase(here, KEY, "a", by=MANAGER)
    with here.transaction() as session:
        assert keep(here, session, KEY, [Said(voice_id(who), who, "survey", who, AT) for who in (gone, there)]) == 1
    assert [each.text for each in all_of(here)] == [there]


def test_whoever_erases_somebody_waits_for_the_answer_that_they_are_giving(here: Context) -> None:
    import_participants(here, KEY, [Row(2, {"account": "a"})], by=MANAGER)
    with here.transaction() as session:
        who = find(session, KEY, "a").id
    erasing = Thread(target=partial(erase, here, KEY, "a", by=MANAGER))
    with here.transaction() as session:
        keep(here, session, KEY, [Said(voice_id(who), who, "survey", "my own words", AT)])
        erasing.start()
        erasing.join(timeout=0.5)
        assert erasing.is_alive()
    erasing.join(timeout=20)
    assert all_of(here) == []
    with here.reading() as session:
        assert list(session.scalars(sa.select(VoiceRow.participant))) == [None]
