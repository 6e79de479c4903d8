"""Doubles of every port, kept in memory: for rehearsals and tests."""

from opsflow.kernel.errors import PortFailed
from opsflow.kernel.terms import CampaignKey, PersonKey, Stage
from opsflow.ports import Message, Unreachable


class MemoryChannel:
    """Keeps what was sent. Those named in `unreachable` cannot be reached."""

    name = "memory"

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.unreachable: set[PersonKey] = set()

    def send(self, message: Message) -> str:
        """Keep the message; its place in `sent` is the receipt. PortFailed: the person is unreachable."""
        if message.person in self.unreachable:
            raise PortFailed(f"{message.person} cannot be reached at {message.address!r}: the double was told so.")
        self.sent.append(message)
        return f"memory-{len(self.sent)}"

    def sent_to(self, person: PersonKey) -> tuple[Message, ...]:
        """What one person got, in order."""
        return tuple(message for message in self.sent if message.person == person)


class MemoryLauncher:
    """Keeps what was launched. `down`: the motor cannot be reached; `final`: the runs that are over."""

    def __init__(self) -> None:
        self.launched: dict[str, tuple[CampaignKey, Stage]] = {}
        self.final: set[str] = set()
        self.down = False

    def launch(self, campaign: CampaignKey, stage: Stage, *, key: str) -> str:
        """Keep the launch; the same key is one run, whose id is made of it. Unreachable: the motor is down."""
        if self.down:
            raise Unreachable(f"The run {key} was not started: the double was told that the motor is down.")
        self.launched.setdefault(key, (campaign, stage))
        return _run(key)

    def is_final(self, run: str) -> bool:
        """Whether a run was declared over, or was never launched."""
        return run in self.final or run not in {_run(key) for key in self.launched}


def _run(key: str) -> str:
    return f"run:{key}"
