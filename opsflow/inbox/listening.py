"""The doors by which presses come in, as the settings open them: HTTP beside the pages, Socket Mode, both, or none."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from opsflow.context import Context
from opsflow.inbox.app import Inbox, open_inbox
from opsflow.inbox.http import SlackEvents
from opsflow.inbox.socket import SlackSocket
from opsflow.kernel.errors import PortFailed

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds between two attempts to connect; what stops with us need not wait for the next one."""


@contextmanager
def listening(
    ctx: Context, say: Callable[[str], None], *, first_pause: float = FIRST_PAUSE
) -> Iterator[SlackEvents | None]:
    """Listen to Slack within this block; yields what answers `inbox.http.PATH`, when there is a signing secret.

    A Slack that is down is tried again in the background. What was begun is finished at the end. `say` gets what
    whoever runs this has to know.
    """
    settings = ctx.settings
    secret, app_token = settings.slack_signing_secret.get_secret_value(), settings.slack_app_token.get_secret_value()
    if not (settings.slack_bot_token.get_secret_value() and (secret or app_token)):
        yield None
        return
    inbox = open_inbox(ctx)
    events = SlackEvents(inbox, secret=secret) if secret else None
    try:
        with _connected(inbox, app_token, settings.slack_api_url, say, first_pause):
            yield events
    finally:
        if events is not None:
            events.close()
        inbox.close()


@contextmanager
def _connected(
    inbox: Inbox, app_token: str, api_url: str, say: Callable[[str], None], first_pause: float
) -> Iterator[None]:
    if not app_token:
        yield
        return
    socket, over = SlackSocket(inbox, app_token=app_token, api_url=api_url), Event()
    connecting = Thread(target=_connect, args=(socket, over, say, first_pause), daemon=True)
    connecting.start()
    try:
        yield
    finally:
        over.set()
        connecting.join()
        socket.stop()


def _connect(socket: SlackSocket, over: Event, say: Callable[[str], None], pause: float) -> None:
    """Try until it is over; once connected, the line looks after itself."""
    while not over.is_set():
        try:
            socket.start()
        except PortFailed as error:
            say(f"Socket Mode does not listen: {error} The next attempt is in {pause:.0f} s.")
        else:
            say("Socket Mode listens.")
            return
        over.wait(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
