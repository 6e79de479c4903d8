"""The report: counts that can be checked, an interval that keeps its promise, and few answers said to be few."""

from decimal import Decimal
from math import comb
from pathlib import Path

import pytest

from opsflow.context import Context
from opsflow.feedback.answers.service import import_answers
from opsflow.feedback.reporting.model import Net
from opsflow.feedback.reporting.service import Report, report
from opsflow.feedback.visits.model import VisitChannel, VisitOutcome
from opsflow.feedback.visits.service import calls, list_visits, record
from opsflow.feedback.voices.service import heard, sort
from opsflow.kernel.errors import Conflict, Refused
from opsflow.kernel.terms import PersonKey
from opsflow.prizes.service import erase
from tests.engine.small import KEY, MANAGER, begin, in_workspace
from tests.feedback.asked import NOW, asked, invite, rows


@pytest.mark.parametrize(
    ("counts", "score", "interval"),
    [
        # By hand: (50.75 - 20.75) / 103 = 0.29126; variance 71.5 / 103 - 0.29126^2 = 0.60934; 1.96 * sqrt(/ 103) = 0.15075.
        ((50, 30, 20), 30, (14, 44)),
        ((3, 0, 0), 100, (-7, 100)),
        ((0, 5, 0), 0, (-30, 30)),
        ((6_000, 2_500, 1_500), 45, (44, 46)),
    ],
)
def test_net_promoter_and_its_interval(counts: tuple[int, int, int], score: int, interval: tuple[int, int]) -> None:
    net = Net(*counts)
    assert (int(net.score), *map(int, net.interval)) == (score, *interval)


def test_the_interval_holds_the_truth_as_often_as_it_says_also_of_twelve_answers() -> None:
    """Every way in which twelve can answer, weighed by how likely it is."""
    of = 12
    for promoters, detractors in ((0.7, 0.1), (0.5, 0.3), (0.4, 0.4), (0.85, 0.05)):
        covered = plain = 0.0
        for yes in range(of + 1):
            for no in range(of + 1 - yes):
                rest = of - yes - no
                weight = comb(of, yes) * comb(of - yes, no)
                weight *= promoters**yes * detractors**no * (1 - promoters - detractors) ** rest  # type: ignore[assignment]
                low, high = Net(yes, rest, no).interval
                truth = Decimal(100 * (promoters - detractors)).quantize(Decimal(1))
                covered += weight * (low <= truth <= high)
                mean = (yes - no) / of
                half = 1.96 * (((yes + no) / of - mean**2) / of) ** 0.5
                plain += weight * (abs(mean - (promoters - detractors)) <= half + 1e-9)
        assert covered >= 0.93
        assert plain < 0.93, "the control: the plain one promises more than it keeps"


@pytest.fixture
def here(ctx: Context, tmp_path: Path) -> Context:
    return asked(ctx, tmp_path / "ws")


def result_of(found: Report, question: str) -> tuple[int, Decimal | None, dict[str, int]]:
    one = next(each for each in found.feedback.results if each.id == question)
    return one.answered, one.mean, {each.id: each.count for each in one.ticked if each.count}


def test_everything_is_counted_and_what_is_erased_counts_on(here: Context) -> None:
    for account, changes in (("u0", {}), ("u1", {"seen_at": NOW}), ("u2", {}), ("u3", {})):
        invite(here, account, **changes)
    answers = rows(
        {"account": "u0", "satisfaction": "5", "recommend": "10", "difficulties": "rules;page", "words": "奖品很好"},
        {"account": "u2", "satisfaction": "4", "recommend": "6", "difficulties": "page", "words": "Nice"},
        {"answer": "1", "satisfaction": "5", "recommend": "8", "words": "The parcel was late"},
    )
    import_answers(here, KEY, answers, tool="forms", by=MANAGER)
    list_visits(here, KEY, 2, by=MANAGER)
    called = next(each for each in ("u0", "u1", "u2", "u3") if _is_listed(here, each))
    record(here, KEY, called, by=MANAGER, channel=VisitChannel.CHAT, outcome=VisitOutcome.REACHED, offer=True)
    sort(here, KEY, heard(here, KEY, topic="other", by=MANAGER)[1][0].id, "service", by=MANAGER)
    before = report(here, KEY, by=MANAGER)
    feedback = before.feedback
    assert (feedback.asked, feedback.seen, feedback.answered, feedback.rate) == (4, 3, 2, Decimal("0.5"))
    assert (feedback.elsewhere, feedback.answers, feedback.closed) == ({"forms": 1}, 3, False)
    assert result_of(before, "satisfaction") == (3, Decimal("4.67"), {"4": 1, "5": 2})
    assert result_of(before, "difficulties") == (2, None, {"rules": 1, "page": 2})
    assert result_of(before, "channel") == (0, None, {})
    net = next(each.net for each in feedback.results if each.id == "recommend")
    assert net == Net(1, 1, 1)
    assert all(each.is_few for each in feedback.results)
    assert {each.id: each.count for each in feedback.topics if each.count} == {"prize": 1, "delivery": 1, "service": 1}
    assert feedback.corrected == 1
    assert [each.text for each in before.examples["prize"]] == ["奖品很好"]
    assert feedback.visits is not None
    assert (feedback.visits.listed, feedback.visits.open, feedback.visits.offers) == (2, 1, 1)
    erase(here, KEY, "u0", by=MANAGER)
    after = report(here, KEY, by=MANAGER)
    assert (after.feedback.results, after.feedback.topics) == (feedback.results, feedback.topics)
    assert after.examples["prize"] == ()
    assert (after.feedback.asked, after.feedback.answered) == (4, 2)


def _is_listed(ctx: Context, account: str) -> bool:
    return account in {each.contact["account"] for each in calls(ctx, KEY, by=MANAGER)}


def test_users_words_are_only_shown_to_whoever_may_read_them(here: Context) -> None:
    import_answers(here, KEY, rows({"answer": "1", "words": "奖品"}), tool="forms", by=MANAGER)
    assert report(here, KEY).examples == {}
    with pytest.raises(Refused):
        report(here, KEY, by=PersonKey("stranger"))


def test_without_a_survey_there_is_nothing_to_report(ctx: Context, tmp_path: Path) -> None:
    bare = in_workspace(ctx, tmp_path / "ws")
    begin(bare)
    with pytest.raises(Conflict, match="No survey of small-campaign was opened"):
        report(bare, KEY)
