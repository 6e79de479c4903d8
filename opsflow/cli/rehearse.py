"""`opsflow rehearse`: the whole campaign on a virtual clock, with everything it would say and write in a folder."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from opsflow.campaigns.files import find_organisation, load
from opsflow.campaigns.plan import Infeasible
from opsflow.cli import planview
from opsflow.kernel.clock import SystemClock
from opsflow.kernel.errors import Refused
from opsflow.kernel.folders import check_folder, write_folder
from opsflow.kernel.terms import Language
from opsflow.rehearsal.abuse import Abuse
from opsflow.settings import Settings

SEED = 11
QUIET = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_LOGGING_LEVEL": "ERROR"}


def rehearse(
    file: Annotated[Path, typer.Argument(help="The campaign file.", metavar="FILE")],
    seed: Annotated[
        int, typer.Option(help="What people say and what goes wrong; the same seed, the same story.")
    ] = SEED,
    out: Annotated[Path, typer.Option(help="The folder to write.", metavar="DIR")] = Path("rehearsal"),
    force: Annotated[bool, typer.Option("--force", help="Replace a former rehearsal in DIR.")] = False,
    late: Annotated[float, typer.Option(help="The share of tasks that are done late.", metavar="SHARE")] = 0.0,
    absent: Annotated[
        float, typer.Option(help="The share of people who are away for some days.", metavar="SHARE")
    ] = 0.0,
    refuse: Annotated[float, typer.Option(help="The share of approvals that are refused once.", metavar="SHARE")] = 0.0,
    language: Annotated[
        Language | None, typer.Option(help="Language of plan and report.", show_default="the organisation's")
    ] = None,
) -> None:
    """Play the whole campaign on a virtual clock through the real flows; nobody is told anything.

    Shares go from 0 to 1; what the seed makes go wrong anyway comes on top.

    \b
    Examples:
      opsflow rehearse campaigns/double-eleven-2026.yaml --out rehearsal
      opsflow rehearse campaigns/double-eleven-2026.yaml --late 0.2 --absent 0.1 --refuse 0.5
    """
    abuse = Abuse(late=late, absent=absent, refuse=refuse)
    settings = Settings()
    loaded = load(file, settings.template_folders)
    settings = in_workspace(settings, file)
    words = language or loaded.organisation.language
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)  # read by Prefect when it is imported

    # Prefect and SQLAlchemy cost a second, which `--help` and a mistake in the file need not wait for.
    from opsflow.cli.stageview import Stageview
    from opsflow.rehearsal.folder import REHEARSAL
    from opsflow.rehearsal.output import Output
    from opsflow.rehearsal.server import prefect_api
    from opsflow.rehearsal.stagecraft import cast_for, natural_plan, rehearse
    from opsflow.rehearsal.words import load_words

    check_folder(out, REHEARSAL, force=force)
    plan = natural_plan(loaded)
    if isinstance(plan, Infeasible):
        print(planview.refusal_text(plan, words))
        raise typer.Exit(Refused.exit_code)
    cast = cast_for(loaded, plan, seed=seed, templates=settings.template_folders, abuse=abuse)
    view = Stageview(cast.loaded, cast.plan, language=words, out=out)
    view.warn(today=SystemClock().now())
    with view.progress() as watch:
        with prefect_api() as api:
            rehearsed = rehearse(cast, settings=settings, watch=watch, scratch=api.folder)
        plan_json = json.dumps(planview.plan_json(cast.plan, cast.zone, words), ensure_ascii=False, indent=2) + "\n"
        output = Output(rehearsed, load_words(settings.template_folders), settings.template_folders, plan_json)
        write_folder(out, REHEARSAL, output.write, force=force)
    view.report(output)


def in_workspace(settings: Settings, file: Path) -> Settings:
    """A workspace's own templates count wherever the command is called from, as its organisation does."""
    if settings.workspace is not None:
        return settings
    return settings.model_copy(update={"workspace": find_organisation(file).absolute().parent})
