"""The report as plain values, for other programs and for the archive. Pure."""

from typing import Any

from opsflow.feedback.reporting.model import Feedback, Net, Result
from opsflow.kernel.text import Text


def as_plain(feedback: Feedback) -> dict[str, Any]:
    """Everything counted, as JSON holds it: no personal data, and nobody's words."""
    visits = feedback.visits
    return {
        "survey": _text(feedback.title),
        "opened_at": feedback.opened_at.isoformat(),
        "ends": feedback.ends.isoformat(),
        "closed": feedback.closed,
        "asked": feedback.asked,
        "seen": feedback.seen,
        "answered": feedback.answered,
        "rate": None if feedback.rate is None else round(float(feedback.rate), 4),
        "elsewhere": dict(feedback.elsewhere),
        "questions": [_question(result) for result in feedback.results],
        "texts": feedback.texts,
        "corrected": feedback.corrected,
        "topics": [{"id": each.id, "title": _text(each.title), "count": each.count} for each in feedback.topics],
        "visits": visits
        and {
            "listed": visits.listed,
            "open": visits.open,
            "outcomes": {outcome.value: number for outcome, number in visits.outcomes.items()},
            "offers": visits.offers,
        },
    }


def _question(result: Result) -> dict[str, Any]:
    return {
        "id": result.id,
        "kind": result.kind,
        "title": _text(result.title),
        "answered": result.answered,
        "few": result.is_few,
        "mean": None if result.mean is None else float(result.mean),
        "nps": result.net and _net(result.net),
        "counts": {each.id: each.count for each in result.ticked},
        "options": {each.id: _text(each.title) for each in result.ticked} if result.kind == "choice" else None,
    }


def _net(net: Net) -> dict[str, Any]:
    return {
        "score": int(net.score),
        "interval_95": [int(each) for each in net.interval],
        "promoters": net.promoters,
        "passives": net.passives,
        "detractors": net.detractors,
    }


def _text(text: Text) -> dict[str, str]:
    return {"en": text.en, "zh": text.zh}
