"""Which addresses a provider may have: public ones, unless the configuration says that it stands inside (threat C4)."""

import ipaddress
import socket
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from opsflow.kernel.errors import BadInput


def check_url(name: str, url: str, *, internal: bool) -> None:
    """BadInput: not https, or an address inside our own networks, though `internal` is not set."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (internal and parts.scheme == "http"):
        raise BadInput(f"Provider {name} has a URL that is not https. Only one with `internal: true` may have http.")
    if not parts.hostname or parts.username or parts.password:
        raise BadInput(
            f"Provider {name} has a URL without a host, or with a password in it: the secret has its own variable."
        )
    if not internal and is_literal(parts.hostname) and not is_public(parts.hostname):
        raise BadInput(
            f"Provider {name} has the address {parts.hostname}, which is not public: `internal: true` allows it."
        )


def is_literal(host: str) -> bool:
    """Whether a host is an address already."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_public(address: str) -> bool:
    """Whether an address is out on the internet: no loopback, no metadata service, none of our networks, none of these in IPv6."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or found.sixtofour or found
    return found.is_global and not found.is_multicast


class PublicResolver(AbstractResolver):
    """Looks names up, and gives nothing but public addresses; what it gives is what is connected to."""

    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a host. OSError: one of them is not public."""
        found = await self._inner.resolve(host, port, family)
        if not all(is_public(each["host"]) for each in found):
            raise OSError(f"{host} has an address that is not public")
        return found

    async def close(self) -> None:
        """Give back what it holds."""
        await self._inner.close()
