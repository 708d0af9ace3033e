"""Fault 39: every type that holds the same gives the same predictions, or is refused by name."""

import operator
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse

from deltarule import TabularClassifier
from deltarule.errors import DataError

N = 48
RNG = np.random.default_rng(0)
LABEL = np.arange(N) % 2
DAY = np.datetime64("2024-01-01") + RNG.integers(0, 900, N)
TABLE = {
    "number": RNG.integers(0, 9, N) + LABEL * 4.0,
    "word": np.array(list("uvw"))[(LABEL + (RNG.random(N) < 0.3)) % 3],
    "flag": RNG.random(N) < 0.2 + 0.6 * LABEL,
    "date": DAY.astype("M8[us]"),
}
KINDS = {"number": "numeric", "word": "categorical", "flag": "boolean", "date": "datetime"}


def fit(table):
    return TabularClassifier(max_iter=8, random_state=0, columns=KINDS).fit(table, LABEL)


@pytest.fixture(scope="module")
def model():
    return fit(TABLE)


@pytest.fixture(scope="module")
def expected(model):
    p = model.predict_proba(TABLE)
    assert len(np.unique(p[:, 0])) > N / 2
    return p


def cast(dtype):
    return lambda cells: cells.astype(dtype)


def arrow(type_):
    return lambda cells: pa.array(cells).cast(type_)


def mapped(function):
    return lambda cells: [function(cell) for cell in cells.tolist()]


def apart(cells):
    """Return the cells from a place where each lies between two others."""
    return np.repeat(cells, 3)[1::3]


def read_only(cells):
    cells = cells.copy()
    cells.flags.writeable = False
    return cells


LAYOUTS = {
    "read-only": read_only,
    "not contiguous": apart,
    "backwards": lambda cells: cells[::-1].copy()[::-1],
    "objects": cast(object),
    "list": lambda cells: cells.tolist(),
    "tuple": lambda cells: tuple(cells.tolist()),
    "masked": np.ma.masked_array,
    "Arrow": pa.array,
    "Arrow in chunks": lambda cells: pa.chunked_array([pa.array(cells[:7]), pa.array(cells[7:])]),
    "Arrow dictionary": lambda cells: pa.array(cells).dictionary_encode(),
}
TYPES = {
    "number": {
        **{name: cast(name) for name in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")},
        **{name: cast(name) for name in ("f2", "f4", "f8", ">f4", ">f8", ">i2", ">i8", "g")},
        "ints of Python": mapped(int),
        "decimals": mapped(Decimal),
        "numeric strings in objects": lambda cells: np.array(mapped(str)(cells), object),
        "numeric strings": cast(str),
        "fixed bytes": lambda cells: np.array(mapped(str)(cells), "S"),
        "Arrow decimal": arrow(pa.decimal128(12, 3)),
        "Arrow float16": arrow(pa.float16()),
        "Arrow large text": lambda cells: pa.array(mapped(str)(cells), pa.large_string()),
        "seconds": lambda cells: cells.astype("m8[s]"),
        "timedeltas": mapped(lambda x: timedelta(seconds=x)),
    },
    "word": {
        "objects": cast(object),
        "text of variable width": cast(np.dtypes.StringDType()),
        "fixed bytes": cast("S1"),
        "Arrow large text": arrow(pa.large_string()),
        "Arrow text view": arrow(pa.string_view()),
        "Arrow dictionary of 8 bits": arrow(pa.dictionary(pa.int8(), pa.string())),
        "Arrow dictionary of views": lambda cells: pa.DictionaryArray.from_arrays(
            pa.array(np.searchsorted(list("uvw"), cells)), pa.array(list("uvw"), pa.string_view())
        ),
    },
    "flag": {
        **{name: cast(name) for name in ("i1", "u8", "f2", "f8", ">i4")},
        "words": mapped(lambda x: str(x).lower()),
        "words of Python": mapped(str),
        "digits": mapped(lambda x: str(int(x))),
    },
    "date": {
        **{f"M8[{unit}]": cast(f"M8[{unit}]") for unit in ("D", "h", "m", "s", "ms", "ns")},
        "big-endian": cast(">M8[s]"),
        "dates": mapped(lambda x: x.date()),
        "datetimes": mapped(lambda x: x),
        "text": mapped(lambda x: x.date().isoformat()),
        "text with a time": mapped(lambda x: x.isoformat(" ")),
        "Arrow date32": arrow(pa.date32()),
        "Arrow date64": arrow(pa.date64()),
        "Arrow seconds": arrow(pa.timestamp("s")),
        "Arrow in UTC": arrow(pa.timestamp("us", "UTC")),
        "Arrow in a zone": arrow(pa.timestamp("us", "Europe/Berlin")),
    },
}
FORMS = [(name, form, make) for name in TABLE for form, make in (LAYOUTS | TYPES[name]).items()]


@pytest.mark.parametrize(
    ("name", "make"),
    [pytest.param(name, make, id=f"{name}-{form}") for name, form, make in FORMS],
)
def test_a_column_of_another_type_says_the_same(model, expected, name, make):
    table = TABLE | {name: make(TABLE[name])}
    assert (model.predict_proba(table) == expected).all()
    assert (fit(table).predict_proba(TABLE) == expected).all()


RECORDS = [("number", "f8"), ("word", "U1"), ("flag", "?"), ("date", "M8[us]")]


def records():
    return np.array(list(zip(*(TABLE[name] for name, _ in RECORDS), strict=True)), RECORDS)


TABLES = {
    "structured array": records,
    "record array": lambda: records().view(np.recarray),
    "Arrow table": lambda: pa.table(TABLE),
    "Arrow batch": lambda: pa.record_batch(TABLE),
    "Arrow in chunks": lambda: pa.concat_tables([pa.table(TABLE)[:5], pa.table(TABLE)[5:]]),
    "Arrow slice": lambda: pa.concat_tables([pa.table(TABLE)] * 2)[N:],
}


@pytest.mark.parametrize("form", TABLES)
def test_a_table_of_another_type_says_the_same(model, expected, form):
    assert (model.predict_proba(TABLES[form]()) == expected).all()
    assert (fit(TABLES[form]()).predict_proba(TABLE) == expected).all()


PANDAS = {
    "number": ["Int8", "UInt16", "Float32", "Float64", "Sparse[float]", "float16[pyarrow]"],
    "word": ["string", "category", "object", "string[pyarrow]", "large_string[pyarrow]"],
    "flag": ["boolean", "bool[pyarrow]", "object", "Int64", "category"],
    "date": ["datetime64[s]", "datetime64[ns, UTC]", "timestamp[us][pyarrow]", "object"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "dtype"), [(name, dtype) for name, dtypes in PANDAS.items() for dtype in dtypes]
)
def test_of_pandas(model, expected, name, dtype):
    pandas = pytest.importorskip("pandas", reason="pandas has types of its own")
    cells = pandas.Series(TABLE[name])
    if dtype == "datetime64[ns, UTC]":
        cells = cells.dt.tz_localize("UTC")
    frame = pandas.DataFrame(TABLE | {name: cells.astype(dtype)})
    frame.index = frame.index[::-1]  # rows are rows, whatever they are called
    assert (model.predict_proba(frame) == expected).all()
    assert (fit(frame).predict_proba(TABLE) == expected).all()


def test_of_polars(model, expected):
    polars = pytest.importorskip("polars", reason="polars has types of its own")
    frame = polars.DataFrame(TABLE)
    types = {
        "number": [polars.Int8, polars.UInt64, polars.Float32, polars.Decimal(10, 2)],
        "word": [polars.Categorical, polars.Enum(list("uvw"))],
        "flag": [polars.Int8, polars.String],
        "date": [polars.Date, polars.Datetime("ns"), polars.Datetime("ms", "UTC")],
    }  # fmt: skip
    frames = [frame, frame.lazy()]
    frames += [frame.cast({name: type_}) for name, some in types.items() for type_ in some]
    for other in frames:
        assert (model.predict_proba(other) == expected).all(), other
        assert (fit(other).predict_proba(TABLE) == expected).all(), other


X = RNG.integers(0, 5, (N, 6)) * (RNG.random((N, 6)) < 0.5) + 2.0 * LABEL[:, None]
ARRAYS = {
    "columns first": np.asfortranarray,
    "read-only": read_only,
    "not contiguous": lambda X: np.repeat(np.repeat(X, 2, 0), 3, 1)[1::2, ::3],
    "backwards": lambda X: X[::-1].copy()[::-1],
    "big-endian": cast(">f8"),
    "float16": cast("f2"),
    "float32": cast("f4"),
    "long double": cast("g"),
    "objects": cast(object),
    "text in objects": lambda X: X.astype(str).astype(object),
    "list": lambda X: X.tolist(),
    "list of arrays": list,
    "masked": np.ma.masked_array,
    "CSR": sparse.csr_matrix,
    "CSC": sparse.csc_array,
    "COO": sparse.coo_matrix,
    "LIL": sparse.lil_matrix,
    "BSR of float32": lambda X: sparse.bsr_matrix(X.astype("f4")),
}


def fit_array(X):
    kinds = {f"x{j}": "numeric" for j in range(6)}
    return TabularClassifier(max_iter=8, random_state=0, columns=kinds).fit(X, LABEL)


@pytest.fixture(scope="module")
def expected_of_array():
    return fit_array(X).predict_proba(X)


@pytest.mark.parametrize("form", ARRAYS)
def test_an_array_of_another_type_says_the_same(expected_of_array, form):
    assert len(np.unique(expected_of_array[:, 0])) > N / 2
    array = ARRAYS[form](X)
    assert (fit_array(X).predict_proba(array) == expected_of_array).all()
    assert (fit_array(array).predict_proba(X) == expected_of_array).all()


def test_ints_in_an_array_and_in_a_file_that_is_mapped(tmp_path, expected_of_array):
    for dtype in ("i1", "u2", ">i4", "i8"):
        assert (fit_array(X).predict_proba(X.astype(dtype)) == expected_of_array).all()
    mapped_file = np.memmap(tmp_path / "x", "f8", "w+", shape=X.shape)
    mapped_file[:] = X
    mapped_file.flush()
    again = np.memmap(tmp_path / "x", "f8", "r", shape=X.shape)
    assert (fit_array(again).predict_proba(again) == expected_of_array).all()


def test_nothing_that_is_given_is_changed():
    table = {name: read_only(cells) for name, cells in TABLE.items()}
    fit(table).predict(table)
    matrix = sparse.csr_matrix(X)
    before = matrix.copy()
    fit_array(matrix).predict(matrix)
    assert (matrix.data == before.data).all()
    assert (matrix.indices == before.indices).all()


REFUSED = {
    "complex": (np.ones(N) * 1j, "Column 'odd' cannot be read"),
    "records": (np.zeros(N, [("a", "f8")]), "Column 'odd' cannot be read"),
    "two dimensions": (np.zeros((N, 2)), "Column 'odd' has 2 dimensions"),
    "things": ([object()] * N, "Column 'odd' cannot be read"),
    "types": ([int] * N, "Column 'odd' cannot be read"),
    "lists": ([[1, 2]] * N, "Column 'odd' holds list<.*--drop on the command line"),
    "dicts": ([{"a": 1}] * N, "Column 'odd' holds struct<.*--drop"),
    "ints and texts": ([1, "a"] * (N // 2), r"Column 'odd' mixes int and str \(1 and 'a'\)"),
    "one value": (7, "Column 'odd' is 7, one value"),
    "a text": ("abc", "Column 'odd' is 'abc', one value"),
    "too few": (np.ones(N - 1), "different lengths: .*48 rows.*47"),
    "raw bytes": ([b"\xff"] * N, "Column 'odd' (holds|cannot be read)"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_all_else_is_refused_by_name(kind):
    cells, message = REFUSED[kind]
    with pytest.raises(DataError, match=message):
        TabularClassifier().fit(TABLE | {"odd": cells}, LABEL)


def test_dates_and_numbers_are_refused():
    with pytest.raises(DataError, match="Column 'odd' mixes date and float"):
        TabularClassifier().fit(TABLE | {"odd": [date(2024, 1, 1), 1.5] * (N // 2)}, LABEL)


def test_dates_and_moments_are_moments(model):
    row = {name: cells[:2] for name, cells in TABLE.items()}
    midnight, noon = datetime(2024, 1, 1), datetime(2024, 1, 1, 12)
    p = model.predict_proba(row | {"date": [date(2024, 1, 1), noon]})
    assert (p == model.predict_proba(row | {"date": [midnight, noon]})).all()


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.ones((4, 2)) * 1j, "Column 'x0' cannot be read"),
        (sparse.csr_matrix(np.ones((4, 2)) * 1j), "sparse, of complex128"),
        (np.ones(4), "Expected 2D array, got 1D array"),
        (np.ones((4, 2, 2)), "Expected 2D array, got 3D array"),
        (np.float64(1), "Expected 2D array, got a scalar"),
        ([[1, 2], [3]], "no table.*Give each row as many cells"),
        (b"x,y", "Cannot read a table from bytes"),
        (5, "Cannot read a table from int"),
        (None, "Cannot read a table from NoneType"),
        (iter([[1], [2]]), "Cannot read a table from"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "X",
)
def test_what_is_no_table_is_refused(X, message):
    with pytest.raises(DataError, match=message):
        TabularClassifier().fit(X, [0, 1, 0, 1])


def test_times_of_day_and_moments_with_zones_are_what_they_say():
    at = [datetime(2024, 1, 1, 6 * k) for k in range(4)] * 12
    model = TabularClassifier(max_iter=4, random_state=0).fit({"at": [x.time() for x in at]}, LABEL)
    assert model.column_kinds_ == {"at": "datetime"}
    assert np.isfinite(model.predict_proba({"at": [time(5, 30)]})).all()
    model = TabularClassifier(max_iter=4, random_state=0).fit({"at": at}, LABEL)
    plain = model.predict_proba({"at": ["2024-01-01T12:00:00"]})
    assert (model.predict_proba({"at": ["2024-01-01T13:00:00+01:00"]}) == plain).all()


def test_on_the_command_line(tmp_path, train, predict):
    """The same rows from a CSV file, and from files whose columns have types."""
    import pyarrow.feather
    import pyarrow.parquet

    lines = ["number,word,flag,date,label"]
    flags = np.where(TABLE["flag"], "true", "false")
    columns = [TABLE["number"], TABLE["word"], flags, DAY, LABEL]
    lines += [",".join(map(str, row)) for row in zip(*columns, strict=True)]
    (tmp_path / "plain.csv").write_text("\n".join(lines) + "\n")
    columns = {"label": LABEL, **TABLE, "word": pa.array(TABLE["word"]).dictionary_encode()}
    table = pa.table(columns)
    pyarrow.parquet.write_table(table, tmp_path / "typed.parquet", compression="zstd")
    small = table.set_column(1, "number", pa.array(TABLE["number"].astype("i1")))
    pyarrow.feather.write_feather(small, tmp_path / "small.feather")
    names = ["plain.csv", "typed.parquet", "small.feather"]
    said = operator.itemgetter("number", "word", "date")
    for trained_on in names:
        summary, _ = train(trained_on, max_iter=4)
        assert said(summary["columns"]) == ("numeric", "categorical", "datetime")
        found = [predict(name) for name in names]
        assert not any(warned for _, warned in found)
        assert all((p == found[0][0]).all() for p, _ in found)


def test_flags_in_files_that_python_wrote(tmp_path, train, predict):
    import pyarrow.parquet

    lines = [f"{x},{flag},{k}" for x, flag, k in zip(DAY, TABLE["flag"], LABEL, strict=True)]
    (tmp_path / "flags.csv").write_text("\n".join(["date,flag,label", *lines]) + "\n")
    columns = {"date": DAY, "flag": TABLE["flag"], "label": LABEL}
    pyarrow.parquet.write_table(pa.table(columns), tmp_path / "flags.parquet")
    train("flags.csv")
    p, warned = predict("flags.parquet")
    assert not warned
    assert (p == predict("flags.csv")[0]).all()
