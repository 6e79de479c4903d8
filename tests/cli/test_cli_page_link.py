"""`opsflow page-link`: a link for somebody of a campaign, where there is a place to lead to."""

from dataclasses import replace
from pathlib import Path

import pytest

from opsflow.bootstrap import use_context
from opsflow.db.session import Database
from opsflow.kernel.clock import VirtualClock
from opsflow.outbox.links import read_link
from tests.cli.desk import Told, desk_context, said
from tests.engine.small import KEY, PLANNER, begin


@pytest.mark.parametrize("arguments", [(), ("--campaign", KEY)])
def test_a_link_is_printed_for_somebody_of_a_campaign(
    sqlite_database: Database, clock: VirtualClock, tmp_path: Path, capsys: Told, arguments: tuple[str, ...]
) -> None:
    ctx = desk_context(sqlite_database, clock, tmp_path)
    begin(ctx)
    settings = ctx.settings.model_copy(update={"public_url": "https://opsflow.example.com"})
    with use_context(ctx):
        assert "OPSFLOW_PUBLIC_URL" in said(capsys, "page-link", PLANNER, *arguments, code=2)
    with use_context(replace(ctx, settings=settings)):
        link = said(capsys, "page-link", PLANNER, *arguments).strip()
        assert "nobody" in said(capsys, "page-link", "somebody-else", *arguments, code=4)
        assert "There is no campaign" in said(capsys, "page-link", PLANNER, "--campaign", "other", code=4)
    place, _, token = link.rpartition("/")
    assert place == "https://opsflow.example.com/enter"
    assert read_link(settings, token, now=clock.now()).person == PLANNER
