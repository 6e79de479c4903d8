"""What participants are told: each step once, in their campaign's words, by whoever sends the mail."""

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from opsflow.context import Context
from opsflow.kernel.errors import BadInput, Refused
from opsflow.kernel.money import Money
from opsflow.participants.letters.model import Letter
from opsflow.participants.model import ParticipantStatus
from opsflow.participants.service import decide
from opsflow.prizes.draws.freezing import freeze
from opsflow.prizes.draws.service import perform, seal
from opsflow.prizes.letters.model import FOR, STEPS, Step
from opsflow.prizes.letters.service import letters, note_written
from opsflow.settings import SHIPPED
from tests.engine.small import KEY, LEGAL, MANAGER
from tests.prizes.drawing import EVERYBODY, LOTTERY, NUMBER, crowd, drawing, evening, play

SHARED = [{"name": "same_device"}]


def written(ctx: Context, step: Step, **more: bool) -> list[Letter]:
    """Written, and the file is there."""
    found = letters(ctx, KEY, step, by=MANAGER, **more)  # type: ignore[arg-type]  # `again`
    note_written(ctx, KEY, [each.occasion for each in found], step=step, by=MANAGER)
    return found


def public(ctx: Context) -> Context:
    given = {"public_url": "https://example.com", "secret": SecretStr("s" * 40)}
    return replace(ctx, settings=ctx.settings.model_copy(update=given))


def test_each_step_of_a_registration_has_its_letter_once(ctx: Context, tmp_path: Path) -> None:
    here = drawing(ctx, tmp_path, EVERYBODY, registration=True)
    play(here, {"account": "a1", "name": "Li Lei", "email": "li@example.com"}, {"account": "a2"})
    (first, second) = sorted(written(here, "received"), key=lambda each: each.contact["account"])
    assert (first.subject, first.contact["email"]) == ("Your registration for Theme has arrived", "li@example.com")
    assert first.body.startswith("Hello Li Lei,\n")
    assert second.body.startswith("Hello a2,\n")
    assert written(here, "received") == []
    assert len(written(here, "received", again=True)) == 2
    decide(here, KEY, ["a1"], ParticipantStatus.APPROVED, by=MANAGER)
    decide(here, KEY, ["a2"], ParticipantStatus.REFUSED, by=MANAGER)
    assert [each.contact["account"] for each in written(here, "approved")] == ["a1"]
    assert [each.contact["account"] for each in written(here, "event-information")] == ["a1"]
    assert [each.contact["account"] for each in written(here, "refused")] == ["a2"]
    decide(here, KEY, ["a1"], ParticipantStatus.JOINED, by=MANAGER)
    assert len(written(here, "joined")) == len(written(here, "welcome")) == 1
    assert written(here, "event-information") == []


def test_what_was_not_noted_is_written_again(ctx: Context, tmp_path: Path) -> None:
    """Killed between the file and the note: told twice is better than never."""
    here = drawing(ctx, tmp_path, EVERYBODY)
    play(here, {"account": "a1"})
    assert len(letters(here, KEY, "welcome", by=MANAGER)) == len(letters(here, KEY, "welcome", by=MANAGER)) == 1


def test_who_is_left_out_is_told_why_and_until_when_they_may_appeal(ctx: Context, tmp_path: Path) -> None:
    here = drawing(ctx, tmp_path, EVERYBODY | {"filters": SHARED, "appeal_days": "3"})
    play(
        here,
        *[{"account": f"u{n}", "device": "d", "orders": "2", "registered_at": f"2026-08-24T0{n}:00"} for n in range(3)],
    )
    assert written(here, "left-out") == []
    freeze(here, KEY, "thanks", by=MANAGER)
    found = written(here, "left-out")
    assert [each.contact["account"] for each in sorted(found, key=lambda each: each.contact["account"])] == ["u1", "u2"]
    assert "because several accounts took part from one device" in found[0].body
    assert "before 2026-08-30 Sun 19:00 (Asia/Shanghai time)" in found[0].body
    assert written(here, "left-out") == []


def test_winners_are_told_of_each_prize_with_a_link_where_one_is_needed(ctx: Context, tmp_path: Path) -> None:
    here = drawing(ctx, tmp_path, LOTTERY, EVERYBODY)
    play(here, *crowd(3, orders="2"))
    for draw, winners, cost in (("lots", 3, 129_000), ("thanks", 3, 1_500)):
        freeze(here, KEY, draw, by=MANAGER)
        seal(here, KEY, draw, winners=winners, cost=Money(cost, "CNY"), by=MANAGER)
    evening(here, "28", 16)
    perform(here, KEY, "lots", number=NUMBER, by=MANAGER)
    perform(here, KEY, "thanks", number=None, by=MANAGER)
    with pytest.raises(BadInput, match="set OPSFLOW_PUBLIC_URL"):
        letters(here, KEY, "won", by=MANAGER)
    found = written(public(here), "won")
    assert len(found) == 6
    assert all("https://example.com/claims/" in each.body for each in found)
    linked = [each for each in found if "Please say where it goes before" in each.body]
    coupons = [each for each in found if "If it is a code, you will find it here" in each.body]
    assert [each.subject for each in coupons] == ["You have won: Coupon"] * 3
    assert len(linked) == 3
    assert all(each.occasion.participant in each.body for each in found)
    assert written(public(here), "won") == []


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_letter_exists_in_both_languages(step: str, language: str) -> None:
    lines = (SHIPPED / "letters" / language / f"{step}.j2").read_text("utf-8").splitlines()
    assert lines[1]
    assert lines[2] == ""


def test_letters_speak_the_language_that_is_asked_for(ctx: Context, tmp_path: Path) -> None:
    here = drawing(ctx, tmp_path, EVERYBODY, rules=[{"en": "One coupon each.", "zh": "每人一张。"}])
    play(here, {"account": "a1"})
    for step in FOR:
        decide(here, KEY, ["a1"], ParticipantStatus.JOINED, by=MANAGER)
        for letter in letters(here, KEY, step, by=MANAGER, language="zh"):  # type: ignore[arg-type]
            assert "您" in letter.body
    (found,) = letters(here, KEY, "event-information", by=MANAGER, language="zh")
    assert "1. 每人一张。" in found.body


def test_who_may(ctx: Context, tmp_path: Path) -> None:
    here = drawing(ctx, tmp_path, EVERYBODY)
    with pytest.raises(Refused, match="cannot write letters to participants"):
        letters(here, KEY, "welcome", by=LEGAL)
