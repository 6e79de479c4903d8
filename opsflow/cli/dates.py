"""Days and times as people type them."""

from datetime import date, datetime

from opsflow.kernel.errors import BadInput

TIME_FORMATS = ("%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M")


def day(text: str, option: str) -> date:
    """A day that somebody has typed. BadInput: it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{option} {text!r} is not a day: write it as 2026-10-20.") from error


def time_of_day(text: str, option: str) -> datetime:
    """A time of a day that somebody has typed, on their own clock: without a zone. BadInput: it is none."""
    for form in TIME_FORMATS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - whose clock it is, the use case knows
        except ValueError:
            continue
    raise BadInput(f"{option} {text!r} is not a day and a time of it: write it as 2026-10-20T14:00.")
