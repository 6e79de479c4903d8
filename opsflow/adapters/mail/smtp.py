"""A mail server that is asked over SMTP: TLS unless told otherwise, one connection for some letters, the same Message-ID each time."""

import hashlib
import smtplib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from opsflow.kernel.characters import without_unsafe
from opsflow.kernel.clock import Clock
from opsflow.kernel.errors import PortFailed
from opsflow.kernel.mailing import (
    Doubtful,
    Mail,
    MailOutcome,
    MailServer,
    NoSuchAddress,
    NotNow,
    Taken,
    is_address,
)

PATIENCE = timedelta(seconds=20)
"""How long one answer of the server is waited for."""
OK, TEMPORARY, PERMANENT = range(200, 300), range(400, 500), range(500, 600)
NO_MAILBOX = (550, 551, 553)
"""What a server says of an address that it does not know; RFC 5321, section 4.2.3."""
POLICY = b"5.7."
"""How a refusal begins that is about us and not about the address; RFC 3463, section 3.8."""
POLICY_OF_LETTERS = SMTP.clone(cte_type="7bit")
"""Every server takes seven bits."""


class SmtpMail:
    """Hands letters to a server. What the server says is kept by its number alone: its words may quote an address."""

    def __init__(
        self,
        server: MailServer,
        clock: Clock,
        *,
        patience: timedelta = PATIENCE,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`tls`: whom to trust, if not the authorities of the machine."""
        self.name = str(server)
        self._server, self._clock = server, clock
        self._patience, self._tls = patience / timedelta(seconds=1), tls

    def check(self) -> None:
        """Log in and out again. PortFailed: it cannot be reached, or does not let us in."""
        with self._connected():
            pass

    def send(self, mails: Sequence[Mail], *, until: datetime) -> Mapping[str, MailOutcome]:
        """Hand over one after the other; a connection that breaks leaves the rest for the next time."""
        found: dict[str, MailOutcome] = {}
        with self._connected() as smtp:
            for mail in mails:
                if self._clock.now() >= until:
                    break
                try:
                    found[mail.key] = self._hand_over(smtp, mail)
                except (smtplib.SMTPServerDisconnected, OSError) as error:
                    found[mail.key] = NotNow(f"the connection broke: {type(error).__name__}")
                if smtp.sock is None or isinstance(found[mail.key], Doubtful):
                    break
        return found

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        try:
            smtp = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            raise PortFailed(f"The mail server {self.name} does not let us in: {_why(error)}.") from None
        try:
            yield smtp
        finally:
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()

    def _connect(self) -> smtplib.SMTP:
        server, own_name = self._server, self._server.sender.rpartition("@")[2]
        if server.tls == "at once":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, own_name, timeout=self._patience, context=self._trusted()
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, own_name, timeout=self._patience)
        try:
            if server.tls == "starttls":
                smtp.starttls(context=self._trusted())
            if server.user:
                smtp.login(server.user, server.password)
            else:
                smtp.ehlo_or_helo_if_needed()
        except (smtplib.SMTPException, OSError):
            smtp.close()
            raise
        return smtp

    def _trusted(self) -> ssl.SSLContext:
        return self._tls or ssl.create_default_context()

    def _hand_over(self, smtp: smtplib.SMTP, mail: Mail) -> MailOutcome:
        if not is_address(mail.to):
            return NoSuchAddress("the address has no form of one")
        content = written(self._server, mail, self._clock.now())
        code, words = smtp.mail(self._server.sender)
        if code not in OK:
            smtp.close()
            return NotNow(f"the server takes nothing from us ({code})")
        code, words = smtp.rcpt(mail.to)
        if code not in OK:
            return self._not_taken(smtp, code, words)
        try:
            code, words = smtp.data(content)
        except smtplib.SMTPDataError as error:  # before the first byte of the letter
            return self._not_taken(smtp, error.smtp_code, b"", known=True)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            return Doubtful(f"the connection broke while the letter was on its way: {type(error).__name__}")
        return Taken() if code in OK else self._not_taken(smtp, code, words, known=True)

    def _not_taken(self, smtp: smtplib.SMTP, code: int, words: bytes, *, known: bool = False) -> MailOutcome:
        """What a refusal means; `known`: the address itself was taken."""
        with suppress(smtplib.SMTPServerDisconnected, OSError):
            smtp.rset()
        if code == 421:  # it hangs up
            smtp.close()
        if code in NO_MAILBOX and not known and not words.lstrip().startswith(POLICY):
            return NoSuchAddress(f"the server knows no such address ({code})")
        return NotNow(f"the server does not take it now ({code})")


def message_id(server: MailServer, key: str) -> str:
    """The name of a letter: of the same key always the same, so that whoever gets it twice can tell; it says of nobody anything."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{server.sender.rpartition('@')[2]}>"


def written(server: MailServer, mail: Mail, at: datetime) -> bytes:
    """A letter as it goes over the line. Nothing of a name or an address can begin a header of its own."""
    message = EmailMessage(POLICY_OF_LETTERS)
    message["From"] = Address(server.name, addr_spec=server.sender)
    message["To"] = Address(addr_spec=mail.to)
    message["Subject"] = " ".join(without_unsafe(mail.subject).split())
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id(server, mail.key)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(without_unsafe(mail.body))
    return message.as_bytes()


def _why(error: Exception) -> str:
    """Its kind, and its number where it has one; a server's words may quote what was sent to it."""
    code = getattr(error, "smtp_code", None)
    return type(error).__name__ if code is None else f"{type(error).__name__} ({code})"
