"""`opsflow feedback voices` and `sort`: what users said in their own words, and what it is about."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from opsflow.cli.acting import ByOption, CampaignArgument, FormatOption, acting_context, counted, moment, person, show
from opsflow.kernel.csvfile import csv_table
from opsflow.kernel.terms import CampaignKey
from opsflow.kernel.text import Text
from opsflow.kernel.writing import refuse_existing, write_aside

if TYPE_CHECKING:
    from opsflow.feedback.voices.model import Voice

words = typer.Typer()
HEADS = ("id", "at", "source", "topic", "because", "corrected", "corrected_by", "text")


@words.command()
def voices(
    campaign: CampaignArgument,
    topic: Annotated[str | None, typer.Option(help="Only of this topic: prize, rule, page, delivery, service, other.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write them into a CSV file.", metavar="FILE", show_default="shown")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    output: FormatOption = "text",
    by: ByOption = None,
) -> None:  # fmt: skip
    """Show what users said in their own words, the latest first.

    Each with its topic and the words of topics.yaml that decided; without who said it.

    Example: opsflow feedback voices double-eleven-2026 --topic delivery --by chen-xi
    """
    actor = person(by)
    if out is not None:
        refuse_existing(out, force=force)
    with acting_context() as ctx:
        # SQLAlchemy takes 0.3 s to import, which `--help` need not wait for; below as well.
        from opsflow.campaigns.store import load_campaign
        from opsflow.feedback.voices.service import heard

        key = CampaignKey(campaign)
        rule, found = heard(ctx, key, by=actor, topic=topic)
        with ctx.reading() as session:
            zone = load_campaign(session, key).zone
    if out is not None:
        write_aside(out, csv_table(HEADS, ([*_cells(each, zone).values()] for each in found)), force=force)
        print(f"{counted(len(found), 'text')} in {out}.")
    elif output == "json":
        rows = [_cells(each, zone) | {"at": each.at.isoformat()} for each in found]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        show(_lines(campaign, rule.titles, found, zone))


@words.command()
def sort(
    campaign: CampaignArgument,
    voice: Annotated[str, typer.Argument(help="The words' id, as `voices` shows it, or how it begins.", metavar="ID")],
    topic: Annotated[str, typer.Argument(help="prize, rule, page, delivery, service, other; `rule-again`: what the rule found.", metavar="TOPIC")],
    by: ByOption = None,
) -> None:  # fmt: skip
    """Say what somebody's words are about, where the rule was wrong.

    What the rule found stays beside it. The same words imported again keep the correction.

    Example: opsflow feedback sort double-eleven-2026 3f2a9c delivery --by chen-xi
    """
    actor = person(by)
    with acting_context() as ctx:
        from opsflow.feedback.voices.service import sort as correct  # SQLAlchemy, as above

        was = correct(ctx, CampaignKey(campaign), voice, None if topic == AGAIN else topic, by=actor)
    show([f"{was.id}: {was.topic if topic == AGAIN else topic}, was {was.about}."])


AGAIN = "rule-again"


def _cells(each: "Voice", zone: ZoneInfo) -> dict[str, str]:
    values = (
        each.id, moment(each.at, zone), each.source, each.topic, each.because, each.corrected or "", each.corrected_by or "",
        each.text,
    )  # fmt: skip
    return dict(zip(HEADS, values, strict=True))


def _lines(campaign: str, titles: Mapping[str, Text], found: "list[Voice]", zone: ZoneInfo) -> Iterator[str]:
    yield f"{campaign} · {counted(len(found), 'text')}"
    for each in found:
        title = titles[each.about].en if each.about in titles else each.about
        if each.corrected:
            why = f"as {each.corrected_by} says; the rule found {each.topic}"
        else:
            why = f"because of {each.because}" if each.because else "no word of the rule"
        yield f"{each.id}  {title} ({why}) · {each.source}, {moment(each.at, zone)}"
        yield from (f"    {line}" for line in each.text.splitlines())
