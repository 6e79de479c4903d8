"""The sources of figures that a workspace names in `metrics.yaml`; their secrets come from the environment, by the variable's name."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from opsflow.adapters.figures.store import QuerySource
from opsflow.kernel.errors import BadInput
from opsflow.kernel.filemodel import FileModel
from opsflow.kernel.rowfile import Row
from opsflow.kernel.terms import CampaignKey
from opsflow.kernel.yamlfile import read
from opsflow.ports import FigureSource

if TYPE_CHECKING:
    from opsflow.adapters.figures.http import HttpSource

FILE = "metrics.yaml"
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Z_][A-Z0-9_]*$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]


class Source(FileModel):
    """Where figures of KPIs are asked for; docs/metrics.md says what it answers."""

    type: Literal["http", "query"]
    """Asked over HTTP; or one query on a database of the team's own."""
    campaigns: tuple[CampaignKey, ...] = ()
    """Whose figures it has; none named: everybody's."""
    every_minutes: int = Field(default=60, ge=1, le=10080)
    url: str | None = None
    """Of one that is asked over HTTP; `{campaign}` in it stands for the campaign's key."""
    token: Variable | None = None
    """Name of the environment variable that holds what is sent as bearer token."""
    internal: bool = False
    """It may stand inside our own networks, and be asked without TLS."""
    database: Variable | None = None
    """Name of the environment variable that holds the address of the database that is queried; nothing is written there."""
    query: str | None = None
    """Answers rows with the columns of a file of figures; `:campaign` in it stands for the campaign's key."""

    @model_validator(mode="after")
    def _is_whole(self) -> "Source":
        if (self.type == "http") != (self.url is not None):
            raise ValueError("expected `url` with `type: http`, and with no other")
        if (self.type == "query") != (self.query is not None and self.database is not None):
            raise ValueError("expected `database` and `query` with `type: query`, and with no other")
        return self


class SourcesFile(FileModel):
    """`metrics.yaml`: where figures come from."""

    sources: dict[Name, Source]


@dataclass(frozen=True, slots=True)
class Named:
    """A source as the file names it; what asks is made when it is asked, so that a secret that is not set is its own trouble."""

    name: str
    every: timedelta
    campaigns: frozenset[CampaignKey]
    make: Callable[[], "QuerySource | HttpSource"]

    def figures(self, campaign: CampaignKey) -> Sequence[Row]:
        """Ask. PortFailed: it does not say. BadInput: its secret is not set, or its address is not allowed."""
        return self.make().figures(campaign)


class ConfiguredSources(Mapping[str, FigureSource]):
    """The sources of a file, each made when it is first asked for."""

    def __init__(self, file: Path, variables: Mapping[str, str]) -> None:
        """BadFile: every mistake in it, with its line."""
        self._named = read(file, SourcesFile).sources
        self._variables = variables

    def __getitem__(self, name: str) -> FigureSource:
        """A source. KeyError: it is not named."""
        given = self._named[name]
        return Named(name, timedelta(minutes=given.every_minutes), frozenset(given.campaigns), self._make(name, given))

    def _make(self, name: str, given: Source) -> Callable[[], "QuerySource | HttpSource"]:
        def query() -> QuerySource:
            assert given.database is not None  # the file was read
            assert given.query is not None
            return QuerySource(name, url=self._secret(name, given.database), query=given.query)

        def http() -> "HttpSource":
            # Its library takes a fifth of a second to import, which whoever asks nobody does not wait for.
            from opsflow.adapters.figures.http import HttpSource

            assert given.url is not None
            token = self._secret(name, given.token) if given.token else ""
            return HttpSource(name, url=given.url, token=token, internal=given.internal)

        return query if given.type == "query" else http

    def _secret(self, name: str, variable: str) -> str:
        if not self._variables.get(variable):
            raise BadInput(f"Source {name} needs the variable {variable}, which is not set where monitoring runs.")
        return self._variables[variable]

    def __iter__(self) -> Iterator[str]:
        return iter(self._named)

    def __len__(self) -> int:
        return len(self._named)
