"""What opsflow asks of the world outside: to start a flow run, carry a message, hand out a prize, bear witness."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from opsflow.kernel.chain import Checkpoint
from opsflow.kernel.errors import PortFailed
from opsflow.kernel.mailing import Mail, MailOutcome
from opsflow.kernel.paying import FoundPayout, Payment, PayoutOutcome, StatementLine, Terms
from opsflow.kernel.rowfile import Row
from opsflow.kernel.terms import CampaignKey, Level, PersonKey, Stage


class Unreachable(PortFailed):
    """Nothing answers: whatever else is asked of it now would wait as long for nothing."""


class Launcher(Protocol):
    """Starts stage flows."""

    def launch(self, campaign: CampaignKey, stage: Stage, *, level: Level, key: str) -> str:
        """Start one run of a stage's flow and return the motor's id of it. The same key is one run.

        `level`: the campaign's, for whoever looks for runs in the motor.

        PortFailed: nothing was started. Unreachable: the motor does not answer at all.
        """
        ...

    def is_final(self, run: str) -> bool:
        """Whether that run is over (in whatever state) or unknown."""
        ...


class OutcomeUnknown(PortFailed):
    """Whether it arrived, nobody knows: it is looked up before it is sent again."""


class Undeliverable(PortFailed):
    """This address can never be reached: an unknown user, an archived channel. Another channel of the person may."""


class Busy(PortFailed):
    """The channel asks to be left alone at this address for a while; nothing was delivered."""

    def __init__(self, message: str, *, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after


Style = Literal["default", "primary", "danger"]


@dataclass(frozen=True, slots=True)
class Action:
    """A button."""

    name: str
    """What is done: `done`, `confirm`, `snooze`, `approve`, ..."""
    label: str
    """In the recipient's language."""
    token: str
    """Of the card it stands on: see `outbox.cards`."""
    style: Style = "default"


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one person, rendered."""

    person: PersonKey
    address: str
    """Where the channel finds the person: an e-mail address, a member id, a URL, or the person's key."""
    key: str
    """The same message has the same key, however often it is sent."""
    title: str
    body: str
    urgent: bool
    actions: tuple[Action, ...] = ()
    """Buttons, for channels that `updates`: one that nobody can take away again is not shown."""
    link: str | None = None
    """A page that tells more."""


class Channel(Protocol):
    """Carries messages to people."""

    @property
    def name(self) -> str: ...

    @property
    def updates(self) -> bool:
        """Whether a message can be changed after it was sent. One that cannot is one-way: it has no buttons either."""
        ...

    @property
    def finds(self) -> bool:
        """Whether the channel can tell if it has taken a message; without that a repeat after a crash is told twice."""
        ...

    @property
    def pace(self) -> timedelta:
        """The least time from one message to the next at the same address."""
        ...

    def send(self, message: Message) -> str:
        """Deliver and return a receipt.

        OutcomeUnknown: it may have arrived. Busy: not now. Undeliverable: never at this address. Other PortFailed: it
        was not delivered, and may be later.
        """
        ...

    def update(self, receipt: str, message: Message) -> None:
        """Make the message of a receipt show what is given; the same again changes nothing. Errors are those of `send`.

        Undeliverable also from a channel that does not update, and for a receipt that it does not know.
        """
        ...

    def find(self, message: Message, *, since: datetime) -> str | None:
        """The receipt of a message that was sent at `since` or after, found by its key; None: it surely never arrived.

        Only address and key are looked at. PortFailed: the channel cannot tell, at the moment or at all.
        """
        ...


class PayoutProvider(Protocol):
    """Hands out prizes: sends money, gives codes, ships parcels."""

    @property
    def name(self) -> str: ...

    @property
    def terms(self) -> Terms: ...

    def pay(self, payments: Sequence[Payment], *, until: datetime) -> Mapping[str, PayoutOutcome]:
        """Hand out each, and say by key what came of it. After `until` no request is begun; one lasts `patience` at most.

        It raises nothing of what a provider can do: a key without an outcome is `Unclear`.
        """
        ...

    def find(self, keys: Sequence[str]) -> Mapping[str, FoundPayout]:
        """What became of keys; one that is missing in the answer surely never arrived (`settles_within` after its request).

        PortFailed: the provider cannot tell, at the moment or at all.
        """
        ...

    def statement(self, campaign: CampaignKey) -> Iterable[StatementLine]:
        """All that the provider has paid for a campaign, by its own books. PortFailed: it cannot tell."""
        ...


class LetterBox(Protocol):
    """Takes letters to participants: a mail server."""

    @property
    def name(self) -> str: ...

    def check(self) -> None:
        """See whether it would take anything; nothing is sent. PortFailed: it cannot be reached, or does not let us in."""
        ...

    def send(self, mails: Sequence[Mail], *, until: datetime) -> Mapping[str, MailOutcome]:
        """Hand over one after the other, and say by key what came of it. After `until` none is begun.

        A key without an outcome was not tried: the time was over, or what came before broke the connection. The same key
        is the same letter to whoever gets it twice. PortFailed: nothing was handed over at all.
        """
        ...


class FigureSource(Protocol):
    """Knows figures of KPIs."""

    @property
    def name(self) -> str: ...

    @property
    def every(self) -> timedelta:
        """How often it is asked."""
        ...

    @property
    def campaigns(self) -> frozenset[CampaignKey]:
        """Whose figures it has; empty: everybody's."""
        ...

    def figures(self, campaign: CampaignKey) -> Sequence[Row]:
        """What it knows of a campaign, in the columns of a file of figures. PortFailed: it does not say."""
        ...


class Beacon(Protocol):
    """One server of the public beacon drand: it tells each round once its time has come."""

    @property
    def name(self) -> str: ...

    def round(self, chain: str, number: int) -> bytes:
        """A round as drand's API answers it; nothing of it is believed yet. PortFailed: no answer, or no such round yet."""
        ...


Genuine = Callable[[str, int, bytes, bytes], bool]
"""Whether a chain (by its hash) has signed a round: chain, number, signature, and the signature of the round before."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a witness has kept."""

    checkpoints: tuple[Checkpoint, ...]
    """Those that it has signed, in their order."""
    unreadable: tuple[str, ...]
    """Why each of the others proves nothing."""


class Witness(Protocol):
    """Keeps checkpoints of the journal where who may change the database may not: signed, and never changed."""

    def keep(self, checkpoints: Sequence[Checkpoint]) -> None:
        """Sign and append. PortFailed: nothing of it, or not all, is kept."""
        ...

    def kept(self) -> Kept:
        """Everything that was ever kept. PortFailed: it cannot be read."""
        ...
