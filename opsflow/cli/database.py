"""`opsflow db`: the database that OPSFLOW_DATABASE_URL names, made, upgraded, or compared with this version."""

import sys

import typer

from opsflow.settings import Settings

database = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@database.command()
def upgrade() -> None:
    """Make the database, or bring it to the schema of this version, in one transaction. Again: nothing happens.

    OPSFLOW_DATABASE_URL names it (sqlite:////srv/opsflow/opsflow.db, postgresql://user:password@host/opsflow);
    by default it is .opsflow/opsflow.db in the workspace.

    Example: opsflow db upgrade
    """
    # SQLAlchemy and Alembic take 0.3 s to import.
    from opsflow.db.failures import address
    from opsflow.db.migrate import upgrade as bring_up
    from opsflow.db.session import Database

    opened = Database(Settings().database)
    try:
        done = bring_up(opened)
    finally:
        opened.close()
    where = address(opened.engine.url)
    if done.before == done.after:
        print(f"{where} has schema {done.after} already: nothing to do.")
    elif done.before is None:
        print(f"{where} is made, with schema {done.after}.")
    else:
        print(f"{where} is upgraded from schema {done.before} to {done.after}.")


@database.command()
def check() -> None:
    """Compare the database with what this version expects, and change nothing. With differences the exit code is 1.

    Example: opsflow db check
    """
    # SQLAlchemy and Alembic take 0.3 s to import.
    from opsflow.db.failures import address
    from opsflow.db.migrate import check as compare
    from opsflow.db.session import Database

    opened = Database(Settings().database)
    try:
        differences = compare(opened)
    finally:
        opened.close()
    where = address(opened.engine.url)
    if differences:
        print(f"{where} differs from what this version expects:", file=sys.stderr)
        for difference in differences:
            print(f"  {difference}", file=sys.stderr)
        print("`opsflow db upgrade` brings an older schema up; what remains was changed by hand.", file=sys.stderr)
        raise typer.Exit(1)
    print(f"{where} is as this version expects.")
