"""A bench holds each figure against its bar."""

import pytest

from tests.bench.table import Row, render


@pytest.mark.parametrize(("figure", "ok"), [(30.0, True), (30.1, False)])
def test_a_figure_above_limit_times_bar_is_not_ok(figure: float, ok: bool) -> None:
    row = Row("opsflow --version", figure, 10, 3, "ms")
    assert row.ok is ok


def test_the_table_shows_case_figure_limit_bar_and_verdict() -> None:
    assert render("P6", [Row("a", 31, 10, 3, "ms"), Row("longer", 2, 1, 2, "ms")]).splitlines() == [
        "P6",
        "case    figure   limit    bar  ok",
        "---------------------------------",
        "a       31.0 ms  10.0 ms  3x   NO",
        "longer  2.0 ms   1.0 ms   2x   yes",
    ]
