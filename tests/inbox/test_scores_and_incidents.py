"""Ten fields of points, and the one press by which somebody has an incident."""

from datetime import timedelta

from opsflow.incidents.service import open_incident
from opsflow.kernel.terms import PersonKey
from opsflow.kernel.text import Text
from opsflow.outbox.matters import open_matter
from opsflow.selfcheck import store
from opsflow.selfcheck.service import scores_matter
from tests.engine.small import KEY, LEGAL, MODULES, PLANNER
from tests.inbox.office import BY_MEMBER_ID, Office


def scoring(desk: Office, *modules: str, who: PersonKey = LEGAL) -> str:
    """A round in which somebody scores these modules; their card."""
    now = desk.ctx.clock.now()
    with desk.ctx.transaction() as session:
        store.insert_round(session, KEY, 1, reviewers={who: modules}, due=now + timedelta(days=1), now=now)
        open_matter(session, scores_matter(KEY, 1, who))
    return desk.card(scores_matter(KEY, 1, who), who, kind="scores")


def score_view(desk: Office, token: str, who: str = LEGAL) -> dict[str, object]:
    view = desk.opens(who, "score", token)
    desk.rest()
    return desk.workspace.views[view["id"]]


def test_there_is_a_field_for_each_module_of_theirs_and_the_points_are_recorded(desk: Office) -> None:
    view = score_view(desk, scoring(desk, *MODULES))
    assert len([block for block in view["blocks"] if block["block_id"].startswith("points:")]) == 10  # type: ignore[attr-defined]
    given = {f"points:{module}": str(place) for place, module in enumerate(MODULES)}
    assert desk.fills(LEGAL, view, **given, comment="The cost is open.") == "Recorded: your scores. Thank you."
    with desk.ctx.transaction() as session:
        (current,) = store.rounds(session, KEY)
    assert {score.module: score.points for score in current.scores} == {name: n for n, name in enumerate(MODULES)}
    assert {score.comment for score in current.scores} == {Text.both("The cost is open.")}


def test_points_out_of_range_or_missing_are_told(desk: Office) -> None:
    view = score_view(desk, scoring(desk, "goal", "timing"))
    assert "out of range" in desk.fills(LEGAL, view, **{"points:goal": "11", "points:timing": "3"})
    assert "whole points" in desk.fills(LEGAL, view, **{"points:goal": "5.5", "points:timing": "3"})
    assert "whole points" in desk.fills(LEGAL, view, **{"points:goal": "５", "points:timing": "3"})
    assert "missing: timing" in desk.fills(LEGAL, view, **{"points:goal": "5"})


def test_who_has_nothing_to_score_is_told_so(desk: Office) -> None:
    """Nobody scores what they wrote: the author is no reviewer, whoever's card it is."""
    token = scoring(desk, "goal")
    view = desk.opens(PLANNER, "score", token, card_of=LEGAL)
    desk.rest()
    assert "nothing to score" in desk.workspace.views[view["id"]]["blocks"][0]["text"]["text"]


def test_one_press_and_somebody_has_the_incident(desk: Office) -> None:
    number = open_incident(desk.ctx, KEY, by=PLANNER, title=Text.both("The page is down"))
    token = desk.card(f"incident/{KEY}/{number}", BY_MEMBER_ID, kind="incident")
    assert desk.presses(BY_MEMBER_ID, "acknowledge", token) == "Recorded: you have seen this and see to it."
    assert "out of date" in desk.presses(BY_MEMBER_ID, "acknowledge", token)
