"""The pages of a workspace and what listens to Slack, as a child of `opsflow up`, on a socket that the parent keeps."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn

from opsflow.adapters.here import NextTick
from opsflow.bootstrap import open_context
from opsflow.context import Context
from opsflow.inbox.http import PATH
from opsflow.inbox.listening import listening
from opsflow.running.child import STOP, Orders, tell_ready
from opsflow.web.app import make_app

ANSWER_SECONDS = 3
"""How long a request under way may take when told to stop: Slack waits no longer either."""


def serve(orders: Orders, listening_on: str) -> None:
    """Answer on the socket with this number until told to stop; what people do writes wakes, and others launch.

    Requests and presses under way are finished; the parent knows how long that may take.
    """
    with open_context(launcher=NextTick()) as ctx, listening(ctx, lambda line: print(line, flush=True)) as events:

        @contextmanager
        def opened() -> Iterator[Context]:
            yield ctx

        app = make_app(opened, beside={PATH: events} if events is not None else {})
        # No access log: a link's address is its secret.
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=ANSWER_SECONDS)
        )
        Thread(target=_end, args=(orders, server), daemon=True).start()
        tell_ready()
        server.run(sockets=[socket.socket(fileno=int(listening_on))])
    os._exit(0)  # threads that wait for an answer are not waited for


def _end(orders: Orders, server: uvicorn.Server) -> None:
    while orders.get() != STOP:
        pass
    server.should_exit = True
