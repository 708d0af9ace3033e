"""The encoder as a model file stores it: the same again, and nothing else is taken for one."""

import datetime as dt
import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from deltarule.data import Encoder, as_table

NAMES = {
    "empty": "",
    "space": " ",
    "comma": "a,b",
    "quotes": "say \"hi\" and 'bye'",
    "newline": "a\nb\r\n\tc",
    "umlaut": "größe",
    "emoji": "👩‍🔬💩",
    "right to left": "גודל",
    "zero": "a\x00b",
    "brackets": "[red]{x}",
    "backslash": "\\u0041\\",
    "10 kB": "n" * 10_000,
    "dunder": "__class__",
    "kind": "kind",
}


def round_trip(encoder):
    return Encoder.from_json(json.loads(json.dumps(encoder.to_json(), allow_nan=False)))


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_any_name_will_do_for_columns_and_categories(learn, name):
    table = as_table({name: [1.0, 3.0, 9.0], "other": [name, name + "!", "x"]})
    encoder = learn(table).encoder
    again = round_trip(encoder)
    assert again == encoder
    assert again.columns[0].name == name
    assert np.array_equal(again.encode(table), encoder.encode(table))


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.floats(-3e38, 3e38)),
            st.one_of(st.none(), st.text(max_size=5)),
            st.one_of(st.none(), st.booleans()),
            st.one_of(st.none(), st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1))),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_what_was_learned_survives_to_the_bit(learn, rows):
    columns = zip(*rows, strict=True)
    kinds = {"a": pa.float64(), "b": pa.string(), "c": pa.bool_(), "d": pa.timestamp("us")}
    cells = zip(kinds.items(), columns, strict=True)
    table = pa.table({name: pa.array(cells, kind) for (name, kind), cells in cells})
    table = table.append_column("e", [[i + 0.5 for i in range(len(rows))]])
    assume(len(rows) > 1)
    encoder = learn(table).encoder
    again = round_trip(encoder)
    assert again == encoder
    assert np.array_equal(again.encode(table), encoder.encode(table))


@pytest.fixture(scope="module")
def members(learn):
    """Of an encoder of one column of each kind."""
    days = [dt.date(2020, 1, 1) + dt.timedelta(40 * i) for i in range(20)]
    columns = {
        "number": np.arange(20) / 8,
        "text": ["u", "v"] * 10,
        "flag": [True, False] * 10,
        "when": days,
    }
    return learn(columns, number="numeric").encoder.to_json()


def test_its_members_are_these(members):
    """The model file's format: a change here needs a new version of that."""
    assert list(members) == ["columns"]
    assert [list(column) for column in members["columns"]] == [
        ["kind", "name", "scale", "has_missing", "values", "is_embedded"],
        ["kind", "name", "categories", "has_missing", "is_embedded"],
        ["kind", "name", "has_missing"],
        ["kind", "name", "parts", "scale", "has_missing"],
    ]
    assert list(members["columns"][0]["scale"]) == ["centre", "factor"]


SPOILED = {
    "unknown member": lambda m: m.update(extra=1),
    "no columns": lambda m: m.pop("columns"),
    "columns are text": lambda m: m.update(columns="number"),
    "a column is text": lambda m: m["columns"].append("number"),
    "the same column twice": lambda m: m["columns"].append(m["columns"][0]),
    "unknown member of a column": lambda m: m["columns"][0].update(extra=1),
    "unknown member of a scale": lambda m: m["columns"][0]["scale"].update(extra=1),
    "no name": lambda m: m["columns"][0].pop("name"),
    "a name that is none": lambda m: m["columns"][0].update(name=3),
    "no kind": lambda m: m["columns"][0].pop("kind"),
    "another kind": lambda m: m["columns"][0].update(kind="other"),
    "the kind of another column": lambda m: m["columns"][0].update(kind="categorical"),
    "a kind that is none": lambda m: m["columns"][0].update(kind=None),
    "no scale": lambda m: m["columns"][0].pop("scale"),
    "negative factor": lambda m: m["columns"][0]["scale"].update(factor=-1.0),
    "factor NaN": lambda m: m["columns"][0]["scale"].update(factor=float("nan")),
    "factor infinite": pytest.param(
        lambda m: m["columns"][0]["scale"].update(factor=float("inf")),
    ),
    "centre NaN": pytest.param(
        lambda m: m["columns"][0]["scale"].update(centre=float("nan")),
    ),
    "centre infinite": pytest.param(
        lambda m: m["columns"][0]["scale"].update(centre=-float("inf")),
    ),
    "centre of a date NaN": pytest.param(
        lambda m: m["columns"][3]["scale"].update(centre=float("nan")),
    ),
    "centre is text": lambda m: m["columns"][0]["scale"].update(centre="2"),
    "centre is null": lambda m: m["columns"][0]["scale"].update(centre=None),
    "has_missing is a number": lambda m: m["columns"][0].update(has_missing=1),
    "categories are numbers": lambda m: m["columns"][1].update(categories=[1, 2]),
    "a category is null": lambda m: m["columns"][1].update(categories=["u", None]),
    "the same category twice": lambda m: m["columns"][1].update(categories=["u", "v", "u"]),
    "values are text": lambda m: m["columns"][0].update(values=["1"]),
    "a value twice": lambda m: m["columns"][0].update(values=[0.0, 0.0, 1.0]),
    "values that do not ascend": lambda m: m["columns"][0].update(values=[1.0, 0.0]),
    "a value NaN": lambda m: m["columns"][0].update(values=[float("nan")]),
    "a value infinite": lambda m: m["columns"][0].update(values=[0.0, float("inf")]),
    "an unknown part": lambda m: m["columns"][3].update(parts=["hour"]),
    "parts are text": lambda m: m["columns"][3].update(parts="day"),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_what_is_not_exactly_an_encoder_is_refused(members, spoil):
    ours = json.loads(json.dumps(members))
    assert Encoder.from_json(ours).to_json() == members
    spoil(ours)
    with pytest.raises(ValueError):  # noqa: PT011 - the model file's reader says the rest
        Encoder.from_json(ours)


@pytest.mark.parametrize("other", [None, [], "text", 3])
def test_other_json_is_refused(other):
    with pytest.raises(ValueError):  # noqa: PT011
        Encoder.from_json(other)
