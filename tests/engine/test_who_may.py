"""Every verb, tried by everybody: each door does what the one table says, and what it does not name is refused."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr

from opsflow.approvals.model import Verdict
from opsflow.approvals.service import vote
from opsflow.campaigns.files import Loaded
from opsflow.campaigns.permissions import FILE, Matrix, load_matrix, permissions_of
from opsflow.campaigns.permissionsbook import page
from opsflow.campaigns.store import load_campaign
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.engine.absences import report_absence
from opsflow.engine.add_task import NewTask, add_task
from opsflow.engine.comment import comment
from opsflow.engine.confirm import confirm
from opsflow.engine.handover import hand_over
from opsflow.engine.lifecycle import cancel, pause, resume
from opsflow.engine.load import load_snapshot
from opsflow.engine.need_help import need_help
from opsflow.engine.permitting import file_permissions
from opsflow.engine.reassign import reassign
from opsflow.engine.replan import replan
from opsflow.engine.replanning.change import Change
from opsflow.engine.snooze import snooze
from opsflow.engine.start import Since, start
from opsflow.engine.steering import check_change
from opsflow.engine.waive import override, waive
from opsflow.engine.worklist import worklist
from opsflow.feedback.answers.service import import_answers
from opsflow.feedback.collecting.service import letters as letters_due
from opsflow.feedback.surveys.service import close_survey, on_site_links, open_survey
from opsflow.feedback.visits.service import calls, list_visits, offers
from opsflow.feedback.voices.service import heard, sort
from opsflow.incidents.service import acknowledge, close_incident, file_roster, note, open_incident, switch_to_plan_b
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import OpsflowError, Refused
from opsflow.kernel.money import Money
from opsflow.kernel.terms import PersonKey, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.metrics.service import add_talking_point, import_readings
from opsflow.org.model import Organisation
from opsflow.participants.model import ParticipantStatus
from opsflow.participants.service import decide, import_participants, import_results
from opsflow.prizes.claims.service import invitations
from opsflow.prizes.draws.freezing import freeze
from opsflow.prizes.draws.service import look_up, perform, replace_winner, seal
from opsflow.prizes.letters.service import letters
from opsflow.prizes.payouts.holds.service import brake
from opsflow.prizes.payouts.holds.service import pause as pause_payouts
from opsflow.prizes.payouts.holds.service import resume as resume_payouts
from opsflow.prizes.payouts.lists.service import approve
from opsflow.prizes.payouts.parcels.service import manifest
from opsflow.prizes.payouts.reckoning.service import reconcile
from opsflow.prizes.payouts.requesting import request
from opsflow.prizes.payouts.rulings.model import Verdict as Said
from opsflow.prizes.payouts.rulings.service import decide as rule
from opsflow.prizes.payouts.stock.service import import_codes
from opsflow.prizes.service import erase
from opsflow.prizes.taxes.service import taxed
from opsflow.prizes.terms.service import file_terms
from opsflow.review.changes.service import accept, propose, reject
from opsflow.selfcheck.service import score
from opsflow.settings import SHIPPED
from opsflow.sop.changes.model import Seat
from opsflow.stages.meetings import answer_opinions, answer_question, decide_go_live, record_meeting
from opsflow.stages.model import Held, Minute, MinuteKind, StageStatus
from opsflow.stages.service import complete_task, record_repeats, replace_evidence
from opsflow.stages.store import insert_meeting
from tests.campaigns.planning import organisation
from tests.engine.driving import People, live, stage_of
from tests.engine.scene import at
from tests.engine.small import KEY, MODULES, begin, file, in_workspace, sop

P1, C2, D1, DUTY = TaskCode("P1"), TaskCode("C2"), TaskCode("D1"), PersonKey("duty")
SAID, DAY = Text.both("Because"), date(2026, 8, 20)
Door = Callable[[Context, PersonKey], object]
NEW = NewTask(stage=Stage.EXECUTION, title=SAID, owner=DUTY, due=DAY)
PEOPLE = (
    "planner", "manager", "sponsor", "pmo", "executor", "duty", "operations-head", "operations-deputy", "legal-head",
    "legal-deputy", "finance-deputy", "data-head", "data-deputy", "customer_service-head", "customer_service-deputy", "agent", "auditor",
    "admin",
)  # fmt: skip
"""Every role, the owner and the head of what is acted on, those of other departments, and who holds something by name."""
OF_P1 = {"planner": {"owner"}, "operations-head": {"head"}, "operations-deputy": {"head"}}
OF_P2 = {"manager": {"owner"}, "operations-head": {"head"}, "operations-deputy": {"head"}}
OF_L1 = {"data-head": {"owner", "head"}, "data-deputy": {"head"}}
OF_C2 = {"legal-head": {"owner", "head"}, "legal-deputy": {"head"}}
RISKS = ({"title": "Traffic", "plan_b": "Static page", "decides": "executor"},)
OF_PLANNER = {"planner": {"self"}, "operations-head": {"head"}, "operations-deputy": {"head"}}
OF_DUTY = {"duty": {"on_duty"}, "operations-head": {"head"}, "operations-deputy": {"head"}}
DECIDES = {"sponsor": {"decider"}}
ALWAYS = {"manager": {"manager"}, "sponsor": {"sponsor"}}


def _asked(ctx: Context, by: PersonKey) -> object:
    return vote(ctx, worklist(ctx, KEY).approvals[0].id, by=by, verdict=Verdict.APPROVE)


def _start(ctx: Context, by: PersonKey) -> object:
    other = Loaded(file(key="other-campaign"), named(), sop())
    return start(ctx, other, today=date(2026, 8, 10), since=Since(Stage.EXECUTION, by))


def _shorten(ctx: Context, by: PersonKey) -> None:
    with ctx.reading() as session:
        now = replace(load_snapshot(ctx, session, KEY, Stage.EXECUTION), now=at("25"))
    check_change(ctx, now, Change(last_day=date(2026, 8, 25), sooner=True), by=by, reason=SAID)


OF_SERVICE = {
    "customer_service-head": {"owner", "head"},
    "customer_service-deputy": {"owner", "head"},
    "agent": {"owner"},
}
OF_DATA = {"data-head": {"owner"}, "data-deputy": {"owner"}}
DOORS: dict[str, tuple[Door, dict[str, set[str]]]] = {
    "task.done": (lambda ctx, by: complete_task(ctx, KEY, D1, by=by, evidence="x"), OF_P1),
    "task.replace": (lambda ctx, by: replace_evidence(ctx, KEY, P1, by=by, evidence="x"), OF_P1),
    "task.record": (lambda ctx, by: record_repeats(ctx, KEY, TaskCode("L1"), by=by, until=ctx.clock.now()), OF_L1),
    "task.confirm": (lambda ctx, by: confirm(ctx, KEY, D1, by=by), OF_P1),
    "task.snooze": (lambda ctx, by: snooze(ctx, KEY, D1, until=at("20"), by=by), OF_P1),
    "task.need-help": (lambda ctx, by: need_help(ctx, KEY, D1, by=by, text=SAID), OF_P1),
    "task.reassign": (lambda ctx, by: reassign(ctx, KEY, D1, to=DUTY, by=by), OF_P1),
    "task.comment": (lambda ctx, by: comment(ctx, KEY, D1, by=by, text=SAID), OF_P1),
    "task.add": (lambda ctx, by: add_task(ctx, KEY, NEW, by=by), {}),
    "task.waive": (lambda ctx, by: waive(ctx, KEY, C2, by=by, reason=SAID), OF_C2),
    "task.waive-gate": (lambda ctx, by: waive(ctx, KEY, P1, by=by, reason=SAID), OF_P1),
    "stage.override": (lambda ctx, by: override(ctx, KEY, Stage.DECISION, "proved", by=by, reason=SAID), {}),
    "meeting.record": (
        lambda ctx, by: record_meeting(ctx, KEY, "kick_off", by=by, attendees=(), minutes=()), OF_P2
    ),
    "opinion.answer": (
        lambda ctx, by: answer_opinions(ctx, KEY, "kick_off", by=by, answers={0: (True, None)}),
        {"planner": {"drafter"}, "legal-head": {"drafter"}},
    ),
    "question.answer": (
        lambda ctx, by: answer_question(ctx, KEY, "kick_off", 0, by=by, answer=SAID), {"executor": {"asked"}}
    ),
    "go-live.decide": (lambda ctx, by: decide_go_live(ctx, KEY, by=by, go=True), {"sponsor": {"decider"}}),
    "approval.vote": (_asked, {"sponsor": {"asked"}, "legal-head": {"asked"}}),
    "self-check.score": (lambda ctx, by: score(ctx, KEY, by=by, points=dict.fromkeys(MODULES, 8)), {}),
    "person.absent": (
        lambda ctx, by: report_absence(ctx, KEY, PersonKey("planner"), first=DAY, last=DAY, by=by), OF_PLANNER
    ),
    "handover": (lambda ctx, by: hand_over(ctx, PersonKey("planner"), DUTY, by=by), OF_PLANNER),
    "campaign.start-from": (_start, {}),
    "campaign.replan": (lambda ctx, by: replan(ctx, KEY, Change(), by=by, revision=1), DECIDES),
    "campaign.relaunch": (lambda ctx, by: replan(ctx, KEY, Change(launch=date(2026, 9, 7)), by=by, revision=1), DECIDES),
    "campaign.shorten-live": (_shorten, DECIDES),
    "campaign.permissions": (lambda ctx, by: file_permissions(ctx, KEY, named().model_copy(update={"permissions": {}}), by=by), {}),
    "campaign.pause": (lambda ctx, by: pause(ctx, KEY, by=by, reason=SAID), DECIDES),
    "campaign.resume": (lambda ctx, by: resume(ctx, KEY, by=by), DECIDES),
    "campaign.cancel": (lambda ctx, by: cancel(ctx, KEY, by=by, reason=SAID), DECIDES),
    "incident.open": (lambda ctx, by: open_incident(ctx, KEY, by=by, title=SAID), {}),
    "incident.note": (lambda ctx, by: note(ctx, KEY, 1, by=by, text=SAID), {}),
    "incident.acknowledge": (lambda ctx, by: acknowledge(ctx, KEY, 1, by=by), OF_DUTY),
    "incident.plan-b": (lambda ctx, by: switch_to_plan_b(ctx, KEY, 1, by=by), {"executor": {"decider"}}),
    "incident.close": (lambda ctx, by: close_incident(ctx, KEY, 1, by=by, cause=SAID, done=SAID), OF_DUTY),
    "incident.roster": (lambda ctx, by: file_roster(ctx, KEY, (), by=by), OF_DUTY),
    "prizes.tax": (lambda ctx, by: taxed(ctx, KEY, by=by), {}),
    "participants.import": (lambda ctx, by: import_participants(ctx, KEY, (), by=by), DECIDES),
    "participants.results": (lambda ctx, by: import_results(ctx, KEY, (), by=by), DECIDES),
    "participants.decide": (lambda ctx, by: decide(ctx, KEY, ("nobody",), ParticipantStatus.REFUSED, by=by), DECIDES),
    "participants.write": (lambda ctx, by: letters(ctx, KEY, "welcome", by=by), DECIDES),
    "metrics.import": (lambda ctx, by: import_readings(ctx, KEY, (), by=by), OF_DATA),
    "metrics.hot": (lambda ctx, by: add_talking_point(ctx, KEY, "x", by=by), {}),
    "participants.see": (lambda ctx, by: look_up(ctx, KEY, "nobody", by=by), {}),
    "participants.erase": (lambda ctx, by: erase(ctx, KEY, "nobody", by=by), DECIDES),
    "feedback.call-list": (lambda ctx, by: list_visits(ctx, KEY, 1, by=by), OF_SERVICE),
    "feedback.call": (lambda ctx, by: calls(ctx, KEY, by=by), OF_SERVICE),
    "feedback.offers": (lambda ctx, by: offers(ctx, KEY, by=by), OF_SERVICE),
    "feedback.open": (lambda ctx, by: open_survey(ctx, KEY, by=by), OF_SERVICE),
    "feedback.close": (lambda ctx, by: close_survey(ctx, KEY, by=by), OF_SERVICE),
    "feedback.links": (lambda ctx, by: on_site_links(ctx, KEY, 1, by=by), OF_SERVICE),
    "feedback.import": (lambda ctx, by: import_answers(ctx, KEY, (), tool="forms", by=by), OF_SERVICE),
    "feedback.remind": (lambda ctx, by: letters_due(ctx, KEY, by=by, link="{}{}".format), OF_SERVICE),
    "feedback.see": (lambda ctx, by: heard(ctx, KEY, by=by), {}),
    "feedback.sort": (lambda ctx, by: sort(ctx, KEY, "nobody", "prize", by=by), OF_SERVICE),
    "prizes.freeze": (lambda ctx, by: freeze(ctx, KEY, "none", by=by), DECIDES),
    "prizes.commit": (lambda ctx, by: seal(ctx, KEY, "none", winners=0, cost=Money(0, "CNY"), by=by), DECIDES),
    "prizes.draw": (lambda ctx, by: perform(ctx, KEY, "none", number=None, by=by), DECIDES),
    "prizes.replace": (lambda ctx, by: replace_winner(ctx, KEY, "none", "nobody", reason="x", by=by), DECIDES),
    "prizes.request": (lambda ctx, by: request(ctx, KEY, by=by), {}),
    "prizes.decide": (
        lambda ctx, by: rule(ctx, KEY, "x", by=by, verdict=Said.NOT_PAID, evidence="Asked the bank"), {}
    ),
    "prizes.stock": (lambda ctx, by: import_codes(ctx, KEY, "none", (), by=by), {}),
    "prizes.ship": (lambda ctx, by: manifest(ctx, KEY, by=by), {}),
    "prizes.pause": (lambda ctx, by: pause_payouts(ctx, KEY, by=by, reason="x"), {}),
    "prizes.resume": (lambda ctx, by: resume_payouts(ctx, KEY, by=by), {}),
    "prizes.brake": (lambda ctx, by: brake(ctx, KEY, by=by, reason="x"), {}),
    "prizes.terms": (lambda ctx, by: file_terms(ctx, KEY, file(), by=by), DECIDES),
    "prizes.invite": (lambda ctx, by: invitations(reachable(ctx), KEY, by=by), DECIDES),
    "prizes.approve": (lambda ctx, by: approve(ctx, KEY, number=1, root="", by=by), {}),
    "sop.propose": (lambda ctx, by: propose(ctx, sop="small", reason=SAID, by=by), {}),
    "sop.accept": (lambda ctx, by: accept(ctx, 1, Seat.COORDINATION, by=by), {}),
    "sop.accept-control": (lambda ctx, by: accept(ctx, 1, Seat.SPONSOR, by=by), {}),
    "sop.reject": (lambda ctx, by: reject(ctx, 1, reason=SAID, by=by), {}),
    "prizes.reconcile": (lambda ctx, by: reconcile(ctx, KEY, "bank", by=by, lines=()), {}),
}  # fmt: skip
"""Verb -> how it is done to something, and what binds whom to that."""


class Undone(Exception):
    """Ends a transaction that is to leave nothing."""


class Dry(Context):
    """A context in which everything is tried and nothing stays."""

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with suppress(Undone), super().transaction() as session:
            yield session
            raise Undone


def reachable(ctx: Context) -> Context:
    """The same with a public address, without which there are no links."""
    given = {"public_url": "https://example.com", "secret": SecretStr("s" * 40)}
    return replace(ctx, settings=ctx.settings.model_copy(update=given))


def named() -> Organisation:
    people = organisation().model_dump(mode="json")["people"]
    for name in ("auditor", "admin"):
        people[name] = {"name": name.title(), "department": "content"}
    people["agent"] = {"name": "Agent", "department": "customer_service"}
    return organisation(people=people, permissions={"auditor": ["auditor"], "admin": ["admin"]})


@pytest.fixture
def here(sqlite_ctx: Context, clock: VirtualClock, tmp_path: Path) -> Context:
    """The proposal is put to the vote; a question of the first meeting is open, and so is an incident."""
    small = in_workspace(sqlite_ctx, tmp_path)
    (tmp_path / "org.yaml").write_text(json.dumps(named().model_dump(mode="json", exclude_defaults=True)), "utf-8")
    begin(small, org=named(), risks=RISKS)
    people = People(small, KEY, idle=frozenset({"C3"}))
    live(people, until=lambda: stage_of(small, KEY, Stage.COORDINATION) == StageStatus.AWAITING_APPROVAL)
    asked = Minute(MinuteKind.QUESTION, SAID, owner=PersonKey("executor"), due=DAY)
    with small.transaction() as session:
        meeting = Held("kick_off", Stage.INITIAL_PLANNING, "meeting", clock.now(), DUTY, None, (), (asked,))
        insert_meeting(session, KEY, meeting)
    open_incident(small, KEY, by=DUTY, title=SAID, risk=1)
    return small


def dry(ctx: Context) -> Context:
    return Dry(ctx.settings, ctx.database, ctx.clock, ctx.launcher, ctx.channels)


def tried(ctx: Context, verb: str, by: str) -> bool:
    """Whether the door let somebody in, whatever became of it then."""
    try:
        DOORS[verb][0](dry(ctx), PersonKey(by))
    except Refused as refused:
        return "Who can:" not in str(refused) and type(refused).__name__ not in ("NoSeat", "OwnWork")
    except OpsflowError:
        return True
    return True


def said(ctx: Context, matrix: Matrix, verb: str, by: str) -> bool:
    """Whether the table lets them."""
    with ctx.transaction() as session:
        held = permissions_of(matrix, load_campaign(session, KEY), PersonKey(by))
    ties = DOORS[verb][1].get(by, set()) | ALWAYS.get(by, set())
    return bool((set(held) | ties) & matrix.grants(verb))


def test_every_verb_of_the_table_has_its_door_here_and_no_door_is_without_a_line() -> None:
    assert set(load_matrix((SHIPPED,)).verbs) == set(DOORS)


def test_every_door_lets_in_whom_the_table_names_and_nobody_else(here: Context) -> None:
    """All verbs by all roles; the scores are asked of nobody yet, see below."""
    matrix = load_matrix((SHIPPED,))
    walked = [(verb, by) for verb in DOORS if verb != "self-check.score" for by in PEOPLE]
    wrong = [(verb, by) for verb, by in walked if tried(here, verb, by) != said(here, matrix, verb, by)]
    assert wrong == []
    assert {verb for verb, by in walked if said(here, matrix, verb, by)} == set(DOORS) - {"self-check.score"}


def test_only_reviewers_score(here: Context) -> None:
    people = People(here, KEY, idle=frozenset({"D2"}))
    live(people, until=lambda: people.todo is not None and people.todo.scoring is not None)
    scoring = worklist(here, KEY).scoring
    assert scoring is not None
    for by in PEOPLE:
        points = dict.fromkeys(scoring.reviewers.get(PersonKey(by), MODULES), 8)
        if by in scoring.reviewers:
            score(dry(here), KEY, by=PersonKey(by), points=points)
        else:
            with pytest.raises(Refused, match="is not a reviewer"):
                score(dry(here), KEY, by=PersonKey(by), points=points)


def test_somebody_whom_nobody_knows_gets_in_nowhere(here: Context) -> None:
    for verb in set(DOORS) - {"self-check.score"}:
        with pytest.raises(Refused):
            DOORS[verb][0](dry(here), PersonKey("mallory"))


def test_what_is_tried_here_stays_nowhere(here: Context) -> None:
    """Else one door would open the next."""
    assert tried(here, "task.waive-gate", "pmo")
    assert tried(here, "handover", "pmo")
    with here.transaction() as session:
        assert load_campaign(session, KEY).organisation == named()


def _with_table(ctx: Context, change: Callable[[dict[str, dict[str, object]]], None]) -> Context:
    """The same with a table of the workspace's own."""
    table = yaml.safe_load((SHIPPED / FILE).read_text(encoding="utf-8"))
    change(table["verbs"])
    assert ctx.settings.workspace is not None
    own = ctx.settings.workspace / "sop_templates" / FILE
    own.write_text(yaml.safe_dump(table, allow_unicode=True), encoding="utf-8")
    return replace(ctx)


def test_a_table_that_lets_everybody_do_everything_does(here: Context) -> None:
    """The control: it is the table that keeps people out, in each of these doors."""
    matrix = load_matrix((SHIPPED,))

    def open_all(verbs: dict[str, dict[str, object]]) -> None:
        for line in verbs.values():
            line["may"] = ["member"]

    wide = _with_table(here, open_all)
    kept_out = [(verb, by) for verb in DOORS for by in PEOPLE if not said(here, matrix, verb, by)]
    still = {verb for verb, by in kept_out if not tried(wide, verb, by)}
    assert still <= {"approval.vote", "self-check.score"}, "those ask for a seat besides"
    assert len({verb for verb, _ in kept_out} - still) >= len(DOORS) - 8


def test_a_verb_without_a_line_is_open_to_nobody(here: Context) -> None:
    def drop_one(verbs: dict[str, dict[str, object]]) -> None:
        del verbs["task.comment"]

    bare = _with_table(here, drop_one)
    with pytest.raises(Refused, match=r"permissions.yaml has no line for, task.comment.*Who can: nobody"):
        comment(dry(bare), KEY, P1, by=PersonKey("planner"), text=SAID)


def test_the_page_in_docs_is_the_table() -> None:
    """Written by `opsflow permissions > docs/permissions.md`."""
    docs = Path(__file__).parents[2] / "docs" / "permissions.md"
    assert docs.read_text(encoding="utf-8") == page(load_matrix((SHIPPED,)), "en")
