"""Breaks a sample file on purpose: structurally (drop, duplicate, retype, rename, nest, swap) or in its text."""

import copy
from collections.abc import Callable
from typing import Any

import yaml
from hypothesis import strategies as st

SCALARS = (
    "", " ", "NO", "no", "true", "null", "~", "1.10", "12:30:00", "0x10", "0o17", "1e308", "1e999999", "NaN", "-Infinity",
    "Infinity", "-1", "0", "99999999999999999999999999", "-0", "1_000", "٣", "３", "+5", "5.0", "1e3", "0.1",
    "2026-02-30", "0001-01-01", "9999-12-31", "9999-12-31T23:59", "0001-01-01T00:00", "2026-10-20T00:00",
    "2026-10-20T00:00+08:00", "20261020", "2026-3-1", "24:00", "25:61", "Asia/Shanghai", "../../etc/passwd", "/etc/passwd",
    "posixrules", "localtime", "head:legal", "head:", "head:nobody", "leader", "first_task", "closed:closing", "S", "D", "999999999", "-999999999", "400", "-400", "1000", "9999min", "99:00-9:00", "incidents 99:00-22:00", "../x",
    "mechanics:lottery", "a+b", "{x", "{0.__class__}", "%s", "{{ 7*7 }}", "[bold]x[/bold]", "[/]", "\x1b[31mred", "\u202eabc",
    "a\nb", "é", "é", "\u0000", "\ufeff", "\U0001f389", "名" * 200, "x" * 5000, "campaign", "v1", "CN", "XX", "en",
)  # fmt: skip
"""Texts that some reader somewhere has taken for something else."""

Loc = tuple[str | int, ...]


def places(content: Any, loc: Loc = ()) -> list[Loc]:
    """The way to every value of a file."""
    steps: list[tuple[str | int, Any]] = []
    if isinstance(content, dict):
        steps = list(content.items())
    elif isinstance(content, list):
        steps = list(enumerate(content))
    return [loc, *(found for step, part in steps for found in places(part, (*loc, step)))]


def at(content: Any, loc: Loc) -> Any:
    """The value at a place."""
    for step in loc:
        content = content[step]
    return content


def scalars() -> st.SearchStrategy[Any]:
    """What may stand in a value's place."""
    return st.one_of(
        st.sampled_from(SCALARS),
        st.text(max_size=12),
        st.integers().map(str),
        st.floats().map(str),
        st.decimals().map(str),
        st.dates().map(str),
        st.datetimes().map(lambda moment: moment.isoformat(timespec="minutes")),
        st.sampled_from([None, [], {}, [None], {"en": "x"}, {"zh": ""}, [[]], {"": None}]),
    )


def _drop(parent: Any, step: Any, _draw: Callable[..., Any], _root: Any) -> None:
    del parent[step]


def _duplicate(parent: Any, step: Any, draw: Callable[..., Any], _root: Any) -> None:
    value = copy.deepcopy(parent[step])
    if isinstance(parent, list):
        parent.insert(step, value)
    else:
        parent[draw(st.sampled_from([f"{step}2", str(step).upper(), f" {step}", "key"]))] = value


def _replace(parent: Any, step: Any, draw: Callable[..., Any], _root: Any) -> None:
    parent[step] = draw(scalars())


def _rename(parent: Any, step: Any, draw: Callable[..., Any], _root: Any) -> None:
    if isinstance(parent, dict):
        parent[draw(st.sampled_from(SCALARS))] = parent.pop(step)


def _nest(parent: Any, step: Any, draw: Callable[..., Any], _root: Any) -> None:
    for _ in range(draw(st.integers(1, 40))):
        parent[step] = [parent[step]] if draw(st.booleans()) else {"en": parent[step]}


def _swap(parent: Any, step: Any, draw: Callable[..., Any], root: Any) -> None:
    """A value from elsewhere in the file: right in form, wrong in place."""
    parent[step] = copy.deepcopy(at(root, draw(st.sampled_from(places(root)))))


def _shuffle(parent: Any, step: Any, draw: Callable[..., Any], _root: Any) -> None:
    if isinstance(parent[step], list):
        parent[step] = draw(st.permutations(parent[step]))


MUTATIONS = (_drop, _duplicate, _replace, _replace, _replace, _rename, _nest, _swap, _shuffle)


@st.composite
def broken_contents(draw: st.DrawFn, sample: str) -> str:
    """The sample with one to four structural mistakes, as YAML."""
    content = yaml.load(sample, Loader=yaml.CBaseLoader)
    for _ in range(draw(st.integers(1, 4))):
        ways = [loc for loc in places(content) if loc]
        if not ways:
            break
        # Deep places are many; half of the time something near the top is hit.
        near = [loc for loc in ways if len(loc) <= 2]
        *above, step = draw(st.sampled_from(near if draw(st.booleans()) else ways))
        draw(st.sampled_from(MUTATIONS))(at(content, tuple(above)), step, draw, content)
    return str(yaml.dump(content, Dumper=yaml.CSafeDumper, allow_unicode=True, width=200))


@st.composite
def broken_texts(draw: st.DrawFn, sample: str) -> bytes:
    """The sample with bytes cut out of it, put into it, or a line written twice."""
    raw = sample.encode()
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(raw)))
        match draw(st.integers(0, 3)):
            case 0:
                raw = raw[:start] + raw[start + draw(st.integers(1, 200)) :]
            case 1:
                raw = raw[:start] + draw(st.binary(max_size=20)) + raw[start:]
            case 2:
                raw = raw[:start] + draw(st.text("-:[]{}&*!|>'\"%@`#,?\t\n ", max_size=8)).encode() + raw[start:]
            case _:
                lines = raw.splitlines(keepends=True)
                at_line = draw(st.integers(0, max(len(lines) - 1, 0)))
                raw = b"".join([*lines[:at_line], *lines[at_line : at_line + 1] * 2, *lines[at_line + 1 :]])
    return raw
