"""The desk at which presses are taken: each is acknowledged at once, then recorded, then answered.

Recording waits at most two seconds for the database; what could not be recorded says so to whoever pressed, and is
never silently lost.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from slack_sdk import WebClient

from opsflow.context import Context
from opsflow.db.failures import DatabaseFailed
from opsflow.db.session import Database, Session
from opsflow.inbox import store
from opsflow.inbox.acts import ACTS, Act, NobodyByThatName, NoButton
from opsflow.inbox.payloads import Form
from opsflow.inbox.people import SlackPeople
from opsflow.inbox.scoring import modules_to_score
from opsflow.inbox.taking import Taken, Twice, holding
from opsflow.inbox.tickets import Ticket
from opsflow.inbox.wording import Wording, load_wording, said
from opsflow.kernel.errors import OpsflowError, PortFailed, Refused
from opsflow.kernel.terms import Language, PersonKey
from opsflow.kernel.text import Text

PATIENCE = 0.9
"""Seconds that each of a press's two transactions waits for what another process holds: two seconds in all."""
WRITTEN_WITHIN = 2.0
"""Seconds from a press to the start of its last transaction; what waits longer is not recorded, and says so."""
HANDS = 12
"""Presses recorded at a time; fewer than a database's pool has connections."""


class Stranger(Refused):
    """Whoever pressed is nobody of the organisation."""


class Late(PortFailed):
    """It waited too long to be recorded."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to whoever pressed."""

    text: str
    language: Language
    recorded: bool


class Desk:
    """Takes presses in threads of its own, over connections of its own that wait little."""

    def __init__(
        self,
        ctx: Context,
        client: WebClient,
        *,
        patience: float = PATIENCE,
        written_within: float = WRITTEN_WITHIN,
    ) -> None:
        self.ctx = replace(ctx, database=Database(ctx.database.url, patience=patience))
        self._written_within = written_within
        self.client = client
        self.people = SlackPeople(client, ctx.clock)
        self._hands = ThreadPoolExecutor(HANDS, thread_name_prefix="opsflow-inbox")

    @property
    def wording(self) -> Wording:
        return load_wording(self.ctx.settings.template_folders)

    def work(self, task: Callable[[], None]) -> None:
        """Do something after Slack was answered."""
        self._hands.submit(task).add_done_callback(Future.result)  # a mistake of ours comes to light

    def record(
        self, name: str, user: str, form: Form, given: Mapping[str, str], *, ticket: Ticket, identity: str
    ) -> Future[Answer]:
        """Do what a button or a form asks; what comes of it is the answer, whatever it is."""
        return self._hands.submit(self._answer, name, user, form, given, ticket=ticket, identity=identity)

    def new(self, session: Session, ids: Sequence[str], *, at: datetime) -> bool:
        """Take what came in; False when it was taken before, by whatever process."""
        return store.take(session, ids, at=at)

    def remember(self, ticket: Ticket) -> None:
        """Take note of a request that changes nothing, so that it is not answered again."""
        if not ticket.ids:
            return
        with self.ctx.transaction() as session:
            new = self.new(session, ticket.ids, at=self.ctx.clock.now())
        ticket.settle(new=new)

    def close(self) -> None:
        """Finish what is begun, and give the connections back."""
        self._hands.shutdown()
        self.ctx.database.close()

    def _answer(
        self, name: str, user: str, form: Form, given: Mapping[str, str], *, ticket: Ticket, identity: str
    ) -> Answer:
        language = form.language
        try:
            taken = self._take([*ticket.ids, identity], form, ticket)
            by = self._presser(user, taken)
            language = language_of(taken, by)
            return self._done(name, taken, by, given, ticket)
        except (DatabaseFailed, Late):
            return Answer(self.wording.refused["not_recorded"][language], language, recorded=False)
        except OpsflowError as error:
            return Answer(self.wording.error(error, language), language, recorded=False)

    def _take(self, ids: Sequence[str], form: Form, ticket: Ticket) -> Taken:
        if ticket.age > self._written_within:
            raise Late
        with self.ctx.transaction() as session:
            new = self.new(session, ids, at=self.ctx.clock.now())
        ticket.settle(new=new)
        if not new:
            raise Twice
        return self._held(form)

    def _held(self, form: Form) -> Taken:
        with self.ctx.reading() as session:
            return holding(session, form.token, channel=form.channel)

    def _presser(self, user: str, taken: Taken) -> PersonKey:
        by = self.people.person(user, taken.campaign.organisation)
        if by is None:
            raise Stranger
        return by

    def _done(self, name: str, taken: Taken, by: PersonKey, given: Mapping[str, str], ticket: Ticket) -> Answer:
        if name not in ACTS:
            raise NoButton
        facts: dict[str, object] = {}
        if "person" in given:
            to = self._named(given["person"], taken)
            given = {**given, "person": to}
            facts["person"] = taken.campaign.organisation.people[to].name[language_of(taken, by)]
        if ticket.age > self._written_within:
            raise Late
        act = Act(self.ctx, taken.card, taken.campaign, by, given, facts)
        ACTS[name](act)
        language = language_of(taken, by)
        return Answer(said(self.wording.recorded[name], language, **act.facts), language, recorded=True)

    def _named(self, user: str, taken: Taken) -> PersonKey:
        found = self.people.person(user, taken.campaign.organisation)
        if found is None:
            raise NobodyByThatName
        return found

    def modules(self, user: str, form: Form) -> Mapping[str, Text]:
        """The modules that somebody is to score, with their titles. The errors are those of a press."""
        taken = self._held(form)
        return modules_to_score(self.ctx, taken.campaign, self._presser(user, taken))


def language_of(taken: Taken, person: PersonKey) -> Language:
    """The language somebody reads."""
    organisation = taken.campaign.organisation
    return organisation.people[person].language or organisation.language
