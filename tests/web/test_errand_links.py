"""Tasks by signed link: finished with what they hand in, or promised; one person, one time; nothing before the button."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from opsflow.campaigns.state import CampaignStatus
from opsflow.campaigns.store import set_status
from opsflow.context import Context
from opsflow.db.ticks import record_tick
from opsflow.engine.reassign import reassign
from opsflow.engine.record import journal
from opsflow.engine.worklist import one_task
from opsflow.kernel.signing import Signed, sign
from opsflow.kernel.terms import LANGUAGES, Language, PersonKey, TaskCode
from opsflow.kernel.text import Text
from opsflow.outbox.links import DAYS, secret
from opsflow.stages.changes import store as changes
from opsflow.stages.model import Task
from opsflow.stages.service import complete_task
from opsflow.web.app import HEADERS
from tests.documents.test_index_page import Page
from tests.engine.small import KEY, MANAGER, OPERATIONS, PLANNER, PMO
from tests.web.site import NOW, Site

P1, WHY = TaskCode("P1"), Text.both("Not this time")
DUTY = PersonKey("duty")
GIVEN = {"evidence": "https://files.example.com/brief", "note": "Two versions"}


def link(site: Site, action: str = "done", *, matter: str = f"task/{KEY}/P1", person: PersonKey = PLANNER) -> str:
    """The path of a link, as a message would carry it."""
    said = Signed(action, matter, person, site.ctx.clock.now() + DAYS)
    return f"/links/{sign(secret(site.in_public().ctx.settings), said)}"


def state(site: Site) -> tuple[Task, int]:
    """Where P1 stands, and how much is in the journal."""
    return one_task(site.ctx, KEY, P1)[1], len(journal(site.ctx, KEY))


@contextmanager
def held(site: Site) -> Iterator[None]:
    """While somebody else writes."""
    with site.ctx.transaction() as session:
        record_tick(session, "a sweep", at=NOW)
        yield


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("action", ["done", "confirm"])
def test_opening_a_link_shows_the_task_and_records_nothing(site: Site, action: str, language: Language) -> None:
    """A scanner of mail opens every link; without a script and without a style of its own."""
    here, before = site.in_public(), state(site)
    path = f"{link(site, action)}?language={language}"
    pages = [here.ask(path, method) for method in ("HEAD", "GET", "GET")]
    assert [page.status_code for page in pages] == [200, 200, 200]
    text, page = pages[-1].text, Page(pages[-1].text)
    for shown in ("P1", "Planner", "what P1 makes", '<form method="post"'):
        assert shown in text
    assert ('name="evidence"' in text) is (action == "done")
    assert (page.unclosed, page.open, len(page.ids)) == ([], [], len(set(page.ids)))
    assert set(page.tags).isdisjoint({"script", "style", "iframe", "img", "object"})
    assert state(site) == before


def test_the_button_finishes_the_task_with_what_it_hands_in(site: Site) -> None:
    here, path = site.in_public(), link(site)
    pressed = here.ask(path, "POST", data=GIVEN)
    assert pressed.status_code == 303
    told = here.ask(pressed.headers["location"])
    assert (told.status_code, "Recorded: done" in told.text) == (200, True)
    task = state(site)[0]
    assert (task.status, task.done_by, task.evidence, task.note) == (
        "done", PLANNER, GIVEN["evidence"], Text.both(GIVEN["note"]),
    )  # fmt: skip


def test_the_name_of_a_file_is_a_name_and_nothing_is_read_from_the_machine(site: Site) -> None:
    assert site.in_public().ask(link(site), "POST", data={"evidence": "/etc/hostname"}).status_code == 303
    assert state(site)[0].evidence == "/etc/hostname"


def test_the_button_promises_the_date(site: Site) -> None:
    here, path = site.in_public(), link(site, "confirm")
    pressed = here.ask(path, "POST")
    assert pressed.status_code == 303
    told = here.ask(pressed.headers["location"])
    assert (told.status_code, "the date is confirmed" in told.text) == (200, True)
    assert state(site)[0].confirmed_by == PLANNER
    again = here.ask(path, "POST")
    assert (again.status_code, "Planner has promised P1 Task P1" in again.text) == (409, True)


@pytest.mark.parametrize(
    "given",
    [{}, {"evidence": "  \n\t"}, {"evidence": "\u200b\u202e"}, {"evidence": "x" * 2001}, {**GIVEN, "note": "x" * 2001}],
    ids=["nothing", "blank", "invisible", "a book", "a long remark"],
)
def test_what_is_missing_or_too_long_is_asked_again_and_kept_in_the_form(site: Site, given: dict[str, str]) -> None:
    before = state(site)
    answer = site.in_public().ask(link(site), "POST", data=given)
    assert (answer.status_code, 'aria-invalid="true"' in answer.text) == (422, True)
    assert state(site) == before
    assert "note" not in given or f'value="{GIVEN["evidence"]}"' in answer.text


def test_a_link_used_twice_says_so_and_counts_once(site: Site) -> None:
    here, path = site.in_public(), link(site)
    assert here.ask(path, "POST", data=GIVEN).status_code == 303
    after = state(site)
    for method in ("POST", "GET"):
        again = here.ask(path, method, data={"evidence": "another"} if method == "POST" else None)
        assert (again.status_code, "was finished by Planner" in again.text) == (409, True)
    assert here.ask(link(site, "confirm"), "POST").status_code == 409
    assert state(site) == after


def test_a_link_that_ended_was_altered_or_is_for_something_else_does_nothing(site: Site) -> None:
    before, here, good = state(site), site.in_public(), link(site)
    for wrong in (
        good[:-1],
        good[:-6] + "AAAAAA",
        link(site, "snooze"),
        link(site, "view"),
        link(site, matter=f"approval/{KEY}/proposal/1/{PLANNER}"),
        link(site, matter="task/"),
        link(site, "approve"),
    ):
        assert [here.ask(wrong, method).status_code for method in ("GET", "POST")] == [403, 403]
    assert here.ask(link(site, matter=f"task/{KEY}/X9"), "POST", data=GIVEN).status_code == 404
    site.later(NOW + DAYS)
    assert [here.ask(good, method).status_code for method in ("GET", "POST")] == [410, 410]
    assert state(site) == before


def over(ctx: Context) -> None:
    with ctx.transaction() as session:
        set_status(session, KEY, CampaignStatus.CANCELLED)


def taken_over(ctx: Context) -> None:
    reassign(ctx, KEY, P1, to=DUTY, by=OPERATIONS)


def waived(ctx: Context) -> None:
    with ctx.transaction() as session:
        task = one_task(ctx, KEY, P1)[1]
        changes.waive_task(session, KEY, task, by=PMO, reason=WHY, now=NOW)


def finished_by_head(ctx: Context) -> None:
    complete_task(ctx, KEY, P1, by=OPERATIONS, evidence="brief.pdf")


CLOSED: dict[str, tuple[Callable[[Context], None], int, str, str]] = {
    "finished by somebody else": (finished_by_head, 409, "Head of operations", "Head of operations"),
    "waived": (waived, 410, "not needed any more", "不再需要"),
    "somebody else's by now": (taken_over, 403, "This task is not yours", "已不归您"),
    "of a campaign that is over": (over, 410, "The campaign is over", "活动已结束"),
}


@pytest.mark.parametrize("case", CLOSED)
@pytest.mark.parametrize("action", ["done", "confirm"])
def test_a_link_to_closed_work_says_why_in_both_languages(site: Site, case: str, action: str) -> None:
    happens, status, *said = CLOSED[case]
    path, here = link(site, action), site.in_public()
    happens(site.ctx)
    before = state(site)
    for method in ("GET", "POST"):
        for language, words in zip(LANGUAGES, said, strict=True):
            answer = here.ask(f"{path}?language={language}", method, data=GIVEN if method == "POST" else None)
            assert (answer.status_code, words in answer.text) == (status, True)
    assert state(site) == before


@pytest.mark.parametrize(
    ("code", "person", "status", "said"),
    [("E1", PersonKey("executor"), 409, "It has not begun yet"), ("P2", MANAGER, 403, "It is finished another way")],
)
def test_a_link_to_what_no_link_finishes_says_so(
    site: Site, code: str, person: PersonKey, status: int, said: str
) -> None:
    answer = site.in_public().ask(link(site, matter=f"task/{KEY}/{code}", person=person), "POST", data=GIVEN)
    assert (answer.status_code, said in answer.text) == (status, True)


def test_a_task_without_a_deliverable_is_done_with_a_note(site: Site) -> None:
    with site.ctx.transaction() as session:
        session.connection().exec_driver_sql("update tasks set deliverable = null where code = 'P1'")
    here, path = site.in_public(), link(site)
    shown = here.ask(path).text
    assert ('name="evidence"' in shown, "What was done?" in shown) == (False, True)
    assert here.ask(path, "POST", data={"note": ""}).status_code == 422
    assert here.ask(path, "POST", data={"note": "Agreed by phone"}).status_code == 303
    assert state(site)[0].note == Text.both("Agreed by phone")


def test_the_page_has_the_headers_of_every_page_and_takes_no_form_of_another_site(site: Site) -> None:
    here, path, before = site.in_public(), link(site), state(site)
    answer = here.ask(path)
    assert {name: answer.headers[name] for name in HEADERS} == dict(HEADERS)
    assert answer.headers["cache-control"] == "no-store"
    assert here.ask(path, "POST", data=GIVEN, headers={"origin": "https://evil.example"}).status_code == 403
    assert state(site) == before


def test_while_the_database_is_held_a_press_is_not_recorded_and_says_so(site: Site) -> None:
    here, path = site.in_public(), link(site)
    with held(site):
        answer = here.ask(path, "POST", data=GIVEN)
    assert (answer.status_code, "Nothing was recorded" in answer.text) == (503, True)
    assert here.ask(path, "POST", data=GIVEN).status_code == 303


def test_what_is_handed_in_cannot_break_the_page(site: Site) -> None:
    hostile = '"><script>alert(1)</script>'
    here = site.in_public()
    again = here.ask(link(site), "POST", data={"evidence": hostile, "note": "x" * 2001})
    assert ("<script" in again.text, "&lt;script&gt;" in again.text) == (False, True)
