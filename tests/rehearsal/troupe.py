"""The samples as they are rehearsed, for the tests of this folder."""

from functools import cache

from opsflow.campaigns.files import Loaded, load
from opsflow.campaigns.plan import Plan
from opsflow.rehearsal.cast import Cast, make_cast
from opsflow.rehearsal.stagecraft import natural_plan
from opsflow.rehearsal.voices import load_voices
from opsflow.settings import SHIPPED

SAMPLES = SHIPPED / "samples" / "campaigns"
S, A, B, C = "double-eleven-2026", "spring-game-2027", "learning-challenge-2026", "member-day-2026"


@cache
def loaded(sample: str) -> Loaded:
    return load(SAMPLES / f"{sample}.yaml", (SHIPPED,))


@cache
def planned(sample: str) -> Plan:
    plan = natural_plan(loaded(sample))
    assert isinstance(plan, Plan)
    return plan


def cast_of(sample: str, seed: int = 11) -> Cast:
    return make_cast(loaded(sample), planned(sample), load_voices((SHIPPED,)), seed=seed)
