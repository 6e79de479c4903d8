"""What the campaign file says, for its documents."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from opsflow.campaigns.model import Phase, PublicityNode, Round
from opsflow.campaigns.team import needs_finance, role_holders
from opsflow.documents.model import (
    BudgetFacts,
    BudgetLineFacts,
    CampaignFacts,
    MaterialFacts,
    PhaseFacts,
    PrizeFacts,
    PublicityFacts,
    RiskFacts,
)
from opsflow.engine.dossier.figures import kpi_facts
from opsflow.engine.dossier.words import Words
from opsflow.kernel.zoned import resolve
from opsflow.stages.model import TaskStatus, base_code

MATERIAL_TASKS = ("XR03", "EX26", "EX19")
"""The tasks that build, check off and make material, in the order in which their date counts for it."""


def campaign_facts(words: Words) -> CampaignFacts:
    """The campaign as filed, with the level's claim window and the plan's warnings."""
    campaign, file = words.snapshot.campaign, words.snapshot.campaign.file
    last = words.day(campaign.ends - timedelta(microseconds=1))
    return {
        "key": campaign.key,
        "title": words.say(file.title),
        "level": campaign.level,
        "level_title": words.say(words.snapshot.policy.title),
        "goal": words.title(words.labels.goal, file.goal),
        "goal_id": file.goal,
        "purposes": [words.title(words.labels.purpose, purpose) for purpose in file.purpose],
        "mechanics": [words.title(words.labels.mechanics, mechanic) for mechanic in file.mechanics],
        "zone": file.zone,
        "theme": words.say(file.theme.title),
        "subtitle": words.maybe(file.theme.subtitle),
        "background": words.say(file.background),
        "target_users": words.say(file.target_users),
        "behaviour": words.say(file.behaviour),
        "carrier": words.say(file.carrier),
        "channels": [words.say(channel) for channel in file.channels],
        "launch": words.local(campaign.launch),
        "end": words.local(campaign.ends),
        "last_day": last,
        "live_days": (last - words.day(campaign.launch)).days + 1,
        "phases": [_phase(words, phase) for phase in file.live.phases],
        "rounds": [_phase(words, round_) for round_ in file.live.rounds],
        "kpis": kpi_facts(words),
        "budget": _budget(words),
        "rules": [words.say(rule) for rule in file.rules],
        "prizes": _prizes(words),
        "risks": _risks(words),
        "publicity": [_publicity(words, node) for node in sorted(file.publicity, key=lambda node: node.at)],
        "materials": _materials(words),
        "partners": [words.say(partner) for partner in file.partners],
        "conditions": sorted(file.conditions),
        "claim_days": words.snapshot.policy.claim_days,
        "provisional": campaign.provisional,
        "warnings": [words.say(warning) for warning in campaign.warnings],
    }


def _local(words: Words, at: datetime) -> datetime:
    zone = words.snapshot.campaign.zone
    return (at if at.tzinfo else resolve(at, zone)).astimezone(zone)


def _phase(words: Words, phase: Phase | Round) -> PhaseFacts:
    start, end = _local(words, phase.start), _local(words, phase.end)
    return {
        "id": phase.id if isinstance(phase, Phase) else "",
        "title": words.say(phase.title),
        "start": start,
        "end": end,
        "last_day": (end - timedelta(microseconds=1)).date(),
        "peak": isinstance(phase, Phase) and phase.peak,
    }


def _budget(words: Words) -> BudgetFacts:
    campaign, budget = words.snapshot.campaign, words.snapshot.campaign.file.budget
    total = budget.total
    lines: list[BudgetLineFacts] = [
        {
            "line": line.line,
            "title": words.title(words.labels.budget_line, line.line),
            "amount": line.amount,
            "share": line.amount / total if total else Decimal(0),
            "note": words.maybe(line.note),
        }
        for line in budget.lines
    ]
    gain = budget.forecast_return
    return {
        "currency": budget.currency,
        "lines": lines,
        "total": total,
        "forecast_return": gain,
        "ratio": (gain / total).quantize(Decimal("0.01")) if gain is not None and total else None,
        "finance_threshold": campaign.organisation.finance_threshold,
        "needs_finance": needs_finance(words.snapshot.policy, campaign.file, campaign.organisation),
    }


def _prizes(words: Words) -> list[PrizeFacts]:
    return [
        {
            "id": prize.id,
            "title": words.say(prize.title),
            "kind": prize.kind,
            "kind_title": words.title(words.labels.prize_kind, prize.kind),
            "quantity": prize.quantity,
            "unit_value": prize.unit_value,
            "total_value": prize.unit_value * prize.quantity,
            "taxable": prize.taxable,
        }
        for prize in words.snapshot.campaign.file.prizes
    ]


def _risks(words: Words) -> list[RiskFacts]:
    campaign = words.snapshot.campaign
    holders = role_holders(campaign.file, campaign.organisation)
    return [
        {
            "title": words.say(risk.title),
            "plan_b": words.say(risk.plan_b),
            "decides": words.person(holders[risk.decides]) if risk.decides in holders else words.role(risk.decides),
            "seen_by": words.department(risk.seen_by) if risk.seen_by else None,
        }
        for risk in campaign.file.risks
    ]


def _publicity(words: Words, node: PublicityNode) -> PublicityFacts:
    at = _local(words, node.at)
    return {
        "at": at,
        "phase": _phase_of(words, at),
        "channel": words.say(node.channel),
        "message": words.say(node.message),
        "department": words.department(node.department),
        "partner": words.maybe(node.partner),
    }


def _phase_of(words: Words, at: datetime) -> str:
    campaign = words.snapshot.campaign
    if at < campaign.launch:
        return words.title(words.labels.phase, "before")
    if at >= campaign.ends:
        return words.title(words.labels.phase, "after")
    for phase in campaign.file.live.phases:
        if _local(words, phase.start) <= at < _local(words, phase.end):
            return words.say(phase.title)
    return words.title(words.labels.phase, "during")


def _materials(words: Words) -> list[MaterialFacts]:
    campaign = words.snapshot.campaign
    due = _material_due(words)
    return [
        {
            "title": words.say(material.title),
            "quantity": material.quantity,
            "department": words.department(material.department),
            "owner": words.person(campaign.organisation.departments[material.department].head),
            "supplier": words.maybe(material.supplier),
            "on_site": material.on_site,
            "due": due,
        }
        for material in campaign.file.materials
    ]


def _material_due(words: Words) -> date | None:
    codes = {base_code(task.code): task for task in words.snapshot.tasks if task.status is not TaskStatus.CANCELLED}
    task = next((codes[code] for code in MATERIAL_TASKS if code in codes), None)  # type: ignore[index]
    return words.day(task.due) if task else None
