"""What a message looks like in Slack: within its limits, and with nothing in it that a name could break."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, DividerBlock

from opsflow.adapters.slack.blocks import MOST_BLOCKS, check, cut, escaped, fallback, is_address, message_blocks
from opsflow.kernel.errors import PortFailed
from opsflow.ports import Action
from tests.adapters.slackside import message
from tests.slack.limits import message_faults

HOSTILE = "Li <!channel> <@U0BOSS> <https://evil.example|click> *bold* `code` & @here :bomb:"


def as_sent(blocks: list[Block]) -> list[dict[str, object]]:
    return [block.to_dict() for block in blocks]


def test_title_text_link_and_buttons() -> None:
    actions = (Action("done", "Done", "token-1", "primary"), Action("snooze", "Later", "token-1"))
    header, section, context, row = as_sent(message_blocks(message(actions=actions, link="https://x.example/?a=1&b=2")))
    assert header["text"] == {"type": "plain_text", "text": "EX12 双十一 page", "emoji": False}
    assert section["text"] == {"type": "plain_text", "text": "Please finish it.", "emoji": False}
    assert context["elements"] == [{"type": "mrkdwn", "text": "<https://x.example/?a=1&amp;b=2>", "verbatim": True}]
    assert row["elements"] == [
        {"type": "button", "text": {"type": "plain_text", "text": "Done", "emoji": False},
         "action_id": "opsflow:done:0", "value": "token-1", "style": "primary"},
        {"type": "button", "text": {"type": "plain_text", "text": "Later", "emoji": False},
         "action_id": "opsflow:snooze:1", "value": "token-1"},
    ]  # fmt: skip


def test_a_hostile_name_is_plain_text_in_blocks_and_escaped_in_the_notification() -> None:
    hostile = message(title=HOSTILE, body=HOSTILE, actions=(Action("done", HOSTILE, "t"),))
    texts = [block["text"] for block in as_sent(message_blocks(hostile)) if "text" in block]
    assert {text["type"] for text in texts if isinstance(text, dict)} == {"plain_text"}
    assert set("<>") & set(fallback(hostile)) == set()
    assert escaped("<!channel> & co") == "&lt;!channel&gt; &amp; co"


def test_a_long_text_is_divided_between_lines_and_cut_at_last() -> None:
    """F56: section text over 3000 characters rejected."""
    body = "\n".join(f"line {number} " + "x" * 90 for number in range(200))
    sections = [block["text"] for block in as_sent(message_blocks(message(body=body))) if block["type"] == "section"]
    texts = [str(text["text"]) for text in sections if isinstance(text, dict)]
    assert len(texts) == 3
    assert all(text.startswith("line ") for text in texts)
    assert texts[-1].endswith("…")


def test_a_long_title_is_cut_and_told_in_full_below() -> None:
    title = "很长的标题" * 40
    header, section = as_sent(message_blocks(message(title=title)))
    assert isinstance(header["text"], dict)
    assert header["text"]["text"] == title[:149] + "…"
    assert isinstance(section["text"], dict)
    assert section["text"]["text"].startswith(title)


@settings(max_examples=40, deadline=None)
@given(
    title=st.text(max_size=400),
    body=st.text(max_size=12_000),
    labels=st.lists(st.text(max_size=120), max_size=60),
    long=st.integers(0, 4000),
)
def test_whatever_is_said_slack_takes_it(title: str, body: str, labels: list[str], long: int) -> None:
    actions = tuple(Action("done", label, f"token-{place}") for place, label in enumerate(labels))
    said = message(title=title, body=body + "x" * long, actions=actions, link="https://x.example/" + "p" * 200)
    assert message_faults(as_sent(message_blocks(said))) == []


def test_what_the_librarys_models_do_not_look_at_is_looked_at() -> None:
    def button(name: str, url: str | None = None) -> ButtonElement:
        return ButtonElement(text="x", action_id=name, url=url)

    for blocks, fault in (
        ([ActionsBlock(elements=[button("a"), button("a")])], "action_id a twice"),
        ([ActionsBlock(elements=[button("a", "javascript:alert(1)")])], "no address"),
        ([DividerBlock() for _ in range(51)], "51 blocks"),
        ([ActionsBlock(elements=[button("a" * 256)])], "action_id"),
    ):
        with pytest.raises(PortFailed, match=fault):
            check(blocks, about="lin", most=MOST_BLOCKS)


@pytest.mark.parametrize(
    "url",
    ["", "x.example", "ftp://x.example", "javascript:x", "https://a b", "https://x|y", "https://x>", "https://" + "x" * 3000],
)  # fmt: skip
def test_an_address_that_is_none_makes_no_link(url: str) -> None:
    assert not is_address(url)
    with pytest.raises(PortFailed, match="OPSFLOW_PUBLIC_URL"):
        message_blocks(message(link=url))


@pytest.mark.parametrize(("text", "most", "expected"), [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("ab cd", 4, "ab…")])
def test_what_is_cut_says_so(text: str, most: int, expected: str) -> None:
    assert cut(text, most) == expected
