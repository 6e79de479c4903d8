"""A message as Slack's blocks, within Slack's documented limits.

What people wrote stands in plain text: no name can make a link, ring a whole channel or break the markup.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    HeaderBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from opsflow.kernel.errors import PortFailed
from opsflow.ports import Action, Message

MOST_HEADER = 150
MOST_SECTION = 3000
MOST_SECTIONS = 3
MOST_LABEL = 75
MOST_IN_ROW = 25
MOST_BLOCKS = 50
MOST_URL = 3000
MOST_TEXT = 4000
"""What Slack recommends as the longest text beside blocks."""
CUT = "…"
PREFIX = "opsflow:"
"""What the `action_id` of each of our buttons begins with; then comes the action's name, then its place."""
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def escaped(text: str) -> str:
    """A text where Slack reads markup: nothing in it names a link, a person or a whole channel."""
    return text.translate(_ESCAPES)


def fallback(message: Message) -> str:
    """What notifications and screen readers say instead of the blocks."""
    return cut(escaped(f"{message.title}\n{message.body}".strip()), MOST_TEXT)


def message_blocks(message: Message) -> list[Block]:
    """Title, text, link and buttons. What is too long is cut, with the link to the whole.

    PortFailed: it cannot be said within Slack's limits.
    """
    blocks: list[Block] = [HeaderBlock(text=_plain(message.title, MOST_HEADER))]
    text = message.body if len(message.title) <= MOST_HEADER else f"{message.title}\n\n{message.body}"
    blocks += [SectionBlock(text=_plain(part, MOST_SECTION)) for part in pieces(text.strip())]
    if message.link is not None:
        blocks.append(ContextBlock(elements=[MarkdownTextObject(text=f"<{_address(message.link)}>", verbatim=True)]))
    if message.actions:
        buttons = [_button(place, action) for place, action in enumerate(message.actions)]
        blocks += [
            ActionsBlock(elements=buttons[start : start + MOST_IN_ROW]) for start in range(0, len(buttons), MOST_IN_ROW)
        ]
    check(blocks, about=str(message.person), most=MOST_BLOCKS)
    return blocks


def pieces(text: str) -> Iterator[str]:
    """A text in sections, divided between lines where that is possible; what does not fit in them is cut (F56)."""
    for place in range(MOST_SECTIONS):
        if len(text) <= MOST_SECTION or place == MOST_SECTIONS - 1:
            yield from [cut(text, MOST_SECTION)] if text else []
            return
        at = text.rfind("\n", 0, MOST_SECTION) + 1 or MOST_SECTION
        yield text[:at].rstrip("\n") or CUT
        text = text[at:].lstrip("\n")


def cut(text: str, most: int) -> str:
    """A text of at most so many characters, an ellipsis at the end of one that was longer."""
    return text if len(text) <= most else text[: most - len(CUT)].rstrip() + CUT


def check(blocks: Sequence[Block], *, about: str, most: int) -> None:
    """Refuse what Slack would refuse: what the library's models find, and the three things they do not look at."""
    faults = [f"{len(blocks)} blocks, at most {most}"] if len(blocks) > most else []
    for block in blocks:
        elements = [each for each in getattr(block, "elements", None) or () if isinstance(each, ButtonElement)]
        for part in (block, *elements):
            try:
                part.validate_json()
            except SlackObjectFormationError as error:
                faults.append(str(error))
        ids = Counter(each.action_id for each in elements)
        faults += [f"action_id {name} twice" for name, times in ids.items() if times > 1]
        faults += [f"no address: {each.url}" for each in elements if each.url and not is_address(each.url)]
    if faults:
        raise PortFailed(f"The message to {about} breaks Slack's limits: {'; '.join(faults)}. Mend its template.")


def is_address(url: str) -> bool:
    """Whether Slack takes it as the address behind a button or link."""
    whole = url.startswith(("https://", "http://")) and len(url) <= MOST_URL
    return whole and url.isprintable() and not set(url) & set(' <>|"')


def _address(url: str) -> str:
    if not is_address(url):
        raise PortFailed(f"{url!r} is no address that Slack makes a link of: set OPSFLOW_PUBLIC_URL to https://...")
    return url.replace("&", "&amp;")


def _button(place: int, action: Action) -> ButtonElement:
    return ButtonElement(
        text=_plain(action.label, MOST_LABEL),
        action_id=f"{PREFIX}{action.name}:{place}",
        value=action.token,
        style=None if action.style == "default" else action.style,
    )


def _plain(text: str, most: int) -> PlainTextObject:
    return PlainTextObject(text=cut(text, most) or CUT, emoji=False)
