"""A trace for a browser."""

from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from deltarule.insight.pages import render
from deltarule.insight.tracing.lines import TITLES, Value
from deltarule.insight.tracing.trace import Trace

MOST_ROWS = MOST_COLUMNS = 8
EDGE = 3  # of a long side: so many at the beginning, and at the end
STRONGEST = 0.55


class Cell(NamedTuple):
    """A number, and how far from 0 it is."""

    text: str
    kind: str
    share: str


class Cells(NamedTuple):
    """What is shown of an array."""

    rows: list[list[Cell]]
    is_abridged: bool


def page(trace: Trace) -> str:
    """Return the trace as one HTML file that needs nothing else."""
    grouped = groupby(trace.lines, key=lambda line: line.algorithm)
    algorithms = [(TITLES[number], list(lines)) for number, lines in grouped]
    return render("trace.html", {"cells": cells_of}, title=trace.title, algorithms=algorithms)


def cells_of(value: Value) -> Cells:
    """Return what is shown of an array: all of it, or where a side is long its ends."""
    array = value.array.reshape(1, -1) if value.array.ndim < 2 else value.array
    array = array.reshape(len(array), -1)
    rows, columns = (
        _shown(n, most) for n, most in zip(array.shape, (MOST_ROWS, MOST_COLUMNS), strict=True)
    )
    greatest = float(np.abs(array).max(initial=0)) or 1.0
    cells = [
        [Cell("…", "", "") if None in (r, c) else _cell(array[r, c], greatest) for c in columns]
        for r in rows
    ]
    return Cells(cells, None in rows or None in columns)


def _shown(n: int, most: int) -> list[int | None]:
    """Return which of n are shown; None stands for those that are left out."""
    if n <= most:
        return list(range(n))
    return [*range(EDGE), None, *range(n - EDGE, n)]


def _cell(number: Any, greatest: float) -> Cell:
    x = number.item()
    text = str(x) if isinstance(x, int) else f"{x:.4g}"
    if isinstance(x, int) or not x:
        return Cell(text, "", "")
    return Cell(text, "more" if x > 0 else "less", f"{STRONGEST * abs(x) / greatest:.2f}")
