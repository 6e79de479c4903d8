"""A draw is fixed before its number is known, anybody can check it, and no tampering passes."""

import hmac
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from opsflow.kernel.errors import BadInput, Refused
from opsflow.prizes.draws import verifier
from opsflow.prizes.draws.lottery import Drawn, Entrant, Entropy, Sealed, canonical, draw, proof_files, script, seal

NUMBER = "3245.67"
ENTROPY = Entropy("Closing value of an index on 13 November 2026, two decimals", datetime(2026, 11, 13, 7, tzinfo=UTC))
Files = dict[str, bytes]


def entrant(number: int, tickets: int = 1) -> Entrant:
    return Entrant(sha256(b"%d" % number).hexdigest()[:32], tickets)


def sealed(
    entrants: int = 20, *, prizes: tuple[tuple[str, int], ...] = (("phone", 1), ("box", 3)), alternates: int = 2
) -> Sealed:
    return seal(
        campaign="double-eleven-2026", draw="grand", prizes=prizes, alternates=alternates, entropy=ENTROPY,
        rules={"filters": [{"kind": "same_device", "most": 3}]},
        entrants=[entrant(at, 1 + at % 3) for at in range(entrants)],
        refused={entrant(1000).id: "same_device"},
    )  # fmt: skip


def publish(folder: Path, files: Files) -> None:
    for name, content in files.items():
        (folder / name).write_bytes(content)


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The published script as a participant runs it: a Python without anything else, optimised or not."""
    command = [sys.executable, "-I", "-S", "-O", str(folder / "verify.py"), str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_the_untampered_proof_passes_for_a_stranger(tmp_path: Path) -> None:
    draft = sealed()
    publish(tmp_path, proof_files(draft, draw(draft, NUMBER)))
    result = run(tmp_path, draft.commitment, NUMBER)
    assert (result.returncode, result.stderr) == (0, "")
    assert "The proof holds: 6 drawn of 20" in result.stdout
    assert "Closing value of an index" in result.stdout


def test_a_stranger_sees_a_refusal_with_its_reason(tmp_path: Path) -> None:
    draft = sealed()
    publish(tmp_path, proof_files(draft, draw(draft, "3245.68")))
    result = run(tmp_path, draft.commitment, NUMBER)
    assert result.returncode == 1
    assert "winners.tsv is not what this number draws" in result.stderr
    assert len(result.stderr.splitlines()) == 1, "and nothing beside it"


def changed(**what: object) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        files["manifest.json"] = canonical(json.loads(files["manifest.json"]) | what)

    return change


def resealed(entrants: int = 20) -> Callable[[Files], None]:
    """The operator makes another draw whole, with its own manifest and winners."""

    def change(files: Files) -> None:
        other = sealed(entrants)
        files |= proof_files(other, draw(other, NUMBER))

    return change


def edited(name: str, edit: Callable[[list[bytes]], list[bytes]]) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        files[name] = b"".join(line + b"\n" for line in edit(files[name].splitlines()))

    return change


def another_number(files: Files) -> None:
    files["winners.tsv"] = proof_files(sealed(), draw(sealed(), "1"))["winners.tsv"]


def script_that_lies(files: Files) -> None:
    files["verify.py"] += b"# and more\n"


NEW = f"{'f' * 32}\t1".encode()


@pytest.mark.parametrize(
    ("tamper", "why"),
    [
        pytest.param(another_number, "not what this number draws", id="drawn again until liked"),
        pytest.param(edited("entrants.tsv", lambda x: sorted([*x, NEW])), "entrants.tsv is not", id="entrant added"),
        pytest.param(edited("entrants.tsv", lambda x: x[1:]), "entrants.tsv is not", id="entrant dropped"),
        pytest.param(edited("entrants.tsv", lambda x: x[::-1]), "entrants.tsv is not", id="entrants reordered"),
        pytest.param(
            edited("entrants.tsv", lambda x: [x[0] + b"9", *x[1:]]), "entrants.tsv is not", id="tickets added"
        ),
        pytest.param(resealed(21), "not the one that was published", id="entrant added and all sealed anew"),
        pytest.param(changed(prizes=[{"id": "phone", "quantity": 2}]), "not the one that was", id="winner count"),
        pytest.param(changed(alternates=9), "not the one that was", id="alternates"),
        pytest.param(changed(rules={}), "not the one that was", id="weights, caps or filters"),
        pytest.param(changed(entropy={"source": "x", "at": "y"}), "not the one that was", id="source of the number"),
        pytest.param(edited("refused.tsv", lambda _: []), "refused.tsv is not", id="refusal dropped"),
        pytest.param(edited("refused.tsv", lambda x: [x[0] + b"2"]), "refused.tsv is not", id="reason changed"),
        pytest.param(edited("winners.tsv", lambda x: x[1:]), "not what this number draws", id="winner withheld"),
        pytest.param(edited("winners.tsv", lambda x: [x[1], x[0], *x[2:]]), "not what this", id="winners swapped"),
        pytest.param(edited("winners.tsv", lambda _: []), "not what this number draws", id="draw withheld"),
        pytest.param(lambda files: files.pop("winners.tsv"), "No such file", id="file withheld"),
        pytest.param(script_that_lies, "not the script that was sealed", id="verifier changed"),
    ],
)
def test_a_tampered_proof_is_refused(tmp_path: Path, tamper: Callable[[Files], object], why: str) -> None:
    draft = sealed()
    files = proof_files(draft, draw(draft, NUMBER))
    tamper(files)
    publish(tmp_path, files)
    with pytest.raises((ValueError, OSError), match=why):
        verifier.check(tmp_path, draft.commitment, NUMBER)


def test_each_tampering_changes_a_proof_that_holds(tmp_path: Path) -> None:
    """The control of the list above: the same files untouched pass."""
    draft = sealed()
    publish(tmp_path, proof_files(draft, draw(draft, NUMBER)))
    assert verifier.check(tmp_path, draft.commitment, NUMBER).startswith("The proof holds")


def test_somebody_sealed_twice_is_found_though_the_seal_is_whole(tmp_path: Path) -> None:
    draft = sealed()
    twice = (*draft.entrants, draft.entrants[-1])
    manifest = canonical(json.loads(draft.manifest) | {"entrants": [len(twice), verifier.root(list(twice))]})
    forged = Sealed(manifest, twice, draft.refused)
    publish(tmp_path, proof_files(forged, draw(forged, NUMBER)))
    with pytest.raises(ValueError, match="somebody twice"):
        verifier.check(tmp_path, forged.commitment, NUMBER)


def test_the_formula_is_the_published_one() -> None:
    """Worked out here once more, from the description alone."""
    draft = sealed(5, prizes=(("phone", 1), ("box", 1)), alternates=1)
    seed = sha256(b"opsflow-draw/1|" + sha256(draft.manifest).digest() + sha256(NUMBER.encode()).digest()).digest()
    scores = sorted(
        (min(hmac.new(seed, f"{one.id}|{at}".encode(), sha256).hexdigest() for at in range(one.tickets)), one.id)
        for one in (entrant(at, 1 + at % 3) for at in range(5))
    )
    expected = [Drawn(rank, who, prize) for rank, ((_, who), prize) in enumerate(zip(scores, ["phone", "box", None], strict=False), 1)]  # fmt: skip
    assert list(draw(draft, NUMBER)) == expected


def test_the_merkle_root_is_that_of_rfc_6962() -> None:
    """Leaves and nodes have prefixes of their own, and an odd one out goes up as it is."""
    leaf = [sha256(b"\0" + name).digest() for name in (b"a", b"b", b"c")]
    pair = sha256(b"\1" + leaf[0] + leaf[1]).digest()
    assert verifier.root([b"a", b"b", b"c"]) == sha256(b"\1" + pair + leaf[2]).hexdigest()
    assert verifier.root([]) == sha256().hexdigest()


def test_the_verifier_fits_on_a_page_and_needs_python_alone() -> None:
    lines = script().decode().splitlines()
    assert len(lines) <= 50
    imported = {line.split()[1] for line in lines if line.startswith(("import ", "from "))}
    assert imported <= set(sys.stdlib_module_names)


def test_every_entrant_wins_as_often() -> None:
    """Chi-square over 2,000 numbers, one winner of 20 with one ticket each: below the limit of 19 degrees at 0.1 %."""
    draft = seal(
        campaign="c", draw="a", prizes=[("p", 1)], alternates=0, entropy=ENTROPY, rules={},
        entrants=[entrant(at) for at in range(20)], refused={},
    )  # fmt: skip
    won = Counter(draw(draft, str(number))[0].id for number in range(2000))
    assert sum((won[entrant(at).id] - 100) ** 2 / 100 for at in range(20)) < 43.8


def test_tickets_are_chances() -> None:
    """One entrant with 10 tickets against ten with one: wins half of 2,000 draws, within four standard deviations (90)."""
    draft = seal(
        campaign="c", draw="a", prizes=[("p", 1)], alternates=0, entropy=ENTROPY, rules={},
        entrants=[entrant(0, 10), *(entrant(at) for at in range(1, 11))], refused={},
    )  # fmt: skip
    won = Counter(draw(draft, str(number))[0].id for number in range(2000))
    assert abs(won[entrant(0).id] - 1000) < 90


def test_nobody_wins_twice_and_few_entrants_leave_prizes_over() -> None:
    drawn = draw(sealed(3, prizes=(("phone", 5),)), NUMBER)
    assert len({place.id for place in drawn}) == len(drawn) == 3


@pytest.mark.parametrize(
    ("entrants", "refused", "error"),
    [
        ([entrant(1), entrant(1)], {}, BadInput),
        ([entrant(1)], {entrant(1).id: "blocklist"}, BadInput),
        ([Entrant("wang@example.com")], {}, BadInput),
        ([entrant(1)], {"x": "blocklist"}, BadInput),
        ([entrant(1, 0)], {}, BadInput),
        ([entrant(1, 10_001)], {}, BadInput),
        ([], {entrant(1).id: "blocklist"}, Refused),
    ],
)
def test_what_cannot_be_sealed_is_refused(
    entrants: list[Entrant], refused: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        seal(
            campaign="c", draw="a", prizes=[("p", 1)], alternates=0, entropy=ENTROPY, rules={},
            entrants=entrants, refused=refused,
        )  # fmt: skip


@pytest.mark.parametrize("number", ["", " ", "3 245", "１２", "3245,67", "1\n2", "x" * 257])
def test_what_no_source_publishes_is_no_number(number: str) -> None:
    with pytest.raises(BadInput, match="no public number"):
        draw(sealed(), number)
