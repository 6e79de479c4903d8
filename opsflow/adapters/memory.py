"""Doubles of every port, kept in memory: for rehearsals and tests."""

from datetime import datetime, timedelta

from opsflow.kernel.errors import PortFailed
from opsflow.kernel.terms import CampaignKey, Level, PersonKey, Stage
from opsflow.ports import Busy, Message, OutcomeUnknown, Undeliverable, Unreachable


class MemoryChannel:
    """Keeps what was sent, and what each message shows by now.

    Those in `unreachable` cannot be reached, those in `gone` never will; `busy` asks to wait, at that address. The keys
    in `unsure` arrive, and the sender is not told; those in `dropped` do not arrive, and the sender is not told either.
    """

    def __init__(self, name: str = "memory", *, updates: bool = True, finds: bool = True) -> None:
        self.name, self.updates, self.finds = name, updates, finds
        self.pace = timedelta(0)
        self.sent: list[Message] = []
        self.shown: dict[str, Message] = {}
        """By receipt."""
        self.unreachable: set[PersonKey] = set()
        self.gone: set[PersonKey] = set()
        self.busy: dict[str, timedelta] = {}
        self.unsure: set[str] = set()
        self.dropped: set[str] = set()

    def send(self, message: Message) -> str:
        """Keep the message; its place in `sent` is the receipt. The errors are those it was told to make."""
        self._refuse(message)
        if message.key in self.dropped:
            raise OutcomeUnknown(f"{message.key} may have reached {message.person}: the double was told not to say.")
        self.sent.append(message)
        receipt = f"{self.name}-{len(self.sent)}"
        self.shown[receipt] = message
        if message.key in self.unsure:
            raise OutcomeUnknown(f"{message.key} may have reached {message.person}: the double was told not to say.")
        return receipt

    def update(self, receipt: str, message: Message) -> None:
        """Show something else under a receipt."""
        if not self.updates or receipt not in self.shown:
            raise Undeliverable(f"{receipt} to {message.person} cannot be changed: the double does not know it.")
        self._refuse(message)
        self.shown[receipt] = message

    def find(self, message: Message, *, since: datetime) -> str | None:
        """The receipt under which a message of that key was kept first."""
        if not self.finds:
            raise PortFailed(f"Whether {message.person} got {message.key} since {since:%H:%M}, the double cannot tell.")
        self._refuse(message)
        kept = enumerate(self.sent, start=1)
        return next((f"{self.name}-{place}" for place, one in kept if one.key == message.key), None)

    def sent_to(self, person: PersonKey) -> tuple[Message, ...]:
        """What one person got, in order."""
        return tuple(message for message in self.sent if message.person == person)

    def _refuse(self, message: Message) -> None:
        whom = f"{message.person} cannot be reached at {message.address!r}: the double was told so."
        if message.person in self.gone:
            raise Undeliverable(whom)
        if message.address in self.busy:
            raise Busy(whom, retry_after=self.busy[message.address])
        if message.person in self.unreachable:
            raise PortFailed(whom)


class MemoryLauncher:
    """Keeps what was launched. `down`: the motor cannot be reached; `final`: the runs that are over."""

    def __init__(self) -> None:
        self.launched: dict[str, tuple[CampaignKey, Stage]] = {}
        self.final: set[str] = set()
        self.down = False

    def launch(self, campaign: CampaignKey, stage: Stage, *, level: Level, key: str) -> str:
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
