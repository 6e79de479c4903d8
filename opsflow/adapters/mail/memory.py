"""A mail server kept in memory: for rehearsals and tests."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from opsflow.kernel.clock import Clock
from opsflow.kernel.errors import PortFailed
from opsflow.kernel.mailing import Doubtful, Mail, MailOutcome, NoSuchAddress, NotNow, Taken, is_address


class MemoryMail:
    """Takes every letter, and remembers it; `faults` says what it does instead."""

    def __init__(self, clock: Clock, name: str = "memory") -> None:
        self.name, self._clock = name, clock
        self.taken: list[Mail] = []
        self.asked = Counter[str]()
        """How often each key was tried."""
        self.faults: Callable[[Mail], str] = _none
        """What happens to a letter: `ok`, `unknown` (no such address), `busy`, `drop` (taken, no answer), `lose` (not
        taken, no answer)."""
        self.down = False

    def check(self) -> None:
        """PortFailed: it is down."""
        if self.down:
            raise PortFailed(f"The mail server {self.name} does not let us in: the double was told so.")

    def send(self, mails: Sequence[Mail], *, until: datetime) -> Mapping[str, MailOutcome]:
        """Take each, or do what it was told to do instead."""
        self.check()
        found: dict[str, MailOutcome] = {}
        for mail in mails:
            if self._clock.now() >= until:
                break
            found[mail.key] = self._take(mail)
            if isinstance(found[mail.key], Doubtful):
                break
        return found

    def keys(self) -> Counter[str]:
        """How often each key was taken."""
        return Counter(mail.key for mail in self.taken)

    def _take(self, mail: Mail) -> MailOutcome:
        self.asked[mail.key] += 1
        fault = self.faults(mail) if is_address(mail.to) else "unknown"
        match fault:
            case "unknown":
                return NoSuchAddress("the double knows no such address")
            case "busy":
                return NotNow("the double was told so")
            case "lose":
                return Doubtful("no answer")
        self.taken.append(mail)
        return Doubtful("no answer") if fault == "drop" else Taken()


def _none(_mail: Mail) -> str:
    return "ok"
