"""`opsflow up` against the real thing: a campaign moves, and whoever is killed in the middle loses and doubles nothing."""

import json
import os
import signal
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from time import monotonic, sleep
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags
from prefect.client.schemas.objects import State as RunState
from prefect.states import Completed, Failed

from opsflow.adapters.prefect_deployments import compared
from opsflow.db.session import BUSY_SECONDS
from opsflow.doctor.finding import State
from opsflow.doctor.motor import look
from opsflow.kernel.terms import Stage
from opsflow.ports import Unreachable
from tests.engine.small import OPERATIONS
from tests.flows.underway import until
from tests.flows.upped import DONE_WITHIN, Workspace, make
from tests.slack.server import running_slack

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up under /proc"),
]
CONTROL, PRESSED, ASKED = "undisturbed", "pressed", "asked"
ODD = ("initial_planning is missing", "deadline_tracking is paused")
HELD_AT_MOST = BUSY_SECONDS - 5
"""Seconds: whoever waits to write gives up after `BUSY_SECONDS`."""
TRIALS = 4
"""A run that was done before it was caught is no trial of anything."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Up in a folder with a space and Chinese; one undisturbed campaign has opened its first stage."""
    with running_slack() as slack:
        made = make(tmp_path_factory.mktemp("up 团队") / "a workspace 空间", slack)
        made.begin_until_asked(ASKED, "D4")
        made.up()
        try:
            made.begin(PRESSED, people={"planner": "executor"})
            made.begin(CONTROL)
            made.wait_open(CONTROL)
            yield made
        finally:
            made.down()


def in_the_middle(workspace: Workspace, name: str, hurt: Callable[[str], None]) -> None:
    """Begin a campaign, and hurt somebody while its first run is at work; then it must be as the undisturbed one."""
    for trial in range(TRIALS):
        key = workspace.begin(f"{name}-{trial}")
        caught = hurt_while_held(workspace, key, hurt)
        workspace.wait_open(key)
        assert workspace.made(key) == workspace.made(CONTROL)
        if caught:
            return
    raise AssertionError("every run was done before it could be held")


def hurt_while_held(workspace: Workspace, key: str, hurt: Callable[[str], None]) -> bool:
    """Hurt somebody in the middle of a campaign's run; False when it was done before it was held, and nobody was hurt.

    From its process on nobody can write until it has begun: a run is done a tenth of a second after that. A process may
    take longer to begin than others wait to write; they are let through then, and it is held again.
    """
    run = until(lambda: workspace.run_of(key), lambda found: found is not None, seconds=DONE_WITHIN)
    assert run is not None
    until(lambda: waits_for_its_process(workspace, key, run), lambda waits: not waits, seconds=DONE_WITHIN)
    while workspace.run_of(key) == run:
        with workspace.held():
            if workspace.run_of(key) == run and begins(workspace, run):
                hurt(run)
                return True
    return False


def waits_for_its_process(workspace: Workspace, key: str, run: str) -> bool:
    """Whether a run has been launched, and nobody does it yet."""
    return workspace.run_of(key) == run and not workspace.processes_of(run)


def begins(workspace: Workspace, run: str) -> bool:
    """Whether it begins before those who wait to write give up."""
    ends = monotonic() + HELD_AT_MOST
    with workspace.prefect() as client:
        while not (begun := has_begun(client, run)) and monotonic() < ends:
            sleep(0.1)
    return begun


def has_begun(client: SyncPrefectClient, run: str) -> bool:
    """Whether Prefect says that a run is at work, or over."""
    state = client.read_flow_run(UUID(run)).state
    return state is not None and (state.is_running() or state.is_final())


def test_a_stage_opens_waits_and_closes_as_people_act(workspace: Workspace) -> None:
    told = workspace.made(CONTROL)
    assert told["journal"][("task.opened", "opsflow")] == 1, told
    key = workspace.begin("acted-upon")
    workspace.wait_open(key)
    workspace.say("task", "done", key, "P1", "--by", "planner", "--evidence", "brief.docx")
    until(lambda: stage(workspace, key), lambda status: status == "closed", seconds=DONE_WITHIN)
    workspace.rest(key)
    with workspace.prefect() as client:
        own = FlowRunFilter(tags=FlowRunFilterTags(all_=[f"campaign:{key}"]))
        runs = client.read_flow_runs(flow_run_filter=own)
    assert {run.state_type for run in runs} <= {"COMPLETED", "RUNNING", "PENDING", "SCHEDULED"}
    # A campaign that was begun a moment ago is unproven until the next tick, so this one alone is waited for.
    kept = workspace.folder / ".opsflow" / "checkpoints.jsonl"
    until(lambda: kept.exists() and f'"campaign": "{CONTROL}"' in kept.read_text("utf-8"), bool, seconds=DONE_WITHIN)


def test_the_page_shows_the_campaigns_on_this_machine(workspace: Workspace) -> None:
    told = json.loads((workspace.folder / ".opsflow" / "up.json").read_text("utf-8"))
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(told["page"], timeout=60) as answer:
        assert CONTROL in answer.read().decode()


def stage(workspace: Workspace, key: str) -> object:
    query = "select status from stages where campaign = ? and name = ?"
    return workspace.rows(query, key, Stage.INITIAL_PLANNING.value)[0][0]


def test_a_second_one_on_the_same_workspace_is_refused_and_names_the_first(workspace: Workspace) -> None:
    assert workspace.process is not None
    assert f"process {workspace.process.pid}" in workspace.say("up", code=5)


def test_a_run_killed_in_the_middle_is_done_by_the_next(workspace: Workspace) -> None:
    """F34, F61: Prefect says Crashed; what was not committed is done again, once."""

    def kill(run: str) -> None:
        (process,) = workspace.processes_of(run)
        os.kill(process, signal.SIGKILL)

    in_the_middle(workspace, "run-killed", kill)


@pytest.mark.parametrize("state", [Completed, Failed])
def test_a_run_forced_to_a_state_in_the_middle_loses_nothing(
    workspace: Workspace, state: Callable[[], "RunState[object]"]
) -> None:
    """I4 of reliability.md: anybody who reaches Prefect's API can do it."""

    def force(run: str) -> None:
        with workspace.prefect() as client:
            client.set_flow_run_state(run, state(), force=True)

    in_the_middle(workspace, f"forced-{state.__name__.lower()}", force)


def test_a_motor_killed_in_the_middle_is_started_again(workspace: Workspace) -> None:
    """F34: nobody helps; the run that was under way is answered for by our own tables."""
    before = workspace.pid("motor")
    in_the_middle(workspace, "motor-killed", lambda _: os.kill(before, signal.SIGKILL))
    until(lambda: workspace.pid("motor"), lambda pid: pid != before, seconds=DONE_WITHIN)


def test_a_server_killed_in_the_middle_is_started_again(workspace: Workspace) -> None:
    """The run goes on: what it does, it does to our own tables."""
    before = workspace.pid("server")
    in_the_middle(workspace, "server-killed", lambda _: os.kill(before, signal.SIGKILL))
    assert workspace.pid("server") != before


def test_server_and_motor_killed_together_in_the_middle_are_started_again(workspace: Workspace) -> None:
    """The motor finds no server when it comes back, and waits for it."""
    killed: list[int] = []

    def kill(_run: str) -> None:
        # Looked up now: the test before this one has killed them too, and the motor may be begun anew once more.
        killed.extend((workspace.pid("server"), workspace.pid("motor")))
        for pid in killed:
            os.kill(pid, signal.SIGKILL)

    in_the_middle(workspace, "both-killed", kill)
    assert not {workspace.pid("server"), workspace.pid("motor")} & set(killed)


def test_without_prefects_database_it_goes_on(workspace: Workspace) -> None:
    """Deleted while it is up: the server makes an empty one, and every deployment is registered again."""
    before = workspace.pid("server")
    in_the_middle(workspace, "database-deleted", lambda _: workspace.delete_prefects_database())
    until(lambda: workspace.pid("server"), lambda pid: pid != before, seconds=DONE_WITHIN)
    with workspace.prefect():
        until(all_registered, bool, seconds=DONE_WITHIN, every=1)


def test_deployments_that_somebody_deletes_and_pauses_are_said_by_doctor_and_registered_again(
    workspace: Workspace,
) -> None:
    cures = next(found for _ in range(TRIALS) if set(found := said_by_doctor(workspace)) == set(ODD))
    assert all("opsflow up" in cure for cure in cures.values())
    key = workspace.begin("deployment-deleted")
    workspace.wait_open(key)
    assert workspace.made(key) == workspace.made(CONTROL)
    with workspace.prefect():
        until(all_registered, bool, seconds=DONE_WITHIN, every=1)


def all_registered() -> bool:
    """Whether Prefect has every deployment as described; a server that is only now started again has none."""
    try:
        return not compared()
    except Unreachable:
        return False


def said_by_doctor(workspace: Workspace) -> Mapping[str, str]:
    """What is wrong once somebody was at the deployments, with the cures; the motor may have been quicker to mend it."""
    with workspace.prefect() as client:
        until(all_registered, bool, seconds=DONE_WITHIN, every=1)
        for name, hurt in (
            ("initial_planning", client.delete_deployment),
            ("deadline_tracking", client.pause_deployment),
        ):
            hurt(client.read_deployment_by_name(f"{name}/{name}").id)
        found = list(look({}, api=workspace.api, is_up=True))
    return {finding.text: finding.cure for finding in found if finding.state is State.WRONG}


def test_what_people_press_in_slack_moves_their_campaigns(workspace: Workspace) -> None:
    """Told by the delivery of the workspace that is up, pressed on the line that it has opened, moved on by its motor."""
    workspace.fills("executor", "done", evidence="brief.docx")
    until(lambda: stage(workspace, PRESSED), lambda status: status == "closed", seconds=DONE_WITHIN)
    workspace.presses(OPERATIONS, "approve")
    query = "select status from tasks where campaign = ? and code in ('D4', 'D6') order by code"
    until(lambda: workspace.rows(query, ASKED), lambda rows: rows == [("done",), ("open",)], seconds=DONE_WITHIN)
    acted = "select campaign, actor, action from journal where actor in ('executor', ?) and campaign in (?, ?)"
    assert Counter(workspace.rows(acted, OPERATIONS, ASKED, PRESSED)) == {
        (PRESSED, "executor", "task.done"): 1,
        (ASKED, OPERATIONS, "approval.approved"): 1,
    }


def test_nobody_outlives_it_and_without_prefects_database_the_next_one_goes_on(workspace: Workspace) -> None:
    """Killed between launch and apply, its database deleted: every due wake is launched, and answered once."""
    key = workspace.begin("up-killed")
    until(lambda: workspace.run_of(key), lambda found: found is not None, seconds=DONE_WITHIN)
    assert workspace.process is not None
    with workspace.held():
        assert workspace.run_of(key) is not None
        workspace.process.kill()
        workspace.process.communicate()
        until(workspace.left, lambda left: left == [], seconds=10)
    workspace.delete_prefects_database()
    workspace.up()
    workspace.wait_open(key)
    assert workspace.made(key) == workspace.made(CONTROL)


def test_it_stops_within_seconds_and_leaves_nobody(workspace: Workspace) -> None:
    assert workspace.process is not None
    workspace.process.send_signal(signal.SIGINT)
    said, _ = workspace.process.communicate(timeout=15)
    assert workspace.process.returncode == 0, said
    assert workspace.left() == []
