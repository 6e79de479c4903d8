"""From a card's button to the use case behind it: the same function that the command line calls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from opsflow.approvals.model import ApprovalId, Verdict
from opsflow.approvals.service import vote
from opsflow.campaigns.state import Campaign
from opsflow.context import Context
from opsflow.engine.confirm import confirm
from opsflow.engine.need_help import need_help
from opsflow.engine.reassign import reassign
from opsflow.engine.snooze import clock_of, snooze
from opsflow.inbox.forms import COMMENT, POINTS
from opsflow.inbox.times import chosen
from opsflow.incidents.service import acknowledge
from opsflow.kernel.characters import without_unsafe
from opsflow.kernel.errors import BadInput, Refused
from opsflow.kernel.terms import PersonKey, TaskCode
from opsflow.kernel.text import Text
from opsflow.outbox.cards import Card
from opsflow.selfcheck.service import score
from opsflow.stages.meetings import decide_go_live
from opsflow.stages.service import complete_task


class NoButton(Refused):
    """That card never carried that button."""


class Points(BadInput):
    """Points are whole numbers from 0 to 10."""


class Empty(BadInput):
    """A field that must be filled in was not."""


class NobodyByThatName(BadInput):
    """The person that was chosen is nobody of the organisation."""


@dataclass(frozen=True)
class Act:
    """What somebody wants done."""

    ctx: Context
    card: Card
    campaign: Campaign
    by: PersonKey
    given: Mapping[str, str]
    """Field -> what was filled in; `person` is one of ours by now."""
    facts: dict[str, object] = field(default_factory=dict)
    """What the answer tells besides."""

    @property
    def task(self) -> TaskCode:
        """The task of the card. NoButton: it is no card of a task."""
        return TaskCode(self._named("task").removeprefix(f"{self.campaign.key}/"))

    @property
    def approval(self) -> ApprovalId:
        """The approval of the card; whose vote is counted is not the card's to say."""
        return ApprovalId(self._named("approval").rpartition("/")[0])

    @property
    def incident(self) -> int:
        """The number of the card's incident."""
        return int(self._named("incident").rpartition("/")[2])

    def words(self, name: str) -> Text | None:
        """What was written into a field, on one line."""
        text = " ".join(without_unsafe(self.given.get(name, "")).split())
        return Text.both(text) if text else None

    def needed(self, name: str) -> Text:
        """The same of a field that must be filled in. Empty: it was not."""
        found = self.words(name)
        if found is None:
            raise Empty
        return found

    def _named(self, kind: str) -> str:
        found, _, rest = (self.card.matter or "").partition("/")
        if found != kind:
            raise NoButton
        return rest


def _done(act: Act) -> None:
    evidence = act.words("evidence")
    complete_task(
        act.ctx,
        act.campaign.key,
        act.task,
        by=act.by,
        evidence=evidence.en if evidence else None,
        note=act.words("note"),
    )


def _confirm(act: Act) -> None:
    confirm(act.ctx, act.campaign.key, act.task, by=act.by, note=act.words("note"))


def _snooze(act: Act) -> None:
    zone = clock_of(act.campaign, act.by)
    until = chosen(
        act.given.get("until"),
        act.given.get("day"),
        now=act.ctx.clock.now(),
        zone=zone,
        opens=act.campaign.organisation.working_hours[0].opens,
    )
    at = snooze(act.ctx, act.campaign.key, act.task, until=until, by=act.by)
    act.facts["until"] = f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _need_help(act: Act) -> None:
    need_help(act.ctx, act.campaign.key, act.task, by=act.by, text=act.needed("text"), sop_proposal=act.words("sop"))


def _reassign(act: Act) -> None:
    to = PersonKey(act.needed("person").en)
    reassign(act.ctx, act.campaign.key, act.task, to=to, by=act.by, note=act.words("note"))


def _approve(act: Act) -> None:
    vote(act.ctx, act.approval, by=act.by, verdict=Verdict.APPROVE)


def _reject(act: Act) -> None:
    vote(act.ctx, act.approval, by=act.by, verdict=Verdict.REJECT, reason=act.words("reason"))


def _score(act: Act) -> None:
    points = {name.removeprefix(POINTS): text for name, text in act.given.items() if name.startswith(POINTS)}
    if not all(text.isascii() and text.isdigit() for text in points.values()):
        raise Points
    said = act.words(COMMENT)
    comments = dict.fromkeys(points, said) if said else {}
    given = {module: int(text) for module, text in points.items()}
    score(act.ctx, act.campaign.key, by=act.by, points=given, comments=comments)


def _acknowledge(act: Act) -> None:
    acknowledge(act.ctx, act.campaign.key, act.incident, by=act.by)


def _go(act: Act) -> None:
    decide_go_live(act.ctx, act.campaign.key, by=act.by, go=True)


def _hold(act: Act) -> None:
    decide_go_live(act.ctx, act.campaign.key, by=act.by, go=False, reason=act.needed("reason"))


ACTS: Mapping[str, Callable[[Act], None]] = {
    "done": _done,
    "confirm": _confirm,
    "snooze": _snooze,
    "need_help": _need_help,
    "reassign": _reassign,
    "approve": _approve,
    "reject": _reject,
    "score": _score,
    "acknowledge": _acknowledge,
    "go": _go,
    "hold": _hold,
}
"""Action -> what it does. Each checks who may do it at that moment, and raises what its use case raises."""
