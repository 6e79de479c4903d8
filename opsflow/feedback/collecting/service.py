"""Asks participants and reminds those who have not answered: by mail where a server is set up, else from files that people send."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from opsflow.campaigns.service import check
from opsflow.campaigns.state import Campaign, CampaignStatus
from opsflow.campaigns.store import load_campaign
from opsflow.campaigns.team import role_holders, stand_in
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.feedback.access import SERVICE, ties
from opsflow.feedback.answers.model import NoSurvey
from opsflow.feedback.collecting import store
from opsflow.feedback.collecting.model import (
    AGAIN,
    MOST_UNCLEAR,
    REMINDER,
    SURVEY,
    Turn,
    due_at,
    is_decent,
    next_decent,
    pause_after,
    turns,
)
from opsflow.feedback.collecting.store import SENT, UNDELIVERABLE, Addressed, Settled
from opsflow.feedback.surveys.model import plan_of
from opsflow.feedback.surveys.service import Link, invite, links_for, survey_of
from opsflow.journal.model import ENGINE
from opsflow.journal.service import write
from opsflow.kernel.errors import Conflict, OpsflowError
from opsflow.kernel.faultpoints import passing
from opsflow.kernel.keys import key
from opsflow.kernel.mailing import Doubtful, Mail, MailOutcome, NoSuchAddress, NotNow, Taken
from opsflow.kernel.terms import CampaignKey, Language, PersonKey, Role
from opsflow.kernel.values import Value
from opsflow.kernel.zoned import local_date
from opsflow.outbox.model import Notice
from opsflow.outbox.store import enqueue_all
from opsflow.participants import store as crowd
from opsflow.participants.letters.model import Letter, Occasion
from opsflow.participants.letters.service import filled_letters
from opsflow.participants.letters.store import note

BATCH = 20
"""Letters that are looked at, handed over and noted together: whoever answers meanwhile is asked no more from the next on."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Letters in hand."""

    held: Campaign
    closes_at: datetime
    turn: Turn
    letters: Sequence[Addressed]
    last: str | None
    """The last id that was looked at; None: nobody is left."""


def send_due(ctx: Context, campaign: CampaignKey, *, link: Link, until: datetime) -> Counter[str]:
    """Hand every letter that is due to the mail server, some at a time; answers how many it took of each step.

    Each time it is asked anew who has answered, agrees and takes part, and whether the campaign runs and its survey takes
    answers. After `until` nothing new is begun. PortFailed: the server takes nothing. BadInput: a template is broken.
    Both leave what was in hand as if nobody had touched it.
    """
    done, number, after = Counter[str](), 0, ""
    with ctx.transaction() as session:
        now = ctx.clock.now()
        lost = [Occasion(who, name) for who, name in store.give_up(session, campaign, now=now)]
        note(session, campaign, lost, now=now)
    while ctx.clock.now() < until:
        batch = _take(ctx, campaign, number, after)
        if batch is None:
            break
        if batch.last is None:
            number, after = number + 1, ""
            continue
        after = batch.last
        done[batch.turn.step] += _hand_over(ctx, batch, link, until)
    if done.total():
        with ctx.transaction() as session:
            _note(session, campaign, ENGINE, done, now=ctx.clock.now())
    return +done


def tell_waiting(ctx: Context, campaign: CampaignKey, *, lacks: str) -> int:
    """Tell customer service's head and the campaign manager, once on each day, how many letters wait for somebody to send them.

    `lacks`: why they are not sent, `mail` or `address` (of our pages). Answers how many wait.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        held = load_campaign(session, campaign)
        if _until(session, held, now) is None or not is_decent(now, held.zone):
            return 0
        waiting = sum(
            store.count_due(session, campaign, turn, consenting=now >= held.ends) for turn in _turns(held, now)
        )
        if waiting:
            day = local_date(now, held.zone)
            data: dict[str, Value] = {
                "campaign_title": held.title,
                "campaign_key": campaign,
                "count": waiting,
                "lacks": lacks,
            }
            notices = [
                Notice(
                    key=key("survey_letters_wait", campaign, day, person),
                    person=person,
                    template="survey_letters_wait",
                    data=data,
                    campaign=campaign,
                )
                for person in _concerned(held, now)
            ]
            enqueue_all(session, notices, now=now)
        return waiting


def next_letter(session: Session, held: Campaign, *, now: datetime) -> datetime | None:
    """When the mail server is next handed a letter, as things stand; None: nobody is to be written to any more."""
    plan, consenting = plan_of(held.file), now >= held.ends
    found: list[datetime] = []
    for turn in _turns(held, now):
        due = store.next_try(session, held.key, turn, consenting=consenting, now=now)
        if due is not None:
            found.append(next_decent(max(due, now), held.zone))
        if turn.before is not None:
            asked = store.first_asked(session, held.key, turn, consenting=consenting, since=turn.before)
            if asked is not None:
                found.append(due_at(asked, plan.remind_days[turn.number - 1], held.zone))
    return min(found, default=None)


def remind(ctx: Context, campaign: CampaignKey, *, by: PersonKey, language: Language | None = None) -> list[Letter]:
    """As `letters`, with the links of the page, once everybody was invited. BadInput as well: OPSFLOW_PUBLIC_URL is not set."""
    with ctx.reading() as session:
        _check(ctx, load_campaign(session, campaign), by=by)
    invite(ctx, campaign)
    survey = survey_of(ctx, campaign)
    if survey is None:
        raise NoSurvey(campaign)
    return letters(ctx, campaign, by=by, link=links_for(ctx.settings, survey), language=language)


def letters(
    ctx: Context, campaign: CampaignKey, *, by: PersonKey, link: Link, language: Language | None = None
) -> list[Letter]:
    """Every letter that is due and that no mail server takes; nothing is noted yet, see `note_written`.

    With a mail server, for those alone whom mail cannot reach. NotFound: no such campaign. NotAllowed: not theirs.
    Conflict: it is paused, or its survey takes no answers now. BadInput: a template is broken.
    """
    now = ctx.clock.now()
    with ctx.transaction() as session:
        held = load_campaign(session, campaign)
        _check(ctx, held, by=by)
        closes = _until(session, held, now)
        if closes is None:
            raise Conflict(
                f"Nobody is asked in {campaign} now: it is not under way, or its survey is not open. "
                f"`opsflow status {campaign}` shows where it stands."
            )
        found: list[tuple[Turn, list[Addressed], Mapping[str, Mapping[str, str]]]] = []
        for turn in _turns(held, now):
            some = store.due(session, campaign, turn, consenting=now >= held.ends, unmailed=ctx.mail is not None)
            known = crowd.known(session, campaign, {each.participant for each in some})
            found.append((turn, some, {who: row["data"] for who, row in known.items() if row["data"]}))
    return [
        letter
        for turn, some, contacts in found
        for letter in filled_letters(
            ctx, held, turn.step, language or held.file.language, _occasions(held, turn, closes, some, link), contacts
        )
    ]


def note_written(ctx: Context, campaign: CampaignKey, written: Sequence[Letter], *, by: PersonKey) -> int:
    """Note that these letters were written, once their file is in its place; answers how many had not been noted before."""
    now = ctx.clock.now()
    with ctx.transaction() as session:
        new = note(session, campaign, [each.occasion for each in written], now=now)
        done = Counter(REMINDER if each.occasion.key.startswith(REMINDER) else SURVEY for each in written)
        _note(session, campaign, by, done, now=now)
        return new


def _take(ctx: Context, campaign: CampaignKey, number: int, after: str) -> _Batch | None:
    """Some letters of one kind; None: nobody may be written to now, or there is no further kind."""
    now = ctx.clock.now()
    with ctx.transaction() as session:
        held = load_campaign(session, campaign)
        closes, kinds = _until(session, held, now), list(_turns(held, now))
        if closes is None or not is_decent(now, held.zone) or number >= len(kinds):
            return None
        found, last = store.take(
            session, campaign, kinds[number], consenting=now >= held.ends, now=now, after=after, most=BATCH
        )
        return _Batch(held, closes, kinds[number], found, last)


def _hand_over(ctx: Context, batch: _Batch, link: Link, until: datetime) -> int:
    """Hand letters over, with nothing locked meanwhile; answers how many were taken."""
    assert ctx.mail is not None  # whoever has none writes files
    passing("letters in hand")
    try:
        mails = _mails(ctx, batch, link)
        told = ctx.mail.send(mails, until=until) if mails else {}
    except OpsflowError:
        _settle(ctx, batch, {})
        raise
    passing("letters handed over")
    return _settle(ctx, batch, told)


def _mails(ctx: Context, batch: _Batch, link: Link) -> list[Mail]:
    held, turn = batch.held, batch.turn
    occasions = _occasions(held, turn, batch.closes_at, batch.letters, link)
    contacts = {each.participant: each.contact for each in batch.letters}
    filled = filled_letters(ctx, held, turn.step, held.file.language, occasions, contacts)
    return [
        Mail(
            _mail_key(held.key, turn, each.occasion.participant),
            each.contact.get("email", "").strip(),
            each.subject,
            each.body,
        )
        for each in filled
    ]


def _settle(ctx: Context, batch: _Batch, told: Mapping[str, MailOutcome]) -> int:
    """Write down what became of each; answers how many were taken."""
    campaign, turn, now = batch.held.key, batch.turn, ctx.clock.now()
    outcomes = [(each, told.get(_mail_key(campaign, turn, each.participant))) for each in batch.letters]
    settled = [_settled(each, outcome, now) for each, outcome in outcomes]
    written = [Occasion(each.letter.participant, turn.key) for each in settled if each.outcome == SENT]
    with ctx.transaction() as session:
        store.settle(session, campaign, turn.key, settled)
        note(session, campaign, written, now=now)
    return sum(isinstance(outcome, Taken) for _, outcome in outcomes)


def _settled(letter: Addressed, outcome: MailOutcome | None, now: datetime) -> Settled:
    sure = letter.unclear - 1
    match outcome:
        case Taken():
            return Settled(letter, letter.tries, letter.unclear, now, SENT)
        case NoSuchAddress():
            return Settled(letter, letter.tries, sure, now, UNDELIVERABLE)
        case Doubtful():
            given_up = SENT if letter.unclear >= MOST_UNCLEAR else None
            return Settled(letter, letter.tries, letter.unclear, now + AGAIN, given_up)
        case NotNow():
            return Settled(letter, letter.tries, sure, now + pause_after(letter.tries))
        case None:  # not tried
            return Settled(letter, letter.tries - 1, sure, now)


def _check(ctx: Context, held: Campaign, *, by: PersonKey) -> None:
    what = f"letters to participants of {held.key} are for others"
    check(ctx, held, "feedback.remind", what, by=by, ties=ties(held, by))


def _until(session: Session, held: Campaign, now: datetime) -> datetime | None:
    """Until when the survey takes answers; None: it takes none now, or the campaign does not run."""
    return store.closes_at(session, held.key, now=now) if held.status is CampaignStatus.ACTIVE else None


def _turns(held: Campaign, now: datetime) -> Iterator[Turn]:
    return turns(plan_of(held.file).remind_days, held.zone, now)


def _occasions(
    held: Campaign, turn: Turn, closes: datetime, some: Iterable[Addressed], link: Link
) -> Iterator[Occasion]:
    for each in some:
        facts = {"link": link(each.invitation, each.participant), "until": closes.astimezone(held.zone)}
        yield Occasion(each.participant, turn.key, facts)


def _mail_key(campaign: CampaignKey, turn: Turn, participant: str) -> str:
    return f"{campaign}/{participant}/{turn.key}"


def _concerned(held: Campaign, now: datetime) -> list[PersonKey]:
    organisation, day = held.organisation, local_date(now, held.zone)
    manager = role_holders(held.file, organisation).get(Role.CAMPAIGN_MANAGER)
    own = organisation.departments.get(SERVICE)
    people = [own.head] if own is not None else []
    people += [manager] if manager is not None else []
    return list(dict.fromkeys(stand_in(person, day, organisation).person for person in people))


def _note(session: Session, campaign: CampaignKey, by: str, done: Counter[str], *, now: datetime) -> None:
    data: dict[str, Value] = {"invitations": done[SURVEY], "reminders": done[REMINDER]}
    write(session, at=now, actor=by, action="survey.written", campaign=campaign, object=campaign, data=data)
