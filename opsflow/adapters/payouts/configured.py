"""The providers that a workspace names in `payouts.yaml`; their secrets come from the environment, by the variable's name."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from opsflow.adapters.payouts.codes import CodePool
from opsflow.adapters.payouts.manifest import Manifest
from opsflow.campaigns.model import PrizeKind
from opsflow.db.session import Database
from opsflow.kernel.clock import Clock
from opsflow.kernel.errors import BadInput
from opsflow.kernel.filemodel import FileModel
from opsflow.kernel.paying import Terms
from opsflow.kernel.yamlfile import read
from opsflow.ports import PayoutProvider

FILE = "payouts.yaml"
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Z_][A-Z0-9_]*$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]


class Provider(FileModel):
    """Who hands out some kinds of prize; docs/payout-api.md describes what is said to one over HTTP."""

    type: Literal["http", "codes", "manifest"]
    """Asked over HTTP; codes that were taken in from a file; parcels on a shipping manifest."""
    kinds: tuple[PrizeKind, ...] = Field(min_length=1)
    """Kinds of prize that it hands out."""
    url: str | None = None
    """Of one that is asked over HTTP: takes one payment."""
    batch_url: str | None = None
    """Takes many in one request; then nothing is asked one at a time."""
    find_url: str | None = None
    """Says what became of payments; without it what is unknown is sent again while its key lives."""
    statement_url: str | None = None
    secret: Variable | None = None
    """Name of the environment variable that holds what requests are signed with."""
    key_hours: int = Field(default=24, ge=0)
    """How long the provider knows a key; 0: it knows none."""
    settles_seconds: int = Field(default=60, ge=0)
    """So long after a request it is certain whether it was taken."""
    patience_seconds: int = Field(default=10, ge=1, le=300)
    connections: int = Field(default=32, ge=1, le=256)
    batch: int = Field(default=500, ge=1, le=10000)
    """How many are taken in hand at a time."""
    refusals: tuple[int, ...] = (422,)
    """HTTP statuses that are a definite refusal, when the answer has a code; everything else that fails is unknown."""
    internal: bool = False
    """It may stand inside our own networks, and be asked without TLS."""

    @model_validator(mode="after")
    def _has_an_address(self) -> "Provider":
        if (self.type == "http") != (self.url is not None):
            raise ValueError("expected `url` with `type: http`, and with no other")
        return self


class PayoutsFile(FileModel):
    """`payouts.yaml`: who hands out prizes; the first that takes a kind gets it."""

    providers: dict[Name, Provider]


class Configured(Mapping[str, PayoutProvider]):
    """The providers of a file, each made when it is first asked for."""

    def __init__(self, file: Path, database: Database, clock: Clock, variables: Mapping[str, str]) -> None:
        """BadFile: every mistake in it, with its line."""
        self._named = read(file, PayoutsFile).providers
        self._database, self._clock, self._variables = database, clock, variables
        self._made: dict[str, PayoutProvider] = {}

    def __getitem__(self, name: str) -> PayoutProvider:
        """A provider. KeyError: it is not named. BadInput: its secret is not set, or its address is not allowed."""
        if name not in self._made:
            self._made[name] = self._make(name, self._named[name])
        return self._made[name]

    def _make(self, name: str, given: Provider) -> PayoutProvider:
        kinds = frozenset[str](given.kinds)
        if given.type == "codes":
            return CodePool(name, kinds, self._database, self._clock)
        if given.type == "manifest":
            return Manifest(name, kinds, self._database, self._clock)
        return _over_http(name, given, self._clock, self._variables)

    def __iter__(self) -> Iterator[str]:
        return iter(self._named)

    def __len__(self) -> int:
        return len(self._named)


def _over_http(name: str, given: Provider, clock: Clock, variables: Mapping[str, str]) -> PayoutProvider:
    # Its library takes a fifth of a second to import, which whoever pays nothing does not wait for.
    from opsflow.adapters.payouts.http import Address, HttpPayouts

    if given.secret is not None and not variables.get(given.secret):
        raise BadInput(
            f"Provider {name} signs with the variable {given.secret}, which is not set where payouts run: set it there."
        )
    assert given.url is not None  # the file was read
    address = Address(
        pay=given.url,
        batch=given.batch_url,
        find=given.find_url,
        statement=given.statement_url,
        secret=variables[given.secret] if given.secret else "",
        connections=given.connections,
        refusals=frozenset(given.refusals),
        internal=given.internal,
    )
    terms = Terms(
        kinds=frozenset(given.kinds),
        key_ttl=timedelta(hours=given.key_hours) if given.key_hours else None,
        finds=given.find_url is not None,
        batch=given.batch,
        settles_within=timedelta(seconds=given.settles_seconds),
        patience=timedelta(seconds=given.patience_seconds),
    )
    return HttpPayouts(name, address, terms, clock)
