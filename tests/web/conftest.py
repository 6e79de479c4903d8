"""The small campaign's site, for the tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.site import Site, small_site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The application over a campaign of this test alone."""
    found = small_site(tmp_path)
    yield found
    found.ctx.database.close()
