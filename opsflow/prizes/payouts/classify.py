"""What an answer of a provider makes of a payout: success, definite refusal, or unknown. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from opsflow.kernel.paying import Accepted, Declined, FoundPayout, PayoutOutcome, Pending, Terms, Unclear, Unsent
from opsflow.prizes.payouts.model import Claimed, PayoutStatus, Ruled, is_key_alive, pause

NO_OUTCOME = Unclear("the provider's answer does not speak of it")


def after_sending(
    claimed: Sequence[Claimed], outcomes: Mapping[str, PayoutOutcome], *, terms: Terms, now: datetime
) -> Iterator[Ruled]:
    """What becomes of each payout that was sent. Nothing but a whole, matching answer is success."""
    doubled = _doubled(outcomes.values())
    for one in claimed:
        match outcomes.get(one.key, NO_OUTCOME):
            case Accepted() as answer:
                fault = _fault(one, answer, doubled)
                yield _paid(one, answer) if fault is None else _unknown(one, fault, "mismatch", terms, now)
            case Declined(code, reason):
                yield Ruled(one.id, PayoutStatus.REFUSED, f"{code}: {reason}", "declined")
            case Unclear(reason):
                yield _unknown(one, reason, "unclear", terms, now)
            case Unsent(reason, retry_after):
                again = now + (retry_after or pause(one.attempts))
                yield Ruled(one.id, PayoutStatus.PLANNED, reason, "unsent", again, surely_unsent=True)


def after_looking(
    claimed: Sequence[Claimed], found: Mapping[str, FoundPayout], *, terms: Terms, now: datetime
) -> Iterator[Ruled]:
    """What becomes of each unknown payout that the provider was asked about."""
    doubled = _doubled(found.values())
    for one in claimed:
        match found.get(one.key):
            case Accepted() as answer:
                fault = _fault(one, answer, doubled)
                yield _paid(one, answer) if fault is None else _human(one, fault)
            case Declined(code, reason):
                yield Ruled(one.id, PayoutStatus.REFUSED, f"{code}: {reason}", "declined")
            case Pending(reason):
                later = now + max(terms.settles_within, pause(one.attempts))
                yield Ruled(one.id, PayoutStatus.UNKNOWN, reason, "pending", later)
            case None:
                yield _absent(one, "the provider has never heard of it", terms, now)


def without_looking(claimed: Sequence[Claimed], *, terms: Terms, now: datetime) -> Iterator[Ruled]:
    """The same, of a provider that cannot be asked: the same key again while it lives, else people decide."""
    for one in claimed:
        yield _absent(one, "the provider cannot be asked", terms, now)


def unanswered(claimed: Sequence[Claimed], reason: str, *, now: datetime) -> Iterator[Ruled]:
    """The same, when the provider did not answer the question."""
    for one in claimed:
        yield Ruled(one.id, PayoutStatus.UNKNOWN, reason, "unanswered", now + pause(one.attempts))


def _absent(one: Claimed, why: str, terms: Terms, now: datetime) -> Ruled:
    if terms.key_ttl is not None and is_key_alive(terms, one.first_sent_at, now):
        return Ruled(one.id, PayoutStatus.PLANNED, f"{why}; sent again under the same key", "absent", now)
    dead = "its key is no longer known there" if terms.key_ttl is not None else "it knows no keys"
    return _human(one, f"{why}, and {dead}")


def _human(one: Claimed, why: str) -> Ruled:
    return Ruled(one.id, PayoutStatus.NEEDS_HUMAN, why, "needs_human")


def _unknown(one: Claimed, why: str, outcome: str, terms: Terms, now: datetime) -> Ruled:
    return Ruled(one.id, PayoutStatus.UNKNOWN, why, outcome, now + terms.settles_within)


def _paid(one: Claimed, answer: Accepted) -> Ruled:
    return Ruled(one.id, PayoutStatus.PAID, "", "paid", reference=answer.reference)


def _fault(one: Claimed, answer: Accepted, doubled: frozenset[str]) -> str | None:
    """Why an answer that says "paid" does not prove it."""
    if not answer.reference:
        return "the provider says paid, without a reference"
    if (answer.units, answer.currency) != (one.units, one.currency):
        return (
            f"the provider says {answer.currency} {answer.units} minor units, asked for were {one.currency} {one.units}"
        )
    if answer.reference in doubled:
        return f"the provider gives the reference {answer.reference} to several"
    return None


def _doubled(answers: Iterable[object]) -> frozenset[str]:
    counts = Counter(answer.reference for answer in answers if isinstance(answer, Accepted))
    return frozenset(reference for reference, count in counts.items() if count > 1)
