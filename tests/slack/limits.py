"""What Slack's reference documents as limits of blocks and views, written apart from the adapter's own checks.

Each function names every fault, as Slack's `response_metadata.messages` do.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Node = Mapping[str, Any]

ELEMENT_KINDS = {
    "button", "static_select", "users_select", "datepicker", "timepicker", "plain_text_input", "number_input",
}  # fmt: skip


def message_faults(blocks: object) -> list[str]:
    """What is wrong with the blocks of a message: at most 50."""
    return _faults(blocks, most=50)


def view_faults(view: Node) -> list[str]:
    """What is wrong with a modal: at most 100 blocks, short titles."""
    found = [] if view.get("type") == "modal" else [f"type {view.get('type')}"]
    for name, most in (("title", 24), ("submit", 24), ("close", 24)):
        if name in view:
            found += _text(view[name], name, most=most, kinds=("plain_text",))
    found += ["no title"] if "title" not in view else []
    found += _longer(view.get("private_metadata", ""), "private_metadata", 3000)
    found += _longer(view.get("callback_id", ""), "callback_id", 255)
    has_input = any(block.get("type") == "input" for block in view.get("blocks", ()))
    found += ["an input block needs a submit"] if has_input and "submit" not in view else []
    return found + _faults(view.get("blocks"), most=100)


def _faults(blocks: object, *, most: int) -> list[str]:
    if not isinstance(blocks, Sequence) or isinstance(blocks, str):
        return ["blocks is no list"]
    found = [f"more than {most} blocks"] if len(blocks) > most else []
    ids = Counter(block["block_id"] for block in blocks if "block_id" in block)
    found += [f"block_id {name} twice" for name, times in ids.items() if times > 1]
    for block in blocks:
        check = BLOCKS.get(block.get("type"))
        found += check(block) if check else [f"unknown block {block.get('type')}"]
        found += _longer(block.get("block_id", ""), "block_id", 255)
    return found


def _header(block: Node) -> list[str]:
    return _text(block.get("text"), "header", most=150, kinds=("plain_text",))


def _section(block: Node) -> list[str]:
    if "text" not in block and not block.get("fields"):
        return ["section without text or fields"]
    found = _text(block["text"], "section", most=3000) if "text" in block else []
    fields = block.get("fields", ())
    found += ["more than 10 fields"] if len(fields) > 10 else []
    for each in fields:
        found += _text(each, "field", most=2000)
    return found + (_element(block["accessory"]) if "accessory" in block else [])


def _context(block: Node) -> list[str]:
    elements = block.get("elements", ())
    found = [] if 1 <= len(elements) <= 10 else [f"{len(elements)} elements in a context"]
    for each in elements:
        found += _text(each, "context", most=2000)
    return found


def _actions(block: Node) -> list[str]:
    elements = block.get("elements", ())
    found = [] if 1 <= len(elements) <= 25 else [f"{len(elements)} elements in actions"]
    ids = Counter(element.get("action_id") for element in elements)
    found += [f"action_id {name} twice" for name, times in ids.items() if times > 1]
    for each in elements:
        found += _element(each)
    return found


def _input(block: Node) -> list[str]:
    found = _text(block.get("label"), "label", most=2000, kinds=("plain_text",))
    if "hint" in block:
        found += _text(block["hint"], "hint", most=2000, kinds=("plain_text",))
    return found + _element(block.get("element", {}))


def _divider(_block: Node) -> list[str]:
    return []


BLOCKS: Mapping[Any, Callable[[Node], list[str]]] = {
    "header": _header, "section": _section, "context": _context, "actions": _actions, "input": _input,
    "divider": _divider,
}  # fmt: skip


def _element(element: Node) -> list[str]:
    kind = element.get("type")
    found = [] if kind in ELEMENT_KINDS else [f"unknown element {kind}"]
    found += _longer(element.get("action_id", ""), "action_id", 255)
    if kind == "button":
        found += _text(element.get("text"), "button", most=75, kinds=("plain_text",))
        found += _longer(element.get("value", ""), "value", 2000) + _url(element.get("url"))
        found += [] if element.get("style", "primary") in {"primary", "danger"} else [f"style {element['style']}"]
    if "placeholder" in element:
        found += _text(element["placeholder"], "placeholder", most=150, kinds=("plain_text",))
    if kind == "static_select":
        found += list(_options(element))
    if kind == "plain_text_input" and not 1 <= element.get("max_length", 3000) <= 3000:
        found.append("max_length")
    if kind == "number_input" and "is_decimal_allowed" not in element:
        found.append("number_input without is_decimal_allowed")
    return found


def _options(element: Node) -> Iterator[str]:
    options = element.get("options", ())
    if not 1 <= len(options) <= 100:
        yield f"{len(options)} options"
    for option in options:
        yield from _text(option.get("text"), "option", most=75)
        yield from _longer(option.get("value", ""), "option value", 150)
    initial = element.get("initial_option")
    if initial is not None and initial not in options:
        yield "initial_option is no option"


def _url(url: object) -> list[str]:
    if url is None:
        return []
    text = str(url)
    return ([] if text.startswith(("http://", "https://")) else [f"url {text}"]) + _longer(text, "url", 3000)


def _text(value: object, name: str, *, most: int, kinds: Sequence[str] = ("plain_text", "mrkdwn")) -> list[str]:
    if not isinstance(value, Mapping) or value.get("type") not in kinds:
        return [f"{name}: no text of kind {' or '.join(kinds)}"]
    text = value.get("text")
    if not isinstance(text, str) or not text:
        return [f"{name}: empty text"]
    return _longer(text, name, most)


def _longer(text: str, name: str, most: int) -> list[str]:
    return [f"{name} longer than {most}"] if len(text) > most else []
