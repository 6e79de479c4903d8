"""Prefect's server as a child of `opsflow up`, on a listening socket that the parent keeps.

While the server is started again, whoever asks waits for its answer instead of being turned away, and nobody else takes the
port.
"""

import os
import socket
from threading import Thread

import uvicorn
from prefect.server.api.server import create_app

from opsflow.running.child import STOP, Orders


def serve(orders: Orders, listening: str) -> None:
    """Answer on the socket with this number until told to stop."""
    Thread(target=_end, args=(orders,), daemon=True).start()
    config = uvicorn.Config(create_app(final=True), log_level="warning", access_log=False, lifespan="on")
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(listening))])


def _end(orders: Orders) -> None:
    while orders.get() != STOP:
        pass
    # Draining its queues would take a minute, and what is committed is on the disk.
    os._exit(0)
