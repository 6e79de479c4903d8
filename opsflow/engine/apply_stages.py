"""Doing what was decided about a stage or the whole campaign: opening, moving, closing, stopping, archiving."""

from datetime import datetime

from opsflow.campaigns.state import CampaignStatus
from opsflow.campaigns.store import add_wakes, set_status
from opsflow.engine.effects import (
    ArchiveCampaign,
    CloseStage,
    MoveStage,
    OpenStage,
    StopCampaign,
)
from opsflow.engine.ending import end
from opsflow.engine.load import house_calendar
from opsflow.engine.notices import go_live_holder, joined, members
from opsflow.engine.work import Work
from opsflow.kernel.terms import Role, Stage
from opsflow.kernel.text import Text
from opsflow.kernel.values import Value
from opsflow.kernel.zoned import instant, local_date
from opsflow.stages import store as stages
from opsflow.stages.model import FINAL, StageStatus
from opsflow.stages.network import wakes_under_way


class StageEffects:
    """Applies the effects that concern the stage."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def open_stage(self, _effect: OpenStage) -> None:
        """The stage opens; its tasks get their first wakes."""
        stage = self.work.snapshot.stage
        stages.move_stage(self.work.session, stage, StageStatus.OPEN, now=self.work.snapshot.now)
        wakes = wakes_under_way(
            self.work.snapshot.tasks, stage.name, ends=self.work.campaign.ends, now=self.work.snapshot.now
        )
        add_wakes(self.work.session, self.work.campaign.key, wakes)
        title = self.work.notices.stage_title(stage.name)
        self.work.note("stage.opened", stage.name, {"title": title})
        data: dict[str, Value] = {"stage": title, "closes": stage.closes}
        people = self.work.notices.holders(Role.CAMPAIGN_MANAGER, Role.COORDINATION_POST)
        self.work.tell([self.work.notices.make("stage_opened", person, stage.name, data=data) for person in people])

    def move(self, effect: MoveStage) -> None:
        """The stage moves to another state."""
        stage = self.work.snapshot.stage
        stages.move_stage(self.work.session, stage, effect.to, now=self.work.snapshot.now, reason=effect.reason)
        self.work.note(f"stage.{effect.to}", stage.name, {"reason": effect.reason})
        if effect.to is StageStatus.RELEASED:
            self._invite()
            self._announce_release()
        if effect.to is StageStatus.HOLD:
            self._tell_hold(effect.reason)
        if effect.to is StageStatus.LIVE:
            people = members(self.work.snapshot, stage.name)
            told = [self.work.notices.make("launched", person, data={}) for person in people]
            self.work.tell([*told, *self.work.notices.announced("launched", data={})])

    def _invite(self) -> None:
        stage = self.work.snapshot.stage
        spec = next((each for each in self.work.snapshot.sop.meetings if each.id == stage.meeting), None)
        if spec is None or stage.meeting_at is None:
            return
        people, hour = members(self.work.snapshot, stage.name), self._meeting_hour(stage.meeting_at)
        if hour != stage.meeting_at:
            # From here on the agenda, the pages and whoever holds it go by the hour that people are invited to.
            stages.call_meeting(self.work.session, stage, hour)
        data: dict[str, Value] = {"meeting": spec.title, "at": hour, "document": spec.title}
        times = sum(task.rework for task in self.work.snapshot.own)
        self.work.tell(
            [self.work.notices.make("meeting_invited", person, spec.id, times, data=data) for person in people]
        )
        self.work.note("meeting.invited", spec.id, {"people": list(people)})

    def _announce_release(self) -> None:
        stage, notices = self.work.snapshot.stage.name, self.work.notices
        written = [each.title for each in self.work.snapshot.sop.documents if each.stage is stage]
        title = notices.stage_title(stage)
        data: dict[str, Value] = {"subject": title, "document": joined(written) if written else title}
        times = sum(task.rework for task in self.work.snapshot.own)
        self.work.tell(notices.announced("released", stage, times, data=data))

    def _meeting_hour(self, planned: datetime) -> datetime:
        """When the meeting is held: as planned, or, when that is past, at its hour of the next working day."""
        now, zone = self.work.snapshot.now, self.work.campaign.zone
        if planned > now:
            return planned
        day = house_calendar(self.work.campaign.organisation).shift(local_date(now, zone), 1)
        return instant(day, planned.astimezone(zone).time(), zone)

    def _tell_hold(self, reason: Text | None) -> None:
        snapshot, notices = self.work.snapshot, self.work.notices
        late = [task for task in snapshot.own if not task.finished and task.due <= snapshot.now]
        data: dict[str, Value] = {
            "reason": reason or Text("The go-live check is on hold.", "上线检查暂缓。"),
            "tasks": Text.both(", ".join(task.code for task in late)),
        }
        day, decider = local_date(snapshot.now, self.work.campaign.zone), go_live_holder(snapshot)
        people = dict.fromkeys(notices.holders(Role.LEADER, Role.CAMPAIGN_MANAGER, Role.COORDINATION_POST))
        told = [
            notices.make("go_live_hold", person, day, data=data, urgent=True)
            for person in people
            if decider is None or person != decider.person
        ]
        if decider is not None:
            told.append(notices.go_live_hold(snapshot, decider, day, data=data))
        self.work.tell(told)

    def close_stage(self, _effect: CloseStage) -> None:
        """The gate holds; the stages that wait for it are woken."""
        stage = self.work.snapshot.stage
        stages.move_stage(self.work.session, stage, StageStatus.CLOSED, now=self.work.snapshot.now)
        title = self.work.notices.stage_title(stage.name)
        self.work.note("stage.closed", stage.name, {"title": title})
        later = [each for each in self.work.snapshot.stages if each.status not in FINAL and each.name is not stage.name]
        wakes = [(each.name, max(self.work.snapshot.now, each.opens or self.work.snapshot.now)) for each in later]
        add_wakes(self.work.session, self.work.campaign.key, wakes)
        upcoming = [each.name for each in later if tuple(Stage).index(each.name) > tuple(Stage).index(stage.name)]
        data: dict[str, Value] = {"stage": title}
        if upcoming:
            data["next"] = self.work.notices.stage_title(upcoming[0])
        people = self.work.notices.holders(Role.LEADER, Role.CAMPAIGN_MANAGER, Role.COORDINATION_POST)
        told = [self.work.notices.make("stage_closed", person, stage.name, data=data) for person in people]
        self.work.tell([*told, *self.work.notices.announced("stage_closed", stage.name, data=data)])

    def stop(self, effect: StopCampaign) -> None:
        """Nothing more is done in this campaign."""
        end(self.work.session, self.work.snapshot, to=StageStatus.STOPPED, reason=effect.reason)
        set_status(self.work.session, self.work.campaign.key, CampaignStatus.STOPPED)
        people = list(dict.fromkeys(task.owner for task in self.work.snapshot.tasks))
        data: dict[str, Value] = {"reason": effect.reason}
        told = [self.work.notices.make("campaign_stopped", person, data=data) for person in people]
        self.work.tell([*told, *self.work.notices.announced("campaign_stopped", data=data)])
        self.work.note("campaign.stopped", self.work.campaign.key, {"reason": effect.reason})

    def archive(self, _effect: ArchiveCampaign) -> None:
        """Every stage is over."""
        set_status(self.work.session, self.work.campaign.key, CampaignStatus.ARCHIVED)
        people = self.work.notices.holders(Role.LEADER, Role.CAMPAIGN_MANAGER, Role.COORDINATION_POST, Role.PLANNER)
        told = [self.work.notices.make("campaign_archived", person, data={}) for person in people]
        self.work.tell([*told, *self.work.notices.announced("campaign_archived", data={})])
        self.work.note("campaign.archived", self.work.campaign.key)
