"""`opsflow rehearse` without the rehearsal: what it reads. The rehearsal itself is in tests/rehearsal."""

from pathlib import Path

from opsflow.cli.rehearse import in_workspace
from opsflow.settings import SHIPPED, Settings


def _campaign(folder: Path) -> Path:
    (folder / "campaigns").mkdir(parents=True)
    (folder / "org.yaml").touch()
    return folder / "campaigns" / "first.yaml"


def test_the_templates_of_a_campaigns_own_workspace_count_without_a_setting(tmp_path: Path) -> None:
    found = in_workspace(Settings(workspace=None), _campaign(tmp_path / "first"))
    assert found.template_folders == (tmp_path / "first" / "sop_templates", SHIPPED)


def test_a_workspace_that_is_named_counts_before_the_one_the_file_stands_in(tmp_path: Path) -> None:
    named = Settings(workspace=tmp_path / "named")
    assert in_workspace(named, _campaign(tmp_path / "first")) == named
