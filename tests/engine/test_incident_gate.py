"""An incident that is not closed holds the gate of the execution, whatever was recorded of the task."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from opsflow.engine.facts import gate
from opsflow.engine.snapshot import NO_OPEN_INCIDENT, Snapshot
from opsflow.incidents.model import Incident, Severity
from opsflow.kernel.terms import CampaignKey, PersonKey, Stage, TaskCode
from opsflow.kernel.text import Text
from opsflow.sop.model import GateFact
from opsflow.stages.model import TaskStatus
from tests.campaigns.planning import standard_sop
from tests.engine.scene import Scene, base_tasks

NOW = datetime(2026, 8, 24, 2, tzinfo=UTC)
OPEN = Incident(
    campaign=CampaignKey("c"), number=3, title=Text.both("Blank"), severity=Severity.MAJOR, risk=None, opened_at=NOW,
    opened_by=PersonKey("lin"), acknowledge_by=NOW,
)  # fmt: skip
CLOSED = replace(OPEN, number=4, closed_at=NOW)


def test_the_standard_sop_has_the_fact() -> None:
    facts = {fact.id for stage in standard_sop().stages for fact in stage.gate}
    assert NO_OPEN_INCIDENT in facts


def test_an_open_incident_is_missing_from_that_fact_alone() -> None:
    task = replace(base_tasks()[0], status=TaskStatus.DONE, deliverable=None)
    facts = [GateFact(id=name, text=Text.both(name), tasks=(task.code,)) for name in (NO_OPEN_INCIDENT, "other")]
    seen = snapshot(incidents=(OPEN, CLOSED)).open_points
    assert [fact.missing for fact in gate(facts, [task], None, seen)] == [(TaskCode("incident-3"),), ()]
    assert all(fact.holds for fact in gate(facts, [task], None, snapshot(incidents=(CLOSED,)).open_points))


def snapshot(**given: Any) -> Snapshot:
    return replace(Scene(stage=Stage.EXECUTION, now=NOW).snapshot(), **given)
