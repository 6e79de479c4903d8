"""`opsflow score`: a reviewer's points of the self-check."""

import re
from collections.abc import Sequence
from typing import Annotated

import typer

from opsflow.cli.acting import MOVES_NEXT, ByOption, CampaignArgument, acting_context, person
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import CampaignKey

_GIVEN = re.compile(r"([a-z_]+)=(\d{1,3})")


def score(
    campaign: CampaignArgument,
    points: Annotated[
        list[str], typer.Argument(help="Points from 0 to 10 for each module.", metavar="MODULE=POINTS...")
    ],
    by: ByOption = None,
) -> None:
    """Score the modules of the self-check that are yours, all at once; `opsflow status` says who is asked.

    Example: opsflow score double-eleven-2026 --by deng-rui goal=8 timing=7 metrics=9
    """
    who, given = person(by), _points(points)
    with acting_context() as ctx:
        from opsflow.selfcheck.service import score as record  # SQLAlchemy takes 0.3 s to import

        record(ctx, CampaignKey(campaign), by=who, points=given)
    print(f"{who} has scored {len(given)} modules. {MOVES_NEXT}")


def _points(written: Sequence[str]) -> dict[str, int]:
    """Module -> points. BadInput names everything that is not `module=points`, or is there twice."""
    found = {text: _GIVEN.fullmatch(text) for text in written}
    wrong = [text for text, match in found.items() if match is None]
    modules = [match[1] for match in found.values() if match]
    wrong += [f"{module} twice" for module in dict.fromkeys(modules) if modules.count(module) > 1]
    if wrong or len(found) < len(written):
        raise BadInput(
            f"Write each module once, with its points, such as goal=8; found: {', '.join(wrong or written)}."
        )
    return {match[1]: int(match[2]) for match in found.values() if match}
