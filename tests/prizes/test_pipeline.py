"""The whole way from who takes part to who is paid, in any order that anybody can think of: what is promised holds after each step."""

import shutil
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pydantic import SecretStr

from opsflow.adapters.memory import MemoryLauncher
from opsflow.adapters.payouts.memory import MemoryPayouts
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.db.tables import AwardRow, BudgetRow, EntrantRow, PayoutRow
from opsflow.engine.distribution import distribute
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import OpsflowError
from opsflow.kernel.signing import Signed, sign
from opsflow.outbox.links import secret
from opsflow.participants.service import block
from opsflow.prizes.claims.service import CLAIM, claim, unclaimed
from opsflow.prizes.draws.checking import verified
from opsflow.prizes.draws.freezing import freeze, readmit
from opsflow.prizes.draws.model import DrawStatus
from opsflow.prizes.draws.service import perform, proof, replace_winner, seal
from opsflow.prizes.draws.standing import overview
from opsflow.prizes.payouts.lists.model import ListStatus
from opsflow.prizes.payouts.lists.service import approve
from opsflow.prizes.payouts.overview import overview as payouts
from opsflow.prizes.payouts.requesting import request
from opsflow.prizes.payouts.service import faults
from opsflow.prizes.service import erase
from opsflow.settings import Settings
from tests.campaigns.planning import organisation
from tests.conftest import START
from tests.engine.small import KEY, MANAGER, begin, in_workspace
from tests.prizes.drawing import EVERYBODY, LOTTERY, NUMBER, PRIZES, RANKING, SOURCE, crowd, evening, play
from tests.prizes.paying import FINANCE, SECOND

DRAWS = ("lots", "ranks", "thanks")
PEOPLE = 12
FAULTS = st.sampled_from(["ok", "ok", "ok", "decline", "drop", "lose", "busy", "short", "bare"])
GIVEN = {"name": "Li", "phone": "13800138000", "address": "1", "account": "2", "tax_id": "12345678"}


class Pipeline(RuleBasedStateMachine):
    """Everybody who has a part in it, acting in any order; a refusal is an answer, not a failure."""

    empty: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory(prefix="opsflow-pipeline-")
        file = Path(self.folder.name) / "opsflow.db"
        shutil.copy(self.empty, file)
        self.database = Database(f"sqlite:///{file}", lasting=False)
        self.clock = VirtualClock(START)
        self.provider = MemoryPayouts(self.clock, "bank")
        where = Settings(database_url=self.database.url, public_url="https://example.com", secret=SecretStr("s" * 40))
        bare = Context(where, self.database, self.clock, MemoryLauncher(), {})
        self.ctx = replace(in_workspace(bare, Path(self.folder.name) / "ws"), payouts={"bank": self.provider})
        self.sealed: dict[str, str] = {}

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    @initialize(begun=st.sampled_from(["fresh", "sealed", "drawn", "asked"]))
    def begin(self, begun: str) -> None:
        """By chance alone it would seldom come to a payment."""
        terms = {"number_source": SOURCE, "physical_per_person": "1"}
        filters = {"filters": [{"name": "same_device", "most": "2"}, {"name": "blocklist"}]}
        draws = [LOTTERY | filters, RANKING, EVERYBODY | filters]
        budget = {"lines": [{"line": "rewards", "amount": "1100"}]}  # a phone, some mugs and coupons: not all of it
        org = organisation(permissions={"finance": [FINANCE, SECOND]})
        begin(self.ctx, org=org, prizes=PRIZES, draws=draws, prize_terms=terms, budget=budget)
        people = crowd(PEOPLE, device="d", orders="3", points="2")
        for number, each in enumerate(people):
            each["device"] = f"d{number // 3}"
            each["points"] = str(number)
        play(self.ctx, *people)
        evening(self.ctx)
        if begun == "fresh":
            return
        for draw in ("thanks", "lots"):
            self.freeze(draw)
            self.seal(draw)
        if begun != "sealed":
            evening(self.ctx, "28", 16)
            self.draw("thanks", NUMBER)
            self.draw("lots", NUMBER)
        if begun == "asked":
            for which in range(6):
                self.claim(which)
            self.request(again=False)
            self.approve(FINANCE)

    def tried(self, action: "object", *arguments: object, **named: object) -> bool:
        """Do it; what the rules refuse is refused in words."""
        try:
            action(*arguments, **named)  # type: ignore[operator]
        except OpsflowError:
            return False
        return True

    @rule(hours=st.sampled_from([1, 6, 30, 24 * 12]))
    def pass_time(self, hours: int) -> None:
        self.clock.move_to(self.clock.now() + timedelta(hours=hours))

    @rule(draw=st.sampled_from(DRAWS))
    def freeze(self, draw: str) -> None:
        self.tried(freeze, self.ctx, KEY, draw, by=MANAGER)

    @rule(draw=st.sampled_from(DRAWS), who=st.integers(0, PEOPLE - 1))
    def readmit(self, draw: str, who: int) -> None:
        self.tried(readmit, self.ctx, KEY, draw, f"u{who}", reason="x", by=MANAGER)

    @rule(who=st.integers(0, PEOPLE - 1))
    def block(self, who: int) -> None:
        self.tried(block, self.ctx, KEY, f"u{who}", reason="x", by=MANAGER)

    @rule(draw=st.sampled_from(DRAWS))
    def seal(self, draw: str) -> None:
        found = next(each for each in overview(self.ctx, KEY) if each.rule.id == draw)
        if found.expected is not None:
            winners, cost = found.expected.winners, found.expected.cost
            with suppress(OpsflowError):
                self.sealed[draw] = seal(self.ctx, KEY, draw, winners=winners, cost=cost, by=MANAGER)

    @rule(draw=st.sampled_from(DRAWS), number=st.sampled_from([NUMBER, NUMBER, "1"]))
    def draw(self, draw: str, number: str) -> None:
        self.tried(perform, self.ctx, KEY, draw, number=number if draw == "lots" else None, by=MANAGER)

    @rule(draw=st.sampled_from(DRAWS), who=st.integers(0, PEOPLE - 1))
    def take_away(self, draw: str, who: int) -> None:
        self.tried(replace_winner, self.ctx, KEY, draw, f"u{who}", reason="x", by=MANAGER)

    @rule(which=st.integers(0, 9))
    def claim(self, which: int) -> None:
        waiting = unclaimed(self.ctx, KEY)
        if waiting:
            won, until = waiting[which % len(waiting)]
            token = sign(secret(self.ctx.settings), Signed(CLAIM, won.id, won.participant, until))
            self.tried(claim, self.ctx, token, GIVEN)

    @rule(again=st.booleans())
    def request(self, again: bool) -> None:
        self.tried(request, self.ctx, KEY, by=MANAGER, again=again)

    @rule(by=st.sampled_from([FINANCE, SECOND, MANAGER]))
    def approve(self, by: "str") -> None:
        for each in payouts(self.ctx, KEY).lists:
            if each.status is ListStatus.PROPOSED:
                self.tried(approve, self.ctx, KEY, number=each.number, root=each.root, by=by)

    @rule(fault=FAULTS)
    def pay(self, fault: str) -> None:
        self.provider.faults = lambda _: fault
        distribute(self.ctx)

    @precondition(lambda self: self.sealed)
    @rule(who=st.integers(0, PEOPLE - 1))
    def erase(self, who: int) -> None:
        self.tried(erase, self.ctx, KEY, f"u{who}", by=MANAGER)

    @invariant()
    def the_books_agree(self) -> None:
        with self.ctx.reading() as session:
            assert faults(session, KEY) == ()
            for budget in session.execute(sa.select(BudgetRow.cap, BudgetRow.reserved, BudgetRow.paid)):
                assert budget.reserved >= 0
                assert budget.reserved + budget.paid <= budget.cap == 110_000
            paid = set(session.scalars(sa.select(PayoutRow.award).where(PayoutRow.status == "paid")))
        handed = self.provider.paid()
        assert all(count == 1 for count in handed.values()), "nothing is handed out twice"
        assert {key[:32] for key in handed} >= paid, "what is paid was handed out"
        assert self.provider.units <= 110_000

    @invariant()
    def nobody_wins_twice_or_more_than_is_allowed(self) -> None:
        with self.ctx.reading() as session:
            rows = session.execute(sa.select(AwardRow.draw, AwardRow.participant, AwardRow.kind, AwardRow.status)).all()
            standing = [row for row in rows if row.status in ("won", "claimed")]
            physical = [row.participant for row in standing if row.kind == "physical"]
            assert len(physical) == len(set(physical))
            both = [(row.draw, row.participant) for row in standing]
            assert len(both) == len(set(both))
            out = set(
                session.execute(
                    sa.select(EntrantRow.draw, EntrantRow.participant).where(EntrantRow.refused.is_not(None))
                ).tuples()
            )
            assert not out & set(both), "whoever is left out wins nothing"

    @invariant()
    def what_was_drawn_can_be_proven(self) -> None:
        for each in overview(self.ctx, KEY):
            if each.draw is None or each.draw.status is not DrawStatus.DRAWN:
                continue
            assert each.draw.commitment == self.sealed[each.rule.id]
            told, files = proof(self.ctx, KEY, each.rule.id)
            with TemporaryDirectory() as folder:
                for name, content in files.items():
                    (Path(folder) / name).write_bytes(content)
                assert told.commitment is not None
                assert verified(Path(folder), told.commitment, told.number or "").startswith("The proof holds")


def test_in_any_order_the_promises_hold(migrated_file: Path) -> None:
    class Here(Pipeline):
        empty = migrated_file

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=16, stateful_step_count=30, deadline=None, derandomize=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        ),
    )  # fmt: skip
