"""The words everybody shares: levels, stages, languages, and the ids of people, tasks and campaigns."""

from enum import StrEnum
from typing import Literal, NewType

CampaignKey = NewType("CampaignKey", str)
PersonKey = NewType("PersonKey", str)
DepartmentId = NewType("DepartmentId", str)
TaskCode = NewType("TaskCode", str)
"""A task's id in the SOP (`EX28`); a rework task carries its round (`CO12.r2`)."""

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

PAUSED = "paused"
"""The status of a campaign that somebody has paused: the sweeps, which know no campaigns, leave it alone."""


class Level(StrEnum):
    """How large a campaign is. It decides resources, lead times, meetings, approvals and escalation."""

    S = "S"
    A = "A"
    B = "B"
    C = "C"


class Stage(StrEnum):
    """The six stages, in their order."""

    INITIAL_PLANNING = "initial_planning"
    COORDINATION = "coordination"
    DECISION = "decision"
    EXECUTION = "execution"
    CLOSING = "closing"
    REVIEW = "review"


class Role(StrEnum):
    """The SOP's roles: what somebody has to do. What they may do is a permission."""

    LEADER = "leader"
    COORDINATION_POST = "coordination_post"
    CAMPAIGN_MANAGER = "campaign_manager"
    PLANNER = "planner"
    EXECUTOR = "executor"
    DEPARTMENT_HEAD = "department_head"
    DEPUTY = "deputy"
    REVIEWER = "reviewer"
    DUTY_LEAD = "duty_lead"
    FINANCE_APPROVER = "finance_approver"
    SERVICE_AGENT = "service_agent"
    HOST = "host"


class Permission(StrEnum):
    """What somebody may do in a campaign; `sop_templates/permissions.yaml` says which role holds which, and for what."""

    VIEWER = "viewer"
    MEMBER = "member"
    APPROVER = "approver"
    FINANCE = "finance"
    COORDINATION = "coordination"
    AUDITOR = "auditor"
    ADMIN = "admin"
