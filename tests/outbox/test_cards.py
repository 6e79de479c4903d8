"""Cards: what a message shows of one matter."""

import pytest

from opsflow.context import Context
from opsflow.kernel.errors import NotFound
from opsflow.outbox.cards import load_card


def test_a_button_of_no_card_is_told_so(ctx: Context) -> None:
    with ctx.transaction() as session, pytest.raises(NotFound, match="no message of ours"):
        load_card(session, "guessed")
