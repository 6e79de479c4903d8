"""Signs what a link carries, so that whoever follows it can neither alter nor make one; every link ends some day.

And keeps the secrets that links and checkpoints are signed with.
"""

import hashlib
import os
import secrets
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from itsdangerous import BadData, URLSafeSerializer

from opsflow.kernel.errors import BadInput, Conflict, Refused

SHORTEST = 32
"""Characters of a secret; fewer could be guessed."""
LONGEST_TOKEN = 1024
SALT = "opsflow.link.1"


class Altered(Refused):
    """A link that was not made here, or was changed on the way."""

    def __init__(self) -> None:
        super().__init__(
            "This link was not made by opsflow, or it was cut short. Copy the whole link from the message."
        )


class Expired(Conflict):
    """A link whose time is over."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        super().__init__(f"This link ended on {at:%Y-%m-%d %H:%M} UTC. A newer message carries a newer link.")


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a secret that is kept in a file is for, in the words of its errors."""

    variable: str
    """What names one in its stead."""
    signs: str
    """What is signed with it."""
    power: str
    """What somebody else could do with it."""
    loss: str
    """What follows when it is deleted."""


LINKS = Purpose("OPSFLOW_SECRET", "links are", "make links that approve", "every link that was sent ends")


@dataclass(frozen=True, slots=True)
class Signed:
    """What a link says: who may do one thing about one matter, and until when."""

    action: str
    matter: str
    person: str
    ends: datetime


def sign(secret: str, said: Signed) -> str:
    """The token of a link: safe in a URL, and no secret by itself but for its signature."""
    return _serializer(secret).dumps([said.action, said.matter, said.person, int(said.ends.timestamp())])


def read_signed(secret: str, token: str, *, now: datetime) -> Signed:
    """What a token says. Altered: it was not made with this secret. Expired: its time is over."""
    if len(token) > LONGEST_TOKEN:
        raise Altered
    try:
        action, matter, person, ends = _serializer(secret).loads(token)
        said = Signed(str(action), str(matter), str(person), datetime.fromtimestamp(int(ends), UTC))
    except (BadData, ValueError, TypeError, OverflowError, UnicodeError) as error:
        raise Altered from error
    if now >= said.ends:
        raise Expired(said.ends)
    return said


def _serializer(secret: str) -> URLSafeSerializer:
    options = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeSerializer(secret, salt=SALT, signer_kwargs=options)


def checked_secret(secret: str, name: str) -> str:
    """A secret that somebody has chosen; BadInput when it is too short to be one."""
    if len(secret) < SHORTEST:
        raise BadInput(
            f"{name} has fewer than {SHORTEST} characters, which could be guessed. "
            'Make one: python -c "import secrets; print(secrets.token_urlsafe(32))"'
        )
    return secret


def kept_secret(file: Path, purpose: Purpose = LINKS) -> str:
    """The secret kept in a file that nobody else may read; made at the first call, the same for all who call at once.

    BadInput: it cannot be read or made. Refused: others may read it.
    """
    try:
        if not file.exists():
            _make(file)
        if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise Refused(
                f"{file} may be read by others, and who reads it can {purpose.power}. "
                f"Run: chmod 600 {file}; or delete it: {purpose.loss}."
            )
        return checked_secret(file.read_text("utf-8").strip(), str(file))
    except OSError as error:
        raise BadInput(
            f"{file}, which keeps the secret that {purpose.signs} signed with, cannot be read or made: "
            f"{error.strerror or error}. Make its folder writable, or set {purpose.variable}."
        ) from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is no secret that opsflow made. Delete it: {purpose.loss}.") from error


def _make(file: Path) -> None:
    """Whole aside, then linked to its name: of several who make one at once the first wins, and nobody reads half."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(secrets.token_urlsafe(SHORTEST) + "\n")
            out.flush()
            os.fsync(out.fileno())
        _name(draft, file)
    finally:
        draft.unlink()


def _name(draft: Path, file: Path) -> None:
    try:
        file.hardlink_to(draft)
    except FileExistsError:
        return  # somebody was first: theirs is the secret
