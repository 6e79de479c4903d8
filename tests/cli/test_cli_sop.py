"""`opsflow sop`: the SOP as a document, and every mistake of an SOP file at once."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from opsflow.cli.sop import sop
from opsflow.kernel.errors import BadInput, NotFound, Refused
from opsflow.settings import SHIPPED

STANDARD = SHIPPED / "sop/campaign/v1.yaml"


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to call the command in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPSFLOW_WORKSPACE", raising=False)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(sop, arguments)


def own_sop(workspace: Path, *changes: tuple[str, str]) -> Path:
    """A workspace with a version 2 of its own."""
    (workspace / "org.yaml").write_text("name: x\n", encoding="utf-8")
    file = workspace / "sop_templates/sop/campaign/v2.yaml"
    file.parent.mkdir(parents=True)
    text = STANDARD.read_text(encoding="utf-8").replace("\nversion: 1\n", "\nversion: 2\n")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text, encoding="utf-8")
    return file


def test_the_standard_sop_is_shown_without_a_workspace() -> None:
    result = run("show")
    assert result.exit_code == 0, result.exception
    assert result.stdout.startswith("# Standard operating procedure for online campaigns\n")


def test_language_and_level_are_chosen_and_a_file_is_written(nowhere: Path) -> None:
    assert run("show", "--language", "zh", "--level", "B", "-o", "sop.md").exit_code == 0
    assert "B 级适用部分" in (nowhere / "sop.md").read_text(encoding="utf-8")
    assert isinstance(run("show", "-o", "sop.md").exception, Refused)


def test_the_sop_of_the_workspace_counts(nowhere: Path) -> None:
    own_sop(nowhere)
    assert "Version 2 of" in run("show").stdout
    assert "v2.yaml: ok, SOP campaign v2" in run("lint").stdout


def test_a_file_is_shown_and_an_unknown_name_is_not_found() -> None:
    assert "Version 1 of" in run("show", str(STANDARD)).stdout
    assert isinstance(run("show", "missing").exception, NotFound)


def test_the_shipped_sop_is_well() -> None:
    result = run("lint", str(STANDARD))
    assert result.exit_code == 0, result.exception
    assert "ok, SOP campaign v1, 155 tasks, 27 documents" in result.stdout


def test_mistakes_of_every_kind_are_told_at_once_with_their_line(nowhere: Path) -> None:
    file = own_sop(
        nowhere,
        ("after: [IP04, IP10]", "after: [IP04, IP99]"),
        ("when: [presale]", "when: [preorder]"),
        ("  - id: brief\n", "  - id: brief-of-ours\n"),
    )
    error = run("lint", str(file)).exception
    assert isinstance(error, BadInput)
    lines = str(error).splitlines()
    for words in (
        "there is no task `IP99`",
        "there is no condition `preorder`",
        "no template in en",
        "no template in zh",
    ):
        (line,) = [line for line in lines if words in line]
        number = int(line.split(":")[1])
        assert line.startswith(f"{file}:{number}:")
        word = words.split("`")[1] if "`" in words else "brief-of-ours"
        assert word in file.read_text(encoding="utf-8").splitlines()[number - 1]


def test_a_file_that_is_no_sop_is_told_from_its_types(nowhere: Path) -> None:
    (nowhere / "x.yaml").write_text("name: 1\n", encoding="utf-8")
    error = run("lint", "x.yaml").exception
    assert isinstance(error, BadInput)
    assert "the key `tasks` is missing" in str(error)


def test_a_document_of_ones_own_is_well_with_its_templates(nowhere: Path) -> None:
    file = own_sop(nowhere, ("  - id: brief\n", "  - id: brief-of-ours\n"))
    for language in ("en", "zh"):
        template = nowhere / f"sop_templates/documents/{language}/brief-of-ours.md.j2"
        template.parent.mkdir(parents=True)
        template.write_text("x\n", encoding="utf-8")
    assert run("lint", str(file)).exit_code == 0
