"""A campaign whose participants are asked: what tests of answers and of reports begin with."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from opsflow.campaigns.surveyfile import load_survey
from opsflow.context import Context
from opsflow.db.tables import InvitationRow
from opsflow.feedback.surveys.model import Opened
from opsflow.feedback.surveys.store import open_
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.rowfile import Row
from opsflow.kernel.taken import Imported, Rejected
from opsflow.participants.service import find, import_participants
from tests.engine.small import KEY, MANAGER, begin, in_workspace

LAUNCHED = datetime(2026, 8, 23, 16, tzinfo=UTC)
NOW = datetime(2026, 8, 28, 2, tzinfo=UTC)
"""Friday 10:00 in Shanghai, the day after the end."""
CLOSES = NOW + timedelta(days=4)


def asked(ctx: Context, folder: Path, *, crowd: int = 4) -> Context:
    """The small campaign after its end, with participants u0, u1, ... and the standard survey open."""
    context = in_workspace(ctx, folder)
    begin(context, feedback={"visits": 2})
    people = [{"account": f"u{n}", "email": f"u{n}@example.com", "consent": "yes"} for n in range(crowd)]
    import_participants(context, KEY, [Row(n, row) for n, row in enumerate(people, 2)], by=MANAGER)
    clock = context.clock
    assert isinstance(clock, VirtualClock)
    clock.move_to(NOW)
    survey = load_survey(context.settings.template_folders, "standard")
    with context.transaction() as session:
        assert open_(session, Opened(KEY, "standard", survey, LAUNCHED, CLOSES, None), by=MANAGER)
    return context


def invite(ctx: Context, account: str, **changes: Any) -> str:
    """Somebody is asked by a link of their own; answers the invitation's id."""
    with ctx.transaction() as session:
        who = find(session, KEY, account).id
        values: dict[str, Any] = {"source": "link", "invited_at": LAUNCHED, "seen_at": None, "answered_at": None}
        session.add(InvitationRow(campaign=KEY, id=f"link-{account}", participant=who, **(values | changes)))
    return f"link-{account}"


def rows(*values: dict[str, str]) -> list[Row]:
    return [Row(line, row) for line, row in enumerate(values, 2)]


def reasons(refused: list[Rejected]) -> dict[int, str]:
    return {one.line: one.reason for one in refused}


__all__ = ["CLOSES", "LAUNCHED", "NOW", "Imported", "asked", "invite", "reasons", "rows"]
