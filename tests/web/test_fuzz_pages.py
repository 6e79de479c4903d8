"""Whatever is asked is answered: no path, query, header, cookie or form makes the application fail."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsflow.web.app import make_app
from opsflow.web.asking import COOKIE
from tests.web.site import KEY, PUBLIC, SPONSOR, Site, small_site

ANSWERS = {200, 303, 304, 400, 403, 404, 405, 409, 410, 422}
"""What a request may be answered with; 500 is a mistake of ours, and 503 would be one of the workspace's."""
text = st.text(max_size=30)
odd = st.sampled_from(["", ".", "..", "%00", "%ff", "%2e%2e", "%F0%9F%92%A9", "a" * 2000, "{{7*7}}", "-1", "1e9", "\\"])
names = st.sampled_from(["campaigns", KEY, "tasks", "P1", "documents", "proposal", "links", "enter", "style", "page.css",
                         "icon.svg", "health", "result", "document"])  # fmt: skip
fields = st.dictionaries(
    st.sampled_from(["language", "revision", "refresh", "reason"]) | text,
    st.sampled_from(["en", "zh", "1", "2", "0", "999999", "x"]) | text,
    max_size=3,
)
values = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
headers = st.fixed_dictionaries(
    {},
    optional={
        "accept-language": values,
        "if-none-match": values,
        "origin": values | st.sampled_from(["null", PUBLIC]),
        "sec-fetch-site": values | st.just("same-origin"),
        "content-type": st.sampled_from(["application/x-www-form-urlencoded", "text/plain", "multipart/form-data", ""]),
        "host": st.sampled_from(["localhost", "127.0.0.1:8000", "[::1]", "[", "evil.example", "a:b:c", "x" * 300]),
        "x-forwarded-for": values,
    },
)


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Site]]:
    """One for this machine, and one in public."""
    found = small_site(tmp_path_factory.mktemp("fuzzed"))
    yield [found, found.in_public()]
    found.ctx.database.close()


async def answers(site: Site, requests: list[dict[str, Any]]) -> list[int]:
    """The statuses of some requests; a failure in the application is raised here."""
    app = make_app(lambda: nullcontext(site.ctx), per_minute=1_000_000)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost:8000") as client:
        return [(await client.request(**request)).status_code for request in requests]


def drawn(data: st.DataObject, site: Site) -> dict[str, Any]:
    """One request of anybody's."""
    token, entrance = site.link("approve").rpartition("/")[2], site.entrance(SPONSOR).rpartition("/")[2]
    parts = names | odd | st.sampled_from([token, token[:-4], entrance])
    path = st.lists(parts, max_size=5).map("/".join) | st.sampled_from(
        [f"campaigns/{KEY}", f"campaigns/{KEY}/tasks/P1", f"campaigns/{KEY}/documents/proposal", f"links/{token}"]
    )
    sent: dict[str, str] = data.draw(headers)
    cookie: str = data.draw(st.sampled_from(["", f"{COOKIE}=x", f"{COOKIE}={entrance}", "=;=;"]))
    return {
        "method": data.draw(st.sampled_from(["GET", "GET", "GET", "HEAD", "POST", "PUT", "OPTIONS"])),
        "url": "/" + data.draw(path).lstrip("/"),
        "params": data.draw(fields),
        "headers": {**sent, "cookie": cookie},
        "content": data.draw(st.binary(max_size=60) | st.just(b"reason=no")),
    }


def test_whatever_is_asked_is_answered(sites: list[Site]) -> None:
    seen: Counter[int] = Counter()

    @settings(max_examples=40, deadline=None, derandomize=True)
    @given(data=st.data())
    def asked(data: st.DataObject) -> None:
        site = data.draw(st.sampled_from(sites))
        found = asyncio.run(answers(site, [drawn(data, site) for _ in range(4)]))
        seen.update(found)
        assert set(found) <= ANSWERS

    asked()
    assert {200, 403, 404, 405} <= set(seen), "the control: it got as far as pages"


def test_a_failure_of_the_application_would_be_seen(sites: list[Site]) -> None:
    """The control: what is not foreseen reaches the test."""
    app = make_app(lambda: nullcontext(None))  # type: ignore[arg-type]  # a context that is none

    async def asked() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost") as client:
            await client.get("/")

    with pytest.raises(AttributeError):
        asyncio.run(asked())
