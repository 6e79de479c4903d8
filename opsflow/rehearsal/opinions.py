"""What participants of a rehearsal think: some answer when they are asked, some when they are reminded, and a few are called back.

They are made by the seed. Letters go to a mailbox that nobody reads; where a campaign gives nothing out through opsflow and so
knows nobody, visitors answer on site. What happens goes through the same use cases as everywhere.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from opsflow.campaigns.duty import window
from opsflow.campaigns.surveyfile import Question, Survey
from opsflow.context import Context
from opsflow.feedback.surveys.model import plan_of
from opsflow.feedback.surveys.service import answer, on_site_links, page_links, survey_of
from opsflow.feedback.visits.model import VisitChannel, VisitOutcome
from opsflow.feedback.visits.service import calls, list_visits, record, standing
from opsflow.kernel.terms import CampaignKey, DepartmentId, PersonKey, Role
from opsflow.rehearsal.acts import Step
from opsflow.rehearsal.cast import Cast
from opsflow.rehearsal.giveaway import ENGINE, linking
from opsflow.rehearsal.voices import chance, pick
from opsflow.workdays.hours import next_working_time

SERVICE = DepartmentId("customer_service")
WAVES = (timedelta(hours=10), timedelta(days=3), timedelta(days=5), timedelta(days=10))
"""How long after the survey was opened people answer: after they were asked, and after each reminder."""
ANSWERS = 0.14
"""Share of those who have not answered that does so each time."""
VISITORS = 15
"""Who answers each time on site, where nobody is known by name."""
OUTCOMES = {
    VisitOutcome.REACHED: 70,
    VisitOutcome.NO_ANSWER: 18,
    VisitOutcome.REFUSED: 8,
    VisitOutcome.WRONG_CONTACT: 4,
}
"""What comes of a call, of a hundred."""
DAYS_LATER = timedelta(days=2)
"""After the end customer service begins to call."""


@dataclass(frozen=True)
class Opinions:
    """Participants and customer service, facing how far the survey is."""

    cast: Cast
    ctx: Context
    now: datetime
    heard: set[str]
    """Which waves have answered already."""

    @property
    def key(self) -> CampaignKey:
        """The campaign."""
        return self.cast.plan.campaign

    def steps(self) -> tuple[Step, ...]:
        """What would happen next, the earliest first."""
        if self.cast.loaded.campaign.feedback is None:
            return ()
        found = [*self._answers(), *self._visits()]
        return tuple(sorted(found, key=lambda step: (step.at, step.what)))

    def _answers(self) -> Iterator[Step]:
        survey = survey_of(self.ctx, self.key)
        if survey is None or survey.closed_at is not None:
            return
        for number, later in enumerate(WAVES):
            at = survey.opened_at + later
            if f"wave {number}" not in self.heard and at < survey.closes_at:
                yield Step(at=max(at, self.now), by=ENGINE, what=f"b answers {number}", do=self._wave(number))
                return

    def _wave(self, number: int) -> Callable[[Context, CampaignKey], object]:
        def answers(ctx: Context, key: CampaignKey) -> None:
            self.heard.add(f"wave {number}")
            here, manager = linking(ctx), self._who()
            if self.cast.loaded.campaign.draws:
                asked = list(page_links(here, key, by=manager))
            else:
                links = on_site_links(here, key, VISITORS, by=manager)
                asked = [(f"visitor {number}.{one}", link) for one, link in enumerate(links)]
            survey = survey_of(here, key)
            assert survey is not None  # they have links of it
            for account, link in asked:
                dice = chance(self.cast.seed, "feedback", number, account)
                if not self.cast.loaded.campaign.draws or dice.random() < ANSWERS:
                    answer(here, link.rpartition("/")[2], self._given(survey.survey, account))

        return answers

    def _given(self, survey: Survey, account: str) -> dict[str, list[str]]:
        """How somebody fills the form in: about as content everywhere, in words that fit."""
        dice = chance(self.cast.seed, "feedback", account)
        mood = dice.choices((1, 2, 3, 4, 5), (4, 7, 17, 42, 30))[0]
        return {
            question.id: values for question in survey.questions if (values := self._answer(question, account, mood))
        }

    def _answer(self, question: Question, account: str, mood: int) -> list[str]:
        dice = chance(self.cast.seed, "feedback", account, question.id)
        if not question.required and dice.random() < 0.2:
            return []
        match question.kind:
            case "rating":
                return [str(mood)]
            case "nps":
                return [str(min(10, max(0, 2 * mood + dice.randrange(-2, 2))))]
            case "choice":
                return [dice.choice(question.choices)]
        said = [each for each in self.cast.voices.participants if each.mood == (mood > 3)]
        language = self.cast.loaded.campaign.language
        return [pick(said, self.cast.seed, "feedback", account, "words").text[language]] if said else []

    def _visits(self) -> Iterator[Step]:
        """Listed some days after the end, called on working days until everybody was reached or given up."""
        ends = window(self.cast.loaded.campaign)[1]
        if not plan_of(self.cast.loaded.campaign).visits or not self.cast.loaded.campaign.draws:
            return
        loads = standing(self.ctx, self.key)
        head = self._who()
        if not loads:
            at = self._working(max(ends + DAYS_LATER, self.now))
            yield Step(at=at, by=head, what="c list visits", do=lambda ctx, key: list_visits(ctx, key, None, by=head))
        elif any(load.open for load in loads):
            at = self._working(self.now + timedelta(hours=20))
            yield Step(at=at, by=head, what="d visits", do=self._calls(head))

    def _calls(self, head: PersonKey) -> Callable[[Context, CampaignKey], object]:
        def call(ctx: Context, key: CampaignKey) -> None:
            for each in calls(ctx, key, by=head):
                dice = chance(self.cast.seed, "visit", each.participant, self.now)
                outcome = dice.choices(tuple(OUTCOMES), tuple(OUTCOMES.values()))[0]
                channel = dice.choice(
                    (VisitChannel.TELEPHONE, VisitChannel.TELEPHONE, VisitChannel.CHAT, VisitChannel.EMAIL)
                )
                reached = outcome is VisitOutcome.REACHED
                said = pick(self.cast.voices.participants, self.cast.seed, "visit", each.participant)
                note = said.text[self.cast.loaded.campaign.language] if reached and dice.random() < 0.6 else ""
                offer = reached and dice.random() < 0.4
                record(
                    ctx, key, each.participant, by=PersonKey(each.agent), channel=channel, outcome=outcome, offer=offer,
                    note=note,
                )  # fmt: skip

        return call

    def _who(self) -> PersonKey:
        """Customer service's head, or the campaign manager where there is no such department."""
        organisation = self.cast.loaded.organisation
        if SERVICE in organisation.departments:
            return organisation.departments[SERVICE].head
        return {**organisation.roles, **self.cast.loaded.campaign.people}[Role.CAMPAIGN_MANAGER]

    def _working(self, at: datetime) -> datetime:
        return next_working_time(at, zone=self.cast.zone, calendar=self.cast.calendar, spans=self.cast.spans)
