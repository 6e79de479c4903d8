"""Where Prefect's API is for this workspace: PREFECT_API_URL, else the server that `opsflow up` runs."""

import os

from opsflow.running.lock import running
from opsflow.settings import Settings

VARIABLE = "PREFECT_API_URL"


def prefect_address(settings: Settings) -> tuple[str | None, bool]:
    """The address, and whether it is the server of our own that is up now. This process's Prefect is pointed at it."""
    if address := os.environ.get(VARIABLE):
        return address, False
    up = running(settings.workspace.resolve() / ".opsflow") if settings.workspace is not None else None
    if up is None:
        return None, False
    os.environ[VARIABLE] = up.api
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = ",".join(
        filter(None, [os.environ.get("no_proxy") or os.environ.get("NO_PROXY"), "127.0.0.1"])
    )
    return up.api, up.port != 0
