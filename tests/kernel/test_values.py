"""What may be stored as JSON, and how."""

from datetime import UTC, date, datetime

import pytest

from opsflow.kernel.text import Text
from opsflow.kernel.values import Value, record, to_json


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (Text("plan", "方案"), {"en": "plan", "zh": "方案"}),
        (datetime(2026, 8, 3, 1, tzinfo=UTC), "2026-08-03T01:00:00+00:00"),
        (date(2026, 8, 3), "2026-08-03"),
        ([Text.both("a"), 1, None, True], [{"en": "a", "zh": "a"}, 1, None, True]),
        ({"x": (1.5, "y")}, {"x": [1.5, "y"]}),
    ],
)
def test_values_become_plain_json(value: Value, stored: object) -> None:
    assert to_json(value) == stored
    assert record({"value": value}) == {"value": stored}


def test_a_naive_instant_is_not_kept() -> None:
    """F20: local time stored as UTC."""
    with pytest.raises(ValueError, match="naive"):
        to_json(datetime(2026, 8, 3, 1))  # noqa: DTZ001  the offence itself
