"""How participants are asked what they think of a campaign, as its file says it."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from opsflow.kernel.filemodel import FileModel

SurveyName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{3,40}$")]
"""Of a file in `surveys/` of the templates, without its ending."""
MOST_REMINDERS = 5


class FeedbackPlan(FileModel):
    """One survey of a campaign, and the return visits after it."""

    survey: SurveyName = "standard"
    opens: datetime | None = None
    """None: with the campaign's second phase, or with its launch where it has one phase or none."""
    close_days: int = Field(default=5, ge=0, le=90)
    """How many whole days after the last live day it still takes answers."""
    remind_days: tuple[int, ...] = (2, 4)
    """How many days after somebody was asked they are reminded, while they have not answered; empty: never."""
    visits: int = Field(default=0, ge=0, le=100_000)
    """How many participants customer service calls back after the end; 0: nobody."""

    @field_validator("remind_days")
    @classmethod
    def _rising(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        if len(days) > MOST_REMINDERS or any(not 1 <= day <= 60 for day in days) or sorted(set(days)) != list(days):
            raise ValueError(
                f"expected at most {MOST_REMINDERS} numbers of days from 1 to 60, rising, for example [2, 4]"
            )
        return days
