"""`opsflow prizes request|approve|pay|status|pause|brake|resume|decide|reconcile|explain`: one campaign from the command line."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
import xlsxwriter  # type: ignore[import-untyped]  # it ships no types

from opsflow.adapters.payouts.memory import MemoryPayouts
from opsflow.bootstrap import use_context
from opsflow.campaigns.store import load_campaign, set_organisation
from opsflow.cli.commands import run
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.db.tables import PayoutListRow
from opsflow.kernel.clock import VirtualClock
from opsflow.prizes.payouts.rulings.store import in_doubt
from tests.cli.desk import Told, desk_context, said
from tests.engine.small import KEY
from tests.prizes.paying import campaign, record, rounds, wait, with_memory, won


@pytest.fixture
def here(sqlite_database: Database, clock: VirtualClock, tmp_path: Path) -> Iterator[tuple[Context, MemoryPayouts]]:
    """Three coupons of CNY 1.00 are won, of a rewards line of CNY 10.00; nothing is asked for yet."""
    found, provider = with_memory(desk_context(sqlite_database, clock, tmp_path))
    campaign(found, "10")
    record(found, won(found, 3))
    with use_context(found):
        yield found, provider


def approved_here(capsys: Told) -> str:
    asked = json.loads(said(capsys, "prizes", "request", KEY, "--by", "manager", "--format", "json"))
    said(capsys, "prizes", "approve", KEY, "--hash", asked["hash"], "--by", "finance-deputy")
    return str(asked["hash"])


def test_where_too_few_can_sign_it_is_told_what_to_do(here: tuple[Context, MemoryPayouts], capsys: Told) -> None:
    """Above the threshold two of finance sign; one alone was a dead end that nobody named."""
    ctx, _ = here
    asked = said(capsys, "prizes", "request", KEY, "--by", "manager")
    with ctx.reading() as session:
        organisation = load_campaign(session, KEY).organisation
    with ctx.transaction() as session:
        set_organisation(session, KEY, organisation.model_copy(update={"permissions": {}}))
        session.execute(sa.update(PayoutListRow).values(needed=2))
    told = said(capsys, "prizes", "approve", KEY)
    assert "Who can" in asked
    assert "Warning: 2 must still sign, and of finance there is finance-deputy besides whoever asked." in told
    assert f"opsflow campaign permissions {KEY}" in told


def test_from_the_request_to_the_last_payment(here: tuple[Context, MemoryPayouts], capsys: Told) -> None:
    assert "3 are on no list: `opsflow prizes request small-campaign`" in said(capsys, "prizes", "status", KEY)
    asked = said(capsys, "prizes", "request", KEY, "--by", "manager")
    assert "list 1: 3 worth CNY 3.00, proposed, asked for by manager" in asked
    assert "3  CNY 3.00  gift through memory" in asked
    assert "Who can: finance-head, finance-deputy." in asked
    root = asked.partition("hash ")[2].split()[0]
    assert said(capsys, "prizes", "approve", KEY) == asked, "without a hash it is only looked at"
    assert "cannot approve payouts" in said(capsys, "prizes", "approve", KEY, "--hash", root, "--by", "manager", code=3)
    assert "not the one with that hash" in said(
        capsys, "prizes", "approve", KEY, "--hash", "0" * 64, "--by", "finance-deputy", code=5
    )
    assert "Nothing was due" in said(capsys, "prizes", "pay", KEY)
    assert "List 1 is approved" in said(capsys, "prizes", "approve", KEY, "--hash", root, "--by", "finance-deputy")
    paid = said(capsys, "prizes", "pay", KEY)
    assert "3 paid." in paid
    assert "CNY 3.00 paid and CNY 0.00 reserved of CNY 10.00; CNY 7.00 left" in paid
    found = json.loads(said(capsys, "prizes", "status", KEY, "--format", "json"))
    assert found["payouts"] == {"paid": {"count": 3, "units": 300}}
    assert (found["faults"], found["lists"][0]["status"]) == ([], "approved")
    assert "Nothing of small-campaign is due" in said(capsys, "prizes", "request", KEY, "--by", "manager", code=3)


def test_who_stopped_it_and_why_is_shown(here: tuple[Context, MemoryPayouts], capsys: Told) -> None:
    approved_here(capsys)
    said(capsys, "prizes", "pause", KEY, "--reason", "Account to be checked", "--by", "manager")
    assert said(capsys, "prizes", "pay", KEY).startswith("Nothing was sent.")
    assert "Stopped (paused) by manager at 2026-08-03 01:00 UTC: Account to be checked" in said(
        capsys, "prizes", "status", KEY
    )
    assert "`opsflow campaign resume small-campaign` its reminders" in said(
        capsys, "prizes", "brake", KEY, "--reason", "Stolen key", "--by", "sponsor"
    )
    assert json.loads(said(capsys, "prizes", "status", KEY, "--format", "json"))["held"]["hold"] == "braked"
    assert "cannot let the payouts" in said(capsys, "prizes", "resume", KEY, "--by", "manager", code=3)
    assert "they were braked by sponsor: Stolen key" in said(capsys, "prizes", "resume", KEY, "--by", "finance-deputy")


def test_two_people_decide_what_nobody_can_tell(here: tuple[Context, MemoryPayouts], capsys: Told) -> None:
    ctx, provider = here
    approved_here(capsys)
    provider.faults = lambda payment: "drop" if payment.participant.endswith("1") else "ok"
    said(capsys, "prizes", "pay", KEY)
    wait(ctx, hours=30)
    rounds(ctx, 1)
    with ctx.reading() as session:
        award = in_doubt(session, KEY)[0].award
    assert f"`opsflow prizes decide small-campaign {award}`" in said(capsys, "prizes", "status", KEY)
    word = ("prizes", "decide", KEY, award)
    assert "Say one of the two" in said(capsys, *word, "--evidence", "x", "--by", "finance-head", code=2)
    say = (*word, "--not-paid", "--evidence", "Statement")
    assert "somebody else of finance" in said(capsys, *say, "--by", "finance-head")
    assert "has said this" in said(capsys, *say, "--by", "finance-head", code=5)
    assert f"Award {award} is refused." in said(capsys, *say, "--by", "finance-deputy")


def test_a_statement_is_read_and_each_difference_explained(
    here: tuple[Context, MemoryPayouts], capsys: Told, tmp_path: Path
) -> None:
    _, provider = here
    approved_here(capsys)
    said(capsys, "prizes", "pay", KEY)
    file = tmp_path / "statement.csv"
    lines = [f"{one.payment.key},{one.reference},1.00,CNY" for one in provider.books[:2]]
    file.write_text("key,reference,amount,currency\n" + "\n".join(lines) + "\n", encoding="utf-8")
    asked = ("prizes", "reconcile", KEY, "--provider", "memory", "--by", "finance-deputy")
    assert "3 match with memory, 0 are under way, 0 differ (0 new)." in said(capsys, *asked)
    told = said(capsys, *asked, "--statement", file)
    assert "2 match with memory, 0 are under way, 1 differ (1 new)." in told
    assert "Nothing is sent through memory" in told
    status = said(capsys, "prizes", "status", KEY)
    assert "Difference 1 with memory" in status
    assert "held against the books of memory, 2 match, 1 differ" in status
    said(capsys, "prizes", "explain", KEY, 1, "Their file ends a day earlier", "--by", "finance-deputy")
    assert "Difference" not in said(capsys, "prizes", "status", KEY)
    file.write_text("key,reference,amount,currency\na,b,1e308,CNY\n", encoding="utf-8")
    assert "line 2: '1e308' is no amount" in said(capsys, *asked, "--statement", file, code=2)
    file.write_text("key,reference,amount\na,b,1\n", encoding="utf-8")
    assert "line 2: there is no 'currency'" in said(capsys, *asked, "--statement", file, code=2)


def test_what_a_statement_shows_as_paid_is_named_and_left_out(
    here: tuple[Context, MemoryPayouts], capsys: Told, tmp_path: Path
) -> None:
    ctx, provider = here
    approved_here(capsys)
    provider.faults = lambda payment: "decline" if payment.participant.endswith("1") else "ok"
    said(capsys, "prizes", "pay", KEY)
    award = next(each.id for each in won(ctx, 3) if each.participant.endswith("1"))
    lines = [f"{line.key},{line.reference},1.00,CNY" for line in provider.statement(KEY)] + [f"{award},R351,1.00,CNY"]
    file = tmp_path / "statement.csv"
    file.write_text("key,reference,amount,currency\n" + "\n".join(lines) + "\n", encoding="utf-8")
    said(capsys, "prizes", "reconcile", KEY, "--provider", "memory", "--by", "finance-deputy", "--statement", file)
    way_out = f"`opsflow prizes decide small-campaign {award} --paid R351` books it"
    assert way_out in said(capsys, "prizes", "status", KEY)
    assert "--paid R351" in said(capsys, "prizes", "request", KEY, "--again", "--by", "manager", code=3)
    record(ctx, won(ctx, 1, draw="second"))
    assert way_out in said(capsys, "prizes", "request", KEY, "--again", "--by", "manager")
    assert json.loads(said(capsys, "prizes", "status", KEY, "--format", "json"))["said_paid"] == [
        {"award": award, "provider": "memory", "units": 100, "reference": "R351"}
    ]
    word = ("prizes", "decide", KEY, award, "--paid", "R351", "--evidence", "Statement")
    assert "somebody else of finance" in said(capsys, *word, "--by", "finance-head")
    assert f"Award {award} is paid." in said(capsys, *word, "--by", "finance-deputy")


def test_a_statement_that_cannot_be_right_is_refused_and_many_differences_are_counted(
    here: tuple[Context, MemoryPayouts], capsys: Told, tmp_path: Path
) -> None:
    approved_here(capsys)
    said(capsys, "prizes", "pay", KEY)
    file, sheet = tmp_path / "statement.csv", tmp_path / "statement.xlsx"
    asked = ("prizes", "reconcile", KEY, "--provider", "memory", "--by", "finance-deputy", "--statement")
    file.write_text("key,reference,amount,currency\n", encoding="utf-8")
    assert "has no line, but 3 payments" in said(capsys, *asked, file, code=2)
    with xlsxwriter.Workbook(sheet) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["key", "reference", "amount", "currency"])
        page.write_row(1, 0, ["a", "r", 1, "CNY"])
        page.write_row(2, 0, ["b", "s", "", "CNY"])
        page.write_formula(2, 2, "=1+2")
    assert "line 3: the amount is 0, as of a formula not calculated" in said(capsys, *asked, sheet, code=2)
    assert "Difference" not in said(capsys, "prizes", "status", KEY)
    lines = [f"k{number},r{number},1,CNY" for number in range(20)]
    file.write_text("key,reference,amount,currency\n" + "\n".join(lines) + "\n", encoding="utf-8")
    assert "  and 13 more" in said(capsys, *asked, file)
    assert "And 13 more differences (`--format json` lists all)." in said(capsys, "prizes", "status", KEY)
    right = said(capsys, "prizes", "reconcile", KEY, "--provider", "memory", "--by", "finance-deputy")
    assert "3 match with memory, 0 are under way, 0 differ (0 new)." in right
    assert "23 that were open are not in this statement any more: they stop nothing." in right
    assert "Nothing is sent" not in right


def test_a_provider_that_is_gone_from_the_file_is_a_fault_of_paying(
    here: tuple[Context, MemoryPayouts], capsys: Told
) -> None:
    ctx, _ = here
    approved_here(capsys)
    with use_context(replace(ctx, payouts={})):
        assert run(["prizes", "pay", KEY]) == 1
        told = capsys.readouterr().out
        assert "Nothing was sent." in told
        fault = "Provider memory is not in payouts.yaml (any more), and payouts wait for it"
        assert told.count("memory is not in") == 1
        assert fault in said(capsys, "prizes", "status", KEY)
        assert run(["prizes", "pay", KEY, "--format", "json"]) == 1
        assert list(json.loads(capsys.readouterr().out)["unusable_providers"]) == ["memory"]
        assert json.loads(said(capsys, "prizes", "status", KEY, "--format", "json"))["missing_providers"] == ["memory"]


def test_why_payouts_wait_is_shown_with_how_many_do(here: tuple[Context, MemoryPayouts], capsys: Told) -> None:
    _, provider = here
    approved_here(capsys)
    provider.faults = lambda payment: "drop" if payment.participant.endswith("1") else "busy"
    for verb in ("pay", "status"):
        told = said(capsys, "prizes", verb, KEY)
        assert "2 planned through memory: come later." in told
        assert "1 unknown through memory: no answer." in told
        assert json.loads(said(capsys, "prizes", verb, KEY, "--format", "json"))["waiting"] == [
            {"status": "planned", "provider": "memory", "reason": "come later", "count": 2},
            {"status": "unknown", "provider": "memory", "reason": "no answer", "count": 1},
        ]
    wait(here[0], minutes=5)
    provider.faults = lambda _: "ok"
    rounds(here[0], 2)
    assert json.loads(said(capsys, "prizes", "status", KEY, "--format", "json"))["waiting"] == []


def test_while_payouts_are_stopped_nothing_says_when_they_go_on(
    here: tuple[Context, MemoryPayouts], capsys: Told
) -> None:
    ctx, provider = here
    approved_here(capsys)
    provider.faults = lambda payment: "drop" if payment.participant.endswith("1") else "busy"
    assert "What waits is looked at from 2026-08-03 01:00 UTC on." in said(capsys, "prizes", "pay", KEY)
    said(capsys, "prizes", "pause", KEY, "--reason", "Account to be checked", "--by", "manager")
    assert "What waits is looked at from 2026-08-03 01:01 UTC on." in said(capsys, "prizes", "status", KEY)
    said(capsys, "prizes", "brake", KEY, "--reason", "Stolen key", "--by", "sponsor")
    wait(ctx, hours=2)
    for verb in ("pay", "status"):
        told = said(capsys, "prizes", verb, KEY)
        assert "What waits" not in told
        assert "Nothing was due" not in told
        assert "The campaign is paused: nothing is sent before `opsflow campaign resume small-campaign`." in told
    assert json.loads(said(capsys, "prizes", "status", KEY, "--format", "json"))["campaign_is_paused"] is True
