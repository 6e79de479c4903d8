"""`opsflow prizes`, first half: who takes part in a draw, sealing it, drawing it, and proving it to anybody."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opsflow.cli import drawview
from opsflow.cli.acting import (
    ByOption,
    CampaignArgument,
    FormatOption,
    acting_context,
    person,
    show,
    words,
    workspace_settings,
)
from opsflow.cli.importing import RejectsOption, importing, rejects_of
from opsflow.kernel.errors import BadInput, Refused
from opsflow.kernel.taken import Imported, Rejected
from opsflow.kernel.terms import CampaignKey
from opsflow.kernel.writing import refuse_existing, write_aside

if TYPE_CHECKING:
    from opsflow.context import Context

draws = typer.Typer(rich_markup_mode=None)

DrawArgument = Annotated[str, typer.Argument(help="The draw's id in the campaign file.", metavar="DRAW")]
WhoArgument = Annotated[
    str, typer.Argument(help="Id, account, e-mail address or telephone number.", metavar="PARTICIPANT")
]
ASSUMED = 1_000_000
"""People behind a share that is assumed: so many that the share itself does not spread."""
ReasonOption = Annotated[str, typer.Option(help="Why; it stands in the journal.", metavar="TEXT")]


@draws.command()
def freeze(
    campaign: CampaignArgument,
    draw: DrawArgument,
    winners: Annotated[
        Path | None,
        typer.Option("--winners", help="Of a draw of the form `list`: a file with account and prize.", metavar="FILE"),
    ] = None,
    rejects: RejectsOption = None,
    number_at: Annotated[
        str | None,
        typer.Option(help="When the public number is known, if later than in the file (local time).", metavar="TIME"),
    ] = None,
    by: ByOption = None,
    output: FormatOption = "text",
) -> None:
    """Write down who takes part in a draw.

    And who is left out, for which reason. Until it is committed it may be repeated.

    Of a finished list: .csv, .jsonl, .json or .xlsx with the columns prize (its id or title) and account, email or phone. Rows
    that name nobody who takes part, another prize, somebody twice, somebody on the blocklist or who has won as much as one
    person may, or more than there is are rejected, each with its reason.

    \b
    Examples:
      opsflow prizes freeze double-eleven-2026 first-draw --by lin-yue
      opsflow prizes freeze spring-game-2027 friends --winners winners.csv --by lin-yue
    """
    who, at = person(by), _time(number_at) if number_at else None
    with acting_context() as ctx:
        # SQLAlchemy takes 0.3 s to import, which `--help` need not wait for; below as well.
        from opsflow.kernel.rowfile import rows  # the spreadsheet library
        from opsflow.prizes.draws.freezing import freeze as write_down

        with _told(winners, rejects) as (tell, refuse):
            listed = rows(winners) if winners else None
            found = write_down(
                ctx, CampaignKey(campaign), draw, by=who, number_at=at, winners=listed, reject=refuse, tell=tell
            )
    if output == "json":
        _json(drawview.overview_json(found))
    else:
        show(drawview.frozen_text(campaign, found))


@draws.command()
def readmit(
    campaign: CampaignArgument, draw: DrawArgument, who: WhoArgument, reason: ReasonOption, by: ByOption = None
) -> None:
    """Let somebody who was left out take part.

    Before the draw is committed: their appeal was right.

    Example: opsflow prizes readmit double-eleven-2026 last-draw user-4711 --reason "A family's shared device" --by lin-yue
    """
    actor, why = person(by), _said(reason)
    with acting_context() as ctx:
        from opsflow.prizes.draws import freezing  # SQLAlchemy, as above

        found = freezing.readmit(ctx, CampaignKey(campaign), draw, who, reason=why, by=actor)
    print(f"{found} takes part in {draw}.")


@draws.command()
def commit(
    campaign: CampaignArgument,
    draw: DrawArgument,
    winners: Annotated[int, typer.Option(help="How many prizes it gives out, as `freeze` said.", metavar="N")],
    cost: Annotated[str, typer.Option(help="What that costs, tax included, as `freeze` said.", metavar="AMOUNT")],
    by: ByOption = None,
) -> None:
    """Seal a draw.

    From then on nothing about it changes. Publish the commitment before its number is known. Where it costs more, tax included,
    than the rewards line still has, it is sealed with a warning.

    Example: opsflow prizes commit double-eleven-2026 first-draw --winners 707 --cost 101739.75 --by lin-yue
    """
    actor = person(by)
    with acting_context() as ctx:
        # SQLAlchemy, as above.
        from opsflow.kernel.money import parse
        from opsflow.prizes.draws import service
        from opsflow.prizes.draws.standing import currency_of, overview

        key = CampaignKey(campaign)
        currency = currency_of(ctx, key)
        amount = parse(cost.replace(",", ""), currency, zero=True)
        found = service.seal(ctx, key, draw, winners=winners, cost=amount, by=actor)
        (now,) = (each for each in overview(ctx, key) if each.rule.id == draw)
    for line in drawview.short_text(now):
        print(line.strip(), file=sys.stderr)
    print(f"{draw} is sealed. Publish this now, where others keep the time:\n\n  {found}\n")


@draws.command()
def draw(
    campaign: CampaignArgument,
    draw: DrawArgument,
    number: Annotated[
        str | None,
        typer.Option(help="The public number, in figures as it was published.", metavar="NUMBER", show_default="none"),
    ] = None,
    beacon: Annotated[
        Path | None,
        typer.Option(
            "--round",
            help="A file with the round of drand that was sealed, instead of asking drand's servers.",
            metavar="FILE",
            show_default="none",
        ),
    ] = None,
    by: ByOption = None,
    output: FormatOption = "text",
) -> None:
    """Draw, and record what everybody has won.

    The same number again changes nothing; another one is refused. A draw by drand asks the servers of beacon.yaml for its round;
    where they do not tell it, or contradict each other, nothing is drawn.

    \b
    Examples:
      opsflow prizes draw double-eleven-2026 first-draw --number 3245.67 --by lin-yue
      opsflow prizes draw double-eleven-2026 winter-coupon --by lin-yue
      opsflow prizes draw double-eleven-2026 third-draw --round round.json --by lin-yue
    """
    actor, answer = person(by), _bytes(beacon) if beacon is not None else None
    with acting_context() as ctx:
        from opsflow.prizes.draws import service  # SQLAlchemy, as above

        found = service.perform(ctx, CampaignKey(campaign), draw, number=number, by=actor, beacon=answer)
    if output == "json":
        _json([drawview.place_json(each) for each in found])
    else:
        show(drawview.drawn_text(draw, found))


@draws.command()
def replace(
    campaign: CampaignArgument, draw: DrawArgument, who: WhoArgument, reason: ReasonOption, by: ByOption = None
) -> None:
    """Give a prize to the next alternate.

    The winner may not have it, or does not want it. Nothing is drawn again.

    Example: opsflow prizes replace double-eleven-2026 first-draw user-4711 --reason "Staff of a supplier" --by lin-yue
    """
    actor, why = person(by), _said(reason)
    with acting_context() as ctx:
        from opsflow.prizes.draws import service  # SQLAlchemy, as above

        found = service.replace_winner(ctx, CampaignKey(campaign), draw, who, reason=why, by=actor)
    print(
        f"{found.prize} goes to {found.participant}, the next alternate."
        if found
        else "No alternate is left: it stays."
    )


@draws.command()
def claim(
    campaign: CampaignArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="A CSV file for whoever sends the mail.", metavar="FILE")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    by: ByOption = None,
) -> None:
    """Write a claim link for each winner.

    For every prize whose winner must say where it goes and has not yet: who, what, until when, and a link that is theirs
    alone. The file holds personal data. Links need OPSFLOW_PUBLIC_URL (docs/pages.md).

    Example: opsflow prizes claim double-eleven-2026 -o winners-to-tell.csv --by lin-yue
    """
    actor = person(by)
    refuse_existing(out, force=force)
    with acting_context() as ctx:
        from opsflow.prizes.claims.service import invitations  # SQLAlchemy, as above

        found = invitations(ctx, CampaignKey(campaign), by=actor)
    write_aside(out, drawview.invitations_csv(found), force=force, private=True)
    print(f"{len(found):,} winners to tell, in {out}.")


@draws.command()
def lapse(campaign: CampaignArgument) -> None:
    """Take back what was not claimed in time.

    Each prize goes to the next alternate, once. `opsflow up` does it by itself with every round of payouts. Under the brake
    nothing lapses.

    Example: opsflow prizes lapse double-eleven-2026
    """
    with acting_context() as ctx:
        from opsflow.prizes.claims.service import lapse_due  # SQLAlchemy, as above

        lapsed, given = lapse_due(ctx, CampaignKey(campaign))
    print(f"{lapsed:,} prizes were not claimed in time; {given:,} of them go to alternates.")


@draws.command()
def proof(
    campaign: CampaignArgument,
    draw: DrawArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="A folder for the public files.", metavar="FOLDER")],
    participant: Annotated[
        str | None,
        typer.Option(
            help="Only what one participant needs to see that they are on the sealed list: their id in it.",
            metavar="ID",
            show_default="everything",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
) -> None:
    """Write the files that prove a draw.

    Publish the folder: no personal data is in it. With `--participant`, as soon as the draw is sealed: one small file and the
    script that checks it against the commitment.

    \b
    Examples:
      opsflow prizes proof double-eleven-2026 first-draw -o first-draw
      opsflow prizes proof double-eleven-2026 first-draw --participant 0c94...7a -o for-0c94
    """
    with acting_context() as ctx:
        from opsflow.prizes.draws import service  # SQLAlchemy, as above

        key = CampaignKey(campaign)
        found, files = (
            service.proof(ctx, key, draw) if participant is None else service.inclusion(ctx, key, draw, participant)
        )
    try:
        out.mkdir(exist_ok=True)
    except OSError as error:
        raise BadInput(f"{out} is no folder that can be made: {error.strerror}. Name another.") from error
    for name, content in files.items():
        write_aside(out / name, content, force=force)
    print(f"{', '.join(files)} in {out}.")
    if participant is not None:
        command = f"python3 {out / 'included.py'} {out / 'inclusion.json'} {found.commitment} {participant}"
        print(f"They check it: {command}")
    if "verify.py" in files:
        given = " ".join(filter(None, (found.commitment, found.number)))  # without chance there is no number
        print(f"Anybody checks it: python3 {out / 'verify.py'} {out} {given}")


@draws.command()
def verify(
    folder: Annotated[Path, typer.Argument(help="A folder of proof files.", metavar="FOLDER")],
    commitment: Annotated[str, typer.Argument(help="As it was published before the draw.", metavar="COMMITMENT")],
    number: Annotated[
        str, typer.Argument(help="The public number; none for a draw without chance.", metavar="[NUMBER]")
    ] = "",
) -> None:
    """Check the proof of a draw.

    The list is the one that was sealed, and these are its winners.

    Example: opsflow prizes verify first-draw 5f2c...e1 3245.67
    """
    from opsflow.prizes.draws.checking import verified  # nobody else needs it

    try:
        print(verified(folder, commitment, number))
    except ValueError as error:
        raise Refused(f"The proof does not hold: {error}.") from error
    except (OSError, KeyError, TypeError, IndexError) as error:
        raise BadInput(f"{folder} is no proof: {type(error).__name__}, {error}.") from error


@draws.command()
def where(campaign: CampaignArgument, who: WhoArgument, by: ByOption = None, output: FormatOption = "text") -> None:
    """Say what became of a participant.

    In every draw they were in or left out of: for customer service.

    Example: opsflow prizes where double-eleven-2026 user-4711 --by jiang-xin
    """
    actor = person(by)
    with acting_context() as ctx:
        from opsflow.prizes.draws import service  # SQLAlchemy, as above

        found, places = service.look_up(ctx, CampaignKey(campaign), who, by=actor)
    if output == "json":
        _json(drawview.where_json(found, places))
    else:
        show(drawview.where_text(found, places))


@draws.command("simulate")
def simulate_(
    campaign: CampaignArgument,
    participants: Annotated[int, typer.Option(help="How many are going to take part.", metavar="N", min=1, max=10**8)],
    like: Annotated[
        str | None,
        typer.Option(
            help="A campaign whose participants show how many qualify.", metavar="CAMPAIGN", show_default="this one"
        ),
    ] = None,
    share: Annotated[
        float | None,
        typer.Option(
            help="Assume that this share qualifies, instead of looking.",
            metavar="SHARE",
            min=0,
            max=1,
            show_default="look",
        ),
    ] = None,
    rounds: Annotated[
        int, typer.Option(help="How often each draw is played.", metavar="N", min=20, max=100_000)
    ] = 1_000,
    seed: Annotated[int, typer.Option(help="The same seed, the same figures.")] = 11,
    output: FormatOption = "text",
) -> None:
    """Show what the draws may cost, with spread.

    From those who have played (here or in a campaign like it, judged by its own rules for the draw of the same id), or from a
    share that you assume: how many take part, win, and what it costs, at the 5th, 50th and 95th percentile.

    \b
    Examples:
      opsflow prizes simulate double-eleven-2026 --participants 400000 --like double-eleven-2025
      opsflow prizes simulate double-eleven-2026 --participants 400000 --share 0.3
    """
    with acting_context() as ctx:
        # SQLAlchemy, as above.
        from opsflow.prizes.draws.freezing import seen
        from opsflow.prizes.draws.simulating import Seen
        from opsflow.prizes.draws.standing import overview, simulated

        key = CampaignKey(campaign)
        names = [each.rule.id for each in overview(ctx, key) if each.rule.form != "list"]
        if share is not None:
            known = dict.fromkeys(names, Seen(ASSUMED, round(share * ASSUMED)))
        else:
            known = {name: seen(ctx, CampaignKey(like or campaign), name) for name in names}
            if names and not any(each.people for each in known.values()):
                raise BadInput(
                    f"Nobody takes part in {like or campaign} yet: name another with --like, or assume a --share."
                )
        found = simulated(ctx, key, known, participants=participants, rounds=rounds, seed=seed)
    if output == "json":
        _json({name: drawview.spread_json(each) for name, each in found.items()})
    else:
        show(drawview.spread_text(found, known, participants))


@draws.command("terms")
def terms_(
    campaign: CampaignArgument,
    source: Annotated[Path, typer.Option("--from", help="The campaign file with the other terms.", metavar="FILE")],
    apply: Annotated[bool, typer.Option("--apply", help="File them; without this nothing is written.")] = False,
    by: ByOption = None,
) -> None:
    """Show or file other prizes, draws and rules.

    Once the campaign is live only what no participant loses by is filed: more, earlier, easier. A draw that is frozen keeps its
    rules. Everything else of the file is left as it was.

    Example: opsflow prizes terms double-eleven-2026 --from campaigns/double-eleven-2026.yaml --apply --by lin-yue
    """
    actor = person(by) if apply else None
    with acting_context() as ctx:
        # SQLAlchemy, and the calendars that a campaign file is checked with.
        from opsflow.campaigns.files import load
        from opsflow.prizes.terms.service import compare, file_terms

        given = load(source, workspace_settings(source).template_folders).campaign
        if given.key != campaign:
            raise BadInput(f"{source} is the file of {given.key}, not of {campaign}.")
        key = CampaignKey(campaign)
        found = compare(ctx, key, given) if actor is None else file_terms(ctx, key, given, by=actor)
    show(drawview.terms_text(found, filed=apply))


def overview_lines(ctx: "Context", campaign: CampaignKey) -> list[str]:
    """How far each draw of a campaign is."""
    from opsflow.prizes.draws.standing import overview  # SQLAlchemy, as above

    return drawview.overview_text(overview(ctx, campaign))


@contextmanager
def _told(
    winners: Path | None, rejects: Path | None
) -> Iterator[tuple[Callable[[int], None], Callable[[Rejected], None]]]:
    """Whom to tell how many are written down, and what of a finished list is not taken."""
    if winners is None:
        yield (
            (lambda done: print(f"\r{done:,} written down", end="", file=sys.stderr))
            if sys.stderr.isatty()
            else _quiet,
            _quiet,
        )
        return
    refused = Counter[str]()
    with importing(winners, rejects) as (reject, tell):

        def refuse(row: Rejected) -> None:
            refused["rows"] += 1
            reject(row)

        yield lambda done: tell(Imported(added=done, rejected=refused["rows"])), refuse
    if refused:
        print(f"{refused['rows']:,} rows rejected, with reasons: {rejects_of(winners, rejects)}", file=sys.stderr)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None:
        raise BadInput(f"--number-at {text}: write a local time such as 2026-11-02T15:30.")
    return found


def _said(text: str) -> str:
    said = words(text, "--reason")
    assert said is not None  # what must be given
    return said.en


def _quiet(_: object) -> None:
    pass


def _json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))
