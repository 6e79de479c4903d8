"""`opsflow feedback`: surveys, what users said, return visits."""

import typer

from opsflow.cli.feedbackimport import answers
from opsflow.cli.feedbackletters import writing
from opsflow.cli.feedbackreport import reporting
from opsflow.cli.feedbacksurvey import asking
from opsflow.cli.feedbackvisits import calling
from opsflow.cli.feedbackvoices import words

feedback = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
feedback.add_typer(asking)
feedback.add_typer(writing)
feedback.add_typer(answers)
feedback.add_typer(words)
feedback.add_typer(calling)
feedback.add_typer(reporting)
