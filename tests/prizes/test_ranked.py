"""Prizes without chance: who is first has the first, equal ones are told apart by what nobody chose, and no tampering passes."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from opsflow.kernel.errors import Refused
from opsflow.prizes.draws import listverifier, verifier
from opsflow.prizes.draws.checking import verified
from opsflow.prizes.draws.lottery import Drawn, Sealed, canonical, proof_files
from opsflow.prizes.draws.model import Entrant
from opsflow.prizes.draws.ranked import ranked, script, seal_ranked, with_code

AT = datetime(2026, 8, 24, 2, tzinfo=UTC)
"""10:00 in Shanghai."""
RULES: dict[str, Any] = {
    "form": "ranking", "prizes": [["gold", 1], ["silver", 2]], "alternates": 1, "most_a_day": None, "zone": "Asia/Shanghai",
}  # fmt: skip


def name(number: int) -> str:
    return f"{number:032x}"


def entrant(number: int, score: int = 0, minutes: int | None = 0, listed: str | None = None) -> Entrant:
    at = AT + timedelta(minutes=minutes) if minutes is not None else None
    return Entrant(name(number), 1, score, at, None, listed=listed)


def sealed(*entrants: Entrant, **changes: Any) -> Sealed:
    return seal_ranked(campaign="c", draw="d", rules=RULES | changes, entrants=entrants, refused={name(99): "burst"})


def drawn(*entrants: Entrant, **changes: Any) -> list[tuple[int, str | None]]:
    found = ranked(sealed(*entrants, **changes))
    assert [place.rank for place in found] == list(range(1, len(found) + 1))
    return [(int(place.id, 16), place.prize) for place in found]


def test_the_highest_sum_is_first_and_of_equal_ones_the_earlier() -> None:
    found = drawn(entrant(1, 5), entrant(2, 9, 3), entrant(3, 9, 1), entrant(4, 7), entrant(5, 1))
    assert found == [(3, "gold"), (2, "silver"), (4, "silver"), (1, None)]


def test_wholly_equal_ones_are_told_apart_by_the_commitment() -> None:
    """Nobody who chooses ids before the list is sealed knows who will be first."""
    crowd = [entrant(number, 5) for number in range(40)]
    first = {drawn(*crowd, alternates=extra)[0][0] for extra in range(12)}
    assert len(first) > 4
    assert drawn(*crowd) == drawn(*reversed(crowd))


def test_a_threshold_gives_in_the_order_in_which_it_was_reached() -> None:
    given = (entrant(1, 0, 30), entrant(2, 0, 10), entrant(3, 0, 20), entrant(4, 0, 40))
    assert drawn(*given, form="threshold", alternates=0) == [(2, "gold"), (3, "silver"), (1, "silver")]


def test_a_days_share_is_the_campaigns_day() -> None:
    """F66: what is reached after a day's share is gone gets none; midnight is where the campaign is."""
    day = 14 * 60  # from 10:00 to midnight
    given = (entrant(1, 0, 0), entrant(2, 0, day - 1), entrant(3, 0, day), entrant(4, 0, day + 5))
    assert drawn(*given, form="threshold", most_a_day=1) == [(1, "gold"), (3, "silver")]


def test_a_list_gives_what_it_says() -> None:
    given = (entrant(1, listed="silver"), entrant(2, listed="gold"), entrant(3, listed="silver"))
    assert sorted(drawn(*given, form="list")) == [(1, "silver"), (2, "gold"), (3, "silver")]


def test_the_commitment_is_of_everything_that_decides() -> None:
    first = sealed(entrant(1, 5), entrant(2, 6))
    others = [
        sealed(entrant(1, 5), entrant(2, 7)),
        sealed(entrant(1, 5, 1), entrant(2, 6)),
        sealed(entrant(1, 5)),
        sealed(entrant(1, 5), entrant(2, 6), alternates=2),
        sealed(entrant(1, 5), entrant(2, 6, listed="gold")),
    ]
    assert len({each.commitment for each in (first, *others)}) == 6
    assert first == sealed(entrant(2, 6), entrant(1, 5))


def test_an_empty_list_is_refused() -> None:
    with pytest.raises(Refused, match="Nobody is left"):
        sealed()


def test_fewer_entrants_than_prizes_leave_prizes_over() -> None:
    assert ranked(sealed(entrant(1))) == (Drawn(1, name(1), "gold"),)


FORMS: dict[str, tuple[list[Entrant], dict[str, Any]]] = {
    "ranking": ([entrant(number, number // 2, number) for number in range(1, 9)], {}),
    "threshold": ([entrant(number, 0, number) for number in range(1, 9)], {"form": "threshold", "alternates": 0}),
    "a day": (
        [entrant(number, 0, number * 500) for number in range(1, 9)],
        {"form": "threshold", "alternates": 0, "most_a_day": 1},
    ),
    "list": (
        [entrant(1, minutes=None, listed="silver"), entrant(2, minutes=None, listed="gold")],
        {"form": "list", "alternates": 0},
    ),
}
Files = dict[str, bytes]


def draft(form: str) -> Sealed:
    """A draw of that form, sealed as opsflow does."""
    entrants, changes = FORMS[form]
    return sealed(*entrants, **with_code(RULES | changes))


def published(folder: Path, form: str, tamper: Callable[[Files], object] = lambda _: None) -> str:
    """The proof of a draw in a folder, tampered with; answers what was published before."""
    files = proof_files(draft(form), ranked(draft(form)), script())
    tamper(files)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return draft(form).commitment


@pytest.mark.parametrize("form", FORMS)
def test_a_stranger_checks_it_with_python_alone(tmp_path: Path, form: str) -> None:
    commitment = published(tmp_path, form)
    command = [sys.executable, "-I", "-S", "-O", str(tmp_path / "verify.py"), str(tmp_path), commitment]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("The proof holds: ")
    assert verified(tmp_path, commitment, "") == result.stdout.strip()
    command[-1] = "0" * 64
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 1
    assert result.stderr == "ValueError: the manifest is not the one that was published before the draw\n"


def edited(name: str, edit: Callable[[list[bytes]], list[bytes]]) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        files[name] = b"".join(line + b"\n" for line in edit(files[name].splitlines()))

    return change


def other_rules(files: Files) -> None:
    fixed = json.loads(files["manifest.json"])
    fixed["rules"]["prizes"][0][1] += 1
    files["manifest.json"] = canonical(fixed)


def lying_script(files: Files) -> None:
    files["verify.py"] += b"# and more\n"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("tamper", "why"),
    [
        pytest.param(other_rules, "the manifest is not", id="more prizes"),
        pytest.param(lying_script, "verify.py is not as sealed", id="verifier changed"),
        pytest.param(edited("entrants.tsv", lambda x: x[1:]), "entrants.tsv is not", id="entrant dropped"),
        pytest.param(edited("entrants.tsv", lambda x: [*x, x[-1]]), "entrants.tsv is not", id="entrant added"),
        pytest.param(edited("entrants.tsv", lambda x: x[::-1]), "entrants.tsv is not", id="entrants reordered"),
        pytest.param(
            edited("entrants.tsv", lambda x: [x[0].replace(b"\t0\t", b"\t9\t") + b" ", *x[1:]]),
            "entrants.tsv is not",
            id="sum or prize changed",
        ),
        pytest.param(edited("refused.tsv", lambda _: []), "refused.tsv is not", id="refusal dropped"),
        pytest.param(edited("refused.tsv", lambda x: [x[0] + b"2"]), "refused.tsv is not", id="reason changed"),
        pytest.param(edited("winners.tsv", lambda x: x[1:]), "winners.tsv is not", id="winner withheld"),
        pytest.param(edited("winners.tsv", lambda x: [x[1], x[0], *x[2:]]), "winners.tsv is not", id="winners swapped"),
        pytest.param(
            edited("winners.tsv", lambda x: [f"gold\t{name(77)}".encode(), *x[1:]]), "winners.tsv is not", id="friend"
        ),
        pytest.param(lambda files: files.pop("winners.tsv"), "No such file", id="file withheld"),
    ],
)
def test_a_tampered_proof_is_refused(tmp_path: Path, form: str, tamper: Callable[[Files], object], why: str) -> None:
    commitment = published(tmp_path, form, tamper)
    with pytest.raises((ValueError, OSError), match=why):
        verified(tmp_path, commitment, "")


def test_somebody_sealed_twice_is_found_though_the_seal_is_whole(tmp_path: Path) -> None:
    one = draft("list")
    twice = (*one.entrants, one.entrants[-1])
    manifest = canonical(json.loads(one.manifest) | {"entrants": [len(twice), verifier.root(list(twice))]})
    forged = Sealed(manifest, twice, one.refused)
    for file, content in proof_files(forged, ranked(forged), script()).items():
        (tmp_path / file).write_bytes(content)
    with pytest.raises(ValueError, match="somebody twice"):
        verified(tmp_path, forged.commitment, "")


def test_the_script_fits_on_a_page_and_hashes_lists_as_the_lotterys_does() -> None:
    lines = script().decode().splitlines()
    assert len(lines) <= 50
    imported = {line.split()[1] for line in lines if line.startswith(("import ", "from "))}
    assert imported <= set(sys.stdlib_module_names)
    assert with_code(RULES)["code"] == sha256(script()).hexdigest()
    assert with_code({"form": "lottery"}) == {"form": "lottery"}, "its seal names its own"
    for many in range(20):
        some = [b"%d" % number for number in range(many)]
        assert listverifier.root(some).hex() == verifier.root(some)


def test_run_with_nothing_it_says_how_it_is_run() -> None:
    result = subprocess.run(
        [sys.executable, "-I", listverifier.__file__], capture_output=True, text=True, check=False, timeout=60
    )
    assert (result.returncode, result.stderr) == (1, "python3 verify.py FOLDER COMMITMENT\n")
