"""What every flow promises of itself, whatever a team's Prefect settings say."""

from collections.abc import Mapping
from pathlib import Path
from runpy import run_path

import pytest
import yaml
from prefect import Flow
from prefect.settings import PREFECT_FLOW_DEFAULT_RETRIES, temporary_settings

from opsflow.kernel.terms import Stage
from tests.architecture.sources import ROOT

NAMES = (
    *Stage,
    "deadline_tracking",
    "notification_delivery",
    "prize_distribution",
    "monitoring",
    "feedback_collection",
)


def loaded(name: str) -> "Flow[..., object]":
    """A flow, its module executed anew under the settings of the moment."""
    flow = run_path(str(ROOT / "flows" / f"{name}.py"))[name]
    assert isinstance(flow, Flow)
    return flow


@pytest.mark.parametrize("name", NAMES)
def test_prefect_retries_nothing(name: str) -> None:
    """A wake has attempts of its own; a run that is repeated by Prefect would be a second, hidden mechanism."""
    with temporary_settings({PREFECT_FLOW_DEFAULT_RETRIES: 3}):
        assert loaded(name).retries == 0


@pytest.mark.parametrize("name", Stage)
def test_a_stage_flow_takes_the_campaigns_key_and_nothing_else(name: str) -> None:
    """Parameters are visible to everybody who sees Prefect."""
    flow = loaded(name)
    assert list(flow.parameters.properties) == ["campaign"]
    assert flow.flow_run_name is None, "Prefect would make two calls of it; see flows/stage_run.py"


@pytest.mark.parametrize(
    "name", ["deadline_tracking", "notification_delivery", "prize_distribution", "monitoring", "feedback_collection"]
)
def test_a_sweep_takes_nothing(name: str) -> None:
    assert list(loaded(name).parameters.properties) == []


def described() -> Mapping[str, Mapping[str, object]]:
    file = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))
    return {deployment["name"]: deployment for deployment in file["deployments"]}


def test_every_flow_of_the_folder_is_deployed() -> None:
    shared = {"__init__", "stage_run"}
    assert {path.stem for path in Path(ROOT, "flows").glob("*.py")} - shared == set(described())


@pytest.mark.parametrize("name", NAMES)
def test_a_deployment_is_called_like_its_flow(name: str) -> None:
    """The launcher asks for `<stage>/<stage>`."""
    assert described()[name]["entrypoint"] == f"flows.{name}.{name}"
    assert loaded(name).name == name
