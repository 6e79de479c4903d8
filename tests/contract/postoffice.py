"""A mail server over SMTP on loopback, with letters of its own and switches for faults."""

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class PostOffice:
    """What it is told to do, and what it took."""

    faults: dict[str, list[str]] = field(default_factory=dict)
    """By recipient, of the next letters: `450`, `550`, `550 policy` (at the recipient), `421`, `354` (refused before the
    letter), `554` (refused after it), `drop` (taken, no answer), `early` (hung up at the recipient), `slow` (taken,
    answered too late)."""
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    """Recipient and letter."""
    lines: list[bytes] = field(default_factory=list)
    """Every command that came in."""
    sessions: int = 0
    refuses: str = ""
    """A stage at which it lets nobody on: `greeting` or `sender`."""
    login: str = ""
    """What AUTH PLAIN must bring; empty: AUTH is not offered."""
    slow: float = 0.4
    url: str = ""

    def fault(self, recipient: str) -> str:
        left = self.faults.get(recipient) or []
        return left.pop(0) if left else ""


class Handler(socketserver.StreamRequestHandler):
    """One session."""

    recipient = fault = ""

    def handle(self) -> None:
        with suppress(OSError):  # who asked may not wait any more
            self._session()

    def _session(self) -> None:
        office = self._office()
        office.sessions += 1
        self._say("554 no service" if office.refuses == "greeting" else "220 here")
        while line := self.rfile.readline():
            office.lines.append(line)
            if not self._answer(office, line):
                return

    def _answer(self, office: PostOffice, line: bytes) -> bool:
        """Whether the session goes on."""
        match line.split(b":")[0].split()[0].upper():
            case b"EHLO":
                self._say("250-here", "250 AUTH PLAIN" if office.login else "250 HELP")
            case b"AUTH":
                self._say("235 in" if line.split()[2].decode() == office.login else "535 no")
            case b"MAIL":
                self._say("550 not you" if office.refuses == "sender" else "250 ok")
            case b"RCPT":
                return self._recipient(office, line.split(b"<")[1].split(b">")[0].decode())
            case b"DATA":
                return self._letter(office)
            case b"QUIT":
                self._say("221 bye")
                return False
            case _:
                self._say("250 ok")
        return True

    def _recipient(self, office: PostOffice, recipient: str) -> bool:
        self.recipient, self.fault = recipient, office.fault(recipient)
        if self.fault == "early":
            return False
        code, _, policy = self.fault.partition(" ")
        refused = code in ("450", "550", "421")
        self._say(f"{code} {'5.7.1' if policy else '5.1.1'} <{recipient}>" if refused else "250 ok")
        return code != "421"

    def _letter(self, office: PostOffice) -> bool:
        if self.fault == "354":
            self._say("451 not now")
            return True
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        if self.fault == "554":
            self._say("554 we do not like it")
            return True
        office.taken.append((self.recipient, message_from_bytes(b"".join(lines), policy=policy.default)))
        if self.fault == "drop":
            return False
        if self.fault == "slow":
            time.sleep(office.slow)
        self._say("250 taken")
        return True

    def _office(self) -> PostOffice:
        assert isinstance(self.server, Server)
        return self.server.office

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, office: PostOffice) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.office = office


@contextmanager
def serving(office: PostOffice) -> Iterator[PostOffice]:
    """The server answers until the end of the block."""
    server = Server(office)
    office.url = f"smtp://127.0.0.1:{server.server_address[1]}?from=Campaigns+<campaigns@example.com>&tls=none"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield office
    finally:
        server.shutdown()
        server.server_close()
