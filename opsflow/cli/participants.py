"""`opsflow participants`: who takes part and what they have done come in from files; decide, block, look up, erase."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opsflow.cli.acting import ByOption, CampaignArgument, FormatOption, acting_context, person, words
from opsflow.cli.importing import FileArgument, RejectsOption, importing, summary
from opsflow.kernel.characters import printable
from opsflow.kernel.csvfile import csv_table
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import CampaignKey, Language
from opsflow.kernel.writing import refuse_existing, write_aside

if TYPE_CHECKING:
    from opsflow.participants.letters.model import Letter

participants = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

WhoArgument = Annotated[
    str, typer.Argument(help="Id, account, e-mail address or telephone number.", metavar="PARTICIPANT")
]
SomeArgument = Annotated[
    list[str] | None,
    typer.Argument(help="Whom; without anybody: all whom the step is open to.", metavar="[PARTICIPANT]...", show_default="all of them"),
]  # fmt: skip


@participants.command("import")
def import_(campaign: CampaignArgument, file: FileArgument, rejects: RejectsOption = None, by: ByOption = None) -> None:
    """Take participants in from a file.

    Whoever is there already is brought up to date.

    Columns: account (needed), name, email, phone, paying, device, payee, network, registered_at, consent, status. The same
    account in other case, width or Unicode form is the same person, and so is another account with the same e-mail
    address or telephone number: that row is rejected. `consent`: to be contacted after the campaign; `no` takes it back.

    Example: opsflow participants import double-eleven-2026 players.csv --by lin-yue
    """
    who = person(by)
    with acting_context() as ctx, importing(file, rejects) as (reject, tell):
        # SQLAlchemy takes 0.3 s to import, which `--help` need not wait for; below as well.
        from opsflow.kernel.rowfile import rows
        from opsflow.participants.service import import_participants

        done = import_participants(ctx, CampaignKey(campaign), rows(file), by=who, reject=reject, tell=tell)
    summary(done, file, rejects, "participants")


@participants.command()
def results(
    campaign: CampaignArgument,
    file: FileArgument,
    add: Annotated[bool, typer.Option("--add", help="Accounts that nobody has become participants.")] = False,
    rejects: RejectsOption = None,
    by: ByOption = None,
) -> None:
    """Take in what participants have done.

    One row for an account and day, one column for each measure.

    Columns: account (needed), day (else the campaign's today), reached_at (when, for who was first); every other column is
    a measure in whole numbers, such as orders, points, sets, stages. A later file's figure for the same account, measure
    and day replaces the earlier one, so the same file twice changes nothing.

    Example: opsflow participants results double-eleven-2026 orders.csv --by lin-yue
    """
    who = person(by)
    with acting_context() as ctx, importing(file, rejects) as (reject, tell):
        # SQLAlchemy, as above.
        from opsflow.kernel.rowfile import rows
        from opsflow.participants.service import import_results

        done = import_results(ctx, CampaignKey(campaign), rows(file), by=who, add=add, reject=reject, tell=tell)
    summary(done, file, rejects, "figures")


@participants.command()
def approve(campaign: CampaignArgument, who: SomeArgument = None, by: ByOption = None) -> None:
    """Approve registrations that were received.

    Example: opsflow participants approve learning-challenge-2026 --by lin-yue
    """
    _decide(campaign, who, "approved", by)


@participants.command()
def refuse(campaign: CampaignArgument, who: SomeArgument = None, by: ByOption = None) -> None:
    """Refuse registrations.

    Example: opsflow participants refuse learning-challenge-2026 user-4711 --by lin-yue
    """
    if not who:
        raise BadInput("Whom? Name at least one participant: nobody is refused in a crowd.")
    _decide(campaign, who, "refused", by)


@participants.command()
def join(campaign: CampaignArgument, who: SomeArgument = None, by: ByOption = None) -> None:
    """Say that approved participants have joined.

    Example: opsflow participants join learning-challenge-2026 user-4711 --by lin-yue
    """
    _decide(campaign, who, "joined", by)


@participants.command()
def block(
    campaign: CampaignArgument,
    who: WhoArgument,
    reason: Annotated[str, typer.Option(help="Why; they are told when they are left out of a draw.", metavar="TEXT")],
    by: ByOption = None,
) -> None:
    """Put somebody on the blocklist.

    Draws with that filter leave them out.

    Example: opsflow participants block double-eleven-2026 user-4711 --reason "Orders by a program" --by lin-yue
    """
    actor, why = person(by), words(reason, "--reason")
    assert why is not None  # what must be given
    with acting_context() as ctx:
        from opsflow.participants import service  # SQLAlchemy, as above

        found = service.block(ctx, CampaignKey(campaign), who, reason=why.en, by=actor)
    print(f"{found} is on the blocklist of {campaign}.")


@participants.command()
def unblock(campaign: CampaignArgument, who: WhoArgument, by: ByOption = None) -> None:
    """Take somebody off the blocklist, as after an appeal.

    Example: opsflow participants unblock double-eleven-2026 user-4711 --by lin-yue
    """
    actor = person(by)
    with acting_context() as ctx:
        from opsflow.participants import service  # SQLAlchemy, as above

        found = service.block(ctx, CampaignKey(campaign), who, reason=None, by=actor)
    print(f"{found} is not on the blocklist of {campaign} any more.")


@participants.command()
def erase(campaign: CampaignArgument, who: WhoArgument, by: ByOption = None) -> None:
    """Forget somebody's personal data, for good.

    Contact, identities, results, their own words and where their prizes go are deleted; what was drawn and paid keeps the bare
    id, so draws, ledger and journal still verify, and what they answered counts on as nobody's. Files that they came in from are yours to delete.

    Example: opsflow participants erase double-eleven-2026 user-4711 --by lin-yue
    """
    actor = person(by)
    with acting_context() as ctx:
        from opsflow.prizes.service import erase as forget  # SQLAlchemy, as above

        found = forget(ctx, CampaignKey(campaign), who, by=actor)
    print(f"Nothing personal is left of {found} in {campaign}.")


@participants.command("letters")
def letters_(
    campaign: CampaignArgument,
    step: Annotated[
        str,
        typer.Argument(
            help="received, approved, refused, joined, event-information, welcome, left-out, won.", metavar="STEP"
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="A CSV file for whoever sends them.", metavar="FILE")],
    again: Annotated[bool, typer.Option("--again", help="Also to those who have had it.")] = False,
    language: Annotated[Language | None, typer.Option(help="Of the letters.", show_default="the campaign's")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    by: ByOption = None,
) -> None:
    """Write letters to participants, each of them once.

    For whom a step concerns and who has had no letter of it: a row with account, name, e-mail address, telephone number, subject and
    text. Texts are templates in sop_templates/letters/, a workspace's own first. The file holds personal data.

    Example: opsflow participants letters learning-challenge-2026 approved -o approved.csv --by lin-yue
    """
    actor = person(by)
    refuse_existing(out, force=force)
    with acting_context() as ctx:
        # SQLAlchemy, as above.
        from opsflow.prizes.letters.model import STEPS
        from opsflow.prizes.letters.service import letters, note_written

        known = next((each for each in STEPS if each == step), None)
        if known is None:
            raise BadInput(f"There is no letter `{step}`: {', '.join(STEPS)}.")
        key = CampaignKey(campaign)
        found = letters(ctx, key, known, by=actor, language=language, again=again)
        write_aside(out, letters_csv(found), force=force, private=True)
        # Noted once the file is there: killed in between, they are written again rather than never.
        note_written(ctx, key, [each.occasion for each in found], step=known, by=actor)
    print(f"{len(found):,} letters in {out}.")


@participants.command()
def show(campaign: CampaignArgument, output: FormatOption = "text") -> None:
    """Show how many take part, and their measures.

    Example: opsflow participants show double-eleven-2026
    """
    with acting_context() as ctx:
        from opsflow.participants.service import overview  # SQLAlchemy, as above

        found = overview(ctx, CampaignKey(campaign))
    if output == "json":
        measures = {name: {"participants": people, "sum": total} for name, (people, total) in found.measures.items()}
        print(json.dumps({"participants": dict(found.statuses), "measures": measures}, ensure_ascii=False, indent=2))
        return
    print(f"{campaign} · {found.all:,} participants")
    for name, number in found.statuses.items():
        print(f"  {name:10} {number:>12,}")
    for name, (people, total) in found.measures.items():
        print(printable(f"  {name}: {total:,} in all, of {people:,} participants"))


def _decide(campaign: str, who: list[str] | None, to: str, by: str | None) -> None:
    actor = person(by)
    with acting_context() as ctx:
        # SQLAlchemy, as above.
        from opsflow.participants.model import ParticipantStatus
        from opsflow.participants.service import decide

        moved = decide(ctx, CampaignKey(campaign), who or [], ParticipantStatus(to), by=actor)
    print(f"{len(moved):,} of {campaign}: {to}.")


def letters_csv(found: "Sequence[Letter]") -> bytes:
    """A row each, as Excel and mail tools read it; no cell is a formula."""
    contacts = ("account", "name", "email", "phone")
    return csv_table(
        [*contacts, "subject", "text"],
        ([*(each.contact.get(name, "") for name in contacts), each.subject, each.body] for each in found),
    )
