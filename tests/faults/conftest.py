"""A provider for payers that are interrupted."""

import multiprocessing
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.bank import Handler, serve_process

PATIENCE_SECONDS = 30.0


@pytest.fixture
def bank(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Address and books of a provider in a process of its own; it may be given another handler."""
    books, port = tmp_path / "books", tmp_path / "port"
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.faults.payer", "tests.contract.bank", "tests.faults.dying"])
    handler = getattr(request, "param", Handler)
    process = processes.Process(target=serve_process, args=(str(books), str(port), handler), daemon=True)
    process.start()
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not port.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port.read_text()}", books
    finally:
        process.kill()
        process.join()
