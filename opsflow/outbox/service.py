"""Delivery: the only place that sends and changes messages.

A message is sent between two transactions: one claims its notices, the next records what came of it. Who dies in
between leaves the notices claimed until the lease ends. Then a channel that can tell whether it took the message is
asked (F53), and it is sent again only if it is not there; on one that cannot tell it goes out again under the same key.
So delivery is once on the former, and on the latter at least once: twice only after a crash or a lost answer in that gap.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from opsflow.context import Context
from opsflow.kernel.errors import BadInput, NotFound, PortFailed, Refused
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.text import Text
from opsflow.outbox import claiming, store, texts
from opsflow.outbox.buttons import Actions, load_actions
from opsflow.outbox.claiming import Claim, take
from opsflow.outbox.composing import Written, composed
from opsflow.outbox.linking import linked
from opsflow.outbox.model import DeliveryReport, Outcome, Recipient, Route, Waiting
from opsflow.outbox.posts.service import refresh
from opsflow.outbox.recipients import not_set_up
from opsflow.outbox.rules import LOOK_AFTER, Ways, look_again
from opsflow.ports import Busy, Channel, Message, OutcomeUnknown, Undeliverable

LEASE = timedelta(minutes=5)
"""How long a deliverer may take for one message."""
ROUND = timedelta(minutes=1)
"""How long one round lasts at most; what is left is for the next, in which those that failed come last."""
NOBODY: Mapping[CampaignKey, PersonKey] = {}


def deliver(
    ctx: Context,
    recipients: Mapping[PersonKey, Recipient],
    *,
    lease: timedelta = LEASE,
    fallbacks: Mapping[CampaignKey, PersonKey] = NOBODY,
) -> DeliveryReport:
    """Send what is due, one message per person at most, and bring those of before up to date.

    Whoever cannot be reached holds up nobody (F05), and neither does a channel that is slow: each has its own thread.
    `fallbacks`: who is told what is for somebody whom the campaign's organisation does not know (F55).
    """
    with ctx.transaction() as session:
        due = store.due_people(session, now=ctx.clock.now())
    report = DeliveryReport()
    by_channel: dict[str, list[_Due]] = {name: [] for name in ctx.channels}
    for each in due:
        recipient = recipients.get(each.person)
        if recipient is None:
            report += _unknown(ctx, each.person, fallbacks)
            continue
        routes = _routes(ctx, recipient)
        if not routes:
            report += _keep(ctx, recipient)
            continue
        route = routes[min(each.route, len(routes) - 1)]
        by_channel[route.channel].append(_Due(recipient, route, each.lost))
    rounds = [_Round(ctx, load_actions(ctx.settings.template_folders), lease) for _ in by_channel]
    work = [(one, ctx.channels[name], people) for one, (name, people) in zip(rounds, by_channel.items(), strict=True)]
    if len(work) == 1:
        return report + rounds[0].run(work[0][1], work[0][2], recipients)
    with ThreadPoolExecutor(max_workers=len(work)) as pool:
        running = [pool.submit(one.run, channel, people, recipients) for one, channel, people in work]
    return sum((each.result() for each in running), start=report)


def _routes(ctx: Context, recipient: Recipient) -> tuple[Route, ...]:
    """A recipient's ways that are set up here; where nobody named any, the first channel there is stands in."""
    own = tuple(route for route in recipient.routes if route.channel in ctx.channels)
    return own if own or recipient.named else (Route(next(iter(ctx.channels)), recipient.address),)


def _keep(ctx: Context, recipient: Recipient) -> DeliveryReport:
    """Leave what is due as it is, for a process that has the recipient's channels; and say why it waits."""
    with ctx.transaction() as session:
        kept = store.explain(session, recipient.person, now=ctx.clock.now(), reason=not_set_up(recipient))
    return DeliveryReport(held=kept)


@dataclass(frozen=True, slots=True)
class _Due:
    """Somebody to be told something, and the way that goes first."""

    recipient: Recipient
    route: Route
    lost: bool


class _Round:
    """One round of delivery on one channel."""

    def __init__(self, ctx: Context, actions: Actions, lease: timedelta) -> None:
        self.ctx, self.actions, self.lease = ctx, actions, lease
        self.folders = ctx.settings.template_folders
        self._finds = frozenset(name for name, channel in ctx.channels.items() if channel.finds)
        self._until = ctx.clock.now() + ROUND
        self._turns: dict[Route, datetime] = {}
        """When the next message may go some way."""

    def run(self, channel: Channel, people: Iterable[_Due], everybody: Mapping[PersonKey, Recipient]) -> DeliveryReport:
        """Tell those whose turn is on this channel, then change what stands on it.

        Where several share an address, each waits for its turn there, those whose turn does not come within the round
        for the next one; to ask whether a message arrived takes no turn.
        """
        report, waiting = DeliveryReport(), list(people)
        while waiting:
            waiting, came = self._tell_those_whose_turn_is(waiting)
            report += came
            turn = min((self._turns[each.route] for each in waiting), default=self._until)
            if turn >= self._until or not self.ctx.clock.wait_until(turn):
                break
        if channel.updates:
            report += refresh(self.ctx, channel, everybody, self.actions, lease=self.lease, until=self._until)
        return report

    def _tell_those_whose_turn_is(self, people: Iterable[_Due]) -> tuple[list[_Due], DeliveryReport]:
        """One pass, until the round is over; answers who shares an address that has no turn left as well."""
        report, waiting = DeliveryReport(), []
        for each in people:
            now = self.ctx.clock.now()
            if now > self._until:
                return [], report
            if each.lost or self._turns.get(each.route, now) <= now:
                report += self._tell(each.recipient)
            else:
                waiting.append(each)
        return waiting, report

    def _tell(self, recipient: Recipient) -> DeliveryReport:
        digest = frozenset[str]() if recipient.room else frozenset(self.actions.digest)
        ways = Ways(_routes(self.ctx, recipient), self._finds, digest)
        report = DeliveryReport()
        while True:  # more than once when a lost message is settled before the new one, or a second channel is used
            claim, done = take(self.ctx, recipient, ways, self.actions, lease=self.lease)
            report += done
            if claim.turn is not None:
                self._turns[claim.route] = claim.turn
            if claim.notices:
                came = self._look(claim) if claim.look else self._send(claim)
                report += came
                again = claim.again or claim.look or came.failed
            else:
                again = claim.again
            if not again:
                return report

    def _send(self, claim: Claim) -> DeliveryReport:
        """Write, send and record one message; what cannot be written or sent is tried again later (F06)."""
        lines, failed = self._written(claim)
        notices = [notice for notice, _ in lines]
        if not notices:
            return DeliveryReport(failed=failed)
        now, channel = self.ctx.clock.now, self.ctx.channels[claim.route.channel]
        claim = replace(claim, notices=tuple(notices), tokens=())  # without those that went back
        try:
            message = self._message(claim, [written for _, written in lines])
            receipt = channel.send(self._linked(message, claim, [written for _, written in lines]))
        except Busy as error:
            claiming.wait(self.ctx, claim, until=now() + error.retry_after, reason=str(error))
        except Undeliverable as error:
            claiming.give_up_route(self.ctx, claim, reason=str(error))
        except OutcomeUnknown as error:
            rest = LOOK_AFTER if channel.finds else self.lease
            claiming.doubt(self.ctx, claim, until=now() + rest, reason=str(error), note=True)
        except (BadInput, NotFound, PortFailed, Refused) as error:
            claiming.put_back(self.ctx, claim, notices, reason=str(error))
        else:
            claiming.record(self.ctx, claim, notices, receipt=receipt, text=f"{message.title}\n\n{message.body}")
            return DeliveryReport(sent=len(notices), failed=failed, messages=1)
        return DeliveryReport(failed=failed + len(notices))

    def _written(self, claim: Claim) -> tuple[list[tuple[Waiting, Written]], int]:
        """The notices of a message in words, and how many could not be written: those go back by themselves."""
        lines: list[tuple[Waiting, Written]] = []
        failed = 0
        for notice, token in zip(claim.notices, claim.tokens, strict=True):
            try:
                words = texts.words_for(self.folders, notice, claim.recipient, now=claim.at)
                lines.append((notice, Written(notice, words, token)))
            except (BadInput, NotFound) as error:  # the team may mend its template; the others go out meanwhile
                claiming.put_back(self.ctx, claim, [notice], reason=str(error), outcome=Outcome.UNWRITTEN)
                failed += 1
        return lines, failed

    def _message(self, claim: Claim, lines: list[Written]) -> Message:
        return composed(
            self.folders, self.actions, lines, claim.recipient, route=claim.route, key=claim.message, now=claim.at
        )

    def _linked(self, message: Message, claim: Claim, lines: list[Written]) -> Message:
        buttons = self.ctx.channels[claim.route.channel].updates
        return linked(
            self.ctx.settings, self.actions, message, lines, claim.recipient, buttons=buttons, now=self.ctx.clock.now()
        )

    def _look(self, claim: Claim) -> DeliveryReport:
        """Ask the channel whether it took a message; only when it surely did not are its notices sent again."""
        since = claim.notices[0].since or claim.at
        person, route = claim.recipient.person, claim.route
        asked = Message(person, route.address, claim.message, title="", body="", urgent=False)
        try:
            receipt = self.ctx.channels[route.channel].find(asked, since=since)
        except PortFailed as error:
            until = look_again(since, self.ctx.clock.now())
            claiming.doubt(self.ctx, claim, until=until, reason=str(error), note=False)
            return DeliveryReport(failed=len(claim.notices))
        if receipt is None:
            claiming.miss(self.ctx, claim)
            return DeliveryReport()
        titles = [self._title(claim, notice) for notice in claim.notices]
        claiming.record(self.ctx, claim, claim.notices, receipt=receipt, text="\n".join(titles))
        return DeliveryReport(sent=len(claim.notices), messages=1)

    def _title(self, claim: Claim, notice: Waiting) -> str:
        try:
            return texts.words_for(self.folders, notice, claim.recipient, now=claim.at).title
        except (BadInput, NotFound):  # it could be written when it was sent
            return notice.template


def _unknown(ctx: Context, person: PersonKey, fallbacks: Mapping[CampaignKey, PersonKey]) -> DeliveryReport:
    """Nobody of that key is in the organisation: the campaign's fallback recipient is told instead (F55)."""
    now = ctx.clock.now()
    reason = f"{person} is not in the organisation"
    with ctx.transaction() as session:
        by_fallback: dict[PersonKey | None, list[Waiting]] = defaultdict(list)
        waiting = store.due(session, person, now=now)
        for notice in waiting:
            by_fallback[fallbacks.get(notice.campaign) if notice.campaign else None].append(notice)
        for fallback, notices in by_fallback.items():
            claiming.bury(session, notices, name=Text.both(person), fallback=fallback, now=now, reason=reason)
    return DeliveryReport(failed=len(waiting))
