"""Questions and answers on a terminal: a number or a name chooses, Return takes the default, options answer beforehand."""

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import TypeVar

import typer

from opsflow.kernel.errors import BadInput, Refused

Answer = TypeVar("Answer")
Reader = Callable[[str], Answer]
"""Makes an answer of what was typed; BadInput says why it is none."""


class QuestionsEnded(Refused):
    """Input ended, or was interrupted, before the last question."""

    def __init__(self) -> None:
        super().__init__("Nothing is written: the questions ended early. Start again, or give the answers as options.")


class Questions:
    """Asks what no option has answered; with `yes` it asks nothing and takes the defaults."""

    def __init__(self, *, yes: bool) -> None:
        self._yes = yes

    def ask(self, option: str, given: str | None, question: str, read: Reader[Answer], default: str = "") -> Answer:
        """One answer: the option's, the default's, or what is typed until it makes sense."""
        if given is not None:
            return _of_option(option, given, read)
        if self._yes:
            if not default:
                raise BadInput(f"--yes asks nothing, and there is no usual answer here: add {option}.")
            return read(default)
        while True:
            typed = _typed(question, default)
            try:
                return read(typed)
            except BadInput as error:
                typer.echo(f"  {error}", err=True)

    def show(self, names: Sequence[str], meanings: Sequence[str] = ()) -> None:
        """The numbered list that the next question is about, on stderr like the question; nothing when none is asked."""
        if self._yes:
            return
        width = max(map(len, names), default=0)
        for number, name in enumerate(names, start=1):
            meaning = f"  {meanings[number - 1]}" if meanings else ""
            typer.echo(f"  {number:>2} {name:<{width}}{meaning}".rstrip(), err=True)

    def confirm(self, question: str, *, default: bool) -> bool:
        """Yes or no."""
        try:
            return typer.confirm(question, default=default, err=True)
        except typer.Abort as end:
            raise QuestionsEnded from end


def _of_option(option: str, given: str, read: Reader[Answer]) -> Answer:
    try:
        return read(given)
    except BadInput as error:
        raise BadInput(f"{option} {given!r}: {error}") from error


def _typed(question: str, default: str) -> str:
    try:
        return str(typer.prompt(question, default=default or None, err=True)).strip()
    except typer.Abort as end:
        raise QuestionsEnded from end


def one_of(names: Sequence[str]) -> Reader[str]:
    """Reads one name of a list, or its number."""

    def read(typed: str) -> str:
        wanted = typed.strip()
        if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
            return names[int(wanted) - 1]
        for name in names:
            if name.casefold() == wanted.casefold():
                return name
        close = get_close_matches(wanted.casefold(), names, n=1)
        hint = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(names)}."
        raise BadInput(f"{wanted!r} is none of them. {hint}")

    return read


def some_of(names: Sequence[str]) -> Reader[tuple[str, ...]]:
    """Reads several, separated by commas; `none` for none."""
    one = one_of(names)

    def read(typed: str) -> tuple[str, ...]:
        if typed.strip().casefold() in ("none", "-", ""):
            return ()
        return tuple(dict.fromkeys(one(part) for part in typed.replace("，", ",").split(",") if part.strip()))

    return read
