"""What a request asks for: in which language, from which address, and what the one who asks may see."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from opsflow.campaigns.state import Campaign
from opsflow.kernel.errors import BadInput, Conflict, NotFound, OpsflowError, PortFailed, Refused
from opsflow.kernel.signing import Altered, Expired, Signed
from opsflow.kernel.terms import LANGUAGES, Language, PersonKey
from opsflow.outbox.links import VIEW, public_url, read_link
from opsflow.settings import Settings

COOKIE = "opsflow_view"
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""What a proxy adds: a request with one of them does not come from this machine, whatever its address says."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at the pages; without a person: whoever sits at this machine."""

    person: PersonKey | None

    def sees(self, campaign: Campaign) -> bool:
        """Somebody with a link sees the campaigns of whose people they are at the moment."""
        return self.person is None or self.person in campaign.organisation.people


class LinkWanted(Refused):
    """The pages are shown to people of the organisation, by the link that each of them has."""

    def __init__(self) -> None:
        super().__init__("Open the link in a message of opsflow, or ask for one: `opsflow page-link PERSON` prints it.")


def viewer_of(
    settings: Settings, *, cookie: str | None, address: str, host: str, headers: Mapping[str, str], now: datetime
) -> Viewer:
    """Who asks. LinkWanted: nobody who may look.

    Where a public address is set, a personal link is asked of everybody. Else the pages answer this machine alone: its
    own address, its own name (another name that leads here is a trick of some web page), and no proxy between.
    """
    if public_url(settings) is not None:
        return Viewer(PersonKey(_viewing(settings, cookie, now).person))
    if is_loopback(address) and is_loopback(_name(host)) and not any(name in headers for name in FORWARDED):
        return Viewer(None)
    raise LinkWanted


def _viewing(settings: Settings, cookie: str | None, now: datetime) -> Signed:
    try:
        said = read_link(settings, cookie or "", now=now)
    except (Altered, Expired) as error:
        raise LinkWanted from error
    if said.action != VIEW:
        raise LinkWanted
    return said


def is_loopback(name: str) -> bool:
    """Whether a name or address is this machine's own."""
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def language_of(asked: str | None, accepted: str) -> Language:
    """The language of the address; else the better one of the browser's; else English."""
    if asked is not None and asked in _KNOWN:
        return _KNOWN[asked]
    best: tuple[float, Language] = (0.0, "en")
    for part in accepted[:400].lower().split(","):
        tag, _, weight = part.strip().partition(";q=")
        known = _KNOWN.get(tag.split("-")[0])
        if known is not None and _weight(weight) > best[0]:
            best = (_weight(weight), known)
    return best[1]


_KNOWN: Mapping[str, Language] = {language: language for language in LANGUAGES}


def _weight(text: str) -> float:
    try:
        return min(float(text), 1.0) if text else 1.0
    except ValueError:
        return 0.0


def is_from_elsewhere(origin: str | None, site: str | None, own: set[str]) -> bool:
    """Whether a form was sent by a page of another site (its link is what gives the right; this is the second lock).

    Our own form says `null`: its page sends no referrer, and browsers then hide the origin as well.
    """
    if site is not None and site not in ("same-origin", "none"):
        return True
    return origin is not None and origin != "null" and origin not in own


STATUS: tuple[tuple[type[OpsflowError], int], ...] = (
    (Expired, 410),
    (NotFound, 404),
    (Refused, 403),
    (Conflict, 409),
    (BadInput, 400),
    (PortFailed, 503),
)


def status_of(error: OpsflowError) -> int:
    """The status of an error's family."""
    return next((status for family, status in STATUS if isinstance(error, family)), 500)
