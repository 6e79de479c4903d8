"""The witness of the journal that is a file: each checkpoint a line of JSON, signed with Ed25519, and only ever appended."""

import hashlib
import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from opsflow.kernel.chain import Checkpoint
from opsflow.kernel.errors import BadInput, PortFailed
from opsflow.kernel.signing import Purpose, checked_secret, kept_secret
from opsflow.kernel.terms import CampaignKey
from opsflow.ports import Kept
from opsflow.settings import Settings

VARIABLE = "OPSFLOW_CHECKPOINT_KEY"
PURPOSE = Purpose(
    VARIABLE,
    "checkpoints of the journal are",
    "sign a journal that was written anew",
    "what was signed with it is only proven by its public key (opsflow journal verify --key)",
)
_DOMAIN = b"opsflow.checkpoint.key.1|"
MODE = 0o644
"""Anybody may read what proves something; only its owner appends."""


class CheckpointFile:
    """Appends what it signs to one file, and reads back what was signed with a key that is trusted.

    Settings name both: `OPSFLOW_CHECKPOINTS`, `OPSFLOW_CHECKPOINT_KEY`. `file`: another file to read; `trusted`: public keys
    in hexadecimal, for whoever does not have the secret, or had another one before.
    """

    def __init__(self, settings: Settings, *, file: Path | None = None, trusted: Sequence[str] = ()) -> None:
        self.file = file or settings.checkpoints_file
        self._chosen = settings.checkpoint_key.get_secret_value()
        self._key_file = settings.checkpoint_key_file
        self._trusted = trusted

    def keep(self, checkpoints: Sequence[Checkpoint]) -> None:
        """Append one line each, and wait for the disk. PortFailed: the file cannot be written."""
        key = self._key()
        lines = "".join(_line(each, key) for each in checkpoints)
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.file, os.O_RDWR | os.O_APPEND | os.O_CREAT, MODE)
            with os.fdopen(descriptor, "r+b", buffering=0) as out:
                out.write((_mended(out.fileno()) + lines).encode())
                os.fsync(out.fileno())
        except OSError as error:
            raise PortFailed(
                f"The journal's checkpoints were not written to {self.file}: {error.strerror}. Make it writable, or name "
                "another file in OPSFLOW_CHECKPOINTS; the next tick tries again."
            ) from error

    def kept(self) -> Kept:
        """Every line, held against the keys that are trusted; a file that is not there has none."""
        try:
            text = self.file.read_bytes().decode("utf-8", errors="replace")
        except FileNotFoundError:
            return Kept((), ())
        except OSError as error:
            raise PortFailed(f"The journal's checkpoints in {self.file} cannot be read: {error.strerror}.") from error
        keys = self._keys() if text else {}
        good, bad = [], []
        for number, line in enumerate(text.split("\n"), start=1):
            if not line:
                continue
            try:
                good.append(_read(line, keys))
            except ValueError as error:
                bad.append(f"line {number} of {self.file.name} {error}")
        return Kept(tuple(good), tuple(bad))

    def _key(self) -> Ed25519PrivateKey:
        secret = checked_secret(self._chosen, VARIABLE) if self._chosen else kept_secret(self._key_file, PURPOSE)
        return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(_DOMAIN + secret.encode()).digest())

    def _keys(self) -> dict[str, Ed25519PublicKey]:
        """By their names; our own is not made here, for who only reads changes nothing."""
        own = [_name(self._key())] if self._chosen or self._key_file.exists() else []
        return {each: _public_key(each) for each in [*self._trusted, *own]}


def _name(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def _public_key(text: str) -> Ed25519PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
    except ValueError as error:
        raise BadInput(
            f"{text} is no public key of checkpoints: 64 hexadecimal digits, as each line's `key` has them."
        ) from error


def _line(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    said = {
        "campaign": checkpoint.campaign,
        "number": checkpoint.number,
        "head": checkpoint.head,
        "at": checkpoint.at.isoformat(),
        "key": _name(key),
        "signature": key.sign(checkpoint.signed).hex(),
    }
    return json.dumps(said) + "\n"


def _read(line: str, keys: dict[str, Ed25519PublicKey]) -> Checkpoint:
    """One line. ValueError: what is wrong with it, to be said after its place."""
    try:
        said = json.loads(line)
        campaign = said["campaign"]
        found = Checkpoint(
            CampaignKey(campaign) if campaign is not None else None,
            int(said["number"]),
            str(said["head"]),
            datetime.fromisoformat(said["at"]),
        )
        name, signature = str(said["key"]), bytes.fromhex(said["signature"])
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError("is no checkpoint: it was cut short or changed") from error
    if name not in keys:
        raise ValueError(f"was signed with another key ({name[:16]}...)")
    try:
        keys[name].verify(signature, found.signed)
    except InvalidSignature as error:
        raise ValueError("was changed after it was signed") from error
    return found


def _mended(descriptor: int) -> str:
    """What ends a line that a crash has cut short: the next one must not be lost with it."""
    size = os.fstat(descriptor).st_size
    return "\n" if size and os.pread(descriptor, 1, size - 1) != b"\n" else ""
