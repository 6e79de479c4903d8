"""`opsflow feedback visits` and `offers`: whom customer service calls back, what came of it, who wants to hear of an offer."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from opsflow.cli.acting import ByOption, CampaignArgument, acting_context, counted, person, show
from opsflow.cli.importing import RejectsOption, importing, summary
from opsflow.kernel.characters import without_unsafe
from opsflow.kernel.csvfile import csv_table
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.kernel.writing import refuse_existing, write_aside

if TYPE_CHECKING:
    from opsflow.context import Context
    from opsflow.feedback.visits.model import Load
    from opsflow.feedback.visits.store import Call

calling = typer.Typer()
CONTACT = ("account", "name", "email", "phone")
TO_FILL_IN = ("at", "channel", "outcome", "offer", "note")
PLANNED = "planned"
Channel = Literal["chat", "telephone", "e-mail"]
Outcome = Literal["reached", "no_answer", "refused", "wrong_contact", "withdrawn"]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace a file that is there.")]


@calling.command()
def visits(
    campaign: CampaignArgument,
    number: Annotated[str | None, typer.Option("--list", help="Choose until N are listed; `planned`: as the campaign file says.", metavar="N", show_default="nobody is chosen")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="A CSV file of who is still to be called.", metavar="FILE", show_default="none")] = None,
    source: Annotated[Path | None, typer.Option("--import", help="Take that file, filled in, or any list of whom to call.", metavar="FILE", show_default="none")] = None,
    done: Annotated[str | None, typer.Option("--done", help="Whom somebody tried to reach: id, account, e-mail address or telephone number.", metavar="PARTICIPANT", show_default="nobody")] = None,
    channel: Annotated[Channel | None, typer.Option(help="How.", show_default="with --done: needed")] = None,
    outcome: Annotated[Outcome | None, typer.Option(help="What came of it.", show_default="with --done: needed")] = None,
    offer: Annotated[bool, typer.Option("--offer", help="They want to hear of a follow-up offer.")] = False,
    note: Annotated[str, typer.Option(help="What they said; it stands among users' words.", metavar="TEXT", show_default="nothing")] = "",
    agent: Annotated[list[str] | None, typer.Option(help="Who calls; with -o: whose list. Repeat it for several.", metavar="PERSON", show_default="customer service")] = None,
    rejects: RejectsOption = None,
    force: ForceOption = False,
    by: ByOption = None,
) -> None:  # fmt: skip
    """Call participants back: choose them, write the list, say what came of it.

    Without an option it shows how far everybody is. Chosen are those who agree to be contacted, by a rank that nobody can pick. The
    list has a row each with empty columns at, channel, outcome, offer, note; filled in, --import takes it, and the same
    file twice changes nothing. Whom nobody reaches three times is called no more; `withdrawn` takes their consent back.

    \b
    Examples:
      opsflow feedback visits double-eleven-2026 --list 200 --by hu-jing
      opsflow feedback visits double-eleven-2026 --done user-4711 --channel telephone --outcome reached --by jiang-xin
    """
    asked = [
        name
        for name, given in (("--list", number), ("-o", out), ("--import", source), ("--done", done))
        if given is not None
    ]
    if len(asked) > 1:
        raise BadInput(f"{' and '.join(asked)} are different things: give one of them.")
    agents, key = [PersonKey(each) for each in agent or ()], CampaignKey(campaign)
    with acting_context() as ctx:
        if number is not None:
            _list(ctx, key, number, agents, by)
        elif out is not None:
            _export(ctx, key, out, agents, by, force=force)
        elif source is not None:
            _import(ctx, key, source, rejects, agents, by)
        elif done is not None:
            _record(ctx, key, done, channel, outcome, note, by, offer=offer)
        else:
            # SQLAlchemy takes 0.3 s to import, which `--help` need not wait for; below as well.
            from opsflow.feedback.visits.service import standing

            show(_lines(campaign, standing(ctx, key)))


@calling.command()
def offers(
    campaign: CampaignArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="A CSV file for whoever sends offers.", metavar="FILE")],
    force: ForceOption = False,
    by: ByOption = None,
) -> None:
    """Write the list of who wants to hear of a follow-up offer.

    Who said so when they were called back, and agrees to be contacted still. The file holds personal data.

    Example: opsflow feedback offers double-eleven-2026 -o offers.csv --by lin-yue
    """
    actor = person(by)
    refuse_existing(out, force=force)
    with acting_context() as ctx:
        from opsflow.feedback.visits.service import offers as wanted  # SQLAlchemy, as above

        found = wanted(ctx, CampaignKey(campaign), by=actor)
    heads = ("participant", *CONTACT)
    write_aside(out, csv_table(heads, ((each.participant, *_contact(each)) for each in found)), force=force)
    print(f"{counted(len(found), 'participant')} in {out}.")


def _list(ctx: "Context", campaign: CampaignKey, number: str, agents: Sequence[PersonKey], by: str | None) -> None:
    from opsflow.feedback.visits.service import list_visits  # SQLAlchemy, as above

    if number != PLANNED and not (number.isascii() and number.isdigit() and len(number) <= 6):
        raise BadInput(f"--list is a number of participants or `{PLANNED}`, not {number[:20]!r}.")
    wanted = None if number == PLANNED else int(number)
    done = list_visits(ctx, campaign, wanted, by=person(by), agents=agents)
    print(f"{done.new:,} listed now, {done.listed:,} in all.")
    if wanted is not None and done.listed < wanted:
        print("Nobody else takes part and agrees to be contacted.")


def _export(
    ctx: "Context", campaign: CampaignKey, out: Path, agents: Sequence[PersonKey], by: str | None, *, force: bool
) -> None:
    from opsflow.feedback.visits.service import calls  # SQLAlchemy, as above

    actor = person(by)
    refuse_existing(out, force=force)
    found = [each for agent in agents or (None,) for each in calls(ctx, campaign, by=actor, agent=agent)]
    table = csv_table(
        ("agent", "participant", *CONTACT, *TO_FILL_IN),
        ((each.agent, each.participant, *_contact(each), *("" for _ in TO_FILL_IN)) for each in found),
    )
    write_aside(out, table, force=force)
    print(f"{counted(len(found), 'participant')} to call in {out}.")


def _import(
    ctx: "Context", campaign: CampaignKey, file: Path, rejects: Path | None, agents: Sequence[PersonKey], by: str | None
) -> None:
    # SQLAlchemy, as above.
    from opsflow.feedback.visits.service import import_visits
    from opsflow.kernel.rowfile import rows

    actor = person(by)
    with importing(file, rejects) as (reject, tell):
        taken = import_visits(ctx, campaign, rows(file), by=actor, agents=agents, reject=reject, tell=tell)
    summary(taken, file, rejects, "visits")


def _record(
    ctx: "Context",
    campaign: CampaignKey,
    who: str,
    channel: Channel | None,
    outcome: Outcome | None,
    note: str,
    by: str | None,
    *,
    offer: bool,
) -> None:
    # SQLAlchemy, as above.
    from opsflow.feedback.visits.model import MOST_TRIES, VisitChannel, VisitOutcome
    from opsflow.feedback.visits.service import record

    if channel is None or outcome is None:
        raise BadInput("What came of it? Add --channel and --outcome.")
    after = record(
        ctx,
        campaign,
        who,
        by=person(by),
        channel=VisitChannel(channel),
        outcome=VisitOutcome(outcome),
        offer=offer,
        note=without_unsafe(note).strip(),
    )
    again = f"; {MOST_TRIES - len(after.tries)} more to try" if after.outcome is None else ""
    print(f"{after.participant}: {outcome}{again}.")


def _contact(each: "Call") -> tuple[str, ...]:
    return tuple(each.contact.get(name, "") for name in CONTACT)


def _lines(campaign: str, loads: "Sequence[Load]") -> Iterator[str]:
    yield f"{campaign} · {counted(sum(load.listed for load in loads), 'return visit')}"
    for load in loads:
        ended = "".join(f", {number:,} {outcome}" for outcome, number in load.outcomes.items())
        offers_wanted = f"; {load.offers:,} want an offer" if load.offers else ""
        yield f"  {load.agent:20} {load.listed:>6,} listed, {load.open:,} to call{ended}{offers_wanted}"
