"""The wheel alone is enough: built, installed into an empty environment, used from an empty folder, without network.

That it rehearses a whole campaign is seen in tests/rehearsal/test_rehearsal_whole.py.
"""

import zipfile
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT
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
