"""A provider that is asked over HTTP: JSON, an idempotency key, a signature; one at a time on many connections, or in batches."""

import asyncio
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp

from opsflow.adapters.payouts import wire
from opsflow.adapters.payouts.addresses import PublicResolver, check_url
from opsflow.kernel.clock import Clock
from opsflow.kernel.errors import PortFailed
from opsflow.kernel.paying import FoundPayout, Payment, PayoutOutcome, StatementLine, Terms, Unclear, Unsent
from opsflow.kernel.terms import CampaignKey

Answer = tuple[int, bytes, timedelta | None]
"""Status, body, how long it asks us to wait."""
OK = 200


@dataclass(frozen=True, slots=True)
class Address:
    """Where a provider is, and how it is talked to."""

    pay: str
    batch: str | None = None
    """Takes many payments in one request."""
    find: str | None = None
    statement: str | None = None
    secret: str = ""
    """What requests are signed with; empty: they are not."""
    connections: int = 32
    refusals: frozenset[int] = frozenset({422})
    """Statuses that are a definite refusal when the answer gives a code; any other is unclear."""
    internal: bool = False
    """It may stand inside our own networks, and be asked without TLS."""


class HttpPayouts:
    """Asks a provider. Redirects are refused, and nothing but public addresses is connected to unless it is `internal`."""

    def __init__(self, name: str, address: Address, terms: Terms, clock: Clock) -> None:
        """BadInput: an address that may not be connected to."""
        for url in filter(None, (address.pay, address.batch, address.find, address.statement)):
            check_url(name, url, internal=address.internal)
        self.name, self.terms = name, terms
        self._address, self._clock = address, clock

    def pay(self, payments: Sequence[Payment], *, until: datetime) -> Mapping[str, PayoutOutcome]:
        """Ask for each: in one request where the provider takes batches, else on so many connections at once."""
        if self._address.batch is not None:
            return asyncio.run(self._pay_batch(self._address.batch, payments, until))
        return asyncio.run(self._pay_each(payments, until))

    def find(self, keys: Sequence[str]) -> Mapping[str, FoundPayout]:
        """Ask what became of keys. PortFailed: no answer, or one that is none."""
        url = self._address.find
        if url is None:
            raise PortFailed(f"{self.name} cannot be asked what became of a payment.")
        status, content, _ = self._asked(url, wire.body({"keys": list(keys)}))
        answer = wire.parsed(content)
        if status != OK or not isinstance(answer, dict) or not isinstance(answer.get("results"), list):
            raise PortFailed(f"{self.name} did not say what became of {len(keys)} payments (status {status}).")
        told = wire.results(content)
        return {key: wire.found(told[key]) for key in keys if key in told}

    def statement(self, campaign: CampaignKey) -> Iterable[StatementLine]:
        """Ask for all that it has paid. PortFailed: no answer, or one that is none."""
        url = self._address.statement
        if url is None:
            raise PortFailed(f"{self.name} gives no statement: hand in a file with `--statement`.")
        status, content, _ = self._asked(url, wire.body({"campaign": campaign}))
        lines = wire.lines(content) if status == OK else None
        if lines is None:
            raise PortFailed(f"{self.name} gave no statement of {campaign} (status {status}).")
        return lines

    def _asked(self, url: str, content: bytes) -> Answer:
        async def ask() -> Answer:
            async with self._session() as session:
                return await self._post(session, url, content)

        try:
            return asyncio.run(ask())
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise PortFailed(f"{self.name} does not answer: {type(error).__name__}.") from error

    async def _pay_each(self, payments: Sequence[Payment], until: datetime) -> dict[str, PayoutOutcome]:
        """So many workers take one payment after the other."""
        waiting, found = iter(payments), dict[str, PayoutOutcome]()
        async with self._session() as session:

            async def work() -> None:
                for one in waiting:
                    found[one.key] = await self._pay_one(session, one, until)

            await asyncio.gather(*(work() for _ in range(min(self._address.connections, len(payments)))))
        return found

    async def _pay_one(self, session: aiohttp.ClientSession, one: Payment, until: datetime) -> PayoutOutcome:
        if self._clock.now() >= until:
            return Unsent("its time was over before it was sent")
        try:
            answer = await self._post(session, self._address.pay, wire.body(wire.payment(one)), key=one.key)
        except aiohttp.ClientConnectorError as error:
            return Unsent(f"nobody answers there: {type(error).__name__}")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Unclear(f"no whole answer: {type(error).__name__}")
        return wire.outcome(*answer, self._address.refusals, one.key)

    async def _pay_batch(self, url: str, payments: Sequence[Payment], until: datetime) -> Mapping[str, PayoutOutcome]:
        keys = [one.key for one in payments]
        if self._clock.now() >= until:
            return dict.fromkeys(keys, Unsent("its time was over before it was sent"))
        content = wire.body({"payments": [wire.payment(one) for one in payments]})
        try:
            async with self._session() as session:
                answer = await self._post(session, url, content, key=hashlib.sha256(content).hexdigest())
        except aiohttp.ClientConnectorError as error:
            return dict.fromkeys(keys, Unsent(f"nobody answers there: {type(error).__name__}"))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return dict.fromkeys(keys, Unclear(f"no whole answer: {type(error).__name__}"))
        return wire.outcomes(*answer, keys)

    async def _post(self, session: aiohttp.ClientSession, url: str, content: bytes, *, key: str = "") -> Answer:
        headers = {}
        if key:
            headers["Idempotency-Key"] = key
        if self._address.secret:
            at = int(self._clock.now().timestamp())
            headers["Opsflow-Signature"] = wire.signature(self._address.secret, at, content)
        said = aiohttp.BytesPayload(content, content_type="application/json")
        async with session.post(url, data=said, headers=headers, allow_redirects=False) as answer:
            wait = wire.wait(answer.headers.get("Retry-After", ""), self._clock.now())
            return answer.status, await _whole(answer), wait

    def _session(self) -> aiohttp.ClientSession:
        resolver = None if self._address.internal else PublicResolver()
        connector = aiohttp.TCPConnector(limit=self._address.connections, resolver=resolver, use_dns_cache=False)
        patience = self.terms.patience / timedelta(seconds=1)
        return aiohttp.ClientSession(
            connector=connector, timeout=aiohttp.ClientTimeout(total=patience), cookie_jar=aiohttp.DummyCookieJar()
        )


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    """An answer to its end. ValueError: it does not end where one would."""
    parts, size = [], 0
    while not answer.content.at_eof():
        part = await answer.content.readany()
        size += len(part)
        if size > wire.LONGEST_ANSWER:
            raise ValueError
        parts.append(part)
    return b"".join(parts)
