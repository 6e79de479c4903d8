"""A server of drand that is asked over HTTP. What it says is not believed here: the draw holds several against each other."""

import asyncio

import aiohttp

from opsflow.adapters.payouts.addresses import PublicResolver, check_url
from opsflow.kernel.errors import PortFailed

PATIENCE = 10
"""Seconds for the whole answer."""
MOST = 1 << 14
"""Bytes of an answer; a round has some hundred."""
OK = 200
NOT_YET = (404, 425)


class HttpBeacon:
    """Redirects are refused, and nothing but public addresses is connected to unless it is `internal`."""

    def __init__(self, name: str, *, url: str, internal: bool = False, patience: float = PATIENCE) -> None:
        """BadInput: an address that may not be connected to."""
        check_url(name, url, internal=internal)
        self.name = name
        self._url, self._internal, self._patience = url.rstrip("/"), internal, patience

    def round(self, chain: str, number: int) -> bytes:
        """Ask. PortFailed: no answer, too long a one, or no such round yet."""
        try:
            status, content = asyncio.run(self._ask(f"{self._url}/{chain}/public/{number}"))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise PortFailed(f"{self.name} does not answer: {type(error).__name__}.") from None
        if status in NOT_YET:
            raise PortFailed(f"{self.name} has no round {number} yet.")
        if status != OK or len(content) > MOST:
            what = f"more than {MOST} bytes" if status == OK else f"status {status}"
            raise PortFailed(f"{self.name} answered {what}, and no round.")
        return content

    async def _ask(self, url: str) -> tuple[int, bytes]:
        connector = aiohttp.TCPConnector(resolver=None if self._internal else PublicResolver())
        limit = aiohttp.ClientTimeout(total=self._patience)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=limit, cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.get(url, headers={"Accept": "application/json"}, allow_redirects=False) as answer,
        ):
            content = b""
            async for part in answer.content.iter_chunked(MOST):
                content += part
                if len(content) > MOST:
                    break
            return answer.status, content
