"""Starting a campaign: its plan becomes rows, and its stages get their first wakes."""

from datetime import date
from zoneinfo import ZoneInfo

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.files import Loaded
from opsflow.campaigns.model import CampaignFile
from opsflow.campaigns.plan import Infeasible, Plan
from opsflow.campaigns.planner import plan
from opsflow.campaigns.state import Campaign
from opsflow.campaigns.store import add_wakes, all_campaigns, insert_campaign, load_campaign
from opsflow.context import Context
from opsflow.journal.model import ENGINE
from opsflow.journal.service import write
from opsflow.kernel.errors import Conflict, Refused
from opsflow.kernel.terms import CampaignKey
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
    if campaign.file != file:
        raise Conflict(
            f"A campaign {campaign.key} was started from another file, or this one was changed since; a new campaign "
            "needs a key of its own."
        )


def start(ctx: Context, loaded: Loaded, *, today: date) -> CampaignKey:
    """Plan a campaign and store it with its stages, tasks and wakes; starting it twice is starting it once.

    CannotFit, LaunchIsPast: the plan is refused. Conflict: another campaign has this key.
    """
    file, organisation = loaded.campaign, loaded.organisation
    if is_started(ctx, file):  # before planning: what was started in time may not fit any more today
        return CampaignKey(file.key)
    calendar = working_days(organisation)
    answer = plan(file, organisation, loaded.sop, calendar, today)
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
        add_wakes(session, key, [(stage.name, stage.opens) for stage in answer.stages if stage.opens is not None])
        data: dict[str, Value] = {
            "title": file.title,
            "level": file.level,
            "sop": loaded.sop.version,
            "launch": answer.launch,
        }
        write(session, at=now, actor=ENGINE, action="campaign.started", campaign=key, object=key, data=data)
    return key
