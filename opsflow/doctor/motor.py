"""Prefect as it answers now: its API, the deployments, and how many work on a server that bears few."""

from collections.abc import Iterator, Mapping

from opsflow.adapters.prefect_deployments import compared, workers_of
from opsflow.doctor.finding import Finding, note, ok, wrong
from opsflow.kernel.errors import PortFailed

POOL = "opsflow"
FEW_WORKERS = 1
DATABASES = ("PREFECT_API_DATABASE_CONNECTION_URL", "PREFECT_SERVER_DATABASE_CONNECTION_URL")
REGISTER = "`opsflow up` registers it again by itself within seconds; on work pools `prefect deploy --all` does"


def look(environment: Mapping[str, str], *, api: str, is_up: bool) -> Iterator[Finding]:
    """Ask the API; one that does not answer is asked nothing more."""
    try:
        differences = compared()
    except PortFailed as error:
        yield wrong("prefect", f"{api}: {error}", "start `opsflow up`, or the server that PREFECT_API_URL names")
        return
    yield ok("prefect", f"{api} answers")
    for difference in differences:
        yield wrong("deployments", f"{difference.deployment} {difference.what}", REGISTER)
    if not differences:
        yield ok("deployments", "all are there, none is paused")
    workers = workers_of(POOL)
    if workers > FEW_WORKERS and is_up and not set(DATABASES) & set(environment):
        yield note(
            "workers",
            f"{workers} workers ask a server that keeps its state in SQLite, which answers 503 to many at once",
            "keep Prefect's own state in PostgreSQL (docs/operations.md)",
        )
