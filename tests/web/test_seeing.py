"""Who may look: this machine alone until there is a public address; then people of the campaign, by their own link."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.outbox.links import DAYS, secret
from opsflow.web.asking import COOKIE, is_loopback, language_of
from opsflow.web.limits import MOST_ADDRESSES, WINDOW, Limit
from tests.web.site import KEY, LEGAL, NOW, PAGES, SPONSOR, Site

AT = datetime(2026, 8, 3, 1, tzinfo=UTC)


def cookie(site: Site, person: PersonKey = LEGAL) -> dict[str, str]:
    """What the browser keeps of somebody who was let in."""
    entered = site.in_public().ask(site.entrance(person))
    return {COOKIE: entered.cookies[COOKIE]}


@pytest.mark.parametrize("base", ["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"])
def test_without_a_public_address_this_machine_may_look(site: Site, base: str) -> None:
    assert site.ask("/", base=base).status_code == 200


@pytest.mark.parametrize(
    "asked",
    [
        {"address": "192.0.2.7"},
        {"address": ""},
        {"base": "http://evil.example:8000"},
        {"base": "http://127.0.0.1.evil.example"},
        {"headers": {"x-forwarded-for": "192.0.2.7"}},
        {"headers": {"forwarded": "for=192.0.2.7"}},
    ],
)
def test_without_a_public_address_nobody_else_may(site: Site, asked: dict[str, Any]) -> None:
    """Not from another machine, not by a name that somebody made lead here, not through a proxy."""
    for path in PAGES:
        answer = site.ask(path, **asked)
        assert answer.status_code == 403
        assert "Some campaign" not in answer.text


def test_with_a_public_address_even_this_machine_needs_a_link(site: Site) -> None:
    """Behind a proxy every request comes from this machine."""
    for path in (*PAGES, "/campaigns/another-campaign"):
        answer = site.in_public().ask(path)
        assert answer.status_code == 403
        assert "This page is for the team" in answer.text


def test_a_link_lets_its_person_in_until_it_ends(site: Site) -> None:
    entered = site.in_public().ask(site.entrance())
    assert entered.status_code == 303
    assert entered.headers["location"] == f"/campaigns/{KEY}?language=en"
    kept = entered.headers["set-cookie"].lower()
    assert all(part in kept for part in ("httponly", "samesite=lax", "secure", f"max-age={int(DAYS.total_seconds())}"))
    cookies = cookie(site)
    for path in PAGES:
        assert site.in_public().ask(path, cookies=cookies).status_code == 200
    site.later(NOW + DAYS)
    assert site.in_public().ask("/", cookies=cookies).status_code == 403
    assert site.in_public().ask(site.entrance()).status_code == 303, "a newer link lets in again"


def test_somebody_sees_the_campaigns_whose_people_they_are(site: Site) -> None:
    stranger = cookie(site, PersonKey("somebody-else"))
    assert KEY not in site.in_public().ask("/", cookies=stranger).text
    for path in PAGES[1:]:
        hidden = site.in_public().ask(path, cookies=stranger)
        unknown = site.in_public().ask(path.replace(KEY, "another-campaign"), cookies=stranger)
        assert (hidden.status_code, hidden.text) == (404, unknown.text), "neither tells the other from nothing"


def test_a_link_that_votes_lets_nobody_in(site: Site) -> None:
    token = site.link("approve", SPONSOR).rpartition("/")[2]
    assert site.in_public().ask(f"/enter/{token}").status_code == 403
    assert site.in_public().ask("/", cookies={COOKIE: token}).status_code == 403


@pytest.mark.parametrize("kept", ["", "x", "a.b", "eyJ9." * 50])
def test_a_made_up_cookie_lets_nobody_in(site: Site, kept: str) -> None:
    assert site.in_public().ask("/", cookies={COOKIE: kept}).status_code == 403


@pytest.mark.parametrize("onward", ["//evil.example", "https://evil.example", "../../x", "a/b", "\\evil"])
def test_nobody_is_led_elsewhere(site: Site, onward: str) -> None:
    """Open redirect: even a signed link leads to a page of ours."""
    where = site.in_public().ask(site.entrance(campaign=CampaignKey(onward))).headers["location"]
    assert where == "/?language=en"


def test_a_path_of_the_public_address_stands_before_every_link(site: Site) -> None:
    """A proxy may serve the pages under a path of its own."""
    here = site.in_public(public_url="https://intranet.example.com/opsflow")
    page = here.ask(f"/campaigns/{KEY}", cookies=cookie(site)).text
    assert 'href="/opsflow/style/page.css"' in page
    assert f'href="/opsflow/campaigns/{KEY}/tasks/P1?language=en"' in page
    assert 'href="/campaigns' not in page


def test_without_a_secret_that_is_one_nobody_gets_in(site: Site) -> None:
    """A mistake of whoever runs it is told to them, and opens nothing."""
    short = site.in_public(secret=SecretStr("short"))
    assert short.ask("/").status_code == 503
    assert secret(site.in_public().ctx.settings) not in short.ask("/").text


def test_whether_pages_can_be_shown_is_told_to_everybody(site: Site) -> None:
    assert site.in_public().ask("/health", address="192.0.2.7").json() == {"status": "ok"}


def test_a_limit_counts_per_address_and_minute() -> None:
    limit = Limit(2)
    assert [limit.allows("a", now=AT) for _ in range(3)] == [True, True, False]
    assert limit.allows("b", now=AT)
    assert limit.allows("a", now=AT + WINDOW)


def test_a_limit_remembers_a_bounded_number_of_addresses() -> None:
    limit = Limit(1)
    for number in range(3 * MOST_ADDRESSES):
        limit.allows(str(number), now=AT)
    assert len(limit._seen) == MOST_ADDRESSES
    assert not limit.allows(str(3 * MOST_ADDRESSES - 1), now=AT + timedelta(seconds=59))


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_names_of_this_machine(name: str) -> None:
    assert is_loopback(name)
    assert not is_loopback(f"{name}.example.com")


def test_a_book_of_languages_is_read_in_no_time() -> None:
    assert language_of(None, "zh;q=0.1," * 100_000) == "zh"
    assert language_of("\x00", "\x00,;;q=,zh;q=nan") == "en"
