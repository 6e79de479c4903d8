"""Figures of KPIs come in, a chunk to a transaction; where they stand; what spreads is passed on."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice

from opsflow.campaigns.permissions import Tie
from opsflow.campaigns.service import check
from opsflow.campaigns.state import Campaign, is_over
from opsflow.campaigns.store import hold_campaign, load_campaign
from opsflow.campaigns.team import role_holders
from opsflow.context import Context
from opsflow.db.session import Session
from opsflow.journal.model import ENGINE
from opsflow.journal.service import write
from opsflow.kernel.errors import BadInput, Conflict
from opsflow.kernel.keys import key
from opsflow.kernel.rowfile import Row
from opsflow.kernel.taken import Imported, Rejected
from opsflow.kernel.terms import CampaignKey, DepartmentId, PersonKey, Role
from opsflow.kernel.values import Value
from opsflow.metrics import rows, store
from opsflow.metrics.model import Figure, by_kpi, load_policy
from opsflow.metrics.pace import Progress, outcome, progress
from opsflow.outbox.model import Notice
from opsflow.outbox.store import enqueue_all

CHUNK = 5_000
"""Rows in one transaction, as of participants."""
PUBLICITY, DATA = DepartmentId("marketing"), DepartmentId("data")
LONGEST_POINT = 500
Tell = Callable[[Imported], None]
Reject = Callable[[Rejected], None]


@dataclass(slots=True)
class _Seen:
    """What a file has said so far, by KPI and slot: its line and figure."""

    figures: dict[tuple[str, str], Figure] = field(default_factory=dict)


def import_readings(
    ctx: Context,
    campaign: CampaignKey,
    source: Iterable[Row],
    *,
    by: PersonKey,
    name: str = "",
    reject: Reject = lambda _: None,
    tell: Tell = lambda _: None,
) -> Imported:
    """Take figures of KPIs in; the same file twice changes nothing, another figure for the same day or instant corrects it.

    What it replaces is kept. `name`: where they come from, for rows that do not say. `reject` is handed every row that is
    not taken, with its reason; `tell` what has been done so far. Also after the end, for refunds and late figures.
    NotFound: no such campaign. Conflict: it was stopped or cancelled, or is archived. NotAllowed: not theirs. BadInput: the file cannot be read.
    """

    def admit(session: Session) -> Campaign:
        return held_for(ctx, session, campaign, "metrics.import", by=by)

    return _in_chunks(ctx, source, admit, by=by, name=name, reject=reject, tell=tell)


def import_by_itself(
    ctx: Context, campaign: CampaignKey, source: Iterable[Row], *, name: str, reject: Reject = lambda _: None
) -> Imported:
    """The same for what a source of the workspace says, which nobody brings: whoever configured it may. `name`: the source's."""

    def admit(session: Session) -> Campaign:
        return _under_way(_held(session, campaign))

    return _in_chunks(ctx, source, admit, by=PersonKey(ENGINE), name=name, reject=reject, tell=lambda _: None)


def _in_chunks(
    ctx: Context,
    source: Iterable[Row],
    admit: Callable[[Session], Campaign],
    *,
    by: PersonKey,
    name: str,
    reject: Reject,
    tell: Tell,
) -> Imported:
    with ctx.transaction() as session:
        admit(session)
    done, seen, rest = Imported(), _Seen(), iter(source)
    while some := list(islice(rest, CHUNK)):
        refused: dict[int, str] = {}
        with ctx.transaction() as session:
            held = admit(session)
            done += _take(ctx, session, held, some, seen, refused, by=by, name=name)
        for row in (row for row in some if row.line in refused):
            reject(Rejected(row.line, refused[row.line], row.values))
        done += Imported(rejected=len(refused))
        tell(done)
    if not done.added + done.changed + done.rejected and by == ENGINE:
        return done  # a source that says nothing new every hour would fill the journal
    with ctx.transaction() as session:
        campaign = admit(session).key
        counts = {"added": done.added, "changed": done.changed, "known": done.known, "rejected": done.rejected}
        data: dict[str, Value] = {**counts, "source": name}
        write(
            session,
            at=ctx.clock.now(),
            actor=by,
            action="metrics.import",
            campaign=campaign,
            object=campaign,
            data=data,
        )
    return done


def _take(
    ctx: Context,
    session: Session,
    held: Campaign,
    some: Sequence[Row],
    seen: _Seen,
    refused: dict[int, str],
    *,
    by: PersonKey,
    name: str,
) -> Imported:
    now = ctx.clock.now()
    kept = {(each.kpi, each.slot): each for each in store.readings(session, held.key)}
    new: dict[int, list[Figure]] = {}
    added = changed = known = 0
    for row in some:
        try:
            found = rows.figure(row, held.file, now, source=name)
        except BadInput as error:
            refused[row.line] = str(error)
            continue
        same = seen.figures.get((found.kpi, found.slot))
        if same is not None and same.value != found.value:
            refused[row.line] = f"line {same.line} has another figure for the same: {same.value}. Which one is right?"
            continue
        seen.figures.setdefault((found.kpi, found.slot), found)
        before = kept.get((found.kpi, found.slot))
        if same is not None or (before is not None and before.value == found.value):
            known += 1
            continue
        new.setdefault(before.revision + 1 if before else 1, []).append(found)
        added, changed = added + (before is None), changed + (before is not None)
    store.add_readings(session, held.key, new, by=by, now=now)
    return Imported(added, changed, known)


def standing(ctx: Context, session: Session, campaign: Campaign) -> tuple[Progress, ...]:
    """Where every KPI stands now, the primary first."""
    policy, now = load_policy(ctx.settings.template_folders), ctx.clock.now()
    found = by_kpi(store.readings(session, campaign.key))
    ordered = sorted(campaign.file.kpis, key=lambda kpi: not kpi.primary)
    return tuple(progress(kpi, found.get(kpi.id, ()), campaign.file, policy, now) for kpi in ordered)


def standing_of(ctx: Context, campaign: CampaignKey) -> tuple[Progress, ...]:
    """The same, looked up by itself. NotFound: no such campaign."""
    with ctx.reading() as session:
        return standing(ctx, session, load_campaign(session, campaign))


def results(session: Session, campaign: Campaign) -> dict[str, Decimal]:
    """What each KPI came to, by its id; one of which a live day was not measured is not among them."""
    found, file = by_kpi(store.readings(session, campaign.key)), campaign.file
    whole = {kpi.id: outcome(kpi, found.get(kpi.id, ()), file) for kpi in file.kpis}
    return {name: value for name, value in whole.items() if value is not None}


def add_talking_point(ctx: Context, campaign: CampaignKey, text: str, *, by: PersonKey) -> int:
    """Say what spreads and is worth spreading; publicity's owner and the campaign manager are told. Answers its number.

    NotFound: no such campaign. Conflict: it is over. Refused: nobody of this organisation. BadInput: too long.
    """
    if len(text) > LONGEST_POINT:
        raise BadInput(f"That has {len(text)} characters: say it in {LONGEST_POINT}.")
    now = ctx.clock.now()
    with ctx.transaction() as session:
        held = held_for(ctx, session, campaign, "metrics.hot", by=by)
        number = store.add_talking_point(session, campaign, text, by=by, now=now)
        words: dict[str, Value] = {
            "campaign_title": held.title,
            "text": text,
            "by_name": held.organisation.people[by].name,
        }
        notices = [
            Notice(
                key=key("talking_point", campaign, number, person),
                person=person,
                template="talking_point",
                data=words,
                campaign=campaign,
            )
            for person in sorted(publicity_owners(held) - {by})
        ]
        enqueue_all(session, notices, now=now)
        write(
            session, at=now, actor=by, action="metrics.hot", campaign=campaign, object=campaign, data={"number": number}
        )
        return number


def publicity_owners(campaign: Campaign) -> set[PersonKey]:
    """The heads of the departments that publicity is planned for, else of marketing; and the campaign manager."""
    named = {node.department for node in campaign.file.publicity} or {PUBLICITY}
    departments = campaign.organisation.departments
    found = {departments[name].head for name in named if name in departments}
    manager = role_holders(campaign.file, campaign.organisation).get(Role.CAMPAIGN_MANAGER)
    return found | ({manager} if manager else set())


def held_for(ctx: Context, session: Session, campaign: CampaignKey, verb: str, *, by: PersonKey) -> Campaign:
    """A campaign, held, for somebody who may do this to it; errors as of `import_readings`."""
    held = _held(session, campaign)
    check(ctx, held, verb, f"those of {campaign} are for others", by=by, ties=_ties(held, by))
    return _under_way(held)


def _held(session: Session, campaign: CampaignKey) -> Campaign:
    hold_campaign(session, campaign)
    return load_campaign(session, campaign)


def _under_way(held: Campaign) -> Campaign:
    if is_over(held):
        raise Conflict(f"{held.key} is {held.status}: nothing more is measured of it.")
    return held


def _ties(campaign: Campaign, by: PersonKey) -> set[Tie]:
    """The figures are the data department's, and those of the departments that the campaign's KPIs name."""
    owning = {DATA, *(kpi.department for kpi in campaign.file.kpis)}
    person = campaign.organisation.people.get(by)
    return {Tie.OWNER} if person is not None and person.department in owning else set()
