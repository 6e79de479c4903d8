"""Motors of the command line, which need no Prefect: one that runs a stage in this process, one that starts nothing."""

from collections.abc import Callable

from opsflow.kernel.errors import OpsflowError, PortFailed
from opsflow.kernel.terms import CampaignKey, Level, Stage
from opsflow.ports import Unreachable


class HereLauncher:
    """Runs a stage where it is launched. What a run was refused for is kept in `failures`; its wake stays."""

    def __init__(self, run: Callable[[CampaignKey, Stage], object]) -> None:
        self._run = run
        self.failures: list[OpsflowError] = []

    def launch(self, campaign: CampaignKey, stage: Stage, *, level: Level, key: str) -> str:
        """Run the stage to its end. PortFailed: the run was refused, and nothing of it is kept."""
        try:
            self._run(campaign, stage)
        except OpsflowError as error:
            self.failures.append(error)
            raise PortFailed(f"The run {key} ended with an error: {error}") from error
        return f"here:{key}"

    def is_final(self, run: str) -> bool:
        """Runs of this process are over when they are asked about; of another motor's nothing is known."""
        return run.startswith("here:")


class NextTick:
    """Starts nothing: what an action has woken is launched by the next tick."""

    def launch(self, campaign: CampaignKey, stage: Stage, *, level: Level, key: str) -> str:
        """Unreachable, always."""
        raise Unreachable(
            f"{key} is not started by a command: `opsflow tick` does, or the scheduled deadline_tracking."
        )

    def is_final(self, run: str) -> bool:
        """Nothing is known of any run."""
        return False
