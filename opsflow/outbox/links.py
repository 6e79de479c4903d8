"""Links that do what a button does, for people whose channel has none: one action, one matter, one person, some days."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from opsflow.kernel.errors import BadInput
from opsflow.kernel.signing import Expired, Signed, checked_secret, kept_secret, read_signed, sign
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.settings import Settings

VOTES, ERRANDS = ("approve", "reject"), ("done", "confirm")
WITH_LINKS = (*VOTES, *ERRANDS)
"""Of the actions that buttons have, those a link can do as well."""
VIEW = "view"
"""The action of a link that only opens the pages."""
DAYS = timedelta(days=10)
"""A link outlives the longest holiday; every reminder brings a new one."""


def public_url(settings: Settings) -> str | None:
    """Where people's browsers find opsflow, without a slash at the end; None where nobody has said so."""
    given = settings.public_url.strip().rstrip("/")
    if not given:
        return None
    try:
        parts = urlsplit(given)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)
        sound = sound and parts.username is None and (parts.port or 1) > 0 and given.isascii() and given.isprintable()
    except ValueError:
        sound = False
    if not sound or " " in given:
        raise BadInput(
            "OPSFLOW_PUBLIC_URL is no address that a browser can open. Write it as https://opsflow.example.com, "
            "without anything after a ? or #."
        )
    return given


def secret(settings: Settings) -> str:
    """What links are signed with: OPSFLOW_SECRET, else the one that the workspace keeps."""
    chosen = settings.secret.get_secret_value()
    return checked_secret(chosen, "OPSFLOW_SECRET") if chosen else kept_secret(settings.secret_file)


def action_links(
    settings: Settings, actions: Iterable[str], *, matter: str, person: PersonKey, now: datetime
) -> dict[str, str]:
    """For each action that a link can do, its link; none while OPSFLOW_PUBLIC_URL says of no place to lead to."""
    base = public_url(settings)
    wanted = [action for action in actions if action in WITH_LINKS]
    if base is None or not wanted:
        return {}
    key = secret(settings)
    return {action: f"{base}/links/{sign(key, Signed(action, matter, person, now + DAYS))}" for action in wanted}


def page_link(
    settings: Settings,
    person: PersonKey,
    *,
    now: datetime,
    campaign: CampaignKey | None = None,
    lasts: timedelta = DAYS,
) -> str | None:
    """A link that lets one person read the pages (of the campaigns they belong to) until it ends; None without a place."""
    base = public_url(settings)
    if base is None:
        return None
    return f"{base}/enter/{sign(secret(settings), Signed(VIEW, campaign or '', person, now + lasts))}"


class LinkOver(Expired):
    """A participant's link whose time is over; nobody is sent another."""


def read_link(settings: Settings, token: str, *, now: datetime) -> Signed:
    """What a link says. Altered, Expired: see `kernel.signing`."""
    return read_signed(secret(settings), token, now=now)


def read_participants_link(settings: Settings, token: str, *, now: datetime) -> Signed:
    """The same of a link that a participant was sent. LinkOver: its time is over."""
    try:
        return read_link(settings, token, now=now)
    except Expired as error:
        raise LinkOver(error.at) from error
