"""Permissions by name reach a campaign that was started before they were given."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from opsflow.bootstrap import use_context
from opsflow.campaigns.store import load_campaign
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.engine.permitting import file_permissions
from opsflow.engine.record import journal
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import BadInput, Refused
from opsflow.kernel.terms import Permission, PersonKey
from opsflow.org.model import Organisation
from tests.campaigns.planning import organisation
from tests.cli.desk import Told, desk_context, said
from tests.engine.small import KEY, MANAGER, PMO, begin

FINANCE = {"finance": ["finance-head"]}


@pytest.fixture
def here(sqlite_database: Database, clock: VirtualClock, tmp_path: Path) -> Iterator[Context]:
    """A campaign under way in which nobody holds anything by name."""
    context = desk_context(sqlite_database, clock, tmp_path / "ws")
    begin(context)
    with use_context(context):
        yield context


def stored(ctx: Context) -> Organisation:
    with ctx.reading() as session:
        return load_campaign(session, KEY).organisation


def test_what_org_yaml_names_counts_and_is_on_record(
    here: Context, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = here.settings.workspace
    assert folder is not None
    monkeypatch.setenv("OPSFLOW_WORKSPACE", str(folder))
    assert "There is no org.yaml here" in said(capsys, "campaign", "permissions", KEY, "--by", PMO, code=2)
    text = organisation(permissions=FINANCE).model_dump(mode="json", exclude_unset=True)
    (folder / "org.yaml").write_text(yaml.safe_dump(text, allow_unicode=True), encoding="utf-8")
    assert "cannot let the permissions" in said(capsys, "campaign", "permissions", KEY, "--by", MANAGER, code=3)
    assert stored(here).permissions == {}
    told = said(capsys, "campaign", "permissions", KEY, "--by", PMO)
    assert "finance: finance-head" in told
    assert stored(here) == organisation(permissions=FINANCE)
    assert "are those of small-campaign already" in said(capsys, "campaign", "permissions", KEY, "--by", PMO, code=3)
    entries = [
        (entry.actor, dict(entry.data)) for entry in journal(here, KEY) if entry.action == "campaign.permissions"
    ]
    assert entries == [(PMO, {"finance": ["finance-head"]})]


def test_somebody_who_joined_since_comes_in_and_nobody_else_changes(here: Context) -> None:
    people = organisation().model_dump(mode="json")["people"]
    people["newcomer"] = {"name": "Newcomer", "department": "finance"}
    people["passer-by"] = {"name": "Passer-by", "department": "finance"}
    people["manager"] = {"name": "Somebody else", "department": "operations"}
    given = organisation(people=people, permissions={"finance": ["newcomer"]})
    before = stored(here)
    assert file_permissions(here, KEY, given, by=PMO) == {Permission.FINANCE: (PersonKey("newcomer"),)}
    after = stored(here)
    assert after.people.keys() - before.people.keys() == {"newcomer"}
    assert after.people[MANAGER] == before.people[MANAGER]


def test_whose_department_the_campaign_does_not_have_is_named(here: Context) -> None:
    given = organisation(permissions={"finance": ["newcomer"]})
    strange = given.people[PMO].model_copy(update={"department": "space"})
    given = given.model_copy(update={"people": {**given.people, PersonKey("newcomer"): strange}})
    with pytest.raises(BadInput, match="newcomer is of space"):
        file_permissions(here, KEY, given, by=PMO)
    with pytest.raises(Refused, match="already"):
        file_permissions(here, KEY, organisation(), by=PMO)
