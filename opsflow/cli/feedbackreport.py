"""`opsflow feedback report`: what participants think, counted."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import typer

from opsflow.cli.acting import ByOption, CampaignArgument, FormatOption, acting_context, counted, moment, show
from opsflow.feedback.reporting.plain import as_plain
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.settings import Settings

if TYPE_CHECKING:
    from opsflow.feedback.reporting.model import Feedback, Result
    from opsflow.feedback.reporting.service import Report

reporting = typer.Typer()
SHORT = 160
"""Characters of an example."""
WIDTH = 30


@reporting.command()
def report(campaign: CampaignArgument, output: FormatOption = "text", by: ByOption = None) -> None:
    """Show what came of the survey and of return visits.

    How many were asked and answered; each question with its mean, or net promoter with its 95 % interval; what users talk about;
    who was called back. With --by also some of what users said.

    Example: opsflow feedback report double-eleven-2026 --by lin-yue
    """
    name = by or Settings().person
    with acting_context() as ctx:
        from opsflow.feedback.reporting.service import report as counts  # SQLAlchemy takes 0.3 s to import

        found = counts(ctx, CampaignKey(campaign), by=PersonKey(name) if name else None)
    if output == "json":
        print(json.dumps(_facts(found), ensure_ascii=False, indent=2))
        return
    show(_lines(found))


def _lines(found: "Report") -> Iterator[str]:
    held, feedback = found.campaign, found.feedback
    state = "closed" if feedback.closed else "closes"
    yield f"{held.key} · {feedback.title.en} · opened {moment(feedback.opened_at, held.zone)}, {state} {moment(feedback.ends, held.zone)}"
    yield f"  asked by link {feedback.asked:,}, seen by {feedback.seen:,}, answered by {feedback.answered:,}{_share(feedback)}"
    for source, number in feedback.elsewhere.items():
        yield f"  {source}: {counted(number, 'answer')}"
    for result in feedback.results:
        yield ""
        yield from _result(result)
    yield ""
    yield f"What users said · {counted(feedback.texts, 'text')}, {feedback.corrected:,} sorted by people"
    for topic in feedback.topics:
        yield f"  {topic.title.en:{WIDTH}} {topic.count:>9,}"
        for voice in found.examples.get(topic.id, ()):
            yield f"      {voice.id}  {_short(voice.text)}"
    if not found.examples and feedback.texts:
        yield "  Add --by PERSON for examples."
    if feedback.visits is not None:
        visits = feedback.visits
        ended = "".join(f", {number:,} {outcome}" for outcome, number in visits.outcomes.items())
        yield ""
        yield f"Return visits · {visits.listed:,} listed, {visits.open:,} to call{ended}; {visits.offers:,} want an offer"


def _result(result: "Result") -> Iterator[str]:
    few = f" · few answers, {result.answered:,}: read with care" if result.is_few else f" · {result.answered:,} answers"
    yield f"{result.title.en}{few}"
    if result.mean is not None:
        yield f"  mean {result.mean} of 5"
    net = result.net
    if net is not None:
        low, high = net.interval
        yield f"  net promoter {net.score} (95%: {low} to {high}) · {net.promoters:,} promoters, {net.passives:,} passives, {net.detractors:,} detractors"
        return
    for ticked in result.ticked:
        share = f"{ticked.count / result.answered:>7.1%}" if result.answered else ""
        yield f"  {ticked.title.en:{WIDTH}} {ticked.count:>9,} {share}"


def _share(feedback: "Feedback") -> str:
    return "" if feedback.rate is None else f" ({feedback.rate:.1%})"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHORT else f"{line[: SHORT - 1]}…"


def _facts(found: "Report") -> dict[str, Any]:
    facts = as_plain(found.feedback)
    for topic in facts["topics"]:
        topic["examples"] = [{"id": each.id, "text": each.text} for each in found.examples.get(topic["id"], ())]
    return {"campaign": found.campaign.key} | facts
