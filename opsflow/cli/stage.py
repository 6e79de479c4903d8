"""`opsflow stage`: what people do with a stage: look at it, approve or reject, decide go-live, record its meetings."""

from pathlib import Path
from typing import Annotated

import typer

from opsflow.approvals.model import ApprovalStatus, Verdict
from opsflow.cli import stagetext
from opsflow.cli.acting import MOVES_NEXT, ByOption, CampaignArgument, acting_context, counted, person, words
from opsflow.cli.acting import show as out
from opsflow.kernel.errors import BadInput
from opsflow.kernel.terms import CampaignKey, Language, Stage
from opsflow.kernel.text import Text
from opsflow.kernel.yamlfile import text_of
from opsflow.stages import minutesform
from opsflow.stages.model import MinuteKind

stage = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

StageArgument = Annotated[Stage, typer.Argument(help="The stage.", metavar="STAGE")]
MeetingArgument = Annotated[str, typer.Argument(help="The meeting's id, such as decision.", metavar="MEETING")]
SubjectOption = Annotated[
    str | None, typer.Option(help="What is voted on, such as plan.", metavar="NAME", show_default="what you are asked")
]


@stage.command()
def show(campaign: CampaignArgument, stage: StageArgument) -> None:
    """Show a stage: what comes next, its gate, tasks, votes, scores, and what was said in its meetings.

    Example: opsflow stage show double-eleven-2026 coordination
    """
    with acting_context() as ctx:
        # SQLAlchemy takes 0.3 s to import, which `--help` need not wait for; below as well.
        from opsflow.engine.overview import one_stage

        detail = one_stage(ctx, CampaignKey(campaign), stage)
    out(stagetext.stage_text(detail))


@stage.command()
def approve(
    campaign: CampaignArgument, stage: StageArgument, by: ByOption = None, subject: SubjectOption = None
) -> None:
    """Approve what a stage has put to your vote.

    Example: opsflow stage approve double-eleven-2026 coordination --by zhou-mingyuan
    """
    _vote(campaign, stage, by, subject, Verdict.APPROVE, None)


@stage.command()
def reject(
    campaign: CampaignArgument,
    stage: StageArgument,
    reason: Annotated[str, typer.Option(help="What has to change.", metavar="TEXT")],
    by: ByOption = None,
    subject: SubjectOption = None,
) -> None:
    """Reject what a stage has put to your vote; its author is told why, and does it anew.

    Example: opsflow stage reject double-eleven-2026 coordination --by su-wen --reason "The rules name no cap"
    """
    _vote(campaign, stage, by, subject, Verdict.REJECT, words(reason, "--reason"))


def _vote(
    campaign: str, stage: Stage, by: str | None, subject: str | None, verdict: Verdict, reason: Text | None
) -> None:
    who = person(by)
    with acting_context() as ctx:
        # SQLAlchemy, as above.
        from opsflow.approvals.service import vote
        from opsflow.engine.overview import asked_of

        approval = asked_of(ctx, CampaignKey(campaign), stage, by=who, subject=subject)
        status = vote(ctx, approval, by=who, verdict=verdict, reason=reason)
    print(f"{who}: {verdict} on {approval}; it is {status} now.", end="")
    print(f" {MOVES_NEXT}" if status is not ApprovalStatus.OPEN else " Others have not voted yet.")


@stage.command()
def override(
    campaign: CampaignArgument,
    stage: StageArgument,
    fact: Annotated[str, typer.Argument(help="The condition's name in `stage show`.", metavar="FACT")],
    reason: Annotated[str, typer.Option(help="Why it may pass.", metavar="TEXT")],
    by: ByOption = None,
) -> None:
    """Let a condition of a gate pass though it does not hold; everybody concerned is told, and documents show it.

    For the sponsor, and never for one's own work. The self-check, approvals, the decision
    meeting, go-live and the launch are not let pass.

    Example: opsflow stage override double-eleven-2026 coordination capacity_answered --by zhou-mingyuan --reason "By phone"
    """
    who, why = person(by), words(reason, "--reason")
    with acting_context() as ctx:
        from opsflow.engine.waive import override as let_pass  # SQLAlchemy, as above

        assert why is not None  # an option that must be given
        dropped = let_pass(ctx, CampaignKey(campaign), stage, fact, by=who, reason=why)
    without = f" Not needed any more: {', '.join(dropped)}." if dropped else ""
    print(f"{fact} of {stage} is let pass.{without} {MOVES_NEXT}")


@stage.command(name="go-live")
def go_live(
    campaign: CampaignArgument,
    by: ByOption = None,
    hold: Annotated[bool, typer.Option("--hold", help="Hold it instead.")] = False,
    reason: Annotated[str | None, typer.Option(help="Why; a hold needs one.", metavar="TEXT")] = None,
) -> None:
    """Let a campaign go live, or hold it. The sponsor decides where the level has one (S, A), else the first approver.

    What is held until its live window is over cannot go live any more: `opsflow replan` gives it another launch day.

    Example: opsflow stage go-live double-eleven-2026 --by zhou-mingyuan
    """
    who, why = person(by), words(reason, "--reason")
    with acting_context() as ctx:
        from opsflow.stages.meetings import decide_go_live  # SQLAlchemy, as above

        decide_go_live(ctx, CampaignKey(campaign), by=who, go=not hold, reason=why)
    print(f"{campaign} {'is on hold' if hold else 'may go live'}. {MOVES_NEXT}")


@stage.command()
def form(
    campaign: CampaignArgument,
    meeting: MeetingArgument,
    language: Annotated[
        Language | None, typer.Option(help="Language of the headings.", show_default="the organisation's")
    ] = None,
) -> None:
    """Print a meeting's form for its minutes, with who is invited; `record-meeting` reads it.

    Example: opsflow stage form double-eleven-2026 decision > decision.md
    """
    with acting_context() as ctx:
        from opsflow.engine.overview import invitation  # SQLAlchemy, as above

        found = invitation(ctx, CampaignKey(campaign), meeting)
    organisation = found.campaign.organisation
    in_words = language or organisation.language
    title = f"{found.title[in_words]} · {found.campaign.title[in_words]}"
    print(minutesform.blank(found.id, title, found.invited, organisation, in_words), end="")


@stage.command(name="record-meeting")
def record_meeting(
    campaign: CampaignArgument,
    meeting: MeetingArgument,
    file: Annotated[Path, typer.Argument(help="The minutes, in the form of `stage form`.", metavar="FILE")],
    by: ByOption = None,
) -> None:
    """Record that a meeting was held, with its minutes; what follows it may begin.

    Every line that is not clear is named with its number, and nothing is recorded then.

    Example: opsflow stage record-meeting double-eleven-2026 decision decision.md --by lin-yue
    """
    who, text = person(by), text_of(file)
    with acting_context() as ctx:
        # SQLAlchemy, as above.
        from opsflow.engine.overview import invitation
        from opsflow.stages.meetings import record_meeting as record

        key = CampaignKey(campaign)
        found = invitation(ctx, key, meeting)
        read = minutesform.read(text, found.campaign.organisation, file=str(file))
        record(
            ctx, key, meeting, by=who, attendees=read.attendees, minutes=read.minutes, outcome=read.outcome
        )  # fmt: skip
    held = f"{counted(len(read.attendees), 'person', 'people')}, {counted(len(read.minutes), 'line')}"
    print(f"{meeting} of {campaign} is recorded: {held}. {MOVES_NEXT}")


@stage.command()
def answer(
    campaign: CampaignArgument,
    meeting: MeetingArgument,
    place: Annotated[int, typer.Argument(help="Its number in `stage show`.", min=1, metavar="NUMBER")],
    by: ByOption = None,
    reply: Annotated[str | None, typer.Option(help="What you say to it.", metavar="TEXT")] = None,
    declined: Annotated[bool, typer.Option("--declined", help="An opinion that is not taken up.")] = False,
) -> None:
    """Answer a question of a meeting, or say what became of an opinion (taken up, unless it is declined).

    Example: opsflow stage answer double-eleven-2026 coordination 3 --reply "Finance pays" --by wu-min
    """
    who, said, key = person(by), words(reply, "--reply"), CampaignKey(campaign)
    with acting_context() as ctx:
        # SQLAlchemy, as above.
        from opsflow.engine.overview import minute_at
        from opsflow.stages.meetings import answer_opinions, answer_question

        if minute_at(ctx, key, meeting, place - 1).kind is MinuteKind.OPINION:
            answer_opinions(ctx, key, meeting, by=who, answers={place - 1: (not declined, said)})
        elif said is None or declined:
            raise BadInput("A question is answered with --reply, and cannot be declined.")
        else:
            answer_question(ctx, key, meeting, place - 1, by=who, answer=said)
    print(f"Line {place} of {meeting} is answered.")
