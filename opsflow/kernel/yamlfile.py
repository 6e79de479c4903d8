"""Reads YAML files that people write: every scalar is text, every mistake is named with its line and column."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from opsflow.kernel.characters import composed, on_one_line, unsafe_character
from opsflow.kernel.errors import BadInput
from opsflow.kernel.expectations import Finding, Loc, explain

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
# libyaml is 16 times as fast (6 ms for the standard SOP); its error texts are poorer, so those come from the pure reader.
_FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Plain: TypeAlias = "str | list[Plain] | dict[str, Plain] | None"
Position: TypeAlias = tuple[int, int]
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in a file: where, what, and a likely fix."""

    file: str
    line: int
    column: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return on_one_line(f"{self.file}:{self.line}:{self.column}: {self.message}. {self.hint}".rstrip())


class BadFile(BadInput):
    """A file that cannot be used, with every problem found in it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True)
class Source:
    """A file's content as plain values, and where each of them stands."""

    path: Path
    content: Plain
    values: dict[Loc, Position]
    keys: dict[Loc, Position]

    def problem(self, loc: Loc, message: str, hint: str = "", *, at_key: bool = False) -> Problem:
        """A problem at a place; a place that is not in the file stands for the nearest one around it."""
        line, column = self._position(loc, at_key=at_key)
        return Problem(str(self.path), line, column, message, hint)

    def problems(self, findings: Iterable[Finding]) -> list[Problem]:
        """The same for what a check has found."""
        return [self.problem(found.loc, found.message, found.hint, at_key=found.at_key) for found in findings]

    def typed(self, model: type[Model]) -> Model:
        """The content as a model; BadFile names everything that does not fit."""
        try:
            return model.model_validate(self.content)
        except ValidationError as error:
            # Of a list whose items are wrong pydantic says as well that it has too few: their own mistakes say enough.
            details = [
                each for each in error.errors(include_url=False) if not (each["type"] == "too_short" and each["input"])
            ]
            raise BadFile(self.problems(explain(model, detail) for detail in details)) from error

    def _position(self, loc: Loc, *, at_key: bool) -> Position:
        while loc:
            first, second = (self.keys, self.values) if at_key else (self.values, self.keys)
            found = first.get(loc) or second.get(loc)
            if found:
                return found
            loc = loc[:-1]
        return self.values.get((), (1, 1))


def read(path: Path, model: type[Model]) -> Model:
    """A file as a model."""
    return parse(path).typed(model)


def parse(path: Path) -> Source:
    """A file as plain values with positions; BadFile when it is not a YAML mapping this reader takes."""
    return parse_text(path, text_of(path))


def parse_text(path: Path, text: str) -> Source:
    """The same for a text that has been read already."""
    reader = _Reader(str(path))
    try:
        reader.run(yaml.parse(text, Loader=_FAST))
    except yaml.YAMLError:
        reader = _Reader(str(path))
        reader.explain(text)
    if not reader.problems and not isinstance(reader.root, dict):
        empty = reader.root is None
        message = "the file is empty" if empty else "the file is not a mapping"
        reader.report((1, 1), message, "Expected `key: value` lines.")
    if reader.problems:
        raise BadFile(reader.problems)
    return Source(path, reader.root, reader.values, reader.keys)


def text_of(path: Path) -> str:
    """What stands in a file that people write; BadFile when it is none, too large or not UTF-8."""
    try:
        raw = _bytes(path)
    except FileNotFoundError as error:
        raise _unusable(path, "there is no such file", "Check the path.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _unusable(path, f"the file cannot be read: {reason}", "Check its permissions.") from error
    if len(raw) > MAX_BYTES:
        raise _unusable(path, "the file is larger than 1 MiB", "Split it, or remove what is not needed.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        hint = "Save it with the encoding UTF-8."
        raise BadFile([Problem(str(path), line, column, "the file is not UTF-8", hint)]) from error


def _bytes(path: Path) -> bytes:
    """At most one byte more than is allowed; a pipe or device is refused before it can make anybody wait."""
    if path.is_dir():
        raise _unusable(path, "this is a folder", "Name a file in it.")
    if path.exists() and not path.is_file():
        raise _unusable(path, "this is no regular file", "Write it to a file first.")
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _unusable(path: Path, message: str, hint: str) -> BadFile:
    return BadFile([Problem(str(path), 1, 1, message, hint)])


@dataclass
class _Open:
    """A mapping or list whose end has not been read."""

    loc: Loc
    content: "list[Plain] | dict[str, Plain]"
    key: str | None = None
    """Of a mapping: the key whose value comes next."""
    spoilt: bool = False
    """It stands in place of a key: its content belongs nowhere."""


@dataclass
class _Reader:
    """Turns a stream of events into plain values, without recursion: depth is judged before it can hurt."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    values: dict[Loc, Position] = field(default_factory=dict)
    keys: dict[Loc, Position] = field(default_factory=dict)
    root: Plain = None
    _open: list[_Open] = field(default_factory=list)
    _documents: int = 0

    def run(self, events: Iterator[yaml.Event]) -> None:
        """Read events until they end, or until nesting is too deep to go on."""
        for event in events:
            self._take(event)
            if len(self._open) > MAX_DEPTH:
                self.report(_at(event), f"nested more than {MAX_DEPTH} deep", "Flatten it.")
                return

    def explain(self, text: str) -> None:
        """Read a text that is broken, and say where."""
        scanner: yaml.SafeLoader | None = None
        try:
            scanner = yaml.SafeLoader(text)
            self.run(iter(scanner.get_event, None))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            where = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            self.report(where, f"broken YAML: {_reason(error)}", _advice(error))
        except yaml.reader.ReaderError as error:
            before = text[: error.position]
            where = (before.count("\n") + 1, error.position - before.rfind("\n"))
            self.report(where, "a character that YAML does not allow", "Remove it.")
        except (ValueError, OverflowError):
            # Of a number that Python cannot take the scanner says nothing of its own: an escape beyond the last
            # character there is, or a `%YAML` version of thousands of digits. It stands where the number begins.
            at = scanner.get_mark() if scanner else None
            where = (at.line + 1, at.column + 1) if at else (1, 1)
            hint = "An escape ends at `\\U0010FFFF`, the last character there is; a version is `1.1` or `1.2`."
            self.report(where, "broken YAML: a number that is out of range", hint)

    def report(self, where: Position, message: str, hint: str) -> None:
        """Note a problem at a position."""
        self.problems.append(Problem(self.file, *where, message, hint))

    def _take(self, event: yaml.Event) -> None:
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents == 2:
                    self.report(_at(event), "a second document begins here", "Keep one document per file.")
            case yaml.AliasEvent():
                self.report(_at(event), f"the alias `*{event.anchor}` is not allowed", "Write the value out.")
                self._place(None, event)
            case yaml.ScalarEvent():
                self._refuse_marks(event)
                self._refuse_characters(event)
                self._place(None if event.value == "" and event.style in (None, "") else composed(event.value), event)
            case yaml.MappingStartEvent():
                self._enter({}, event)
            case yaml.SequenceStartEvent():
                self._enter([], event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._open.pop()

    def _refuse_marks(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.anchor is not None:
            self.report(
                _at(event), f"the anchor `&{event.anchor}` is not allowed", "Write the value out where it is needed."
            )
        if event.tag is not None:
            self.report(_at(event), f"the tag `{event.tag}` is not allowed", "Remove it: types follow from the key.")

    def _refuse_characters(self, event: yaml.ScalarEvent) -> None:
        found = unsafe_character(event.value)
        if found is not None:
            self.report(_at(event), f"the character {found} is not allowed", "Remove it: it cannot be seen or printed.")

    def _enter(self, content: "list[Plain] | dict[str, Plain]", event: yaml.CollectionStartEvent) -> None:
        self._refuse_marks(event)
        top = self._open[-1] if self._open else None
        spoilt = top is not None and (top.spoilt or (isinstance(top.content, dict) and top.key is None))
        loc = self._place(content, event)
        self._open.append(_Open(loc, content, spoilt=spoilt))

    def _place(self, value: Plain, event: yaml.Event) -> Loc:
        """Put a value where it belongs, and answer where that is."""
        if not self._open:
            if self._documents == 1:
                self.root = value
                self.values[()] = _at(event)
            return ()
        top = self._open[-1]
        if isinstance(top.content, list):
            loc: Loc = (*top.loc, len(top.content))
            top.content.append(value)
        elif top.key is None:
            self._begin_entry(top, value, event)
            return top.loc
        else:
            loc = (*top.loc, top.key)
            top.content.setdefault(top.key, value)
            top.key = None
        if not top.spoilt:
            self.values.setdefault(loc, self.keys.get(loc, _at(event)) if value is None else _at(event))
        return loc

    def _begin_entry(self, top: _Open, key: Plain, event: yaml.Event) -> None:
        assert isinstance(top.content, dict)
        if not isinstance(key, str):
            self.report(_at(event), "a key must be a plain text", "Write `key: value`.")
            key = f"\0{len(top.content)}"  # never a key of a file: NUL is refused
        elif "\n" in key:
            self.report(_at(event), "a key must be on one line", "Write `key: value`.")
        elif key in top.content:
            line = self.keys[(*top.loc, key)][0] if not top.spoilt else 0
            self.report(
                _at(event), f"the key `{key}` is written twice", f"It stands in line {line} already; remove one."
            )
        top.key = key
        if not top.spoilt:
            self.keys.setdefault((*top.loc, key), _at(event))


def _at(event: yaml.Event) -> Position:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _reason(error: yaml.MarkedYAMLError) -> str:
    parts = [part for part in (error.context, error.problem) if part]
    return ", ".join(parts).replace("\t", "tab").replace("'tab'", "a tab").replace("'\\t'", "a tab")


def _advice(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or ""
    if "mapping values are not allowed" in problem:
        return "A text that holds `: ` needs quotes around it; or the line is indented too far."
    if "'\\t'" in problem:
        return "Indent with spaces."
    if "cannot start any token" in problem:
        return "A text that begins with this character needs quotes around it."
    if "end of stream" in problem or "stream end" in problem or "quoted scalar" in (error.context or ""):
        return "A quote or bracket that was opened is not closed."
    return "Check the indentation and the quotes around this line."
