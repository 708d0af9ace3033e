"""Each kind of column as a graph: from the cells that a table has to the numbers of a row.

What :mod:`deltarule.data.encoder.columns` does, with ONNX's types instead of a table's:

===========  =======  ==================================================================
kind         type     a cell
===========  =======  ==================================================================
numeric      double   a number; NaN where it is missing
boolean      double   0 or 1; NaN where it is missing
categorical  string   the category as text, a whole number as "3"; "" where it is missing
datetime     int64    microseconds since 1970 in UTC; -2^63, NumPy's NaT, where missing
===========  =======  ==================================================================
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from deltarule.data import Encoder
from deltarule.data.encoder.cells import meaning_of
from deltarule.data.encoder.columns import (
    CLIP,
    FAR,
    MICROSECONDS_A_DAY,
    SINGLE,
    TURN,
    BooleanColumn,
    CategoricalColumn,
    DatetimeColumn,
    NumericColumn,
    RobustScale,
)
from deltarule.export.dates import share_of
from deltarule.export.graph import ML, Graph

NAT = np.array(np.iinfo(np.int64).min)
DIGITS = 15  # significant ones: so many a double always tells apart
# Numbers as :data:`deltarule.data.encoder.cells.WHOLE` and FRACTION have them, of no more digits:
# 15 before the point, or so many behind it, or some on either side.
PATTERN = "|".join(
    [
        r"-?(?:0|[1-9][0-9]{0,14})(?:\.0*)?",
        r"-?0?\.0{0,10}[0-9]{1,15}0{0,10}",
        *(rf"-?[1-9][0-9]{{{i - 1}}}\.[0-9]{{1,{DIGITS - i}}}0{{0,10}}" for i in range(1, DIGITS)),
    ]
)
NUMBER = re.compile(PATTERN)
TYPES: dict[type, Any] = {
    NumericColumn: np.float64,
    BooleanColumn: np.float64,
    CategoricalColumn: np.str_,
    DatetimeColumn: np.int64,
}


class Piece(NamedTuple):
    """Some numbers of encoded rows: their values (n, w) in float32, and which ones they are."""

    values: str
    places: list[int]


def encode(graph: Graph, encoder: Encoder, inputs: Mapping[str, str]) -> str:
    """Return rows as numbers, (n, n_features) in float32.

    Parameters
    ----------
    graph : Graph
    encoder : Encoder
    inputs : mapping from column name to value
        Each (n, 1).
    """
    pieces = list(_pieces(graph, encoder, inputs))
    order = [place for piece in pieces for place in piece.places]
    together = graph.beside([piece.values for piece in pieces])
    if order == sorted(order):
        return together
    return graph.columns(together, np.argsort(order).tolist())


def _pieces(graph: Graph, encoder: Encoder, inputs: Mapping[str, str]) -> Iterator[Piece]:
    """Yield each column's numbers; those of numeric and boolean ones kind by kind, at once."""
    begins = {name: span.start for name, span in encoder.spans().items()}

    def of(kind: type) -> list[Any]:
        return [column for column in encoder.columns if type(column) is kind]

    def values(columns: Sequence[Any]) -> str:
        return graph.beside([inputs[column.name] for column in columns])

    if numeric := of(NumericColumn):
        x = values(numeric)
        yield Piece(
            _single(graph, scaled(graph, x, [column.scale for column in numeric])),
            [begins[column.name] for column in numeric],
        )
        yield from _missing(graph, x, numeric, begins)
        yield from _places(graph, numeric, inputs, begins)
    if boolean := of(BooleanColumn):
        x = values(boolean)
        signs = graph.add("Sub", graph.add("Mul", x, np.array(2.0)), np.array(1.0))
        known = graph.add("Where", graph.add("IsNaN", x), np.array(0.0), signs)
        yield Piece(_single(graph, known), [begins[column.name] for column in boolean])
        yield from _missing(graph, x, boolean, begins)
    for column in of(CategoricalColumn):
        begin = begins[column.name]
        place = place_of(graph, column, inputs[column.name])
        if not column.is_embedded:
            place = graph.add("Equal", place, np.arange(column.places)[None])
        yield Piece(_single(graph, place), list(range(begin, begin + column.width)))
    for column in of(DatetimeColumn):
        begin = begins[column.name]
        numbers = datetime(graph, column, inputs[column.name])
        yield Piece(numbers, list(range(begin, begin + column.width)))


def _single(graph: Graph, name: str) -> str:
    return graph.cast(name, np.float32)


def scaled(graph: Graph, x: str, scales: Sequence[RobustScale]) -> str:
    """Return numbers (n, m) in float64 robustly scaled and smoothly clipped, 0 for NaN."""
    centre = np.array([[scale.centre for scale in scales]])
    factor = np.array([[scale.factor for scale in scales]])
    far = graph.add("Mul", graph.add("Sub", x, centre), factor)
    z = graph.add("Clip", far, np.array(-FAR), np.array(FAR))
    share = graph.add("Div", z, np.array(CLIP))
    length = graph.add("Sqrt", graph.add("Add", graph.add("Mul", share, share), np.array(1.0)))
    return graph.add("Where", graph.add("IsNaN", x), np.array(0.0), graph.add("Div", z, length))


def _missing(
    graph: Graph,
    x: str,
    columns: Sequence[NumericColumn | BooleanColumn],
    begins: Mapping[str, int],
) -> Iterator[Piece]:
    """Yield the numbers that say of these columns, one of x each, what is missing."""
    numbers = [i for i, column in enumerate(columns) if column.has_missing]
    if numbers:
        is_missing = graph.add("IsNaN", graph.columns(x, numbers))
        places = [begins[columns[i].name] + 1 for i in numbers]
        yield Piece(_single(graph, is_missing), places)


def _places(
    graph: Graph,
    columns: Sequence[NumericColumn],
    inputs: Mapping[str, str],
    begins: Mapping[str, int],
) -> Iterator[Piece]:
    """Yield the places of values that a layer looks up."""
    for column in columns:
        if column.is_embedded:
            place = _place_of_value(graph, np.array([column.values]), inputs[column.name])
            yield Piece(_single(graph, place), [begins[column.name] + column.width - 1])


def _place_of_value(graph: Graph, values: NDArray[np.float64], x: str) -> str:
    """Return the place of the value that a number is, or the last one, (n, 1)."""
    if not values.size:
        return graph.add("And", graph.add("IsNaN", x), np.array(False))  # 0, for all rows
    apart = graph.add("Abs", graph.add("Sub", x, values))
    nearest = graph.add("ArgMin", apart, axis=1, keepdims=1)
    is_one = graph.add("LessOrEqual", apart, SINGLE * np.abs(values))
    is_same = graph.add("GatherElements", graph.cast(is_one, np.int32), nearest, axis=1)
    unknown = np.array(values.shape[1])
    return graph.add("Where", graph.cast(is_same, np.bool_), nearest, unknown)


def place_of(graph: Graph, column: CategoricalColumn, texts: str) -> str:
    """Return the place of each cell's category, (n, 1) in int64."""
    unknown, exact = column.places - 1, places_of_words(column)
    numbers = places_of_numbers(column)
    if not numbers:
        return _look_up(graph, texts, exact, unknown)
    found = _look_up(graph, texts, exact, -1)
    is_number = graph.add("RegexFullMatch", texts, pattern=PATTERN)
    as_text = graph.add("Where", is_number, texts, np.array("0"))
    by_size = _look_up(graph, graph.cast(as_text, np.float64), numbers, unknown)
    by_meaning = graph.add("Where", is_number, by_size, np.array(unknown))
    return graph.add("Where", graph.add("Less", found, np.array(0)), by_meaning, found)


def places_of_words(column: CategoricalColumn) -> dict[str, int]:
    """Return the place of each text that is a category, or true or false as one of them is."""
    places = {text: place for place, text in enumerate(column.categories)}
    for word in ("true", "false"):
        alike = [place for text, place in places.items() if meaning_of(text) == word]
        if alike:
            for letters in product(*((c, c.upper()) for c in word)):
                places.setdefault("".join(letters), alike[0])
    return places | ({"": len(column.categories)} if column.has_missing else {})


def places_of_numbers(column: CategoricalColumn) -> dict[float, int]:
    """Return the place of each category that is a number, of no more digits than can be told."""
    places: dict[float, int] = {}
    for place, text in enumerate(column.categories):
        meaning = meaning_of(text)
        if not isinstance(meaning, str) and NUMBER.fullmatch(text):
            places.setdefault(float(meaning), place)
    return places


def _look_up(graph: Graph, keys: str, places: Mapping[Any, int], unknown: int) -> str:
    from onnx import numpy_helper

    is_text = isinstance(next(iter(places)), str)
    given = np.array(list(places), object if is_text else np.float64)
    values, default = np.array(list(places.values()), np.int64), np.array([unknown])
    return graph.add(
        "LabelEncoder",
        keys,
        domain=ML,
        keys_tensor=numpy_helper.from_array(given),
        values_tensor=numpy_helper.from_array(values),
        default_tensor=numpy_helper.from_array(default),
    )


def datetime(graph: Graph, column: DatetimeColumn, moments: str) -> str:
    """Return all numbers of a moment, (n, width) in float32."""
    is_missing = graph.add("Equal", moments, NAT)
    safe = graph.add("Where", is_missing, np.array(0), moments)
    numbers = []
    for part in column.parts:
        angle = graph.add("Mul", share_of(graph, part, safe), np.array(TURN))
        # cos x = sin(x + pi / 2): older runtimes have no Cos of float64
        for turned in (angle, graph.add("Add", angle, np.array(TURN / 4))):
            point = graph.add("Sin", turned)
            numbers.append(graph.add("Where", is_missing, np.array(0.0), point))
    passed = graph.add("Div", graph.cast(safe, np.float64), np.array(MICROSECONDS_A_DAY))
    days = graph.add("Where", is_missing, np.array(np.nan), passed)
    numbers.append(scaled(graph, days, [column.scale]))
    if column.has_missing:
        numbers.append(graph.cast(is_missing, np.float64))
    return _single(graph, graph.beside(numbers))
