"""Several files are one table, where they agree: row 41 of the contract."""

import datetime as dt
import io

import pyarrow as pa
import pyarrow.parquet
import pytest

from deltarule.data.sources import ReadOptions, open_source
from deltarule.errors import DataError


@pytest.fixture
def write_all(write):
    """Write files of any format, and return their paths."""

    def to_files(*contents):
        paths = []
        for i, content in enumerate(contents):
            if isinstance(content, dict | pa.Table):
                file = io.BytesIO()
                table = pa.table(content) if isinstance(content, dict) else content
                pa.parquet.write_table(table, file)
                content = file.getvalue()
            paths.append(write(content, f"part-{i}"))
        return paths

    return to_files


def test_rows_come_file_by_file_in_the_columns_of_the_first(write_all):
    source = open_source(write_all("a,b\n1,x\n", "b,a\ny,2\nz,3\n"))
    assert source.read().to_pydict() == {"a": [1, 2, 3], "b": ["x", "y", "z"]}
    assert source.n_rows == 3
    assert source.read(["b"]).to_pydict() == {"b": ["x", "y", "z"]}


def test_the_first_and_the_number_are_the_name(write_all):
    paths = write_all("a\n1\n", "a\n2\n", "a\n3\n")
    assert open_source(paths).name == f"{paths[0]} and 2 more"


def test_formats_may_differ(write_all):
    source = open_source(write_all("a,b\n1,x\n", {"a": [2], "b": ["y"]}, '{"a": 3, "b": "z"}'))
    assert source.read().to_pydict() == {"a": [1, 2, 3], "b": ["x", "y", "z"]}


DAY, TIME = dt.date(2024, 1, 31), dt.datetime(2024, 1, 31, 10)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a,b\n1,0\n", "a,b\n2.5,0\n", [1.0, 2.5]),
        ("a,b\n2.5,0\n", "a,b\n1,0\n", [2.5, 1.0]),
        ("a,b\n,0\n", "a,b\nx,0\n", [None, "x"]),
        ("a,b\nNA,0\n", "a,b\nx,0\n", ["NA", "x"]),
        ("a,b\nNA,0\n", "a,b\n1,0\n", [None, 1]),
        ("a,b\n2024-01-31,0\n", "a,b\n2024-01-31 10:00,0\n", [dt.datetime(2024, 1, 31), TIME]),
        ("a,b\n007,0\n", "a,b\nx,0\n", ["007", "x"]),
        ("a,b\n2024-01-31,0\n", "a,b\n1,0\n", ["2024-01-31", "1"]),
        ('{"a": 1, "b": 0}', '{"a": "x", "b": 0}', ["1", "x"]),
        ('{"a": 1, "b": 0}', "a,b\nx,0\n", ["1", "x"]),
        ({"a": [1], "b": [0]}, {"a": [2.5], "b": [0]}, [1.0, 2.5]),
        ({"a": [2**53 + 1], "b": [0]}, {"a": [2.5], "b": [0]}, [2.0**53, 2.5]),
        ({"a": pa.nulls(1), "b": [0]}, {"a": ["x"], "b": [0]}, [None, "x"]),
        ({"a": [DAY], "b": [0]}, {"a": [TIME], "b": [0]}, [dt.datetime(2024, 1, 31), TIME]),
        ({"a": pa.array([1], pa.int8()), "b": [0]}, {"a": [300], "b": [0]}, [1, 300]),
        ({"a": ["x"], "b": [0]}, "a,b\n007,0\n", ["x", "007"]),
        (
            {"a": pa.array(["x"]).dictionary_encode(), "b": [0]},
            {"a": pa.array(["y"], pa.large_string()), "b": [0]},
            ["x", "y"],
        ),
    ],
)
def test_types_that_go_together(write_all, one, other, expected):
    source = open_source(write_all(one, other))
    assert len({batch.schema.field("a").type for batch in source.batches()}) == 1
    assert source.read()["a"].to_pylist() == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": [1]}, {"a": ["x"]}),
        ({"a": ["x"]}, {"a": [1]}),
        ({"a": [1]}, "a\nx\n"),
        ({"a": [True]}, {"a": [1]}),
        ({"a": [DAY]}, {"a": [1]}),
        ({"a": [[1]]}, {"a": [1]}),
    ],
)
def test_types_that_do_not_are_refused_with_both_files(write_all, one, other):
    paths = write_all(one, other)
    with pytest.raises(DataError, match=r"Column 'a' is .+ in .* and \S+ in") as caught:
        open_source(paths)
    assert all(str(path) in str(caught.value) for path in paths)


def test_the_files_that_disagree_are_named_not_the_first(write_all):
    paths = write_all({"a": [1]}, {"a": [2.5]}, {"a": ["x"]})
    with pytest.raises(DataError) as caught:
        open_source(paths)
    assert str(paths[1]) in str(caught.value)
    assert str(paths[2]) in str(caught.value)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ("a,c\n1,2\n", "lacks the column 'b'"),
        ("a\n1\n", "lacks the column 'b'"),
        ("a,b,c\n1,2,3\n", "has another column 'c'"),
    ],
)
def test_files_with_other_columns_are_refused(write_all, other, words):
    paths = write_all("a,b\n1,2\n", other)
    with pytest.raises(DataError, match=f"{paths[1]} {words}; {paths[0]} has 'a', 'b'"):
        open_source(paths)


def test_a_header_is_in_all_files_or_in_none(write_all):
    """The second, alone, would not be seen to have none, and the third would."""
    source = open_source(write_all("1,x\n2,y\n", "z,u\n", "a,b\n3,w\n"))
    assert source.schema.names == ["column1", "column2"]
    assert source.read()["column1"].to_pylist() == ["1", "2", "z", "a", "3"]


def test_a_damaged_file_is_found_before_the_first_batch(write_all):
    with pytest.raises(DataError, match="part-1, line 3"):
        open_source(write_all("a,b\n1,2\n", "a,b\n1,2\n3\n"))


def test_a_row_is_told_by_its_file(write_all):
    paths = write_all("a\n1\n2\n", {"a": [3]}, "a\n4\n")
    source = open_source(paths)
    assert source.origin(1) == f"{paths[0]}, line 3"
    assert source.origin(2) == f"{paths[1]}, row group 1, row 1"
    assert source.origin(3) == f"{paths[2]}, line 2"


def test_known_types_hold_for_all(write_all):
    options = ReadOptions(types={"a": pa.string()})
    source = open_source(write_all("a\n1\n", "a\n007\n", '{"a": 2}'), options)
    assert source.read()["a"].to_pylist() == ["1", "007", "2"]
