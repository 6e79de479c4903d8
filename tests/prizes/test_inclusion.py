"""One participant sees that they are on the sealed list, with a file of their own and nothing else."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from opsflow.prizes.draws.included import check
from opsflow.prizes.draws.inclusion import FILE, inclusion_files, path, script
from opsflow.prizes.draws.lottery import Sealed
from opsflow.prizes.draws.verifier import root
from tests.prizes.test_lottery import entrant, sealed


def file_of(draft: Sealed, who: str, folder: Path) -> Path:
    files = inclusion_files(draft, who)
    assert files is not None
    (folder / FILE).write_bytes(files[FILE])
    return folder / FILE


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13])
def test_everybody_on_a_list_of_any_length_finds_the_way_to_its_root(size: int, tmp_path: Path) -> None:
    draft = sealed(size)
    for at in range(size):
        who = entrant(at).id
        said = check(file_of(draft, who, tmp_path), draft.commitment, who)
        assert said == f"{who} is one of {size} on the list 'entrants' that was sealed: ['{1 + at % 3}']"


def test_whoever_is_left_out_sees_that_and_why(tmp_path: Path) -> None:
    draft, who = sealed(), entrant(1000).id
    assert "'refused' that was sealed: ['same_device']" in check(file_of(draft, who, tmp_path), draft.commitment, who)


def test_nobody_else_is_on_it() -> None:
    assert inclusion_files(sealed(), entrant(500).id) is None
    assert inclusion_files(sealed(), entrant(1).id[:-1]) is None


def flipped(given: dict[str, Any]) -> None:
    side, other = given["path"][0]
    given["path"][0] = ["right" if side == "left" else "left", other]


TAMPERINGS: dict[str, Callable[[dict[str, Any]], object]] = {
    "is not on the list": lambda given: given.update(line=given["line"].split("\t")[0] + "\t9"),
    "is not the one that was published": lambda given: given.update(manifest=given["manifest"] + " "),
    "is somebody else's": lambda given: given.update(line=f"{entrant(2).id}\t3"),
    "there is no such list": lambda given: given.update(list="prizes"),
    "not on the list": flipped,
    "on the list that was": lambda given: given["path"].pop(),
    "the line is not on": lambda given: given.update(list="refused"),
}


@pytest.mark.parametrize("why", TAMPERINGS)
def test_what_was_tampered_with_does_not_pass(why: str, tmp_path: Path) -> None:
    draft, who = sealed(), entrant(1).id
    file = file_of(draft, who, tmp_path)
    given = json.loads(file.read_bytes())
    TAMPERINGS[why](given)
    file.write_text(json.dumps(given))
    with pytest.raises(ValueError, match=why):
        check(file, draft.commitment, who)


def test_it_is_small_and_so_is_its_script() -> None:
    lines = [entrant(at).id.encode() + b"\t1" for at in range(1 << 10)]
    assert len(path(lines, 7)) == 10
    assert len(root(lines)) == 64
    assert len(script().splitlines()) <= 35
