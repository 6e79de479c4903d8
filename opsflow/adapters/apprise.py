"""Other channels, one-way, by apprise URL: e-mail, Feishu, Lark, DingTalk, WeCom, and whatever else apprise knows.

A URL holds secrets, so it is never shown: not in an error, not in a log.
"""

import logging
import os
import smtplib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from opsflow.kernel.errors import PortFailed
from opsflow.org.channels import expanded, masked
from opsflow.ports import Message, Undeliverable

if TYPE_CHECKING:
    from apprise import Apprise

SECONDS = 8
"""How long a server's answer is waited for: in connecting, and in reading."""


class AppriseChannel:
    """Sends to the URL that is the message's address, with `${NAME}` filled in from the environment.

    apprise answers only whether a message was taken, and says why it was not in its own log: so a failure may always
    have been a lost answer, and is told as one that may pass.
    """

    name = "apprise"
    updates = False
    finds = False
    pace = timedelta(seconds=1)

    def __init__(self, variables: Mapping[str, str] = os.environ) -> None:
        self._variables = variables
        for talker in ("apprise", "urllib3", "requests"):  # what they log quotes the URL
            logging.getLogger(talker).setLevel(logging.CRITICAL)

    def send(self, message: Message) -> str:
        """Hand it over and answer with its key: there is no receipt to be had.

        Undeliverable: a variable of the URL is not set, or apprise knows no such URL. PortFailed: it was not taken.
        """
        shown = masked(message.address)
        target = self._target(message)
        body = f"{message.body}\n\n{message.link}" if message.link else message.body
        try:
            taken = target.notify(title=message.title, body=body, body_format="text")
        except (OSError, TypeError, ValueError, smtplib.SMTPException) as error:
            raise PortFailed(
                f"{shown} of {message.person} did not take {message.key}: {type(error).__name__}."
            ) from None
        if not taken:
            raise PortFailed(f"{shown} of {message.person} did not take {message.key}; it is tried again by itself.")
        return message.key

    def update(self, receipt: str, message: Message) -> None:
        """Undeliverable, always: what was sent stays as it is."""
        raise Undeliverable(f"{receipt} to {message.person} stays as it is: {masked(message.address)} is one-way.")

    def find(self, message: Message, *, since: datetime) -> str | None:
        """PortFailed, always: nothing can be asked of it."""
        raise PortFailed(f"{masked(message.address)} cannot tell whether {message.person} got {message.key}.")

    def _target(self, message: Message) -> "Apprise":
        # It takes half a second to import, which whoever tells nobody that way does not wait for.
        from apprise import Apprise

        shown = masked(message.address)
        try:
            url = expanded(message.address, self._variables)
        except KeyError as missing:
            raise Undeliverable(
                f"{shown} of {message.person} needs the variable {missing.args[0]}, which is not set where messages are "
                "delivered: set it there."
            ) from None
        timed = f"{url}{'&' if '?' in url else '?'}cto={SECONDS}&rto={SECONDS}"
        target = Apprise()
        if not target.add(timed):
            raise Undeliverable(
                f"{shown} of {message.person} is no URL that apprise knows: see `channels` in org.yaml."
            )
        return target
