"""A trace for a terminal."""

from collections.abc import Iterator

import numpy as np
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from deltarule.insight.tracing.lines import TITLES, Line, Question, Value
from deltarule.insight.tracing.trace import Trace

MOST_SHOWN = 36  # numbers of an array, before it is abridged
INDENT = 5


def render(trace: Trace, width: int = 80) -> Iterator[RenderableType]:
    """Yield what is printed, line after line.

    Parameters
    ----------
    trace : Trace
    width : int
        Of the terminal.
    """
    yield Text(trace.title, style="bold")
    algorithm = None
    for line in trace.lines:
        if line.algorithm != algorithm:
            algorithm = line.algorithm
            yield Text(f"\n{TITLES[algorithm]}", style="bold underline")
        yield _line(line, width - INDENT)


def _line(line: Line, width: int) -> RenderableType:
    number = "" if line.number is None else f"{line.number}"
    head = Text(f"{number:>3}  ", style="dim")
    head.append(line.formula.text, style="bold cyan")
    if line.formula.equations:
        head.append(f"   Eq. {', '.join(line.formula.equations)}", style="dim")
    below: list[RenderableType] = []
    if line.operands and line.result is not None:
        read = ",  ".join(f"{value.name} {value.shape}" for value in line.operands)
        below.append(Text(f"{read}  →  {line.result.name} {line.result.shape}", style="dim"))
    elif line.result is not None and line.result.array.ndim:
        below.append(Text(line.result.shape, style="dim"))
    if line.result is not None:
        below.append(Text(abridged(line.result, width)))
    if line.note:
        below.append(Text(line.note, style="italic"))
    if line.question is not None:
        below.append(_question(line.question, width))
    return Group(head, *(Padding(part, (0, 0, 0, INDENT), expand=False) for part in below))


def _question(question: Question, width: int) -> RenderableType:
    asked = Text(f"Eq. {question.equation}: ", style="bold")
    asked.append(question.asked)
    return Group(
        asked,
        Text(f"{question.formula.text} =", style="cyan"),
        Text(abridged(question.matrix, width)),
        Text(question.answer),
    )


def abridged(value: Value, width: int) -> str:
    """Return an array as text; of many numbers the corners."""
    if not value.array.ndim:
        return f"{value.array.item():.6g}"
    return np.array2string(
        value.array,
        max_line_width=max(width, 40),
        precision=4,
        suppress_small=True,
        threshold=MOST_SHOWN,
        edgeitems=3,
    )
