"""Where people are told, as `org.yaml` names it: a channel's name, or a URL whose secrets stay in the environment."""

import re
from collections.abc import Iterator, Mapping, Sequence

from opsflow.kernel.expectations import Finding, Loc, suggestion
from opsflow.org.model import Organisation

SLACK, CONSOLE = "slack", "console"
NAMED = (SLACK, CONSOLE)
SWITCHES = {SLACK: "OPSFLOW_SLACK_BOT_TOKEN"}
"""What sets a channel up that is not there by itself."""
VARIABLE = re.compile(r"\$\{([A-Z_][A-Z0-9_]*)\}")
_URL = re.compile(r"([a-z][a-z0-9+.-]*)://\S+")


def is_url(channel: str) -> bool:
    """Whether a channel is a URL rather than a name."""
    return "://" in channel


def expanded(channel: str, variables: Mapping[str, str]) -> str:
    """A URL with its variables filled in. KeyError: the name of one that is not set."""
    return VARIABLE.sub(lambda found: variables[found[1]], channel)


def masked(channel: str) -> str:
    """A channel as it may be shown: of a URL only what kind it is."""
    return f"{channel.partition('://')[0]}://..." if is_url(channel) else channel


def channel_findings(organisation: Organisation) -> Iterator[Finding]:
    """What is wrong with the channels of an organisation and of its people."""
    yield from _wrong(("channels",), organisation.channels)
    for key, person in organisation.people.items():
        loc: Loc = ("people", key, "channels")
        yield from _wrong(loc, person.channels)
        if SLACK in person.channels and not (person.slack or person.email):
            message = f"slack cannot find {key}, who has neither `slack` nor `email`"
            yield Finding(loc, False, message, "Give the e-mail address of their Slack account.")


def _wrong(loc: Loc, channels: Sequence[str]) -> Iterator[Finding]:
    for index, channel in enumerate(channels):
        here: Loc = (*loc, index)
        if channel in channels[:index]:
            yield Finding(here, False, f"`{masked(channel)}` is named twice", "Remove one.")
        elif "$" in VARIABLE.sub("", channel):
            message = "there is a `$` that begins no variable"
            yield Finding(here, False, message, "Expected ${NAME} in capitals; a `$` of a password is written %24.")
        elif not is_url(channel) and channel not in NAMED:
            hint = suggestion(channel, NAMED)
            yield Finding(here, False, f"there is no channel `{channel}`", f"{hint} Or a URL such as mailto://...")
        elif is_url(channel) and not _URL.fullmatch(channel):
            message = f"`{masked(channel)}` is no URL of a channel"
            yield Finding(here, False, message, "Expected one as apprise writes it, such as feishu://${FEISHU_TOKEN}.")
