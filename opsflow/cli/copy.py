"""`opsflow copy`: last time's campaign on a new launch date, with nothing of the old dates left."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from shlex import quote
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from opsflow.campaigns.calendars import working_days
from opsflow.campaigns.copying import (
    Spoken,
    copied,
    field_days,
    free_key,
    new_words,
    proposed_key,
    spoken_dates,
    unmoved_words,
)
from opsflow.campaigns.files import Loaded, load
from opsflow.campaigns.launchmove import WEEKDAYS, Move
from opsflow.campaigns.neighbours import KeyTaken, check_key, refuse_other_names, taken_keys
from opsflow.campaigns.plan import Infeasible
from opsflow.campaigns.planner import plan as plan_campaign
from opsflow.cli.dates import day
from opsflow.cli.planview import refusal_text
from opsflow.kernel.clock import SystemClock
from opsflow.kernel.errors import BadInput, Refused
from opsflow.kernel.filemodel import FIRST_DAY, LAST_DAY
from opsflow.kernel.writing import refuse_existing, write_aside
from opsflow.kernel.zoned import local_date
from opsflow.settings import Settings

SHOWN = 12
"""So many words that may be out of date are listed; a reader looks the others up."""


class DatesUnanswered(Refused):
    """Texts of the old campaign name its dates, or what may be one, and nobody said what becomes of them."""

    def __init__(self, open_points: list[Spoken]) -> None:
        sure = [spoken for spoken in open_points if spoken.sure]
        doubtful = [spoken for spoken in open_points if not spoken.sure]
        parts = ["Nothing is written: nobody has said what becomes of the dates and years that texts name."]
        if sure:
            parts += ["Say what becomes of each, or take all of these with --yes:", *map(_option, sure)]
        if doubtful:
            doubt = (
                "These may be old dates or years, which --yes does not decide. Say what becomes of each "
                "(--replace 'OLD=OLD' leaves one as it is):"
            )
            parts += [doubt, *map(_option, doubtful)]
        super().__init__("\n".join(parts))


def _option(spoken: Spoken) -> str:
    words = f"{spoken.mention.text}={spoken.mention.proposal}".replace("'", "'\"'\"'")
    return f"  --replace '{words}'  # {spoken.place}"


def copy(
    old: Annotated[Path, typer.Argument(help="The campaign file to start from.", metavar="OLD")],
    new: Annotated[Path, typer.Argument(help="The file to write, or a folder for KEY.yaml.", metavar="NEW")],
    launch: Annotated[str, typer.Option(help="The new launch day (YYYY-MM-DD).", metavar="DAY")],
    key: Annotated[str | None, typer.Option(help="The new campaign's key; asked for otherwise.")] = None,
    replace: Annotated[
        list[str] | None,
        typer.Option(
            "--replace", help="What a text becomes, in every field and comment; OLD=OLD: it stays.", metavar="OLD=NEW"
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Take the proposed key and dates without asking; no guess.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite NEW.")] = False,
) -> None:
    """Make a new campaign of an old one, on a new launch day.

    Every date moves by the same number of calendar days, so that lengths and gaps stay; times of day stay as well. On
    another weekday than last time you are warned: 364 days later is the same weekday of the next year. Dates and years
    inside texts, titles and comments are found and asked for, with a proposal; so is what may be an old date or a figure,
    which --yes does not decide. Without an answer nothing is written; --replace "OLD=OLD" leaves words as they are. Months,
    quarters and weekdays without a date stay, and are listed to be read again. Comments and layout of the old file stay.

    \b
    Examples:
      opsflow copy campaigns/member-day-2026.yaml campaigns/member-day-2027.yaml --launch 2027-10-08
      opsflow copy old.yaml new.yaml --launch 2027-10-19 --key double-eleven-2027 --yes
      opsflow copy old.yaml new.yaml --launch 2027-10-19 --replace "20 October 2026=19 October 2027"
    """
    folders = Settings().template_folders
    source = load(old, folders)
    text = old.read_bytes().decode("utf-8-sig")
    move = _move(old, text, source.campaign.live.start.date(), day(launch, "--launch"))
    if not new.is_dir():
        refuse_other_names(new)
    folder = new if new.is_dir() else new.absolute().parent
    key = _key(
        key, proposed_key(source.campaign.key, move, _taken(source, old, folder)), _taken(source, old, folder), yes=yes
    )
    target = new / f"{key}.yaml" if new.is_dir() else new
    refuse_existing(target, force=force)
    answers = _answers(replace or [], old, text, move)
    # What stood beside an answered one may be read otherwise without it.
    while open_points := spoken_dates(text, move, answers):
        answers |= _asked(open_points, yes=yes)
    words = copied(text, move, key=key, answers=answers)
    made = load(target, folders, text=words)
    write_aside(target, words.encode(), force=force)
    _tell_texts(text, move, answers)
    _tell(target, made, move)


def _move(old: Path, text: str, was: date, launch: date) -> Move:
    """From the old launch to the new one. Refused: they are the same. BadInput: a date would leave the years there are."""
    if was == launch:
        raise Refused(f"{old} launches on {was} already. Name another --launch.")
    days = field_days(text)
    first, last = was + (FIRST_DAY - min(days)), was + (LAST_DAY - max(days))
    if not first <= launch <= last:
        raise BadInput(
            f"--launch {launch} would move dates of {old} out of the years {FIRST_DAY.year} to {LAST_DAY.year}. "
            f"Name a day from {first} to {last}."
        )
    return Move(was, launch)


def _taken(source: Loaded, old: Path, folder: Path) -> frozenset[str]:
    return taken_keys(old.absolute().parent, folder) | {source.campaign.key}


def _key(given: str | None, proposed: str, taken: frozenset[str], *, yes: bool) -> str:
    if given is None and not yes:
        try:
            given = str(typer.prompt("Key of the new campaign", default=proposed, err=True))
        except typer.Abort as end:
            raise Refused(f"Nothing is written: the new campaign needs a key. Add --key {proposed}.") from end
    key = given if given is not None else proposed
    check_key(key)
    if key in taken:
        raise KeyTaken(key, free_key(key, taken))
    return key


def _answers(given: list[str], old: Path, text: str, move: Move) -> dict[str, str]:
    """What --replace says. BadInput: it does not say what becomes of what, says it twice, or the file has no such text."""
    answers: dict[str, str] = {}
    for pair in given:
        was, equals, becomes = pair.partition("=")
        was = " ".join(was.split())
        if not equals or not was:
            raise BadInput(f"--replace {pair!r} does not say what becomes of what. Write --replace 'OLD=NEW'.")
        if was in answers:
            raise BadInput(f"--replace says twice what becomes of {was!r}. Say it once.")
        if not new_words(text, move, {was: becomes}):
            raise BadInput(
                f"--replace {pair!r}: no text or comment of {old} has {was!r} on its own. Write it as it stands there, with "
                "all that belongs to it, or leave this --replace out."
            )
        answers[was] = becomes
    return answers


def _asked(open_points: list[Spoken], *, yes: bool) -> Mapping[str, str]:
    """The proposals that are taken, or what is typed in place of them. DatesUnanswered: nobody takes a guess but a person."""
    doubtful = [spoken for spoken in open_points if not spoken.sure]
    if yes and doubtful:
        raise DatesUnanswered(doubtful)
    answers: dict[str, str] = {}
    for number, spoken in enumerate(open_points):
        words = spoken.mention.proposal
        if not yes:
            try:
                may_be = "" if spoken.sure else ", which may be an old date or year,"
                question = f"{spoken.mention.text!r} in {spoken.place}{may_be} becomes"
                words = str(typer.prompt(question, default=words, err=True))
            except typer.Abort as end:
                typer.echo(err=True)
                raise DatesUnanswered(open_points[number:]) from end
        answers[spoken.mention.text] = words
    return answers


def _tell_texts(text: str, move: Move, answers: Mapping[str, str]) -> None:
    """Every text that is another one now, what was left as it is, and what somebody has to read because it stayed."""
    said = new_words(text, move, answers)
    changes = [change for change in said if change.old != change.new]
    if changes:
        print("Changed in texts:")
    for change in changes:
        print(f"  {change.place}: {change.old!r} -> {change.new!r}")
    kept = [change for change in said if change.old == change.new]
    if kept:
        print("Left as they are, as you said:")
    for change in kept:
        print(f"  {change.place}: {change.old!r}")
    words = unmoved_words(text, move, answers)
    if words:
        more = f", and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
        print(
            f"Read again, months, quarters and weekdays without a date stay as they were: {', '.join(words[:SHOWN])}{more}."
        )


def _tell(target: Path, made: Loaded, move: Move) -> None:
    print(f"Written: {target}, {made.campaign.key}, {move.by.days:+d} days, launch {move.new}.")
    if move.by.days % 7:
        was, now = WEEKDAYS[move.old.weekday()], WEEKDAYS[move.new.weekday()]
        print(
            f"Warning: the launch was on a {was} and is on a {now} now; promotion nodes have moved off their weekdays too."
        )
    campaign, days = made.campaign, working_days(made.organisation)
    today = local_date(SystemClock().now(), ZoneInfo(campaign.zone))
    found = plan_campaign(campaign, made.organisation, made.sop, days, today)
    planned = () if isinstance(found, Infeasible) else found.warnings
    for warning in dict.fromkeys((*made.warnings, *planned)):
        print(f"Warning: {warning['en']}")
    if isinstance(found, Infeasible):
        print(refusal_text(found, "en"))
    elif move.new < today:
        print("`opsflow start` refuses a launch that is past: copy again with a later --launch, and --force.")
    else:
        print(f"Next: opsflow plan {quote(str(target))}")
