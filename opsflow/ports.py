"""What opsflow asks of the world outside: to start a flow run, and to carry a message to a person."""

from dataclasses import dataclass
from typing import Protocol

from opsflow.kernel.errors import PortFailed
from opsflow.kernel.terms import CampaignKey, PersonKey, Stage


class Unreachable(PortFailed):
    """Nothing answers: whatever else is asked of it now would wait as long for nothing."""


class Launcher(Protocol):
    """Starts stage flows."""

    def launch(self, campaign: CampaignKey, stage: Stage, *, key: str) -> str:
        """Start one run of a stage's flow and return the motor's id of it. The same key is one run.

        PortFailed: nothing was started. Unreachable: the motor does not answer at all.
        """
        ...

    def is_final(self, run: str) -> bool:
        """Whether that run is over (in whatever state) or unknown."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one person, rendered."""

    person: PersonKey
    address: str
    """Where the channel finds the person: an e-mail address, a member id, or the person's key."""
    key: str
    """The same message has the same key, however often it is sent."""
    title: str
    body: str
    urgent: bool


class Channel(Protocol):
    """Carries messages to people."""

    @property
    def name(self) -> str: ...

    def send(self, message: Message) -> str:
        """Deliver and return a receipt. PortFailed: it was not delivered."""
        ...
