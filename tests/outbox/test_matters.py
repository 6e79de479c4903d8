"""Matters opened together."""

from opsflow.context import Context
from opsflow.outbox.matters import close_matter, open_matter, open_matters


def test_of_several_matters_the_new_the_open_and_the_closed_get_what_each_would_alone(ctx: Context) -> None:
    with ctx.transaction() as session:
        for name in ("open", "closed"):
            open_matter(session, name)
        close_matter(session, "closed")
        assert open_matters(session, ["new", "open", "closed"]) == {"new": 1, "open": 1, "closed": 2}
        assert open_matters(session, ["closed"]) == {"closed": 2}
        assert open_matters(session, []) == {}
