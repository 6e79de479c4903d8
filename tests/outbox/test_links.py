"""Links in messages: only where there is a place to lead to, only for what a link can do."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from opsflow.kernel.errors import BadInput
from opsflow.kernel.signing import Signed
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.outbox.links import DAYS, action_links, page_link, public_url, read_link
from opsflow.settings import Settings

NOW = datetime(2026, 8, 3, 1, tzinfo=UTC)
MATTER = "approval/double-eleven/proposal/1/su-wen"
PERSON = PersonKey("su-wen")
BUTTONS = ("approve", "reject", "snooze")


def with_url(url: str = "https://opsflow.example.com/", secret: str = "s" * 40) -> Settings:
    return Settings(public_url=url, secret=SecretStr(secret))


def test_a_link_does_what_its_button_does_for_one_person() -> None:
    made = action_links(with_url(), BUTTONS, matter=MATTER, person=PERSON, now=NOW)
    assert list(made) == ["approve", "reject"]
    for action, link in made.items():
        place, _, token = link.rpartition("/")
        assert place == "https://opsflow.example.com/links"
        assert read_link(with_url(), token, now=NOW) == Signed(action, MATTER, PERSON, NOW + DAYS)


def test_without_an_address_no_link_is_made_and_no_secret_either(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path)
    assert action_links(settings, BUTTONS, matter=MATTER, person=PERSON, now=NOW) == {}
    assert page_link(settings, PERSON, now=NOW) is None
    assert list(tmp_path.iterdir()) == []


def test_what_no_link_can_do_needs_no_secret(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path, public_url="https://opsflow.example.com")
    assert action_links(settings, ("snooze",), matter=MATTER, person=PERSON, now=NOW) == {}
    assert list(tmp_path.iterdir()) == []


def test_a_workspace_without_a_secret_of_its_own_makes_one_and_keeps_it(tmp_path: Path) -> None:
    settings = Settings(workspace=tmp_path, public_url="https://opsflow.example.com")
    first = page_link(settings, PERSON, now=NOW, campaign=CampaignKey("double-eleven"), lasts=timedelta(days=1))
    assert first == page_link(settings, PERSON, now=NOW, campaign=CampaignKey("double-eleven"), lasts=timedelta(days=1))
    assert (tmp_path / ".opsflow" / "secret").is_file()


def test_a_secret_is_not_shown_with_the_settings() -> None:
    assert "ssss" not in repr(with_url())


@pytest.mark.parametrize(
    "url",
    ["opsflow.example.com", "ftp://x", "javascript:alert(1)", "https://", "https://a b", "https://x/?a=1", "https://x#a",
     "https://me:pw@x", "https://x:port", "https://x:99999", "https://[::1", "https://\u202eexample.com"],
)  # fmt: skip
def test_what_is_no_address_is_told(url: str) -> None:
    with pytest.raises(BadInput, match="OPSFLOW_PUBLIC_URL"):
        public_url(with_url(url))


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "https://intranet.example.com/opsflow", "http://[::1]:8000"])
def test_an_address_may_have_a_port_and_a_path(url: str) -> None:
    assert public_url(with_url(url + "/")) == url
