"""A finished list of winners, some rows at a time: who is on it is an entrant, and what cannot be taken has its reason."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from opsflow.campaigns.drawrules import DrawRule
from opsflow.campaigns.model import CampaignFile
from opsflow.kernel.rowfile import Row
from opsflow.participants.rows import ALIASES
from opsflow.prizes.draws.entering import CAP
from opsflow.prizes.draws.model import Entrant

WHO = tuple(name for column in ("account", "email", "phone") for name in (column, *ALIASES[column]))
"""Columns that say who: id, account, e-mail address or telephone number, whatever the column is called; the first that is filled counts."""
PRIZE = ("prize", "奖品", "prize_id", "奖品名称")
Refuse = Callable[[int, str], None]
"""Takes the line of a row and why it is not taken."""
Find = Callable[[Collection[str]], Mapping[str, str]]
"""Participants' ids by what they are called here, without those who are nobody."""
Among = Callable[[Collection[str]], Collection[str]]
"""Those of some participants who are written down already."""


@dataclass(slots=True)
class Listing:
    """Reads the list of one draw; it knows how many of each prize are left."""

    rule: DrawRule
    names: Mapping[str, str]
    """Prizes of the draw, by id and by title, as somebody may write them."""
    blocked: Collection[str]
    """Who is on the blocklist."""
    capped: Mapping[str, Collection[str]]
    """Who has won in earlier draws as much as one person may, by the prize that they would get."""
    left: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.left = {share.prize: share.quantity for share in self.rule.prizes}

    def entrants(self, rows: Sequence[Row], refuse: Refuse, *, find: Find, written: Among) -> list[Entrant]:
        """Those of these rows who have won, by id."""
        said = {row.line: (_first(row, WHO), self.names.get(_first(row, PRIZE).casefold())) for row in rows}
        people = find({who for who, _ in said.values() if who})
        there = set(written(set(people.values())))
        found: dict[str, Entrant] = {}
        for row in rows:
            who, prize = said[row.line]
            person = people.get(who, "")
            why = row.fault or self._why_not(who, person, prize, there)
            if why or prize is None:
                refuse(row.line, why)
                continue
            there.add(person)
            self.left[prize] -= 1
            found[person] = Entrant(person, 1, 0, None, None, listed=prize)
        return [found[person] for person in sorted(found)]

    def _why_not(self, who: str, person: str, prize: str | None, there: Collection[str]) -> str:
        if not who:
            return "a winner has an account, an e-mail address or a telephone number"
        if not person:
            return "nobody who takes part is found by that: import participants first"
        if prize is None:
            return f"a winner has a prize of this draw: {', '.join(self.left)}, or its title"
        if person in there:
            return f"{person} stands in the list already: one person wins once in a draw"
        if person in self.blocked:
            return f"{person} is on the blocklist: `opsflow participants unblock` takes off who stands there wrongly"
        if person in self.capped[prize]:
            return f"{person} {CAP}: see `per_person` and `physical_per_person` in `prize_terms`"
        if not self.left[prize]:
            return f"the draw gives out no more of `{prize}`"
        return ""


def listing(
    file: CampaignFile,
    rule: DrawRule,
    *,
    blocked: Collection[str],
    capped: Collection[str],
    capped_physical: Collection[str],
) -> Listing:
    """What reads the list of a draw of that campaign file. `capped_physical`: who has won enough to get no physical prize."""
    shares = {share.prize for share in rule.prizes}
    prizes = [prize for prize in file.prizes if prize.id in shares]
    titles = {text.casefold(): prize.id for prize in prizes for text in (prize.title.en, prize.title.zh)}
    by_prize = {prize.id: capped_physical if prize.kind == "physical" else capped for prize in prizes}
    return Listing(rule, titles | {prize.id.casefold(): prize.id for prize in prizes}, blocked, by_prize)


def _first(row: Row, columns: Sequence[str]) -> str:
    return next((row.values[name] for name in columns if name in row.values), "")
