"""An answer from another tool: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from opsflow.feedback.surveys.model import Opened
from opsflow.kernel.errors import BadInput, Conflict
from opsflow.kernel.terms import CampaignKey


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, as a row of a file gives it."""

    line: int
    who: Mapping[str, str]
    """Their id, account, e-mail address or telephone number, by its name; empty: nobody says who."""
    id: str
    """The tool's own; empty: the row says who it is."""
    at: datetime
    choices: Mapping[str, tuple[str, ...]]
    """What was chosen, by question."""
    words: Mapping[str, str]
    """What was written, by question."""


class NoSurvey(Conflict):
    """Nobody is asked anything yet."""

    def __init__(self, campaign: CampaignKey) -> None:
        super().__init__(
            f"No survey of {campaign} was opened, so there is nothing to answer. `opsflow feedback open {campaign}` opens it."
        )


def check_time(survey: Opened, launch: datetime, at: datetime | None, now: datetime) -> datetime:
    """When an answer was given that says `at` (None: it does not say). BadInput: then nothing could be answered."""
    if at is None:
        if now >= survey.ends:
            raise BadInput(
                f"the survey closed at {survey.ends:%Y-%m-%d %H:%M} UTC and the row does not say when it was answered: "
                "fill a column `at`"
            )
        return now
    if at > now:
        raise BadInput(f"`at` lies ahead: {at:%Y-%m-%d %H:%M} UTC")
    if at >= survey.ends:
        raise BadInput(f"it was answered after the survey had closed, at {survey.ends:%Y-%m-%d %H:%M} UTC")
    if at < launch:
        raise BadInput(f"it was answered before the campaign was live, at {launch:%Y-%m-%d %H:%M} UTC")
    return at
