"""`opsflow compare` and `opsflow year`: what campaigns came to, side by side and in one table."""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from opsflow.cli.acting import FormatOption, acting_context, counted, show
from opsflow.kernel.csvfile import csv_table
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import CampaignKey, Language
from opsflow.kernel.writing import refuse_existing, write_aside

LanguageOption = Annotated[Language, typer.Option(help="Language of titles.")]


def compare(
    campaigns: Annotated[list[str], typer.Argument(help="Keys of two campaigns or more.", metavar="CAMPAIGN...")],
    language: LanguageOption = "en",
    output: FormatOption = "text",
) -> None:
    """Show campaigns side by side: level, lengths, deadlines kept, budget and prizes planned and paid, KPIs, lessons.

    What the database does not hold is a dash, never a guess.

    Example: opsflow compare double-eleven-2025 double-eleven-2026
    """
    with acting_context() as ctx:
        # SQLAlchemy takes 0.3 s to import, which `--help` need not wait for; below as well.
        from opsflow.review.comparing import model, service

        found = service.compare(ctx, [CampaignKey(key) for key in campaigns])
        rows = model.side_by_side(found, language)
        records = [_json(model.COLUMNS, each, language) for each in found]
    if output == "json":
        print(json.dumps(records, ensure_ascii=False, indent=2))
    else:
        show(_lines(rows))


def year(
    year: Annotated[int, typer.Argument(help="The year of the launches.", metavar="YEAR", min=1990, max=2100)],
    output: Annotated[
        Literal["text", "json", "csv", "xlsx"],
        typer.Option("--format", help="How to show it; csv, xlsx: for a spreadsheet."),
    ] = "text",
    target: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file (xlsx needs one).", metavar="FILE")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    language: LanguageOption = "en",
) -> None:
    """Show the results of a year's campaigns in one table: what next year's plan begins with.

    \b
    Examples:
      opsflow year 2026
      opsflow year 2026 --format xlsx -o results-2026.xlsx
    """
    if output == "xlsx" and target is None:
        raise BadInput("A workbook needs a file to go to: add -o results.xlsx.")
    if target is not None:
        refuse_existing(target, force=force)
    with acting_context() as ctx:
        # SQLAlchemy and the writer of workbooks, as above.
        from opsflow.review.comparing import export, model, service

        found = service.year(ctx, year)
        heads, rows = model.table(found, language)
        few = model.table(found, language, only=SHOWN)
    match output:
        case "csv":
            content = csv_table(heads, rows)
        case "xlsx":
            content = export.as_workbook(str(year), heads, rows)
        case "json":
            records = [_json(model.COLUMNS, each, language) for each in found]
            content = (json.dumps(records, ensure_ascii=False, indent=2) + "\n").encode()
        case _:
            content = "".join(f"{line}\n" for line in _year_lines(year, *few, model.totals(found))).encode()
    if target is not None:
        write_aside(target, content, force=force)
        print(f"Written: {target} ({counted(len(found), 'campaign')})")
    else:
        show(content.decode("utf-8-sig").splitlines())


def _json(columns: Sequence[Any], result: Any, language: Language) -> dict[str, Any]:
    cells = {column.id: _plain(column.of(result, language)) for column in columns}
    kpis = [
        {
            "title": kpi.title[language],
            "unit": kpi.unit[language],
            "target": f"{kpi.target:f}",
            "actual": _plain(kpi.actual),
            "primary": kpi.primary,
        }
        for kpi in result.kpis
    ]
    return cells | {"kpis": kpis}


def _plain(cell: Any) -> Any:
    match cell:
        case Decimal():
            return f"{cell:f}"
        case date():
            return cell.isoformat()
    return cell


def _said(cell: Any) -> str:
    return "-" if cell is None else f"{cell:,f}" if isinstance(cell, Decimal) else str(cell)


def _lines(rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    said = [[_said(cell) for cell in row] for row in rows]
    widths = [min(max(len(row[column]) for row in said), 40) for column in range(len(said[0]))]
    for row in said:
        yield "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


SHOWN = ("campaign", "level", "status", "launch", "live_days", "kept_percent", "late", "incidents", "currency", "budget",
         "rewards_paid", "kpi", "kpi_target", "kpi_actual")  # fmt: skip
"""Columns that a terminal has room for; CSV, xlsx and JSON have all."""


def _year_lines(year: int, heads: Sequence[str], rows: Sequence[Sequence[Any]], totals: Any) -> Iterator[str]:
    if not rows:
        yield f"No campaign was launched in {year}."
        return
    yield from _lines([heads, *rows])
    for currency, (number, budget, paid) in totals.items():
        yield f"{counted(number, 'campaign')} in {currency}: {budget:,f} planned, {paid:,f} of prizes paid through opsflow."
