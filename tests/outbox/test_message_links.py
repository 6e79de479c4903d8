"""Links under messages: a vote by link where there are no buttons, for the one whose vote it is, kept nowhere."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from opsflow.adapters.memory import MemoryChannel
from opsflow.context import Context
from opsflow.db.tables import DeliveryRow
from opsflow.kernel.terms import Language, PersonKey
from opsflow.kernel.values import Value
from opsflow.outbox.links import read_link
from opsflow.outbox.matters import open_matter
from opsflow.outbox.service import deliver
from opsflow.ports import Message
from tests.outbox.people import LIN, WANG, notice, recipient, task, tell

PUBLIC = "https://opsflow.example.com"
DUE = datetime(2026, 8, 7, 10, tzinfo=UTC)


def matter(person: PersonKey, subject: str = "proposal") -> str:
    return f"approval/double-eleven/{subject}/1/{person}"


def in_public(ctx: Context) -> Context:
    settings = ctx.settings.model_copy(update={"public_url": PUBLIC, "secret": SecretStr("s" * 40)})
    return replace(ctx, settings=settings)


def ask(ctx: Context, *subjects: str, of: PersonKey = LIN, to: PersonKey = LIN) -> None:
    """Ask somebody for their vote (or tell somebody else of it)."""
    with ctx.transaction() as session:
        for subject in subjects:
            open_matter(session, matter(of, subject))
    words: dict[str, Value] = {"version": 1, "author_name": "Wang", "document": "proposal", "due": DUE}
    asked = [notice(subject, to, template="approval_requested", matter=matter(of, subject)) for subject in subjects]
    tell(ctx, *(replace(one, data={**one.data, **words, "subject": one.key}) for one in asked))


def told(ctx: Context, channel: MemoryChannel, language: Language = "en") -> Message:
    """The message that somebody got."""
    deliver(ctx, {person: recipient(person, language=language) for person in (LIN, WANG)})
    return channel.sent[-1]


def lines(message: Message) -> dict[str, str]:
    """The links in a message's text, by what stands before them."""
    found = [line.rpartition("https:") for line in message.body.splitlines() if "/links/" in line]
    return {before.rstrip(" :："): f"https:{rest}" for before, _, rest in found}


@pytest.fixture
def paper(ctx: Context) -> MemoryChannel:
    """A channel without buttons."""
    return MemoryChannel("memory", updates=False)


@pytest.mark.parametrize(("language", "labels"), [("en", ["Approve", "Reject"]), ("zh", ["通过", "驳回"])])
def test_where_there_are_no_buttons_a_message_carries_the_vote(
    ctx: Context, paper: MemoryChannel, language: Language, labels: list[str]
) -> None:
    here = in_public(replace(ctx, channels={"memory": paper}))
    ask(here, "proposal")
    message = told(here, paper, language)
    links = lines(message)
    assert list(links) == labels
    for action, url in zip(("approve", "reject"), links.values(), strict=True):
        place, _, token = url.rpartition("/")
        said = read_link(here.settings, token, now=here.clock.now())
        assert place == f"{PUBLIC}/links"
        assert (said.action, said.matter, said.person) == (action, matter(LIN), LIN)
    assert str(message.link).startswith(f"{PUBLIC}/enter/")


def test_where_there_are_buttons_the_vote_is_theirs(ctx: Context, channel: MemoryChannel) -> None:
    """The control: the same message on a channel with buttons."""
    here = in_public(ctx)
    ask(here, "proposal")
    message = told(here, channel)
    assert lines(message) == {}
    assert [action.name for action in message.actions] == ["approve", "reject"]
    assert str(message.link).startswith(f"{PUBLIC}/enter/")


def test_without_a_public_address_a_message_has_no_link(ctx: Context, paper: MemoryChannel) -> None:
    here = replace(ctx, channels={"memory": paper})
    ask(here, "proposal")
    message = told(here, paper)
    assert (message.link, lines(message)) == (None, {})


def test_several_votes_in_one_message_say_which(ctx: Context, paper: MemoryChannel) -> None:
    here = in_public(replace(ctx, channels={"memory": paper}))
    ask(here, "proposal", "plan")
    found = lines(told(here, paper))
    assert list(found) == ["proposal: Approve", "proposal: Reject", "plan: Approve", "plan: Reject"]
    assert len(set(found.values())) == 4


def test_who_hears_of_somebody_elses_vote_gets_no_link_to_it(ctx: Context, paper: MemoryChannel) -> None:
    here = in_public(replace(ctx, channels={"memory": paper}))
    ask(here, "proposal", of=WANG, to=LIN)
    assert lines(told(here, paper)) == {}


@pytest.mark.parametrize(
    ("template", "may_act", "labels"),
    [
        ("task_opened", True, ["Done", "Confirm the date"]),
        ("task_reminder", True, ["Done"]),
        ("task_reminder", False, []),
        ("task_escalated", True, []),
    ],
)
def test_a_task_is_finished_or_promised_by_link_where_its_card_would_offer_it(
    ctx: Context, paper: MemoryChannel, template: str, labels: list[str], *, may_act: bool
) -> None:
    here = in_public(replace(ctx, channels={"memory": paper}))
    with ctx.transaction() as session:
        open_matter(session, "task/double-eleven/EX12")
    told_of = task("a", matter="task/double-eleven/EX12", template=template)
    facts: dict[str, Value] = {"may_act": may_act, "hours_late": 8, "role_title": "Sponsor", "days_left": 1}
    tell(ctx, replace(told_of, data={**told_of.data, **facts}))
    deliver(here, {LIN: recipient(LIN)})
    links = lines(paper.sent[-1])
    assert list(links) == labels
    for action, url in zip(("done", "confirm"), links.values(), strict=False):
        said = read_link(here.settings, url.rpartition("/")[2], now=here.clock.now())
        assert (said.action, said.matter, said.person) == (action, "task/double-eleven/EX12", LIN)


def test_what_is_kept_of_a_message_is_kept_without_its_links(ctx: Context, paper: MemoryChannel) -> None:
    here = in_public(replace(ctx, channels={"memory": paper}))
    ask(here, "proposal")
    token = next(iter(lines(told(here, paper)).values())).rpartition("/")[2]
    with here.reading() as session:
        kept = session.scalars(sa.select(DeliveryRow.body)).one()
    assert "proposal" in kept
    assert token not in kept
    assert PUBLIC not in kept


def test_a_secret_that_is_none_holds_the_message_back_and_says_why(ctx: Context, paper: MemoryChannel) -> None:
    here = in_public(replace(ctx, channels={"memory": paper}))
    short = replace(here, settings=here.settings.model_copy(update={"secret": SecretStr("short")}))
    ask(short, "proposal")
    assert deliver(short, {LIN: recipient(LIN)}).failed == 1
    assert paper.sent == []
