"""A source that is asked over HTTP and answers an array of JSON objects with the columns of a file of figures."""

import asyncio
from collections.abc import Sequence
from urllib.parse import quote

import aiohttp

from opsflow.adapters.payouts.addresses import PublicResolver, check_url
from opsflow.kernel.errors import BadInput, PortFailed
from opsflow.kernel.rowfile import Row, array_rows
from opsflow.kernel.terms import CampaignKey

PATIENCE = 20
"""Seconds for the whole answer."""
MOST = 10 << 20
"""Bytes of an answer."""
OK = 200


class HttpSource:
    """Redirects are refused, and nothing but public addresses is connected to unless it is `internal`."""

    def __init__(
        self,
        name: str,
        *,
        url: str,
        token: str = "",
        internal: bool = False,
    ) -> None:
        """BadInput: an address that may not be connected to."""
        check_url(name, url, internal=internal)
        self.name = name
        self._url, self._internal = url, internal
        self._headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})

    def figures(self, campaign: CampaignKey) -> Sequence[Row]:
        """Ask. PortFailed: no answer, too long a one, or one that is no such array."""
        url = self._url.replace("{campaign}", quote(campaign))
        try:
            status, content = asyncio.run(self._ask(url))
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise PortFailed(
                f"Source {self.name} does not answer: {str(error)[:80] or type(error).__name__}."
            ) from None
        if status != OK or len(content) > MOST:
            what = f"more than {MOST} bytes" if status == OK else f"status {status}"
            raise PortFailed(f"Source {self.name} answered {what}, and no figures.")
        try:
            return list(array_rows(content.decode("utf-8-sig"), f"Source {self.name}"))
        except (BadInput, UnicodeDecodeError) as error:
            raise PortFailed(f"Source {self.name} answered no array of JSON: {str(error)[:80]}") from None

    async def _ask(self, url: str) -> tuple[int, bytes]:
        connector = aiohttp.TCPConnector(resolver=None if self._internal else PublicResolver())
        limit = aiohttp.ClientTimeout(total=PATIENCE)
        async with (
            aiohttp.ClientSession(connector=connector, timeout=limit) as session,
            session.get(url, headers=self._headers, allow_redirects=False) as answer,
        ):
            content = b""
            async for part in answer.content.iter_chunked(1 << 16):
                content += part
                if len(content) > MOST:
                    break
            return answer.status, content
