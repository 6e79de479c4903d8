"""What is said of a proposal: how it stands against the version in use, and every reason it may be refused for."""

from collections.abc import Sequence
from dataclasses import dataclass

from opsflow.kernel.errors import BadInput, Conflict, Refused
from opsflow.kernel.terms import PersonKey
from opsflow.sop.changes.diff import Difference, needs_sponsor
from opsflow.sop.changes.model import Proposal, ProposalStatus, Seat


@dataclass(frozen=True, slots=True)
class Shown:
    """A proposal with what it changes."""

    proposal: Proposal
    differences: tuple[Difference, ...]
    unified: str
    newest: int
    """The SOP's newest version."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an agreement has led to."""

    proposal: int
    version: int | None
    """The version that was written; None: others have to agree first."""
    waits_for: tuple[Seat, ...]


SEATS = {Seat.COORDINATION: "the coordination post", Seat.SPONSOR: "the sponsor"}


def seats_of(differences: Sequence[Difference]) -> tuple[Seat, ...]:
    """Who must agree, besides whoever wrote the change."""
    return (Seat.COORDINATION, Seat.SPONSOR) if needs_sponsor(differences) else (Seat.COORDINATION,)


def check_undecided(proposal: Proposal) -> None:
    """Refuse what was decided. Conflict: it was accepted or rejected."""
    if proposal.over:
        raise Decided(proposal)


def check_agreement(proposal: Proposal, seat: Seat, seats: Sequence[Seat], *, by: PersonKey) -> None:
    """Whether somebody may agree in a seat; the same answer for every door."""
    if proposal.changed_by == by:
        raise OwnChange(proposal, by)
    if seat not in seats:
        raise Refused(
            f"Proposal {proposal.number} needs no agreement of {SEATS[seat]}: it changes no approval, gate or "
            "self-check. The coordination post accepts it."
        )
    given = {each.seat: each.person for each in proposal.agreements}
    if by in given.values() and given.get(seat) != by:
        raise Refused(
            f"{by} has agreed to proposal {proposal.number} already; the second agreement is another person's."
        )
    if seat in given and set(given) != set(seats):
        rest = " and ".join(SEATS[each] for each in seats if each not in given)
        raise Conflict(f"{given[seat]} has agreed to proposal {proposal.number} already; it waits for {rest}.")


class Decided(Conflict):
    """A proposal is decided once."""

    def __init__(self, proposal: Proposal) -> None:
        what = (
            f"version {proposal.version} came of it"
            if proposal.status is ProposalStatus.ACCEPTED
            else "it made no version"
        )
        super().__init__(
            f"Proposal {proposal.number} was {proposal.status} by {proposal.decided_by} already; {what}. Make a new one."
        )


class OwnChange(Refused):
    """Nobody accepts what they wrote."""

    def __init__(self, proposal: Proposal, by: PersonKey) -> None:
        super().__init__(
            f"{by} wrote the change of proposal {proposal.number} and cannot accept it; somebody else does."
        )


class NoChange(Refused):
    """A reason without an edited file cannot be accepted."""

    def __init__(self, proposal: Proposal) -> None:
        super().__init__(
            f"Proposal {proposal.number} says why, not yet what: copy v{proposal.base}.yaml of {proposal.sop}, edit the copy, "
            f"and hand it in with `opsflow sop propose --of {proposal.number} --file COPY`."
        )


class BaseMoved(Refused):
    """Another version came meanwhile."""

    def __init__(self, proposal: Proposal, newest: int) -> None:
        super().__init__(
            f"Proposal {proposal.number} changes version {proposal.base} of {proposal.sop}, and version {newest} has come since: "
            f"accepting it would undo that one. Edit a copy of v{newest}.yaml and hand it in with `opsflow sop propose --of "
            f"{proposal.number} --file COPY`."
        )


class ChangesNothing(BadInput):
    """An edited file that says what the version in use says."""

    def __init__(self, name: str, base: int) -> None:
        super().__init__(
            f"The file says the same as version {base} of {name}: there is nothing to propose. Edit it first."
        )


class WrongFile(BadInput):
    """The file is of another SOP, or of another version than the newest."""

    def __init__(self, name: str, newest: int, found: str) -> None:
        super().__init__(
            f"The file says {found}, and the newest version is {name} v{newest}. Edit a copy of that one; its number may stay."
        )
