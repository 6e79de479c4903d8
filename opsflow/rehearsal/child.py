"""Serves Prefect's API for one rehearsal: run as `python -m opsflow.rehearsal.child FOLDER`, ends with its stdin.

The folder is this process's own (PREFECT_HOME is inside it) and goes with it, so that a parent that was killed leaves
neither a process nor a file behind. The port is the first line on stdout.
"""

import os
import shutil
import socket
import sys
import threading
from pathlib import Path

import uvicorn
from prefect.server.api.server import create_app

HOST = "127.0.0.1"


def serve(folder: Path) -> None:
    """Answer until stdin ends; connections that come before Prefect is ready wait for it."""
    threading.Thread(target=_end_with_stdin, args=(folder,), daemon=True).start()
    # Named as TCP, or asyncio leaves Nagle's algorithm on and every answer waits 40 ms for an acknowledgement.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind((HOST, 0))
    listening.listen(256)
    sys.stdout.write(f"{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    config = uvicorn.Config(create_app(final=True), log_level="critical", access_log=False, lifespan="on")
    uvicorn.Server(config).run(sockets=[listening])


def _end_with_stdin(folder: Path) -> None:
    # Nothing is worth an orderly end: the database goes with the folder, and draining queues would take a minute.
    while os.read(sys.stdin.fileno(), 1):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
