"""The wheel alone is enough: built, installed into an empty environment, used from an empty folder, without network."""

import shutil
import zipfile
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT
from tests.rehearsal.troupe import SAMPLES, C
from tests.wheel import call

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_the_wheel_holds_flows_and_every_template(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    listed = [ROOT / "flows", ROOT / "sop_templates", ROOT / "opsflow"]
    files = {path.relative_to(ROOT).as_posix() for folder in listed for path in folder.rglob("*") if path.is_file()}
    wanted = {path for path in files if "__pycache__" not in path}
    assert wanted - packed == set()
    assert "flows/prefect.yaml" in packed, "what `opsflow up` registers, and `prefect deploy --all` reads"
    assert not any(name.startswith(("tests/", "docs/")) for name in packed)


def test_the_installed_code_is_the_wheels_own(scripts: Path, tmp_path: Path) -> None:
    where = "import opsflow, flows, sop_templates as s; print(opsflow.__file__, flows.__file__, s.__file__, sep='\\n')"
    told = call(tmp_path, scripts / "python", "-c", where).splitlines()
    assert [path for path in told if not Path(path).is_relative_to(scripts.parent)] == []


def test_a_workspace_is_written_and_planned_from_an_empty_folder(scripts: Path, tmp_path: Path) -> None:
    call(tmp_path, scripts / "opsflow", "init", "x")
    campaigns = sorted((tmp_path / "x" / "campaigns").glob("*.yaml"))
    assert campaigns
    planned = call(tmp_path / "x", scripts / "opsflow", "plan", *campaigns)
    assert planned.strip()


def test_a_campaign_is_rehearsed_to_the_end_in_a_fresh_workspace(scripts: Path, tmp_path: Path) -> None:
    """The member day, which takes a tenth of the time of the one that `init` writes."""
    call(tmp_path, scripts / "opsflow", "init", "x")
    shutil.copy(SAMPLES / f"{C}.yaml", tmp_path / "x" / "campaigns")
    call(tmp_path / "x", scripts / "opsflow", "rehearse", f"campaigns/{C}.yaml")
    assert list((tmp_path / "x").rglob("index.html"))
