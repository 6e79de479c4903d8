"""Who scores what, and what the scores amount to."""

from collections.abc import Iterable
from decimal import Decimal

import pytest

from opsflow.kernel.errors import BadInput, Conflict, NotFound, Refused
from opsflow.kernel.terms import CampaignKey, PersonKey
from opsflow.selfcheck.model import Round, assign, check_scores, evaluate
from tests.engine.scene import at, scored
from tests.engine.small import MODULES

ANN, BEN, CAT, DAN = (PersonKey(name) for name in ("ann", "ben", "cat", "dan"))
KEY = CampaignKey("small-campaign")
TWO = Round(1, {ANN: ("goal", "theme"), BEN: ("goal",)}, at("13"), at("13", 18), None, None, ())


def chosen(
    people: Iterable[tuple[PersonKey, bool]],
    *,
    at_least: int = 2,
    excluded: Iterable[PersonKey] = (),
    authors: dict[str, set[PersonKey]] | None = None,
) -> dict[PersonKey, tuple[str, ...]]:
    wrote = {module: frozenset((authors or {}).get(module, set())) for module in ("goal", "theme")}
    return assign(people, at_least=at_least, excluded=frozenset(excluded), authors=wrote)


def test_those_the_level_names_come_first_and_others_fill_up() -> None:
    assert list(chosen([(ANN, False), (BEN, True), (CAT, False), (DAN, False)])) == [BEN, ANN]
    assert list(chosen([(ANN, True), (BEN, True), (CAT, True)])) == [ANN, BEN, CAT]


def test_somebody_who_heads_two_departments_is_named_when_one_of_them_is() -> None:
    assert list(chosen([(BEN, False), (ANN, True), (ANN, False)], at_least=1)) == [ANN]


def test_nobody_scores_what_they_wrote() -> None:
    assert chosen([(ANN, True), (BEN, True)], authors={"theme": {ANN}}) == {ANN: ("goal",), BEN: ("goal", "theme")}


def test_who_wrote_the_whole_plan_scores_nothing() -> None:
    assert chosen([(ANN, True), (BEN, True), (CAT, False)], excluded=[ANN]) == {BEN: ("goal", "theme"), CAT: ("goal", "theme")}  # fmt: skip
    assert chosen([(ANN, True), (BEN, True)], authors={"goal": {ANN}, "theme": {ANN}}) == {BEN: ("goal", "theme")}


def test_a_module_that_all_chosen_wrote_gets_one_more_reviewer() -> None:
    people = [(ANN, False), (BEN, False), (CAT, False)]
    assert chosen(people, at_least=1, authors={"theme": {ANN, BEN}}) == {ANN: ("goal",), CAT: ("goal", "theme")}


def test_the_mean_of_a_module_counts_each_reviewer_once_and_the_total_is_their_sum() -> None:
    verdict = evaluate([scored(1, {"goal": (8, 7, 6), "theme": (5, 6)})], ("goal", "theme"))
    assert verdict.means == {"goal": Decimal(7), "theme": Decimal("5.5")}
    assert (verdict.total, verdict.weak, verdict.passed) == (Decimal("12.5"), ("theme",), False)


def test_a_module_nobody_scored_is_weak() -> None:
    assert evaluate([scored(1, {"goal": (10,)})], ("goal", "theme")).weak == ("theme",)


@pytest.mark.parametrize(("last", "passes"), [((7,) * 10, False), ((*(7,) * 9, 8), True)])
def test_seventy_is_not_enough_and_a_tenth_more_is(last: tuple[int, ...], passes: bool) -> None:
    points = dict.fromkeys(MODULES, (7,) * 10) | {"goal": last}
    assert evaluate([scored(1, points)], MODULES).passed is passes


def test_means_are_exact() -> None:
    """Three reviewers, thirds: 9 x 7 + 7 1/3 is above seventy, whatever a float would say."""
    points = dict.fromkeys(MODULES, (7, 7, 7)) | {"goal": (7, 7, 8)}
    assert evaluate([scored(1, points)], MODULES).passed


@pytest.mark.parametrize(
    ("current", "by", "points", "error", "why"),
    [
        (None, ANN, {"goal": 7}, NotFound, "open for scoring"),
        (scored(1, {"goal": (7,)}, closed=True), PersonKey("reviewer-0"), {"goal": 7}, NotFound, "open for scoring"),
        (TWO, CAT, {"goal": 7}, Refused, "reviewers are ann, ben"),
        (TWO, BEN, {"goal": 7, "theme": 7}, BadInput, "not theirs: theme"),
        (TWO, ANN, {"goal": 7}, BadInput, "missing: theme"),
        (TWO, BEN, {"goal": 11}, BadInput, "from 0 to 10"),
        (TWO, BEN, {"goal": -1}, BadInput, "from 0 to 10"),
        (scored(1, {"goal": (7,)}), PersonKey("reviewer-0"), {"goal": 8}, Conflict, "once a round"),
    ],
)
def test_scores_that_are_not_owed_are_refused_by_name(
    current: Round | None, by: PersonKey, points: dict[str, int], error: type[Exception], why: str
) -> None:
    with pytest.raises(error, match=why):
        check_scores(current, KEY, by=by, points=points)


def test_the_ends_of_the_scale_count() -> None:
    assert check_scores(TWO, KEY, by=ANN, points={"goal": 0, "theme": 10}) is TWO
