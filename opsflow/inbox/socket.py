"""Socket Mode: what Slack sends over a websocket that we open, so that no public address is needed."""

import logging
from contextlib import suppress
from socket import SHUT_RDWR

from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.errors import SlackClientError

from opsflow.adapters.slack.calls import ask, web_client
from opsflow.inbox.app import Inbox
from opsflow.kernel.errors import PortFailed

CONCURRENCY = 32
PING_SECONDS = 5.0
"""How often the line is looked at; one that is dead is opened again then."""
_LOG = logging.getLogger("opsflow.slack.socket")


class SlackSocket:
    """A listener that connects, and connects again whenever Slack or the network closes the line."""

    def __init__(self, inbox: Inbox, *, app_token: str, api_url: str, ping_seconds: float = PING_SECONDS) -> None:
        self._client = web_client(app_token, url=api_url)
        self._handler: SocketModeHandler | None = None
        self._inbox = inbox
        self._app_token = app_token
        self._ping_seconds = ping_seconds

    def start(self) -> None:
        """Connect, and listen in threads of its own. PortFailed: Slack does not let us."""
        opened = ask(self._client.apps_connections_open, "the app", app_token=self._app_token)
        handler = SocketModeHandler(
            self._inbox.app,
            self._app_token,
            logger=_LOG,
            web_client=self._client,
            concurrency=CONCURRENCY,
            ping_interval=self._ping_seconds,
        )
        line = handler.client
        line.wss_uri = opened["url"]
        try:
            line.connect()
        except (SlackClientError, OSError, ValueError) as error:
            line.close()  # its threads stand already
            raise PortFailed(f"Slack's line for Socket Mode was not opened: {error}.") from error
        self._handler = handler

    def stop(self) -> None:
        """Hang up; what is begun is finished by the inbox."""
        if self._handler is None:
            return
        line = self._handler.client
        line.auto_reconnect_enabled = False
        line.current_session_state.terminated = True
        # Its reader holds the lock that closing asks for, for up to three seconds, unless there is nothing more to read.
        sock = line.current_session.sock if line.current_session is not None else None
        with suppress(OSError):
            if sock is not None:
                sock.shutdown(SHUT_RDWR)
        line.close()
