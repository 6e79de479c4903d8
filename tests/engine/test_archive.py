"""The archive of a campaign: whole, readable without opsflow, without personal data, never half."""

import csv
import hashlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from opsflow.adapters.checkpoints import CheckpointFile
from opsflow.adapters.memory import MemoryChannel, MemoryLauncher
from opsflow.context import Context
from opsflow.db.session import Database
from opsflow.engine.archiving.contents import contents
from opsflow.engine.archiving.service import archive, gathered
from opsflow.engine.comment import comment
from opsflow.journal.service import sign_due
from opsflow.kernel.clock import VirtualClock
from opsflow.kernel.errors import NotFound, Refused
from opsflow.kernel.terms import CampaignKey, TaskCode
from opsflow.kernel.text import Text
from opsflow.prizes.draws.freezing import freeze
from opsflow.prizes.draws.service import perform, seal
from opsflow.prizes.draws.standing import overview
from opsflow.settings import Settings
from tests.engine.driving import People, live
from tests.engine.small import KEY, MANAGER, PLANNER, begin, in_workspace
from tests.prizes.drawing import RANKING, drawing, id_of, play


@pytest.fixture(scope="module")
def lived(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    """The small campaign from its first task to its archive, with a signed journal."""
    from tests.conftest import START

    folder = tmp_path_factory.mktemp("lived")
    file = folder / "opsflow.db"
    file.write_bytes(migrated_file.read_bytes())
    database = Database(f"sqlite:///{file}", lasting=False)
    clock, settings = VirtualClock(START), Settings(database_url=database.url)
    bare = Context(settings, database, clock, MemoryLauncher(), {"memory": MemoryChannel()})
    ctx = in_workspace(bare, folder / "home")
    ctx = replace(ctx, witness=partial(CheckpointFile, ctx.settings))
    begin(ctx, language="zh", title={"en": "=Small", "zh": "小活动"})
    live(People(ctx, KEY))
    sign_due(ctx)
    yield ctx
    database.close()


def read(folder: Path, name: str) -> object:
    return json.loads((folder / name).read_text(encoding="utf-8"))


def test_everything_stands_in_it_and_every_sum_is_right(lived: Context, tmp_path: Path) -> None:
    out = tmp_path / "活动 档案"
    number = archive(lived, KEY, out)
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert len(names) == number + 1  # and the marker
    assert {"README.md", "README.html", "tasks.csv", "journal.jsonl", "messages.jsonl", "sop/small-v1.yaml"} <= names
    assert {f"documents/{language}/01-proposal.{kind}" for language in ("en", "zh") for kind in ("md", "html")} <= names
    checked = subprocess.run(["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"], cwd=out, check=False)
    assert checked.returncode == 0
    manifest = read(out, "manifest.json")
    assert isinstance(manifest, dict)
    assert set(manifest["files"]) == names - {"manifest.json", "SHA256SUMS", ".opsflow-archive"}
    readme = (out / "README.md").read_text(encoding="utf-8")
    assert readme.startswith("# 小活动：活动档案\n")
    assert "(documents/zh/01-proposal.html)" in readme


def test_the_journal_is_proven_by_what_the_readme_says(lived: Context, tmp_path: Path) -> None:
    """Followed by hand: nothing of opsflow is called."""
    out = tmp_path / "archive"
    archive(lived, KEY, out)
    last, hashes = bytes(32), {}
    for line in (out / "journal.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        said = json.dumps(
            [*(entry[name] for name in ("number", "at", "actor", "action", "campaign", "object", "data_as_stored"))],
            separators=(",", ":"),
        )
        last = hashlib.sha256(b"opsflow.journal.1|" + last + b"|" + said.encode("ascii")).digest()
        assert entry["hash"] == last.hex()
        hashes[entry["number"]] = entry["hash"]
    signed = [json.loads(line) for line in (out / "journal-checkpoints.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [each["head"] for each in signed] == [hashes[each["number"]] for each in signed]
    assert signed
    assert {each["campaign"] for each in signed} == {KEY}
    manifest = read(out, "manifest.json")
    assert isinstance(manifest, dict)
    assert (manifest["journal_entries"], manifest["journal_head"]) == (len(hashes), last.hex())


def test_a_cell_is_never_a_formula_and_people_are_no_addresses(lived: Context) -> None:
    comment(lived, KEY, TaskCode("P1"), by=PLANNER, text=Text.both("=1+1"))
    files = contents(gathered(lived, KEY), lived.settings.template_folders)
    rows = list(csv.reader(files["tasks.csv"].decode("utf-8-sig").splitlines()))
    assert (rows[0][:3], rows[1][0]) == (["编号", "阶段", "任务"], "P1")
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    people = json.loads(files["organisation.json"])["people"]
    assert set(people["planner"]) == {"name", "department", "title"}


def test_nothing_is_overwritten_but_a_former_archive(lived: Context, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(Refused, match="not empty"):
        archive(lived, KEY, tmp_path)
    with pytest.raises(Refused, match="something else than a former archive"):
        archive(lived, KEY, tmp_path, force=True)
    out = tmp_path / "archive"
    assert archive(lived, KEY, out) == archive(lived, KEY, out, force=True)
    with pytest.raises(NotFound, match="There is no campaign nope"):
        archive(lived, CampaignKey("nope"), tmp_path / "other")
    assert {path.name for path in tmp_path.iterdir()} == {"letter.txt", "archive"}


def test_no_personal_data_of_participants_is_in_it(sqlite_ctx: Context, clock: VirtualClock, tmp_path: Path) -> None:
    """Names, numbers and addresses; and who they are in our own books is the opaque id of the public proof."""
    here = drawing(sqlite_ctx, tmp_path, RANKING)
    canary = {"account": "canary-account", "name": "Canary Wang", "email": "canary@example.com", "phone": "13900000001"}
    play(here, canary | {"points": "9"}, *({"account": f"u{n}", "points": str(n)} for n in range(3)))
    freeze(here, KEY, "ranks", by=MANAGER)
    expected = overview(here, KEY)[0].expected
    assert expected is not None
    seal(here, KEY, "ranks", winners=expected.winners, cost=expected.cost, by=MANAGER)
    perform(here, KEY, "ranks", number=None, by=MANAGER)
    files = contents(gathered(here, KEY), here.settings.template_folders)
    assert id_of(here, "canary-account").encode() in files["draws/ranks/winners.tsv"]
    for secret in canary.values():
        assert [name for name, content in files.items() if secret.encode() in content] == []
