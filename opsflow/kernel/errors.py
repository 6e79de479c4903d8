"""The one error tree: five families, each with the exit code its edge answers with."""

from collections.abc import Sequence
from typing import ClassVar


class OpsflowError(Exception):
    """Something opsflow can explain. The text says what, why, and the way out."""

    exit_code: ClassVar[int] = 1


class NotFound(OpsflowError):
    """The thing named does not exist."""

    exit_code = 4


class Refused(OpsflowError):
    """A rule said no."""

    exit_code = 3


class Conflict(OpsflowError):
    """Somebody was first."""

    exit_code = 5


class BadInput(OpsflowError):
    """What was given cannot be read or does not make sense."""

    exit_code = 2


class PortFailed(OpsflowError):
    """Something outside opsflow (a database, Prefect, Slack, a provider) did not do its part."""

    exit_code = 6


def listed(names: Sequence[str]) -> str:
    """Join names for an error text: "a, b and c"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
