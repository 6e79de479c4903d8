"""What a campaign under way is planned anew for, and its file with the dates that move. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from opsflow.campaigns.copying import answered
from opsflow.campaigns.launchmove import Move
from opsflow.campaigns.livetimes import window_of
from opsflow.campaigns.mentions import mentions, read
from opsflow.campaigns.model import CampaignFile, Live
from opsflow.kernel.errors import BadInput, Conflict, Refused
from opsflow.kernel.filemodel import FileModel
from opsflow.kernel.terms import TaskCode
from opsflow.kernel.text import Text
from opsflow.kernel.zoned import resolve

MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Slip:
    """Somebody says when a task will be finished."""

    task: TaskCode
    due: date


@dataclass(frozen=True, slots=True)
class Change:
    """What moves first; what is None stays. With nothing at all: the rest is laid from what has happened."""

    launch: date | None = None
    """The new launch day: the whole live window moves with it."""
    last_day: date | None = None
    """The new last live day: the launch stays."""
    sooner: bool = False
    """With a last day: it is to be sooner than until now; else later."""
    slips: tuple[Slip, ...] = ()


@dataclass(frozen=True, slots=True)
class NewWords:
    """A text of the campaign file that names a date which moves."""

    place: str
    before: Text
    after: Text


@dataclass(frozen=True, slots=True)
class OldWords:
    """What may be an old date or year in a text of the campaign file, is not understood as a whole, and stays."""

    place: str
    words: str


@dataclass(frozen=True, slots=True)
class Said:
    """The texts of a campaign file in the light of a move."""

    new: tuple[NewWords, ...] = ()
    old: tuple[OldWords, ...] = ()


def moved_file(
    file: CampaignFile, change: Change, *, now: datetime, launched: bool = True
) -> tuple[CampaignFile, Said]:
    """The campaign file as it is after a change, and what that does to its texts.

    `launched`: what the file says of its live time has happened as far as it is past; a campaign on hold has lived none of it.
    Conflict: the launch, or the end, is past. BadInput: it is there already, or the window would be empty.
    """
    moved = (file, Said())
    if change.launch is not None:
        moved = _other_launch(file, change.launch, now, launched=launched)
    if change.last_day is not None:
        moved = _other_end(moved[0], change.last_day, now, sooner=change.sooner), moved[1]
    return moved


def _other_launch(file: CampaignFile, launch: date, now: datetime, *, launched: bool) -> tuple[CampaignFile, Said]:
    window = window_of(file)
    if launched and window.start <= now:
        raise Conflict(f"{file.key} went live on {window.first_day}: a launch that is past cannot be moved.")
    move = Move(window.first_day, launch)
    if not move.by:
        raise BadInput(f"{file.key} launches on {launch} already. Name another --launch.")
    zone, words = ZoneInfo(file.zone), list[NewWords | OldWords]()
    lived = min(now, window.start - MOMENT)
    new = _shifted(file, move, zone, lived, "", words)
    assert isinstance(new, CampaignFile)
    if window_of(new).start <= now:
        raise BadInput(f"{file.key} cannot launch on {launch}: that is past.")
    said = Said(
        tuple(each for each in words if isinstance(each, NewWords)),
        tuple(dict.fromkeys(each for each in words if isinstance(each, OldWords))),
    )
    return new, said


def _shifted(
    value: Any, move: Move, zone: ZoneInfo, lived: datetime, place: str, words: list[NewWords | OldWords]
) -> Any:
    """Every date moved by as many calendar days, as `opsflow copy` does; what has been lived stays.

    Texts that name a date of the campaign name the new one. Ids, keys and figures are no texts of people.
    """
    match value:
        case FileModel():
            return value.model_copy(
                update={
                    name: _shifted(getattr(value, name), move, zone, lived, _below(place, name), words)
                    for name in type(value).model_fields
                }
            )
        case Text():
            return _spoken(value, move, place, words)
        case datetime():
            at = value if value.tzinfo else resolve(value, zone)
            return value if at <= lived else value + move.by
        case tuple():
            return tuple(
                _shifted(each, move, zone, lived, _below(place, str(number)), words)
                for number, each in enumerate(value, 1)
            )
        case Mapping():
            return {name: _shifted(each, move, zone, lived, _below(place, name), words) for name, each in value.items()}
    return value


def _below(place: str, name: str) -> str:
    return f"{place} > {name}" if place else name


def _spoken(text: Text, move: Move, place: str, words: list[NewWords | OldWords]) -> Text:
    after = Text(
        *(
            answered(said, {each.text: each.proposal for each in mentions(said, move)}, move)
            for said in (text.en, text.zh)
        )
    )
    words += [OldWords(place, each.text) for said in (text.en, text.zh) for each in read(said, move).doubtful.values()]
    if after != text:
        words.append(NewWords(place, text, after))
    return after


def _other_end(file: CampaignFile, last_day: date, now: datetime, *, sooner: bool) -> CampaignFile:
    window = window_of(file)
    by = last_day - window.last_day
    if window.end <= now:
        raise Conflict(f"{file.key} ended on {window.last_day}: an end that is past cannot be moved.")
    if not by or sooner != (last_day < window.last_day):
        raise BadInput(
            f"The last live day of {file.key} is {window.last_day}: to {'shorten' if sooner else 'extend'} it, name one "
            f"{'before' if sooner else 'after'} that."
        )
    live = _with_end(file.live, file.live.end + by)
    new = file.model_copy(update={"live": live})
    if new.live.end <= new.live.start or window_of(new).end <= now:
        raise Refused(
            f"{file.key} cannot end on {last_day}: it {'would be over before it began' if now < window.start else 'is past'}. "
            f"`opsflow campaign cancel {file.key}` ends it at once."
        )
    return new


def _with_end(live: Live, end: datetime) -> Live:
    """Phases and rounds that lasted to the end last to the new one; what would begin after it is not held."""

    def until(at: datetime) -> datetime:
        return end if at == live.end else min(at, end)

    return live.model_copy(
        update={
            "end": end,
            "phases": tuple(
                phase.model_copy(update={"end": until(phase.end)}) for phase in live.phases if phase.start < end
            ),
            "rounds": tuple(
                each.model_copy(update={"end": until(each.end)}) for each in live.rounds if each.start < end
            ),
        }
    )
