"""The page of a survey: by a link of one's own, without script, on a telephone; one answer, which is never shown again."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from opsflow.campaigns.surveyfile import LONGEST_WORDS, Question
from opsflow.feedback.surveys import service
from opsflow.feedback.surveys.model import Mistake
from opsflow.feedback.surveys.service import Asked, EmptyAnswer
from opsflow.kernel.terms import Language
from opsflow.web.pages import Place
from opsflow.web.routing import LargeForm, Visited, place_of, sent_by_our_page

router = APIRouter()
NOTHING: Mapping[str, Sequence[str]] = {}


@router.get("/surveys/{token}")
def ask(request: Request, ctx: Visited, token: str) -> Response:
    """The questions, or thanks to whoever has answered. That the page was opened is noted."""
    found = service.read_survey(ctx, token)
    return HTMLResponse(_page(found, place_of(request, ctx)))


@router.head("/surveys/{token}")
@router.head("/surveys/{token}/done")
def look(ctx: Visited, token: str) -> Response:
    """Whether there is something: programs that look at links have not opened the page."""
    service.read_survey(ctx, token, notes=False)
    return HTMLResponse("")


@router.post("/surveys/{token}", dependencies=[Depends(sent_by_our_page)])
def act(request: Request, ctx: Visited, token: str, form: LargeForm) -> Response:
    """Take the answer down, or say what is wrong with it; what was filled in stays."""
    place = place_of(request, ctx)
    try:
        read = service.answer(ctx, token, form)
    except EmptyAnswer:
        found = service.read_survey(ctx, token)
        return HTMLResponse(_page(found, place, form, empty=True), 422)
    if read.mistakes:
        found = service.read_survey(ctx, token)
        return HTMLResponse(_page(found, place, form, read.mistakes), 422)
    return RedirectResponse(f"{place.root}/surveys/{token}/done?language={place.language}", 303)


@router.get("/surveys/{token}/done")
def done(request: Request, ctx: Visited, token: str) -> Response:
    """Thanks, once it was answered; until then the questions."""
    return HTMLResponse(_page(service.read_survey(ctx, token), place_of(request, ctx)))


def _page(
    found: Asked,
    place: Place,
    given: Mapping[str, Sequence[str]] = NOTHING,
    mistakes: Mapping[str, Mistake] = {},
    *,
    empty: bool = False,
) -> str:
    language, campaign, survey = place.language, found.campaign, found.survey.survey
    facts: dict[str, Any] = {
        "thanks": found.invitation.answered_at is not None,
        "campaign_title": campaign.file.theme.title[language],
        "organisation": campaign.organisation.name[language],
        "title": survey.title[language],
        "introduction": survey.introduction[language] if survey.introduction else "",
        "thanked": survey.thanks[language] if survey.thanks else "",
        "until": found.survey.closes_at.astimezone(campaign.zone),
        "empty": empty,
        "mistakes": len(mistakes),
        "questions": [
            _question(question, language, given.get(question.id, ()), mistakes.get(question.id, ""))
            for question in survey.questions
        ],
    }
    return place.fill("survey.html.j2", facts)


def _question(question: Question, language: Language, given: Sequence[str], mistake: str) -> dict[str, Any]:
    titles = {option.id: option.title[language] for option in question.options}
    return {
        "id": question.id,
        "kind": question.kind,
        "title": question.title[language],
        "required": question.required,
        "many": question.many,
        "options": [
            {"value": value, "title": titles.get(value, value), "given": value in given} for value in question.choices
        ],
        "longest": LONGEST_WORDS,
        "words": given[0][:LONGEST_WORDS] if given and question.kind == "text" else "",
        "mistake": mistake,
    }
