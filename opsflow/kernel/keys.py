"""Keys made of meaning: whatever may be repeated is recognised by one of these (design section 1.4)."""

import hashlib
import json
import secrets
from typing import Any


def key(*parts: object) -> str:
    """Join the parts of a key with `/`; a part that holds a slash would make two meanings one, so it is refused."""
    texts = [str(part) for part in parts]
    if any(not text or "/" in text for text in texts):
        raise ValueError(f"Parts of a key must be non-empty and hold no slash: {texts}")
    return "/".join(texts)


def content_hash(value: Any) -> str:
    """SHA-256 over canonical JSON (sorted keys, no spaces): what an approval covers."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def token() -> str:
    """128 random bits, for what must not be guessed and so is not made of its meaning."""
    return secrets.token_urlsafe(16)


def opaque_id() -> str:
    """128 random bits as 32 hexadecimal digits: an id that says nothing about whom it stands for."""
    return secrets.token_hex(16)
