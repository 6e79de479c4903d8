"""A rehearsal tells nobody outside, whatever channels its people name."""

from dataclasses import replace

import pytest

from opsflow.outbox.model import Route
from opsflow.outbox.recipients import recipients
from opsflow.rehearsal.abuse import told_here
from tests.engine.small import PLANNER
from tests.rehearsal.abused import brief, played

MAIL = "mailto://user:secret@example.com"
OWN = brief("small-c")
NAMING = replace(
    OWN,
    organisation=OWN.organisation.model_copy(
        update={
            "channels": ("slack",),
            "people": {
                **OWN.organisation.people,
                PLANNER: OWN.organisation.people[PLANNER].model_copy(update={"channels": (MAIL,)}),
            },
        }
    ),
)


def test_nobody_is_told_where_they_asked_to_be() -> None:
    assert [route.address for route in recipients(NAMING.organisation)[PLANNER].routes] == [MAIL]
    found = recipients(told_here(NAMING).organisation)
    assert {each.named for each in found.values()} == {False}
    assert {each.routes for each in found.values()} == {(Route("slack", str(key)),) for key in found}


@pytest.mark.slow
def test_who_names_a_channel_is_told_in_a_rehearsal_as_everybody_else() -> None:
    """Their notices would wait for a channel that a rehearsal does not have, and its story would not hold them."""
    told = {sent.person for sent in played("small-c", 1, loaded=NAMING).rehearsed.record.messages}
    assert PLANNER in told
    assert len(told) > 1
