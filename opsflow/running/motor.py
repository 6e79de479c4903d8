"""The motor of a workspace that is up: serves every deployment, launches due wakes at once, sees that nothing is missing."""

import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import Empty
from threading import Thread
from uuid import UUID

from prefect import get_client
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import State, StateType
from prefect.runner import Runner
from prefect.settings import PREFECT_RUNNER_POLL_FREQUENCY
from prefect.states import Crashed

from opsflow.adapters.prefect_deployments import Described, described, differences, named, servable
from opsflow.adapters.prefect_launcher import UNREACHABLE
from opsflow.bootstrap import open_context
from opsflow.context import Context
from opsflow.engine.health import SILENT_PERIODS, SWEEPS
from opsflow.engine.tick import since_tick
from opsflow.running.child import CHECK, OURS, STOP, Orders, tell_ready
from opsflow.running.wakes import launch_at_once

POLL_SECONDS = 2.0
"""How often the runner asks for runs, unless PREFECT_RUNNER_POLL_FREQUENCY says so: somebody waits for what they pressed."""
CHECK_SECONDS = 15.0
UNFINISHED = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]


class Serving(Runner):
    """Prefect's runner, which can also be told to take no more runs and to let those under way end."""

    def drain(self) -> None:
        """Let `start()` return when the last run is over. Prefect's own `stop` would cancel them."""
        self.started, self.stopping = False, True
        self._scheduled_run_poller.stopping = True
        self._loops_task_group.cancel_scope.cancel()


def serve(orders: Orders, server: str) -> None:
    """Register, serve, watch, until told to stop."""
    with open_context() as ctx:
        asyncio.run(_serve(ctx, orders, ours=server == OURS))
    sys.stdout.flush()
    os._exit(0)  # threads that wait for an answer are not waited for


async def _serve(ctx: Context, orders: Orders, *, ours: bool) -> None:
    wanted = described()
    frequency = PREFECT_RUNNER_POLL_FREQUENCY
    every = frequency.value() if frequency.value() != frequency.default() else POLL_SECONDS
    runner = Serving(name="opsflow", query_seconds=every, prefetch_seconds=1, pause_on_shutdown=False)
    if ours:
        await forget_former_lives(wanted)
    for deployment in wanted:
        await runner.aadd_deployment(await servable(deployment))
    Thread(target=launch_at_once, args=(ctx,), daemon=True).start()
    watching = asyncio.create_task(_watch(ctx, runner, wanted, orders))
    tell_ready()
    await runner.start()
    watching.cancel()


@dataclass
class Silence:
    """Tells when our own sweep has been silent for three periods, and then not again before three more have passed.

    Registering takes away the runs that the schedule has made ahead: done over and over, it would keep out every tick.
    """

    told: datetime | None = None

    def ends(self, ctx: Context) -> bool:
        silent, now = since_tick(ctx), ctx.clock.now()
        known = min([silent or timedelta(0), *([now - self.told] if self.told else [])])
        if known <= SILENT_PERIODS * SWEEPS["deadline_tracking"]:
            return False
        self.told = now
        return True


async def _watch(ctx: Context, runner: Serving, wanted: Sequence[Described], orders: Orders) -> None:
    """Follow the parent's orders; look after the deployments every so often, and when told to."""
    silence = Silence()
    while True:
        word = await _next_order(orders)
        if word == STOP:
            runner.drain()
            return
        try:
            await _look_after(ctx, runner, wanted, silence)
        except UNREACHABLE as error:
            print(f"Prefect does not answer: {error}", flush=True)


async def _next_order(orders: Orders) -> str:
    try:
        return await asyncio.to_thread(orders.get, timeout=CHECK_SECONDS)
    except Empty:
        return CHECK


async def _look_after(ctx: Context, runner: Serving, wanted: Sequence[Described], silence: Silence) -> None:
    """Register again what is missing, paused or changed; everything, when our own tick has been silent."""
    async with get_client() as client:
        found = await client.read_deployments(deployment_filter=named(wanted), limit=200)
    odd = differences(wanted, found)
    for difference in odd:
        print(f"The deployment {difference.deployment} {difference.what}: it is registered again.", flush=True)
    again = {difference.deployment for difference in odd}
    if await asyncio.to_thread(silence.ends, ctx):
        print("No tick for three minutes: every deployment is registered again.", flush=True)
        again = {deployment.name for deployment in wanted}
    for deployment in wanted:
        if deployment.name in again:
            await runner.aadd_deployment(await servable(deployment))


async def forget_former_lives(wanted: Sequence[Described]) -> None:
    """Runs that a killed motor has left would be called running for ever, and a sweep among them would keep out the next.

    Nobody else serves these deployments, so nobody is at work on them. What they did or not, our own tables tell.
    """
    async with get_client() as client:
        while runs := await _unfinished(client, wanted):
            for run in runs:
                gone: State[object] = Crashed(
                    message="opsflow was ended while this run was under way; its wake is launched again."
                )
                await client.set_flow_run_state(run, gone, force=True)


async def _unfinished(client: PrefectClient, wanted: Sequence[Described]) -> list[UUID]:
    runs = await client.read_flow_runs(
        deployment_filter=named(wanted),
        flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=UNFINISHED))),
        limit=200,
    )
    return [run.id for run in runs]
