"""Starting a campaign: its plan becomes rows, and its stages get their first wakes."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.files import Loaded
from opsflow.campaigns.model import CampaignFile
from opsflow.campaigns.moves import UNHURRIED
from opsflow.campaigns.plan import Infeasible, Plan
from opsflow.campaigns.planner import plan
from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import add_wakes, all_campaigns, insert_campaign, load_campaign
from opsflow.context import Context
from opsflow.engine.underway import stages_before, take_as_given
from opsflow.journal.model import ENGINE
from opsflow.journal.service import write
from opsflow.kernel.errors import Conflict, Refused
from opsflow.kernel.terms import CampaignKey, PersonKey, Stage
from opsflow.kernel.text import Text
from opsflow.kernel.values import Value
from opsflow.kernel.zoned import local_date
from opsflow.stages.store import insert_stages


class CannotFit(Refused):
    """The campaign cannot be planned as filed."""

    def __init__(self, answer: Infeasible) -> None:
        super().__init__(
            f"{answer.campaign} cannot be started: it is short by {answer.short_by_working_days} working days. "
            f"{' '.join(change.en for change in answer.changes)} The earliest launch that works is {answer.earliest_launch}."
            f"{''.join(f' {warning.en}' for warning in answer.warnings)}"
        )


class LaunchIsPast(Refused):
    """A campaign is started before its launch."""

    def __init__(self, campaign: CampaignKey, launch: date) -> None:
        super().__init__(
            f"{campaign} cannot be started: its launch on {launch} is past. `opsflow copy FILE NEW --launch DAY` writes "
            "the same campaign for another date."
        )


def is_started(ctx: Context, file: CampaignFile) -> bool:
    """Whether this campaign was started before. Conflict: another one has its key."""
    key = CampaignKey(file.key)
    with ctx.transaction() as session:
        if key not in all_campaigns(session):
            return False
        _check_same(load_campaign(session, key), file)
    return True


def _check_same(campaign: Campaign, file: CampaignFile) -> None:
    if campaign.file.model_copy(update={"duty": file.duty}) != file:  # the roster is filed when it is settled
        raise Conflict(
            f"A campaign {campaign.key} was started from another file, or this one was changed since; a new campaign "
            "needs a key of its own."
        )


@dataclass(frozen=True, slots=True)
class Since:
    """A campaign that is under way: the stage it is in, and who says that what lies before it is done."""

    stage: Stage
    by: PersonKey


def start(ctx: Context, loaded: Loaded, *, today: date, since: Since | None = None) -> CampaignKey:
    """Plan a campaign and store it with its stages, tasks and wakes; starting it twice is starting it once.

    `since`: what lies before a stage is taken as given, and today pushes nothing. CannotFit, LaunchIsPast: the plan is
    refused. Conflict: another campaign has this key. NotAllowed, BadInput: see `take_as_given`.
    """
    file, organisation = loaded.campaign, loaded.organisation
    if is_started(ctx, file):  # before planning: what was started in time may not fit any more today
        return CampaignKey(file.key)
    calendar = working_days(organisation)
    planned_on = today if since is None else file.live.start.date() - UNHURRIED
    answer = plan(file, organisation, loaded.sop, calendar, planned_on)
    if not isinstance(answer, Plan):
        raise CannotFit(answer)
    now, key = ctx.clock.now(), CampaignKey(file.key)
    if answer.launch <= now:
        raise LaunchIsPast(key, local_date(answer.launch, ZoneInfo(file.zone)))
    with ctx.transaction() as session:
        if not insert_campaign(session, file, organisation, answer, sop_version=loaded.sop.version, now=now):
            _check_same(load_campaign(session, key), file)
            return key
        skipped = Text(f"Level {file.level} holds no such stage.", f"{file.level} 级活动不设此阶段。")
        insert_stages(session, answer, skipped=skipped)
        if since is not None:
            held = load_campaign(session, key)
            take_as_given(ctx, session, held, answer, loaded.sop, since=since.stage, by=since.by, now=now)
        behind = stages_before(since.stage) if since is not None else ()
        ahead = [stage for stage in answer.stages if stage.name not in behind]
        add_wakes(session, key, [(stage.name, stage.opens) for stage in ahead if stage.opens is not None])
        data: dict[str, Value] = {
            "title": file.title,
            "level": file.level,
            "sop": loaded.sop.version,
            "launch": answer.launch,
        }
        write(
            session,
            at=now,
            actor=since.by if since else ENGINE,
            action="campaign.started",
            campaign=key,
            object=key,
            data=data,
        )
    return key
