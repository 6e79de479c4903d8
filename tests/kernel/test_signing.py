"""Signed links: nobody can make, alter or keep one; their secret is made once and read by nobody else."""

import stat
import string
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsflow.kernel.errors import BadInput, Refused
from opsflow.kernel.signing import Altered, Expired, Signed, checked_secret, kept_secret, read_signed, sign

NOW = datetime(2026, 8, 3, 1, tzinfo=UTC)
SECRET, OTHER = "s" * 32, "t" * 32
SAID = Signed("approve", "approval/double-eleven/proposal/1/su-wen", "su-wen", NOW + timedelta(days=10))
TOKEN = sign(SECRET, SAID)
URL_SAFE = set(string.ascii_letters + string.digits + "-_.")


def test_a_link_says_what_was_signed() -> None:
    assert read_signed(SECRET, TOKEN, now=NOW) == SAID
    assert set(TOKEN) <= URL_SAFE


def test_a_link_ends_at_its_instant() -> None:
    assert read_signed(SECRET, TOKEN, now=SAID.ends - timedelta(seconds=1)) == SAID
    with pytest.raises(Expired, match="2026-08-13 01:00"):
        read_signed(SECRET, TOKEN, now=SAID.ends)


def test_a_link_of_another_secret_is_refused() -> None:
    with pytest.raises(Altered):
        read_signed(OTHER, TOKEN, now=NOW)


@pytest.mark.parametrize("place", range(0, len(TOKEN), 7))
def test_a_link_with_one_character_changed_is_refused(place: int) -> None:
    changed = TOKEN[:place] + ("A" if TOKEN[place] != "A" else "B") + TOKEN[place + 1 :]
    with pytest.raises(Altered):
        read_signed(SECRET, changed, now=NOW)


def test_what_another_link_says_under_this_signature_is_refused() -> None:
    """Approve does not become reject, one's own not somebody else's: the signature covers all of it."""
    other = sign(SECRET, Signed("reject", SAID.matter, SAID.person, SAID.ends))
    swapped = f"{other.rpartition('.')[0]}.{TOKEN.rpartition('.')[2]}"
    with pytest.raises(Altered):
        read_signed(SECRET, swapped, now=NOW)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60) | st.text(alphabet="".join(sorted(URL_SAFE)), max_size=200))
def test_no_text_that_is_no_link_is_taken_for_one(text: str) -> None:
    with pytest.raises(Altered):
        read_signed(SECRET, text, now=NOW)


def test_a_text_as_long_as_a_book_is_not_even_looked_at() -> None:
    with pytest.raises(Altered):
        read_signed(SECRET, "a" * 10_000_000, now=NOW)


def test_a_secret_is_made_once_for_all_who_ask_at_once(tmp_path: Path) -> None:
    file = tmp_path / ".opsflow" / "secret"
    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(lambda _: kept_secret(file), range(64)))
    assert len(found) == 1
    assert len(found.pop()) >= 43
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in file.parent.iterdir()] == ["secret"]


def test_a_secret_that_others_may_read_is_refused_with_the_way_out(tmp_path: Path) -> None:
    kept_secret(tmp_path / "secret")
    (tmp_path / "secret").chmod(0o644)
    with pytest.raises(Refused, match="chmod 600"):
        kept_secret(tmp_path / "secret")


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff" * 40])
def test_a_file_that_holds_no_secret_is_told(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "secret"
    file.touch(0o600)
    file.write_bytes(content)
    with pytest.raises(BadInput):
        kept_secret(file)


def test_a_folder_that_cannot_hold_a_secret_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(BadInput, match="OPSFLOW_SECRET"):
        kept_secret(tmp_path / "taken" / "secret")


def test_a_chosen_secret_is_long() -> None:
    assert checked_secret(SECRET, "OPSFLOW_SECRET") == SECRET
    with pytest.raises(BadInput, match="32 characters"):
        checked_secret(SECRET[1:], "OPSFLOW_SECRET")
