"""What the papers of a campaign may say of its figures: pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from opsflow.metrics.activity.model import Retention
from opsflow.metrics.forecasts.model import Forecast
from opsflow.metrics.model import TalkingPoint
from opsflow.metrics.pace import Progress


@dataclass(frozen=True, slots=True)
class Measured:
    """A campaign's figures at an instant. Nothing in it: none were looked up, or there are none."""

    progress: Mapping[str, Progress] = field(default_factory=dict)
    """Where each KPI stands, by its id."""
    results: Mapping[str, Decimal] = field(default_factory=dict)
    """What each came to over the whole live time; one of which a live day was not measured is not among them."""
    forecasts: Mapping[str, Forecast] = field(default_factory=dict)
    """Those that were kept before the launch, by KPI."""
    points: tuple[TalkingPoint, ...] = ()
    """What spreads, in the order in which it was said."""
    retention: Retention | None = None
    """None: no activity is known, or nobody asked for it."""
