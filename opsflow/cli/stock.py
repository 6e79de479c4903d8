"""`opsflow prizes codes|manifest|shipped`: codes that are given away, parcels that are sent."""

from pathlib import Path
from typing import Annotated

import typer

from opsflow.cli.acting import ByOption, CampaignArgument, acting_context, person, show
from opsflow.kernel.csvfile import csv_table
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import CampaignKey
from opsflow.kernel.writing import refuse_existing, write_aside

stock = typer.Typer(rich_markup_mode=None)

SHOWN = 20
"""Lines that are named one by one."""
FileArgument = Annotated[Path, typer.Argument(help="A file: .csv, .jsonl or .xlsx.", metavar="FILE")]


@stock.command()
def codes(
    campaign: CampaignArgument,
    prize: Annotated[str, typer.Argument(help="The prize's id in the campaign file.", metavar="PRIZE")],
    file: FileArgument,
    by: ByOption = None,
) -> None:
    """Take in codes of a prize.

    From a file with a column `code`. Each is given to one winner, and none twice.

    Example: opsflow prizes codes double-eleven-2026 coupon-30 codes.csv --by lin-yue
    """
    who = person(by)
    with acting_context() as ctx:
        # SQLAlchemy takes 0.3 s to import, which `--help` need not wait for; below as well.
        from opsflow.kernel.rowfile import rows
        from opsflow.prizes.payouts.stock.service import import_codes

        given = []
        for row in rows(file):
            code = row.values.get("code") or row.values.get("兑换码")
            if row.fault or not code:
                raise BadInput(f"{file}, line {row.line}: {row.fault or 'there is no code'}.")
            given.append(code)
        done = import_codes(ctx, CampaignKey(campaign), prize, given, by=who)
    print(f"{done.new:,} codes of {prize} taken in, {done.known:,} were there; {done.left:,} are left to give.")


@stock.command()
def manifest(
    campaign: CampaignArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.", metavar="FILE")],
    by: ByOption = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Also parcels that an earlier manifest held.")] = False,
) -> None:
    """Write the parcels that wait for a carrier, each into one manifest.

    As a table that Excel opens without formulas. It holds addresses, and nobody else may read the file: keep it to those
    who ship. A parcel that an earlier manifest held is left out, so that nobody sends it twice; --again lists it too.

    Example: opsflow prizes manifest double-eleven-2026 -o parcels.csv --by lin-yue
    """
    who = person(by)
    refuse_existing(output, force=force)
    with acting_context() as ctx:
        from opsflow.prizes.payouts.parcels.service import manifest as write  # SQLAlchemy, as above

        found = write(ctx, CampaignKey(campaign), by=who, again=again)
    names = sorted({name for parcel in found.parcels for name in parcel.address})
    heads = ["key", "prize", *names, "listed_before"]
    rows = (
        [
            parcel.key,
            parcel.prize,
            *(parcel.address.get(name, "") for name in names),
            f"{parcel.exported_at:%Y-%m-%d %H:%M} UTC" if parcel.exported_at else "",
        ]
        for parcel in found.parcels
    )
    write_aside(output, csv_table(heads, rows), force=force, private=True)
    told = f"{len(found.parcels):,} parcels are in {output}. `opsflow prizes shipped` takes in what the carrier says of them."
    if found.earlier and not again:
        told += f" {found.earlier:,} more wait that an earlier manifest held: --again lists them too."
    print(told)


@stock.command()
def shipped(campaign: CampaignArgument, file: FileArgument, by: ByOption = None) -> None:
    """Take in what the carrier says.

    From a file with columns key, outcome (sent or refused), reference, code. Payouts move with the next round of paying.

    Example: opsflow prizes shipped double-eleven-2026 carrier.csv --by lin-yue
    """
    who = person(by)
    with acting_context() as ctx:
        # SQLAlchemy, as above.
        from opsflow.kernel.rowfile import rows
        from opsflow.prizes.payouts.parcels.service import Confirmation, confirm

        said = []
        for row in rows(file):
            if row.fault:
                raise BadInput(f"{file}, line {row.line}: {row.fault}.")
            key, outcome, reference, code = (
                row.values.get(name, "") for name in ("key", "outcome", "reference", "code")
            )
            said.append(Confirmation(row.line, key, outcome, reference, code))
        done = confirm(ctx, CampaignKey(campaign), said, by=who)
    told = [f"{done.taken:,} parcels are confirmed."]
    if done.known:
        told.append(f"Said before, and nothing is changed: {_lines(done.known)}.")
    if done.unknown:
        told.append(f"Of no parcel of {campaign}: {_lines(done.unknown)}. Keys are those of `opsflow prizes manifest`.")
    if done.differing:
        told.append(
            f"Otherwise than was said before, and not taken: {_lines(done.differing)}. What was said first counts; ask the "
            "carrier which is true."
        )
    show(told)
    if done.unknown or done.differing:
        raise typer.Exit(1)


def _lines(found: tuple[int, ...]) -> str:
    shown = ", ".join(map(str, found[:SHOWN]))
    return f"line {shown}" + (f" and {len(found) - SHOWN:,} more" if len(found) > SHOWN else "")
