"""What became of a campaign's prizes, for its documents."""

from opsflow.documents.outcomes import DrawFacts, PrizesFacts
from opsflow.engine.dossier.words import Words
from opsflow.prizes.settling.model import Settled


def prizes_facts(words: Words) -> PrizesFacts | None:
    """Draws, their prizes and the money, counted; None: the campaign gives nothing out through opsflow."""
    found = words.snapshot.prizes
    if found is None:
        return None
    every = [given for draw in found.draws for given in draw.given]
    return {
        "draws": [_draw(words, draw) for draw in found.draws],
        "won": sum(given.won for given in every),
        "paid": sum(given.paid for given in every),
        "unclaimed": sum(given.unclaimed for given in every),
        "unpaid": found.unpaid,
        "lapsed": sum(given.lapsed for given in every),
        "differences": found.differences,
        "cap": found.cap.decimal if found.cap else None,
        "spent": found.paid.decimal if found.paid else None,
        "reserved": found.reserved.decimal if found.reserved else None,
    }


def _draw(words: Words, draw: Settled) -> DrawFacts:
    return {
        "id": draw.id,
        "title": words.say(draw.title),
        "form": draw.form,
        "form_title": words.title(words.labels.draw_form, draw.form),
        "entrants": draw.entrants,
        "refused": draw.refused,
        "commitment": draw.commitment,
        "number": draw.number,
        "number_source": words.maybe(draw.number_source),
        "drawn_at": words.maybe_local(draw.drawn_at),
        "given": [
            {
                "title": words.say(given.prize),
                "won": given.won,
                "unclaimed": given.unclaimed,
                "paid": given.paid,
                "lapsed": given.lapsed,
            }
            for given in draw.given
        ],
    }
