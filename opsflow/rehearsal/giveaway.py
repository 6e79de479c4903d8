"""Prizes in a rehearsal: a crowd that plays, draws with a number, winners who claim or forget to, finance that approves and
holds the books against the provider's.

It plays a hundredth of each draw's prizes with a few hundred participants, made by the seed. What people do goes through the
same use cases as everywhere; the public number is the rehearsal's own and is called so.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count

from pydantic import SecretStr

from opsflow.adapters.drand.memory import MemoryBeacon
from opsflow.adapters.mail.memory import MemoryMail
from opsflow.campaigns.drawcheck import window
from opsflow.campaigns.drawrules import DrawRule, Share
from opsflow.campaigns.files import Loaded
from opsflow.campaigns.team import role_holders
from opsflow.context import Context
from opsflow.journal.model import ENGINE as ENGINE_NAME
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.rowfile import Row
from opsflow.kernel.signing import Signed, sign
from opsflow.kernel.terms import CampaignKey, PersonKey, Role
from opsflow.kernel.zoned import resolve
from opsflow.outbox.links import secret
from opsflow.participants.service import import_participants, import_results
from opsflow.prizes.claims.model import Won
from opsflow.prizes.claims.service import CLAIM, claim, invitations, unclaimed
from opsflow.prizes.draws.freezing import freeze
from opsflow.prizes.draws.model import Draw, DrawStatus, comes_first
from opsflow.prizes.draws.service import perform, proof, seal
from opsflow.prizes.draws.standing import Overview, overview
from opsflow.prizes.payouts.lists.model import ListStatus
from opsflow.prizes.payouts.lists.service import approve
from opsflow.prizes.payouts.model import PayoutStatus
from opsflow.prizes.payouts.overview import Overview as Payouts
from opsflow.prizes.payouts.overview import overview as payouts
from opsflow.prizes.payouts.reckoning.service import reconcile
from opsflow.prizes.payouts.requesting import request
from opsflow.rehearsal.acts import Step
from opsflow.rehearsal.cast import Cast
from opsflow.rehearsal.provider import NAME as PROVIDER
from opsflow.rehearsal.provider import provider
from opsflow.rehearsal.voices import chance
from opsflow.workdays.hours import next_working_time

PART = 100
"""One in so many of a draw's prizes is played."""
CROWD = 420
LINK_BASE, LINK_SECRET = "http://127.0.0.1/rehearsal", SecretStr("nobody is ever sent one of these links")
ENGINE = PersonKey(ENGINE_NAME)
FORGETS = 9
"""One in so many winners never claims."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What is published of one draw."""

    id: str
    draw: Draw
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class Giveaway:
    """Whoever looks after the prizes, facing how far they are."""

    cast: Cast
    ctx: Context
    now: datetime

    @property
    def key(self) -> CampaignKey:
        """The campaign."""
        return self.cast.plan.campaign

    def steps(self) -> tuple[Step, ...]:
        """What would be done next if nothing happened in between, the earliest first."""
        if not self.cast.loaded.campaign.draws:
            return ()
        seen = overview(self.ctx, self.key)
        found = [*self._draws(seen), *self._claims(), *self._payouts(payouts(self.ctx, self.key))]
        return tuple(sorted(found, key=lambda step: (step.at, step.what)))

    def _draws(self, seen: list[Overview]) -> Iterator[Step]:
        undrawn = [one.rule.id for one in seen if one.draw and one.draw.status is not DrawStatus.DRAWN]
        for one in seen:
            step = self._next(one, undrawn)
            if step is not None:
                yield step

    def _next(self, one: Overview, undrawn: list[str]) -> Step | None:
        rule, draw = one.rule, one.draw
        manager = self._holder(Role.CAMPAIGN_MANAGER)
        if draw is None or draw.status is DrawStatus.FREEZING:
            if comes_first(self.cast.loaded.campaign, rule, undrawn) is not None:
                return None  # whoever is drawn next frees it
            at = self._local(window(rule, self.cast.loaded.campaign)[1]) + timedelta(hours=10)
            return Step(at=max(at, self.now), by=manager, what=f"1 freeze {rule.id}", do=self._freezes(rule, manager))
        if draw.status is DrawStatus.FROZEN:
            at = max(draw.frozen_at + timedelta(hours=1), draw.appeals_until if draw.refused else draw.frozen_at)
            expected = one.expected
            assert expected is not None
            return Step(
                at=max(at, self.now), by=manager, what=f"2 seal {rule.id}",
                do=lambda ctx, key: seal(ctx, key, rule.id, winners=expected.winners, cost=expected.cost, by=manager),
            )  # fmt: skip
        if draw.status is DrawStatus.COMMITTED:
            known = self._local(rule.number_at) if rule.number_at else draw.committed_at or self.now
            number = (
                number_of(self.cast.seed, rule) if rule.number_at and not rule.drand else None
            )  # drand tells its own
            return Step(
                at=max(known + timedelta(minutes=20), self.now), by=manager, what=f"3 draw {rule.id}",
                do=self._draws_it(rule, number, manager),
            )  # fmt: skip
        return None

    def _freezes(self, rule: DrawRule, manager: PersonKey) -> Callable[[Context, CampaignKey], object]:
        def freezes(ctx: Context, key: CampaignKey) -> None:
            import_participants(ctx, key, crowd_rows(self.cast), by=manager)
            import_results(ctx, key, result_rows(self.cast, rule), by=manager)
            freeze(ctx, key, rule.id, by=manager)

        return freezes

    def _draws_it(
        self, rule: DrawRule, number: str | None, manager: PersonKey
    ) -> Callable[[Context, CampaignKey], object]:
        def draws_it(ctx: Context, key: CampaignKey) -> None:
            perform(listening(ctx, self.cast.seed), key, rule.id, number=number, by=manager)
            invitations(linking(ctx), key, by=manager)

        return draws_it

    def _claims(self) -> Iterator[Step]:
        """Most claim within days; some never do, and what they won lapses."""
        waiting = unclaimed(self.ctx, self.key)
        for won, until in waiting:
            if int(won.id, 16) % FORGETS:
                at = won.won_at + timedelta(hours=2 + int(won.id[:4], 16) % 60)
                yield Step(at=max(at, self.now), by=ENGINE, what=f"4 claim {won.id}", do=self._claimed(won, until))
        if waiting:
            at = min(until for _, until in waiting)
            yield Step(at=max(at, self.now), by=ENGINE, what="5 lapse", do=None)

    def _claimed(self, won: Won, until: datetime) -> Callable[[Context, CampaignKey], object]:
        given = {"name": "Rehearsal Winner", "phone": "13800138000", "address": "1 Rehearsal Street", "account": "4711"}

        def claims(ctx: Context, _: CampaignKey) -> None:
            here = linking(ctx)
            token = sign(secret(here.settings), Signed(CLAIM, won.id, won.participant, until))
            claim(here, token, given | {"tax_id": "11010519900101123X"})

        return claims

    def _payouts(self, found: Payouts) -> Iterator[Step]:
        """Asked for two days after something was won, approved by finance, paid, and held against the provider's books."""
        manager, finance = self._holder(Role.CAMPAIGN_MANAGER), self._holder(Role.FINANCE_APPROVER)
        proposed = [each for each in found.lists if each.status is ListStatus.PROPOSED]
        planned, _ = found.payouts.get(PayoutStatus.PLANNED, (0, 0))
        doubtful, _ = found.payouts.get(PayoutStatus.UNKNOWN, (0, 0))
        approved = planned - found.unlisted - sum(each.count for each in proposed)
        for each in proposed:
            at = each.requested_at + timedelta(hours=2)
            yield Step(
                at=max(at, self.now), by=finance, what="7 approve",
                do=lambda ctx, key, one=each: approve(ctx, key, number=one.number, root=one.root, by=finance),  # type: ignore[misc]
            )  # fmt: skip
        if found.unlisted > len(unclaimed(self.ctx, self.key)) and not proposed:
            at = self._working(self.now + timedelta(days=2))
            yield Step(at=at, by=manager, what="6 request", do=lambda ctx, key: request(ctx, key, by=manager))
        if approved or doubtful:
            yield Step(at=self.now + timedelta(minutes=5), by=ENGINE, what="8 pay", do=None)

        if not (approved or doubtful):
            yield from self._reckoning(found, finance)

    def _reckoning(self, found: Payouts, finance: PersonKey) -> Iterator[Step]:
        """Once something more is paid, finance holds the books against the statement of whoever hands out."""
        paid, _ = found.payouts.get(PayoutStatus.PAID, (0, 0))
        if paid > sum(last.matching + last.differences for last in found.held_against):
            yield Step(
                at=self._working(self.now + timedelta(minutes=30)), by=finance, what="9 reconcile",
                do=lambda ctx, key: reconcile(ctx, key, PROVIDER, by=finance),
            )  # fmt: skip

    def _holder(self, role: Role) -> PersonKey:
        return role_holders(self.cast.loaded.campaign, self.cast.loaded.organisation)[role]

    def _local(self, at: datetime) -> datetime:
        return resolve(at, self.cast.zone).astimezone(self.cast.zone)

    def _working(self, at: datetime) -> datetime:
        return next_working_time(at, zone=self.cast.zone, calendar=self.cast.calendar, spans=self.cast.spans)


def scaled(loaded: Loaded) -> Loaded:
    """The campaign with a part of each draw's prizes, at least one of each."""
    draws = tuple(
        rule.model_copy(
            update={"prizes": tuple(_part(share) for share in rule.prizes), "alternates": rule.alternates // 20}
        )
        for rule in loaded.campaign.draws
    )
    return replace(loaded, campaign=loaded.campaign.model_copy(update={"draws": draws}))


def _part(share: Share) -> Share:
    return share.model_copy(update={"quantity": max(1, round(share.quantity / PART))})


def crowd_rows(cast: Cast) -> Iterator[Row]:
    """Everybody who takes part: most honest, a few with one device or one account for many."""
    for number in range(CROWD):
        dice = chance(cast.seed, "crowd", number)
        shared = dice.random() < 0.03
        yield Row(
            number + 2,
            {
                "account": f"player-{number:04}",
                "device": "farm-1" if shared else f"device-{number}",
                "payee": f"payee-{number}",
                "paying": "yes" if dice.random() < 0.3 else "no",
                "email": f"player-{number:04}@example.com",
                "consent": "yes" if chance(cast.seed, "consents", number).random() < 0.6 else "no",
                "registered_at": f"{cast.loaded.campaign.live.start:%Y-%m-%d} {dice.randrange(24):02}:{number % 60:02}:00",
            },
        )


def result_rows(cast: Cast, rule: DrawRule) -> Iterator[Row]:
    """What they have done within the draw's window, of every measure it asks for."""
    starts, ends = window(rule, cast.loaded.campaign)
    seconds = int((ends - starts).total_seconds())
    for number in range(CROWD):
        dice = chance(cast.seed, rule.id, "played", number)
        if dice.random() < 0.35:
            continue
        at = starts + timedelta(seconds=dice.randrange(seconds))
        figures = {measure: str(dice.randrange(1, 6)) for measure in rule.measures}
        yield Row(number + 2, {"account": f"player-{number:04}", "reached_at": f"{at:%Y-%m-%d %H:%M:%S}"} | figures)


def number_of(seed: int, rule: DrawRule) -> str:
    """The public number of a rehearsal: its own, as no real one can be known."""
    return f"{chance(seed, rule.id, 'number').randrange(250_000, 400_000) / 100:.2f}"


@contextmanager
def handing_out(ctx: Context, clock: VirtualClock, seed: int) -> Iterator[Context]:
    """The same with a provider that hands prizes out, and with ids that the seed makes."""
    numbers = count()

    def new_id() -> str:
        return sha256(f"{seed}/participant/{next(numbers)}".encode()).hexdigest()[:32]

    with provider(clock) as hands:
        yield replace(ctx, payouts={hands.name: hands}, mail=MemoryMail(clock), new_id=new_id)


def proofs(ctx: Context, campaign: CampaignKey) -> tuple[Proof, ...]:
    """What is published of every draw that was drawn."""
    drawn = [one.rule for one in overview(ctx, campaign) if one.draw and one.draw.status is DrawStatus.DRAWN]
    return tuple(Proof(rule.id, *proof(ctx, campaign, rule.id)) for rule in drawn)


def listening(ctx: Context, seed: int) -> Context:
    """With servers of drand of its own: a rehearsal asks nobody outside, and its rounds are not there yet."""
    servers = (MemoryBeacon(ctx.clock, name, words=f"rehearsal {seed}") for name in ("one", "another"))
    return replace(ctx, beacons={each.name: each for each in servers}, genuine=None)


def linking(ctx: Context) -> Context:
    """The same with a place that claim links lead to; nobody is ever sent one."""
    settings = ctx.settings.model_copy(update={"public_url": LINK_BASE, "secret": LINK_SECRET})
    return replace(ctx, settings=settings)
