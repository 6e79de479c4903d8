"""The servers of drand that a workspace names in `beacon.yaml`, and whether drand's signatures can be checked here."""

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, field_validator

from opsflow.kernel.filemodel import FileModel
from opsflow.kernel.yamlfile import read
from opsflow.ports import Beacon, Genuine

FILE = "beacon.yaml"
EXTRA = "py_ecc"
"""What `opsflow[drand]` brings."""
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]


class Server(FileModel):
    """Where drand's API is answered."""

    url: str
    internal: bool = False
    """It may stand inside our own networks, and be asked without TLS."""


class BeaconFile(FileModel):
    """`beacon.yaml`: who is asked for rounds of drand."""

    servers: dict[Name, Server] = Field(min_length=1, max_length=8)

    @field_validator("servers")
    @classmethod
    def _are_several(cls, given: dict[str, Server]) -> dict[str, Server]:
        hosts = [urlsplit(each.url).netloc.casefold() for each in given.values()]
        if len(set(hosts)) < len(hosts):
            raise ValueError("expected different hosts: one that is named twice agrees with itself")
        return given


class ConfiguredBeacons(Mapping[str, Beacon]):
    """The servers of a file, each made when it is first asked for."""

    def __init__(self, file: Path) -> None:
        """BadFile: every mistake in it, with its line."""
        self._named = read(file, BeaconFile).servers

    def __getitem__(self, name: str) -> Beacon:
        """A server. KeyError: it is not named. BadInput: its address is not allowed."""
        # Its library takes a fifth of a second to import, which whoever draws nothing does not wait for.
        from opsflow.adapters.drand.http import HttpBeacon

        given = self._named[name]
        return HttpBeacon(name, url=given.url, internal=given.internal)

    def __iter__(self) -> Iterator[str]:
        return iter(self._named)

    def __len__(self) -> int:
        return len(self._named)


def signatures() -> Genuine | None:
    """What checks drand's signatures; None: `opsflow[drand]` is not installed."""
    return _checked if find_spec(EXTRA) is not None else None


def _checked(chain: str, number: int, signature: bytes, previous: bytes) -> bool:
    # Its library is not everywhere, and takes half a second to import.
    from opsflow.adapters.drand.signatures import genuine

    return genuine(chain, number, signature, previous)
