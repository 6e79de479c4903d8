"""`opsflow prizes`: from who takes part to who is paid."""

import typer

from opsflow.cli.draws import draws
from opsflow.cli.payouts import payouts
from opsflow.cli.stock import stock
from opsflow.cli.taxes import taxes

prizes = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
prizes.add_typer(draws)
prizes.add_typer(payouts)
prizes.add_typer(stock)
prizes.add_typer(taxes)
