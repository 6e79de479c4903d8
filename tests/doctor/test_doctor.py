"""The doctor: whatever is wrong is named with its cure, and the exit code says so; what is well is well."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from opsflow.adapters.drand.configured import signatures
from opsflow.bootstrap import open_context, use_context
from opsflow.campaigns.store import add_wakes
from opsflow.cli.commands import run
from opsflow.context import Context
from opsflow.db.ticks import record_tick
from opsflow.doctor.payouts import look_at_beacon, look_at_books
from opsflow.engine.collection import collect
from opsflow.engine.distribution import distribute
from opsflow.engine.health import PATIENCE, SWEEPS, health
from opsflow.engine.monitoring import monitor
from opsflow.engine.tick import tick
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.terms import PersonKey, Stage
from opsflow.outbox import store as outbox
from opsflow.outbox.model import NoticeStatus
from opsflow.settings import Settings
from tests.architecture.sources import ROOT
from tests.engine.driving import run_due
from tests.engine.small import KEY, begin, in_workspace
from tests.outbox.people import notice, tell
from tests.prizes.paying import begun, rounds
from tests.unprivileged import bound_by_permissions

Told = pytest.CaptureFixture[str]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told) -> Path:
    """What `init` writes; the shell stands in it and points nowhere."""
    for name in ("PREFECT_API_URL", "OPSFLOW_WORKSPACE", "OPSFLOW_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "a workspace 空间"
    assert run(["init", str(folder)]) == 0
    monkeypatch.chdir(folder)
    capsys.readouterr()
    return folder


def found(capsys: Told, *, code: int) -> dict[str, list[tuple[str, str]]]:
    """Check -> state and text of each of its findings."""
    assert run(["doctor", "--format", "json"]) == code
    told: dict[str, list[tuple[str, str]]] = {}
    for each in json.loads(capsys.readouterr().out):
        assert each["cure"] or each["state"] == "ok", each
        told.setdefault(each["check"], []).append((each["state"], each["text"]))
    return told


def states(told: dict[str, list[tuple[str, str]]]) -> dict[str, set[str]]:
    return {check: {state for state, _ in findings} for check, findings in told.items()}


def test_a_fresh_workspace_lacks_a_database_and_a_server_and_nothing_else(workspace: Path, capsys: Told) -> None:
    told = states(found(capsys, code=1))
    assert {check for check, seen in told.items() if "wrong" in seen} == {"database", "prefect"}
    assert not (workspace / ".opsflow").exists(), "it changes nothing"


def test_a_started_campaign_that_nobody_runs_is_told(workspace: Path, capsys: Told) -> None:
    assert run(["start", "campaigns/first-campaign.yaml"]) == 0
    capsys.readouterr()
    told = found(capsys, code=1)
    assert states(told)["database"] == {"ok"}
    assert [text for state, text in told["tick"] if state == "wrong"] == [
        "deadline_tracking never ran; 1 campaigns are under way",
        "notification_delivery never ran; 1 campaigns are under way",
        "prize_distribution never ran; 1 campaigns are under way",
        "monitoring never ran; 1 campaigns are under way",
        "feedback_collection never ran; 1 campaigns are under way",
    ]


def test_a_sweep_is_silent_after_three_of_its_own_periods(workspace: Path, capsys: Told) -> None:
    """Ten minutes are nothing to what comes every five, and far too long for deadlines."""
    assert run(["start", "campaigns/first-campaign.yaml"]) == 0
    with open_context() as ctx, ctx.transaction() as session:
        for name in SWEEPS:
            record_tick(session, name, at=ctx.clock.now() - timedelta(minutes=10))
    capsys.readouterr()
    silent = {text.split()[0] for state, text in found(capsys, code=1)["tick"] if state == "wrong"}
    assert silent == {"deadline_tracking", "notification_delivery"}


def test_only_the_years_that_nobody_has_published_are_told(ctx: Context, tmp_path: Path) -> None:
    """F28: live until the end of 2026, which is published; closed and reviewed in 2027, which is not."""
    here = in_workspace(ctx, tmp_path)
    begin(here, live={"start": "2026-12-28T00:00", "end": "2026-12-31T00:00"})
    assert health(here).provisional == {KEY: (2027,)}


def test_outside_a_workspace_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told) -> None:
    monkeypatch.delenv("OPSFLOW_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    assert found(capsys, code=1)["workspace"] == [("wrong", "here is none")]


def test_a_role_that_nobody_fills_is_told_with_its_tasks(workspace: Path, capsys: Told) -> None:
    file = workspace / "org.yaml"
    lines = file.read_text("utf-8").splitlines()
    file.write_text("\n".join(line for line in lines if not line.startswith("  finance_approver:")), "utf-8")
    ((state, text),) = found(capsys, code=1)["roles"]
    assert (state, "finance" in text) == ("wrong", True), text


def test_a_campaign_file_that_ends_with_yml_is_looked_at_too(workspace: Path, capsys: Told) -> None:
    first = workspace / "campaigns" / "first-campaign.yaml"
    first.with_suffix(".yml").write_text("key: [", encoding="utf-8")
    assert any("first-campaign.yml" in text for _, text in found(capsys, code=1)["campaigns"])


def test_a_folder_of_campaigns_that_cannot_be_listed_is_told(workspace: Path, capsys: Told) -> None:
    campaigns = workspace / "campaigns"
    campaigns.rename(workspace / "elsewhere")
    campaigns.write_text("no folder", encoding="utf-8")
    ((state, text),) = found(capsys, code=1)["campaigns"]
    assert (state, "cannot be listed" in text) == ("wrong", True)


def test_a_broken_organisation_file_is_told_by_its_place(workspace: Path, capsys: Told) -> None:
    (workspace / "org.yaml").write_text("name: [", "utf-8")
    ((state, text),) = found(capsys, code=1)["organisation"]
    assert state == "wrong"
    assert "org.yaml:1" in text


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("messages/en/task_opened.j2", "{{ title", "unexpected end of template"),
        ("messages/zh/task_opened.j2", "{{ weather }}", "it asks for weather, which no notice carries"),
        ("documents/en/brief.md.j2", "# {{ campaign.weather }}", "weather"),
        ("documents/zh/brief.md.j2", "{% if %}", "brief.md.j2"),
    ],
)
def test_a_template_that_fails_is_told_by_its_file(
    workspace: Path, capsys: Told, name: str, text: str, said: str
) -> None:
    """F57: what a team has edited is tried before a campaign needs it."""
    file = workspace / "sop_templates" / name
    file.parent.mkdir(parents=True)
    file.write_text(text, "utf-8")
    ((state, told),) = found(capsys, code=1)["templates"]
    assert state == "wrong"
    assert f"sop_templates/{name}" in told
    assert said in told


@pytest.mark.parametrize("name", ["documents", "documents/zh", "messages/en"])
def test_a_folder_of_templates_that_may_not_be_read_is_no_empty_one(workspace: Path, capsys: Told, name: str) -> None:
    folder = workspace / "sop_templates" / name
    folder.mkdir(parents=True)
    folder.chmod(0)
    try:
        with bound_by_permissions():
            ((state, told),) = found(capsys, code=1)["templates"]
    finally:
        folder.chmod(0o755)
    assert state == "wrong"
    assert f"The folder {folder} cannot be read: Permission denied." in told


def test_a_sound_copy_of_a_template_is_well(workspace: Path, capsys: Told) -> None:
    for name in ("documents/en/brief.md.j2", "messages/zh/task_opened.j2"):
        file = workspace / "sop_templates" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text((ROOT / "sop_templates" / name).read_text("utf-8"), "utf-8")
    assert found(capsys, code=1)["templates"] == [("ok", "2 of the workspace's own, and none fails")]


def test_no_secret_is_shown(workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told) -> None:
    monkeypatch.setenv("OPSFLOW_DATABASE_URL", "postgresql://ops:s3cret@127.0.0.1:9/opsflow")
    monkeypatch.setenv("PREFECT_API_KEY", "pnu_s3cret")
    assert run(["doctor"]) == 1
    said = capsys.readouterr()
    assert "s3cret" not in said.out + said.err
    assert "127.0.0.1:9" in said.out


def test_a_duration_that_prefect_cannot_read_is_named(workspace: Path) -> None:
    """`60` instead of `PT60S` stops Prefect's server and every client of its at import."""
    place = os.environ | {
        "PYTHONPATH": str(ROOT),
        "PREFECT_API_URL": "http://127.0.0.1:9/api",
        "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "60",
    }
    command = [sys.executable, "-m", "opsflow.cli.main", "doctor"]
    done = subprocess.run(command, cwd=workspace, env=place, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Prefect cannot read" in done.stdout
    assert "RETENTION_PERIOD" in done.stdout


def test_wakes_that_nobody_answers_are_found_and_those_of_the_moment_are_not(
    ctx: Context, clock: VirtualClock, tmp_path: Path
) -> None:
    small = in_workspace(ctx, tmp_path)
    begin(small)
    with small.transaction() as session:
        add_wakes(session, KEY, [(Stage.REVIEW, clock.now())])
    assert health(small).wakes == ()
    clock.move_to(clock.now() + PATIENCE + timedelta(seconds=1))
    assert [(wake.campaign, wake.stage) for wake in health(small).wakes] == [(KEY, Stage.REVIEW)]


def test_claims_of_a_lost_deliverer_and_dead_letters_are_found(
    ctx: Context, clock: VirtualClock, tmp_path: Path
) -> None:
    """A9 of reliability.md: an alarm when anything is claimed for more than two leases."""
    small = in_workspace(ctx, tmp_path)
    plan = begin(small)
    clock.move_to(min(stage.opens for stage in plan.stages if stage.opens is not None))
    run_due(small)
    with small.transaction() as session:
        person = outbox.due_people(session, now=clock.now())[0].person
        notices = outbox.due(session, person, now=clock.now())
        outbox.claim(session, notices[:1], message="message/1", at=clock.now(), until=clock.now())
    assert health(small).claims == ()
    clock.move_to(clock.now() + PATIENCE + timedelta(seconds=1))
    assert health(small).claims == (person,)
    with small.transaction() as session:
        outbox.settle(session, notices[:1], NoticeStatus.FAILED, "no such address")
    assert health(small).claims == ()
    assert [(who, why) for who, _, why in health(small).dead_letters] == [(person, "no such address")]


def test_how_long_ago_each_sweep_ran_is_known(ctx: Context, clock: VirtualClock) -> None:
    assert set(health(ctx).sweeps.values()) == {None}
    tick(ctx)
    collect(ctx)
    with ctx.transaction() as session:
        record_tick(session, "notification_delivery", at=clock.now())
    distribute(ctx)
    monitor(ctx)
    assert set(health(ctx).sweeps.values()) == {clock.now()}


def test_what_is_kept_for_a_channel_that_is_not_set_up_is_told_with_what_sets_it_up(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    """Delivered from a shell without the token: nobody was told, so nothing says that they were."""
    monkeypatch.delenv("OPSFLOW_SLACK_BOT_TOKEN", raising=False)
    file = workspace / "org.yaml"
    file.write_text("channels: [slack]\n" + file.read_text("utf-8"), "utf-8")
    assert run(["start", "campaigns/first-campaign.yaml"]) == 0
    with open_context(make=True) as ctx:
        tell(ctx, notice("a", PersonKey("gu-ping")))
    assert run(["deliver"]) == 0
    assert not (workspace / ".opsflow" / "messages.jsonl").exists()
    capsys.readouterr()
    assert found(capsys, code=1)["outbox"] == [
        ("wrong", "1 notices to gu-ping are kept: channel slack is not set up here: set OPSFLOW_SLACK_BOT_TOKEN")
    ]


def test_a_provider_that_cannot_be_used_from_here_is_told(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    monkeypatch.delenv("PAYOUT_SECRET", raising=False)
    assert found(capsys, code=1)["payouts"] == [("ok", "no payouts.yaml: prizes are handed out by nobody here")]
    content = "providers:\n  bank: {type: http, kinds: [cash], url: https://pay.example.com/, secret: PAYOUT_SECRET}\n"
    (workspace / "payouts.yaml").write_text(content, encoding="utf-8")
    ((state, text),) = found(capsys, code=1)["payouts"]
    assert (state, "PAYOUT_SECRET, which is not set" in text) == ("wrong", True)
    monkeypatch.setenv("PAYOUT_SECRET", "x")
    assert found(capsys, code=1)["payouts"] == [("ok", "payouts.yaml names bank")]


def test_servers_of_drand_that_cannot_be_asked_from_here_are_told(workspace: Path) -> None:
    settings = Settings(workspace=workspace)
    assert list(look_at_beacon(settings)) == []
    (workspace / "beacon.yaml").write_text("servers:\n  near: {url: 'http://10.0.0.7'}\n", encoding="utf-8")
    assert [(each.state, "not https" in each.text) for each in look_at_beacon(settings)] == [("wrong", True)]
    (workspace / "beacon.yaml").write_text("servers:\n  far: {url: 'https://drand.example.com'}\n", encoding="utf-8")
    first, *alone = look_at_beacon(settings)
    assert (first.state, first.text[:21], len(alone)) == ("ok", "beacon.yaml names far", signatures() is None)


def test_books_that_do_not_hold_and_payouts_that_need_people_are_told(
    workspace: Path, ctx: Context, clock: VirtualClock
) -> None:
    here, provider = begun(ctx, 2, key_ttl=None)
    provider.faults = lambda payment: "drop" if payment.participant.endswith("1") else "busy"
    rounds(here, 1)
    assert told_of_payouts(here) == ["every campaign's books hold, and nothing waits for people"]
    gone = "payouts of small-campaign wait for the provider memory, which payouts.yaml does not name"
    assert told_of_payouts(replace(here, payouts={})) == [gone]
    clock.move_to(clock.now() + timedelta(hours=2))
    assert told_of_payouts(here) == ["nobody has looked at payouts of small-campaign for an hour"]
    provider.faults = lambda _: "drop"
    rounds(here, 3)
    assert told_of_payouts(here) == ["2 payouts of small-campaign need two people to decide"]
    with here.transaction() as session:
        session.execute(sa.text("update payout_budgets set reserved = reserved + 1"))
    assert "the books do not hold: available of small-campaign is" in told_of_payouts(here)[0]


def told_of_payouts(ctx: Context) -> list[str]:
    with use_context(ctx):
        return [finding.text for finding in look_at_books(ctx.settings)]
