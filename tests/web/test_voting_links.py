"""Votes by signed link: one person, one verdict, one version, one time; nothing happens before the button."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from opsflow.approvals import store as approvals
from opsflow.approvals.model import ApprovalId, ApprovalStatus, Verdict, seat_matter, seat_of_matter
from opsflow.approvals.service import vote
from opsflow.campaigns.state import CampaignStatus
from opsflow.campaigns.store import set_status
from opsflow.context import Context
from opsflow.db.ticks import record_tick
from opsflow.kernel.signing import Signed, sign
from opsflow.kernel.terms import PersonKey
from opsflow.kernel.text import Text
from opsflow.outbox.links import DAYS, secret
from tests.approvals.asked import ask, stored, votes_in_journal
from tests.engine.small import PLANNER
from tests.web.site import KEY, LEGAL, NOW, PUBLIC, SPONSOR, Site, put, set_up

REASON = {"reason": "The rules name no cap."}


def public(site: Site) -> Site:
    """Links exist where there is a public address."""
    return site.in_public()


@contextmanager
def held(site: Site) -> Iterator[None]:
    """While somebody else writes."""
    with site.ctx.transaction() as session:
        record_tick(session, "a sweep", at=NOW)
        yield


def signed(site: Site, action: str, matter: str, person: str = SPONSOR) -> str:
    """Any link that the secret can sign."""
    said = Signed(action, matter, person, site.ctx.clock.now() + DAYS)
    return f"/links/{sign(secret(site.in_public().ctx.settings), said)}"


def test_opening_a_link_shows_what_would_be_approved_and_records_nothing(site: Site) -> None:
    """A scanner of mail opens every link, some of them twice."""
    link, here = site.link("approve"), public(site)
    pages = [here.ask(link, method) for method in ("HEAD", "GET", "GET")]
    assert [page.status_code for page in pages] == [200, 200, 200]
    for shown in ("Approve Proposal, version 1?", "Lin Yue", "Planner", site.approval.content_hash, "Head of legal"):
        assert shown in pages[-1].text
    assert '<form method="post"' in pages[-1].text
    assert votes_in_journal(site.ctx) == []


def test_the_button_approves_through_the_one_decision_function(site: Site) -> None:
    link, here = site.link("approve"), public(site)
    pressed = here.ask(link, "POST")
    assert pressed.status_code == 303
    told = here.ask(pressed.headers["location"])
    assert told.status_code == 200
    assert "Your vote is recorded" in told.text
    assert "Others have not voted yet." in told.text
    assert votes_in_journal(site.ctx) == [(SPONSOR, "approval.approved")]
    assert stored(site.ctx).status is ApprovalStatus.OPEN
    public(site).ask(site.link("approve", LEGAL), "POST")
    assert stored(site.ctx).status is ApprovalStatus.APPROVED


def test_a_rejection_says_why(site: Site) -> None:
    link, here = site.link("reject"), public(site)
    assert "What has to change?" in here.ask(link).text
    assert here.ask(link, "POST", data=REASON).status_code == 303
    assert stored(site.ctx).status is ApprovalStatus.REJECTED
    assert next(seat.reason for seat in stored(site.ctx).seats if seat.person == SPONSOR) == Text.both(REASON["reason"])
    assert "goes back to its author" in here.ask(f"{link}/result").text


@pytest.mark.parametrize("reason", ["", "   \n\t ", "\u200b\u202e", "x" * 2001])
def test_a_rejection_without_a_reason_or_with_a_book_is_asked_again(site: Site, reason: str) -> None:
    answer = public(site).ask(site.link("reject"), "POST", data={"reason": reason})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert votes_in_journal(site.ctx) == []


def test_a_link_used_twice_says_so_and_counts_once(site: Site) -> None:
    link, here = site.link("approve"), public(site)
    assert here.ask(link, "POST").status_code == 303
    for method in ("POST", "GET"):
        again = here.ask(link, method)
        assert again.status_code == 409
        assert "You have voted already" in again.text
    other = here.ask(site.link("reject"), "POST", data=REASON)
    assert other.status_code == 409
    assert "approved" in other.text
    assert votes_in_journal(site.ctx) == [(SPONSOR, "approval.approved")]


def test_twenty_presses_at_once_are_one_vote(ctx: Context, tmp_path: Path) -> None:
    """On both databases; the decision function holds it, the link adds nothing."""
    here, asked = set_up(ctx, tmp_path)
    site = Site(here, asked)
    link, press = site.link("approve"), public(site)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: press.ask(link, "POST").status_code, range(20)))
    assert sorted(answers) == [303] + [409] * 19
    assert votes_in_journal(here) == [(SPONSOR, "approval.approved")]


def test_approve_and_reject_at_once_are_one_vote(site: Site) -> None:
    links, here = [site.link("approve"), site.link("reject")], public(site)
    patient = replace(here, ctx=replace(here.ctx, database=type(here.ctx.database)(here.ctx.database.url)))
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda link: patient.ask(link, "POST", data=REASON).status_code, links))
    patient.ctx.database.close()
    assert sorted(answers) == [303, 409]
    assert len(votes_in_journal(site.ctx)) == 1


def test_a_link_that_ended_is_gone(site: Site) -> None:
    link = site.link("approve")
    site.later(NOW + DAYS)
    for method in ("GET", "POST"):
        answer = public(site).ask(link, method)
        assert answer.status_code == 410
        assert "This link has ended" in answer.text
    assert votes_in_journal(site.ctx) == []


def test_an_altered_link_is_refused(site: Site) -> None:
    link = site.link("approve")
    token = link.rpartition("/")[2]
    for changed in (token[:-6] + "AAAAAA", token[:40] + "A" + token[41:], token[:-1], token + "A", "x", token[::-1]):
        for method in ("GET", "POST"):
            answer = public(site).ask(f"/links/{changed}", method)
            assert answer.status_code == 403
            assert "This link does not work" in answer.text
    assert votes_in_journal(site.ctx) == []


@pytest.mark.parametrize(
    ("action", "matter"),
    [
        ("view", seat_matter(ApprovalId(f"{KEY}/proposal/1"), SPONSOR)),
        ("approve", f"task/{KEY}/P1"),
        ("approve", seat_matter(ApprovalId(f"{KEY}/proposal/1"), LEGAL)),
        ("approve", "approval/x"),
        ("done", seat_matter(ApprovalId(f"{KEY}/proposal/1"), SPONSOR)),
    ],
)
def test_a_link_for_something_else_does_not_vote(site: Site, action: str, matter: str) -> None:
    """Single purpose: what lets somebody look, or is signed for another matter or person, is no vote."""
    assert public(site).ask(signed(site, action, matter), "POST").status_code == 403
    assert votes_in_journal(site.ctx) == []


def test_a_link_of_another_secret_is_refused(site: Site) -> None:
    link = site.link("approve")
    moved = Site(replace(site.ctx, settings=site.ctx.settings), site.approval)
    assert moved.ask(link, "POST").status_code == 403, "the workspace's own secret is not the one it was signed with"


def test_a_link_of_a_superseded_version_says_that_there_is_a_newer_one(site: Site) -> None:
    link = site.link("approve")
    with site.ctx.transaction() as session:
        approvals.set_status(
            session, site.approval.id, ApprovalStatus.SUPERSEDED, was=ApprovalStatus.OPEN, at=site.ctx.clock.now()
        )
    newer = ask(site.ctx, version=2)
    for method in ("GET", "POST"):
        answer = public(site).ask(link, method)
        assert answer.status_code == 410
        assert "There is a newer version" in answer.text
    assert public(site).ask(site.link("approve", approval=newer), "POST").status_code == 303


def test_a_link_of_what_others_have_decided_says_so(site: Site) -> None:
    vote(site.ctx, site.approval.id, by=LEGAL, verdict=Verdict.REJECT, reason=Text.both("No."))
    answer = public(site).ask(site.link("approve"), "POST")
    assert answer.status_code == 409
    assert "It is decided already" in answer.text


def test_a_link_of_somebody_without_the_seat_now_is_refused(site: Site) -> None:
    """I1: the role counts at the moment of the vote, not when the link was sent."""
    link = site.link("approve")
    with site.ctx.transaction() as session:
        approvals.move_seat(session, site.approval.id, "leader", person=PersonKey("pmo"), deputy_for=SPONSOR)
    for method in ("GET", "POST"):
        answer = public(site).ask(link, method)
        assert answer.status_code == 403
        assert "This vote is not yours" in answer.text
    assert public(site).ask(site.link("approve", PersonKey("pmo")), "POST").status_code == 303


def test_nobody_approves_their_own_work_by_a_link(site: Site) -> None:
    """F43: the ban holds at every door."""
    with site.ctx.transaction() as session:
        approvals.move_seat(session, site.approval.id, "leader", person=PLANNER, deputy_for=SPONSOR)
    answer = public(site).ask(site.link("approve", PLANNER), "POST")
    assert answer.status_code == 403
    assert "Nobody approves their own work" in answer.text


def test_nothing_is_voted_on_in_a_campaign_that_is_over(site: Site) -> None:
    with site.ctx.transaction() as session:
        set_status(session, KEY, CampaignStatus.ARCHIVED)
    assert public(site).ask(site.link("approve")).status_code == 410


def test_a_link_of_an_approval_that_never_was_leads_nowhere(site: Site) -> None:
    matter = seat_matter(ApprovalId(f"{KEY}/proposal/99"), SPONSOR)
    assert public(site).ask(signed(site, "approve", matter), "POST").status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://opsflow.example.com"},
        {"origin": "null", "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_form_from_another_site_is_refused(site: Site, headers: dict[str, str]) -> None:
    answer = public(site).ask(site.link("approve"), "POST", headers=headers)
    assert answer.status_code == 403
    assert "sent from another site" in answer.text
    assert votes_in_journal(site.ctx) == []


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": PUBLIC}, {"origin": "http://localhost:8000"}, {"origin": "null", "sec-fetch-site": "same-origin"}],
)
def test_our_own_form_is_taken(site: Site, headers: dict[str, str]) -> None:
    """A page that sends no referrer hides its origin as well: browsers then say `null`."""
    assert public(site).ask(site.link("approve"), "POST", headers=headers).status_code == 303


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"reason=" + b"x" * 40_000, "application/x-www-form-urlencoded"),
        (b"reason=x", "application/json"),
        (b"reason=x", "multipart/form-data; boundary=x"),
        (b"&".join(b"a%d=1" % number for number in range(200)), "application/x-www-form-urlencoded"),
        ("reason=ü".encode(), "application/x-www-form-urlencoded"),
    ],
)
def test_what_is_not_the_form_of_the_page_is_refused(site: Site, content: bytes, kind: str) -> None:
    answer = public(site).ask(site.link("reject"), "POST", content=content, headers={"content-type": kind})
    assert answer.status_code == 403
    assert votes_in_journal(site.ctx) == []


def test_while_the_database_is_held_a_press_is_not_recorded_and_says_so(site: Site) -> None:
    link = site.link("approve")
    with held(site):
        answer = public(site).ask(link, "POST")
    assert answer.status_code == 503
    assert "Nothing was recorded" in answer.text
    assert public(site).ask(link, "POST").status_code == 303


def test_who_has_the_link_can_read_what_is_voted_on_and_nothing_else(site: Site) -> None:
    link, here = site.link("approve"), public(site)
    put(site.ctx, {"en": "the **newest**", "zh": "最新版"}, revision=3)
    assert f"{link}/document?language=en" in here.ask(link).text
    read = here.ask(f"{link}/document")
    assert "the <strong>newest</strong>" in read.text
    assert f"/campaigns/{KEY}" not in read.text
    assert here.ask(f"/campaigns/{KEY}/documents/proposal").status_code == 403


def test_one_address_follows_so_many_links_a_minute(site: Site) -> None:
    limited = replace(public(site), per_minute=0)
    answer = limited.ask(site.link("approve"))
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "60"
    assert public(site).ask(site.link("approve")).status_code == 200, "the control: without the limit it is shown"


def test_no_link_is_written_to_a_log(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    link = site.link("approve")
    token = link.rpartition("/")[2]
    here = public(site)
    here.ask(link)
    with held(site):
        here.ask(link, "POST")
    here.ask(link + "x", "POST")
    assert "/links/{token}" in caplog.text, "the control: what failed is in the log, by the name of its route"
    written = [record for record in caplog.records if record.name.startswith("opsflow")]
    assert [record for record in written if token in record.getMessage()] == []


def test_the_matter_of_a_seat_reads_back() -> None:
    approval = ApprovalId(f"{KEY}/proposal/1")
    assert seat_of_matter(seat_matter(approval, SPONSOR)) == (approval, SPONSOR)
    assert seat_of_matter(f"task/{KEY}/P1") is None
    assert seat_of_matter("approval/a/b/1/c/d") is None


def test_links_outlive_a_holiday_and_no_more() -> None:
    assert timedelta(days=7) < DAYS <= timedelta(days=14)
