"""Draws in a rehearsal that name a round of drand: it is the rehearsal's own, for the real one is not there yet."""

from opsflow.campaigns.files import Loaded
from opsflow.prizes.draws.beacon import CHAINS
from tests.campaigns.planning import organisation
from tests.engine import small
from tests.prizes.drawing import LOTTERY, PRIZES, SOURCE
from tests.rehearsal.abused import SMALL, played


def test_a_rehearsal_draws_by_a_round_without_asking_anybody() -> None:
    prizes = {"prizes": PRIZES, "draws": [LOTTERY | {"drand": "quicknet"}], "prize_terms": {"number_source": SOURCE}}
    file = small.file(key=SMALL["C"], level="C", **prizes)
    done = played(SMALL["C"], 3, loaded=Loaded(file, organisation(), small.sop()))
    (drawn,) = [each for each in done.rehearsed.record.entries if each.action == "draw.drawn"]
    assert (drawn.data["chain"], drawn.data["told_by"]) == (CHAINS["quicknet"].hash, ["one", "another"])
    assert drawn.data["winners"] == 2
