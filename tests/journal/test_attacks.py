"""The seven attacks of somebody who may change the database: each is found, and the first bad entry is named.

T5, T6 and T7 leave a chain that holds together: without checkpoints outside the database the answer is "tail unproven",
which is what these attacks are held against as well.
"""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.journal.model import Stored
from opsflow.journal.service import verify
from opsflow.journal.verifying import Verdict, walk
from opsflow.kernel.chain import Checkpoint
from tests.journal.chained import (
    AT,
    ELEVEN,
    NOTHING,
    chain,
    chained,
    forge,
    found,
    past_the_guards,
    rechained,
    sign,
    witnessed,
    write_some,
)

LENGTH = 40
SIGNED = (10, 25, LENGTH)
"""After which entries a checkpoint was signed."""
PLACES = sorted(random.Random(4).sample(range(2, LENGTH), 2))

Attack = Callable[[list[Stored], int], list[Stored]]


@pytest.fixture
def here(ctx: Context, tmp_path: Path) -> Context:
    """A journal of forty entries, of which three checkpoints were signed, beside those of no campaign."""
    watched = witnessed(ctx, tmp_path)
    for before, after in zip((0, *SIGNED), SIGNED, strict=False):
        write_some(ctx.database, after - before, first=before + 1)
        write_some(ctx.database, 1, campaign=None)
        sign(watched)
    return watched


def edit(rows: list[Stored], number: int) -> list[Stored]:
    return [*rows[: number - 1], rows[number - 1]._replace(actor="mallory"), *rows[number:]]


def edit_json(rows: list[Stored], number: int) -> list[Stored]:
    """A single space, which no reader of JSON would notice."""
    row = rows[number - 1]
    return [*rows[: number - 1], row._replace(data=row.data + " "), *rows[number:]]


def delete(rows: list[Stored], number: int) -> list[Stored]:
    return [*rows[: number - 1], *rows[number:]]


def insert(rows: list[Stored], number: int) -> list[Stored]:
    """A made-up entry whose hash is right for its place; those after it are numbered on."""
    made_up = chained(rows[0]._replace(actor="mallory"), rows[number - 2])
    return [*rows[: number - 1], made_up, *(each._replace(number=each.number + 1) for each in rows[number - 1 :])]


def swap(rows: list[Stored], number: int) -> list[Stored]:
    return [*rows[: number - 1], rows[number], rows[number - 1], *rows[number + 1 :]]


def swap_with_numbers(rows: list[Stored], number: int) -> list[Stored]:
    return [each._replace(number=place) for place, each in enumerate(swap(rows, number), start=1)]


def cut(rows: list[Stored], number: int) -> list[Stored]:
    return rows[: number - 1]


def rewrite(rows: list[Stored], number: int) -> list[Stored]:
    return rechained(edit(rows, number), number)


def fork(rows: list[Stored], number: int) -> list[Stored]:
    """A backup of before an entry, and another story from there on, longer than the true one."""
    others = [rows[0]._replace(actor="mallory", object=f"F{more}") for more in range(LENGTH)]
    return rechained([*cut(rows, number), *others], number)


INSIDE: dict[str, Attack] = {
    "T1 edit": edit,
    "T1 edit of a space": edit_json,
    "T2 delete": delete,
    "T3 insert": insert,
    "T4 reorder": swap,
    "T4 reorder with numbers": swap_with_numbers,
}
OUTSIDE: dict[str, Attack] = {"T5 truncate": cut, "T6 rewrite with fresh hashes": rewrite, "T7 fork": fork}


def attack(database: Database, how: Attack, number: int) -> None:
    forge(database, lambda rows: how(rows, number))


@pytest.mark.parametrize("number", PLACES)
@pytest.mark.parametrize("name", INSIDE)
def test_a_broken_link_is_found_without_checkpoints_and_the_first_bad_entry_is_named(
    here: Context, name: str, number: int
) -> None:
    assert found(here).verdict is Verdict.WHOLE
    attack(here.database, INSIDE[name], number)
    verified = verify(here, NOTHING)
    fault = chain(verified).fault
    assert verified.verdict is Verdict.BROKEN
    assert fault is not None
    # An entry that was put in with the right hash is good by itself: the one that it drove away follows the wrong one.
    assert fault.number == (number + 1 if name == "T3 insert" else number)
    assert (fault.seq is None) is (name in {"T2 delete", "T4 reorder"}), "what is not in its place has no row"
    assert chain(verified, None).verdict is Verdict.UNPROVEN, "the other chain holds"


@pytest.mark.parametrize("number", PLACES)
@pytest.mark.parametrize("name", OUTSIDE)
def test_a_chain_that_holds_together_is_unproven_without_checkpoints_and_broken_with_them(
    here: Context, name: str, number: int
) -> None:
    attack(here.database, OUTSIDE[name], number)
    _forget_what_was_signed(here.database)
    assert chain(verify(here, NOTHING)).verdict is Verdict.UNPROVEN
    verified = found(here)
    fault = chain(verified).fault
    assert verified.verdict is Verdict.BROKEN
    assert fault is not None
    last_good = max((each for each in SIGNED if each < number), default=0)
    assert fault.number == (number if name == "T5 truncate" else last_good + 1)
    assert chain(verified, None).verdict is Verdict.WHOLE


def test_what_comes_before_the_first_bad_entry_is_still_proven(here: Context) -> None:
    attack(here.database, INSIDE["T1 edit"], 30)
    assert chain(found(here)).signed == 25


def test_a_chain_of_which_nothing_is_left_is_missed_by_its_checkpoint(here: Context) -> None:
    attack(here.database, cut, 1)
    with past_the_guards(here.database) as session:
        session.execute(sa.text("delete from journal_chains where chain <> ''"))
    fault = chain(found(here)).fault
    assert fault is not None
    assert (fault.number, fault.seq) == (1, None)


def test_the_database_itself_remembers_how_much_was_signed(here: Context) -> None:
    attack(here.database, cut, 30)
    assert chain(verify(here, NOTHING)).verdict is Verdict.BROKEN


def test_without_an_attack_the_chain_is_whole(here: Context) -> None:
    verified = found(here)
    assert [(each.entries, each.signed, each.fault) for each in verified.chains] == [
        (3, 3, None),
        (LENGTH, LENGTH, None),
    ]
    assert verified.verdict is Verdict.WHOLE


def _forget_what_was_signed(database: Database) -> None:
    """An attacker does not leave this behind."""
    with database.transaction() as session:
        session.execute(sa.text("update journal_chains set signed = 0, signed_at = null"))


@pytest.mark.parametrize("name", [*INSIDE, *OUTSIDE])
def test_an_attack_is_found_wherever_it_is_made(name: str) -> None:
    """A17 of reliability.md: every place there is, without a database."""
    row = Stored(0, 0, "2026-08-03 01:00:00.000000", "lin-yue", "task.done", ELEVEN, "T1", "{}", b"")
    rows = [
        each._replace(seq=seq)
        for seq, each in enumerate(rechained([row._replace(object=f"T{n}") for n in range(LENGTH)], 1))
    ]
    kept = [Checkpoint(ELEVEN, number, rows[number - 1].hash.hex(), AT) for number in SIGNED]
    how = (INSIDE | OUTSIDE)[name]
    for number in range(2, LENGTH):
        (forged,) = walk(how(rows, number), (), kept, now=AT)
        assert forged.verdict is Verdict.BROKEN, number
    (whole,) = walk(rows, (), kept, now=AT)
    assert whole.verdict is Verdict.WHOLE
