"""Every kind of column says the same in ONNX, whatever its cells hold."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltarule import TabularClassifier
from deltarule.data import Encoder
from deltarule.data.encoder.columns import (
    BooleanColumn,
    CategoricalColumn,
    DatetimeColumn,
    NumericColumn,
    RobustScale,
)
from deltarule.export.columns import TYPES, encode
from deltarule.export.graph import Graph
from tests.export.sessions import session_of

N = 1000
RNG = np.random.default_rng(0)
HUGE, TINY = 3e38, 1e-37
SCALE = RobustScale(1.5, 0.25)


def session(columns):
    """A runtime of some columns, each an input of its name."""
    graph = Graph([column.name for column in columns])
    out = encode(graph, Encoder(columns), {column.name: column.name for column in columns})
    inputs = {column.name: (TYPES[type(column)], 1) for column in columns}
    return session_of(graph, inputs, out, np.float32)


def assert_same(columns, cells):
    """Compare with the encoder; ``cells`` are as ONNX has them."""
    (told,) = session(columns).run(None, {name: x[:, None] for name, x in cells.items()})
    table = pa.table({name: as_arrow(x) for name, x in cells.items()})
    expected = Encoder(columns).encode(table)
    assert told.dtype == np.float32
    np.testing.assert_allclose(told, expected, rtol=1e-6, atol=1e-6)


def as_arrow(x):
    if x.dtype == object:
        return pa.array(x, pa.string())
    if x.dtype == np.int64:
        return pa.array(x.view("M8[us]"))
    return pa.array(x, from_pandas=True)


@pytest.mark.parametrize("has_missing", [False, True])
@pytest.mark.parametrize("values", [[], [0.0], [-1.0, 0.0, 2.5, 7.0]])
@pytest.mark.parametrize("is_embedded", [False, True])
def test_numbers(has_missing, values, is_embedded):
    column = NumericColumn("x", SCALE, has_missing, values, is_embedded)
    far = [HUGE, -HUGE, TINY, 0.0, np.nan, 2.5 * (1 + 5e-7), 2.5 * (1 + 2e-6), 4.75, -0.5]
    x = np.concatenate([far, values * 3, RNG.normal(size=100)])
    assert_same([column], {"x": x})


@pytest.mark.parametrize("factor", [0.0, 1e-38, 1.0, 1e37, 1e300])
def test_numbers_of_any_size(factor):
    x = np.concatenate([[HUGE, -HUGE, TINY, -TINY, 0.0, np.nan], RNG.normal(0, 1e3, 50)])
    assert_same([NumericColumn("x", RobustScale(1e-3, factor), True, [], False)], {"x": x})


@pytest.mark.parametrize("has_missing", [False, True])
def test_booleans(has_missing):
    assert_same([BooleanColumn("x", has_missing)], {"x": np.array([0.0, 1.0, np.nan, 1.0])})


CATEGORIES = {
    "words": ["a", "b", "ü 😀", " a", "A"],
    "numbers": ["0", "1", "-7", "2.50", "0.1", ".5", "1000000", "123456789012345"],
    "codes": ["007", "01", "1", "1.0", "12345678901234567890"],
    "truths": ["True", "false", "TRUE", "maybe"],
    "of a truth": ["FALSE", "x"],
    "one": ["x"],
    "NUL": ["a", "a\0"],
}
TEXTS = [
    *("", "a", "A", "b", "ü 😀", " a", "never seen", "007", "7", "01", "-0", "0.0", ".0", "0."),
    *("1", "1.", "1.0", "1.000000", "01.0", "+1", "1e0", "-7.0", "2.5", "2.500", "2.51", "0.10"),
    *("0.1", ".1", "-.1", "1000000.0", "1e6", "123456789012345.0", "123456789012346", "-123.456"),
    *("true", "TRUE", "tRuE", "True", "false", "FALSE", "False", "fALSE", "maybe", "Maybe", "x"),
    *("12345678901234567890", "0.0000001", "nan", "inf", "1,5", "\u0661", " 1", "1 ", "1.5.2", "-"),
]


@pytest.mark.parametrize("is_embedded", [False, True])
@pytest.mark.parametrize("has_missing", [False, True])
@pytest.mark.parametrize("known", CATEGORIES)
def test_categories_also_written_otherwise(known, has_missing, is_embedded):
    column = CategoricalColumn("x", CATEGORIES[known], has_missing, is_embedded)
    assert_same([column], {"x": np.array(TEXTS, object)})


@pytest.fixture(scope="module")
def numbers():
    column = CategoricalColumn("x", CATEGORIES["numbers"], True, True)
    return column, session([column])


@given(text=st.from_regex(r"-?[0-9]{0,5}(\.[0-9]{0,7})?0{0,4}", fullmatch=True))
def test_any_number_of_up_to_15_digits(text, numbers):
    column, runtime = numbers
    (told,) = runtime.run(None, {"x": np.array([[text]], object)})
    assert told == Encoder([column]).encode(pa.table({"x": pa.array([text])}))


def test_longer_numbers_are_found_as_they_are_written_and_no_other_is_taken_for_one():
    """Where a double cannot tell two numbers apart, ONNX does not try."""
    known = ["12345678901234567", "0.12345678901234567"]
    column = CategoricalColumn("x", known, False, True)
    others = ["12345678901234568", "12345678901234567.0", "0.123456789012345670"]
    cells = np.array([*known, *others], object)[:, None]
    (told,) = session([column]).run(None, {"x": cells})
    assert told.ravel().tolist() == [0, 1, 2, 2, 2]


@pytest.mark.parametrize("has_missing", [False, True])
@pytest.mark.parametrize("parts", [[], ["day"], ["week", "year"], ["day", "week", "month", "year"]])
def test_dates(parts, has_missing):
    column = DatetimeColumn("x", parts, RobustScale(18_000.0, 1e-3), has_missing)
    moments = RNG.integers(-(10**17), 10**17, 200).view("M8[us]")
    moments[::9] = np.datetime64("NaT")
    assert_same([column], {"x": moments.view(np.int64)})


def test_all_kinds_together_stand_in_the_order_of_the_encoder():
    columns = [
        CategoricalColumn("c", ["a", "b"], True, False),
        NumericColumn("x", SCALE, True, [1.0, 2.0], True),
        DatetimeColumn("d", ["day"], RobustScale(0.0, 1.0), True),
        BooleanColumn("b", True),
        NumericColumn("y", RobustScale(-4.0, 2.0), False, [], False),
        CategoricalColumn("e", ["1", "2"], False, True),
        BooleanColumn("f", False),
    ]
    cells = {
        "c": np.array(["a", "b", "", "z"], object),
        "x": np.array([1.0, np.nan, 2.0, 3.0]),
        "d": np.array([0, 10**15, np.iinfo(np.int64).min, -1]),
        "b": np.array([0.0, 1.0, np.nan, 1.0]),
        "y": np.array([-4.0, 0.0, 1.0, np.nan]),
        "e": np.array(["1.0", "2", "", "z"], object),
        "f": np.array([0.0, 1.0, 1.0, np.nan]),
    }
    assert_same(columns, cells)


def frame():
    """A table with every kind of column, and labels that hang on some."""
    names = np.array(["red", "green", "blue", None], object)
    codes = np.array([str(i) for i in range(12)], object)
    days = np.datetime64("2019-12-20", "us") + RNG.integers(0, 10**14, N)
    table = {
        "size": RNG.normal(1e9, 1e6, N),
        "gaps": np.where(RNG.random(N) < 0.2, np.nan, RNG.normal(size=N)),
        "spike": np.where(RNG.random(N) < 0.8, 0.0, RNG.choice([1.0, 2.5, 7.0], N)),
        "flag": RNG.random(N) < 0.3,
        "colour": names[RNG.integers(4, size=N)],
        "code": codes[RNG.integers(12, size=N)],
        "day": np.where(RNG.random(N) < 0.1, np.datetime64("NaT"), days),
    }
    is_red = table["colour"] == "red"
    return pa.table(table), np.where(is_red ^ (table["spike"] > 0), "yes", "no")


MODELS = {
    "td": {"preset": "td", "columns": {"code": "categorical"}},
    "td-s": {"preset": "td-s"},
    "several": {"preset": "quick", "n_models": 3},
    "a threshold": {"preset": "quick", "threshold": 0.4},
    "a scorer": {"preset": "quick", "threshold": "f1"},
}


@pytest.mark.parametrize("name", MODELS)
def test_whole_models(name, compare):
    table, y = frame()
    model = TabularClassifier(max_iter=4, random_state=0, **MODELS[name]).fit(table, y)
    compare(model, table)


def test_cells_as_they_come_elsewhere(compare):
    """Text for numbers, numbers for text; dates as text; columns in another order, and more."""
    table, y = frame()
    model = TabularClassifier(max_iter=4, random_state=0, **MODELS["td"])
    model.fit(table, y)
    other = {
        "code": [3.0, 11.0, None, 99.0],
        "more": [1, 2, 3, 4],
        "day": ["2020-02-29T23:59:59.999999", "0001-01-01", None, "9999-12-31"],
        "flag": ["TRUE", "0", None, "1.0"],
        "colour": ["red", "RED", "", "ochre"],
        "spike": ["2.5000", " 7", "", "1e30"],
        "gaps": [None, None, None, None],
        "size": [10**9, -1, 0, 2**31],
    }
    with pytest.warns(UserWarning, match="no such column|never saw"):
        compare(model, other)
