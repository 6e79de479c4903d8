"""What participants think of a campaign, for its documents: counts, and nobody's words."""

from decimal import Decimal

from opsflow.documents.outcomes import AskedFacts, CalledFacts, FeedbackFacts, TickedFacts
from opsflow.engine.dossier.words import Words
from opsflow.feedback.reporting.model import Result
from opsflow.feedback.visits.model import Load, VisitOutcome


def feedback_facts(words: Words) -> FeedbackFacts | None:
    """What came of asking and of calling back; None: participants were not asked."""
    found = words.snapshot.feedback
    if found is None:
        return None
    return {
        "title": words.say(found.title),
        "ends": words.local(found.ends),
        "closed": found.closed,
        "asked": found.asked,
        "answered": found.answered,
        "rate": found.rate,
        "answers": found.answers,
        "questions": [_asked(words, result) for result in found.results],
        "texts": found.texts,
        "topics": [
            {"title": words.say(topic.title), "count": topic.count, "share": Decimal(topic.count) / found.texts}
            for topic in sorted(found.topics, key=lambda topic: -topic.count)
            if topic.count
        ],
        "visits": _called(found.visits) if found.visits else None,
    }


def _asked(words: Words, result: Result) -> AskedFacts:
    net = result.net
    low, high = net.interval if net else (None, None)
    ticked: list[TickedFacts] = [
        {"title": words.say(each.title), "count": each.count, "share": Decimal(each.count) / result.answered}
        for each in sorted(result.ticked, key=lambda each: -each.count)
        if each.count
    ]
    return {
        "title": words.say(result.title),
        "kind": result.kind,
        "answered": result.answered,
        "few": result.is_few,
        "mean": result.mean,
        "score": net.score if net else None,
        "low": low,
        "high": high,
        "ticked": ticked,
    }


def _called(visits: Load) -> CalledFacts:
    def ended(outcome: VisitOutcome) -> int:
        return visits.outcomes.get(outcome, 0)

    return {
        "listed": visits.listed,
        "open": visits.open,
        "reached": ended(VisitOutcome.REACHED),
        "no_answer": ended(VisitOutcome.NO_ANSWER),
        "refused": ended(VisitOutcome.REFUSED),
        "wrong_contact": ended(VisitOutcome.WRONG_CONTACT),
        "withdrawn": ended(VisitOutcome.WITHDRAWN),
        "offers": visits.offers,
    }
