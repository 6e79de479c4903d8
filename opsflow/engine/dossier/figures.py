"""What was measured, for a campaign's documents."""

from decimal import Decimal

from opsflow.campaigns.model import Kpi
from opsflow.documents.outcomes import KpiFacts, RetentionFacts, TalkingPointFacts
from opsflow.engine.dossier.words import Words
from opsflow.kernel.terms import PersonKey, Stage
from opsflow.metrics.activity.model import HORIZONS

LOOKING_BACK = (Stage.CLOSING, Stage.REVIEW)
"""The stages whose papers say what KPIs came to; before, they say where they stand."""


def kpi_facts(words: Words) -> list[KpiFacts]:
    """Each measure of the campaign file, with where it stands and what it came to."""
    return [_kpi(words, kpi) for kpi in words.snapshot.campaign.file.kpis]


def talking_point_facts(words: Words) -> list[TalkingPointFacts]:
    """What spreads."""
    points = words.snapshot.measured.points
    return [{"text": each.text, "by": words.person(PersonKey(each.by)), "at": words.local(each.at)} for each in points]


def retention_facts(words: Words) -> RetentionFacts | None:
    """New users, and who of them came back; None: nothing is known of it."""
    found = words.snapshot.measured.retention
    if found is None:
        return None
    totals = [(horizon, *found.total(horizon)) for horizon in HORIZONS]
    return {
        "users": found.users,
        "back": [{"days": days, "back": back, "users": users} for days, back, users in totals],
    }


def _kpi(words: Words, kpi: Kpi) -> KpiFacts:
    measured = words.snapshot.measured
    stands, foreseen = measured.progress.get(kpi.id), measured.forecasts.get(kpi.id)
    result = measured.results.get(kpi.id) if words.snapshot.stage.name in LOOKING_BACK else None
    return {
        "id": kpi.id,
        "title": words.say(kpi.title),
        "target": kpi.target,
        "unit": words.say(kpi.unit),
        "primary": kpi.primary,
        "source": words.maybe(kpi.source),
        "remedy": words.maybe(kpi.remedy),
        "result": result,
        "met": _met(kpi, result),
        "so_far": stands.actual if stands else None,
        "expected": stands.expected if stands else None,
        "pace": _rounded(stands.pace) if stands else None,
        "standing": stands.standing if stands else None,
        "standing_title": words.title(words.labels.standing, stands.standing) if stands else None,
        "missing": list(stands.gaps) if stands else [],
        "forecast": foreseen.middle if foreseen else None,
        "forecast_low": foreseen.low if foreseen else None,
        "forecast_high": foreseen.high if foreseen else None,
    }


def _rounded(value: Decimal | None) -> Decimal | None:
    """What is worked out is no more exact than it can be: whole from a thousand on."""
    return None if value is None else value.quantize(Decimal(1) if abs(value) >= 1000 else Decimal("0.01"))


def _met(kpi: Kpi, result: Decimal | None) -> bool | None:
    if result is None:
        return None
    return result <= kpi.target if kpi.direction == "down" else result >= kpi.target
