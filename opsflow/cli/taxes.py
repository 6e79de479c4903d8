"""`opsflow prizes tax`: the list that finance declares the tax on prizes by."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from opsflow.cli.acting import ByOption, CampaignArgument, acting_context, person
from opsflow.kernel.csvfile import csv_table
from opsflow.kernel.terms import CampaignKey
from opsflow.kernel.writing import refuse_existing, write_aside

taxes = typer.Typer(rich_markup_mode=None)

HEADS = ("award", "draw", "participant", "name", "tax_id", "prize", "prize_zh", "worth", "tax", "currency", "paid_by")


@taxes.command()
def tax(
    campaign: CampaignArgument,
    output: Annotated[Path, typer.Option("-o", "--output", help="The CSV file to write.", metavar="FILE")],
    by: ByOption = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write who won which taxable prize, the tax on it, and the number it is declared under.

    For finance. It holds personal data, and nobody else may read the file. Name and number are empty until the winner has
    claimed the prize, and once they were erased.

    Example: opsflow prizes tax double-eleven-2026 -o tax.csv --by yao-qing
    """
    who = person(by)
    refuse_existing(output, force=force)
    with acting_context() as ctx:
        # SQLAlchemy takes 0.3 s to import, which `--help` need not wait for.
        from opsflow.prizes.taxes.service import taxed

        found = taxed(ctx, CampaignKey(campaign), by=who)
    rows: Iterator[list[str | Decimal]] = (
        [
            each.award, each.draw, each.participant, each.name, each.tax_id, each.prize.en, each.prize.zh,
            each.worth.decimal, each.tax.decimal, each.worth.currency, each.paid_by,
        ]
        for each in found
    )  # fmt: skip
    write_aside(output, csv_table(HEADS, rows), force=force, private=True)
    missing = sum(not each.tax_id for each in found)
    told = f"{len(found):,} taxable prizes are in {output}."
    print(told + (f" Of {missing:,} there is no number yet: their winners have not claimed." if missing else ""))
