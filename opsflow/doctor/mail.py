"""Mail: whether the server that takes letters to participants can be reached from here."""

from collections.abc import Iterator

from opsflow.bootstrap import letter_box
from opsflow.doctor.finding import Finding, note, ok, wrong
from opsflow.kernel.clock import SystemClock
from opsflow.kernel.errors import PortFailed
from opsflow.settings import Settings

CHECK = "mail"


def look(settings: Settings) -> Iterator[Finding]:
    """Log in and out; without a server people send the letters from files, which is no fault."""
    box = letter_box(settings, SystemClock())
    if box is None:
        yield note(
            CHECK,
            "OPSFLOW_MAIL_URL is not set in this shell: letters to participants go out from files",
            "set it where `opsflow up` or the workers run when opsflow is to send them (docs/feedback.md)",
        )
        return
    try:
        box.check()
    except PortFailed as error:
        yield wrong(CHECK, str(error), "correct OPSFLOW_MAIL_URL, or mend the server; letters wait until then")
        return
    yield ok(CHECK, f"{box.name} lets us in")
