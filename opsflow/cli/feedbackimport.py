"""`opsflow feedback import`: answers that were given in other tools."""

from typing import Annotated

import typer

from opsflow.cli.acting import ByOption, CampaignArgument, acting_context, person
from opsflow.cli.importing import FileArgument, RejectsOption, importing, summary
from opsflow.kernel.terms import CampaignKey

answers = typer.Typer()


@answers.command("import")
def import_(
    campaign: CampaignArgument,
    file: FileArgument,
    tool: Annotated[str, typer.Option("--tool", help="Where they were given: small letters, digits, -.", metavar="NAME")],
    rejects: RejectsOption = None,
    by: ByOption = None,
) -> None:  # fmt: skip
    """Take answers in that were given in another tool.

    A column for each question, named by its id or its title in either language; options by id or title, several with `;`
    or a bar between them. Who it is by account, email, phone or participant; else `answer`, the tool's own number of it. `at`: when it was
    answered, needed once the survey is closed. Each person's first answer stays, so the same file twice changes nothing.

    Example: opsflow feedback import double-eleven-2026 answers.xlsx --tool forms --by hu-jing
    """
    who = person(by)
    with acting_context() as ctx, importing(file, rejects) as (reject, tell):
        # SQLAlchemy takes 0.3 s to import, which `--help` need not wait for.
        from opsflow.feedback.answers.service import import_answers
        from opsflow.kernel.rowfile import rows

        done = import_answers(ctx, CampaignKey(campaign), rows(file), tool=tool, by=who, reject=reject, tell=tell)
    summary(done, file, rejects, "answers")
