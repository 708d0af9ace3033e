"""From what a user names to files: row 37 on, wherever they are."""

import errno
import io
import os
import sys
import threading

import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet
import pytest

from deltarule.data.sources import finding, open_source
from deltarule.errors import DataError

TABLE = {"a": [1, 2], "b": ["x", "y"]}
ROWS = "a,b\n1,x\n2,y\n"


def values(data):
    return open_source(data).read()["a"].to_pylist()


@pytest.fixture
def parts(write):
    """Files in a folder, with what does not belong to the table."""
    write("a\n1\n", "data/part-0.csv")
    write("a\n2\n", "data/part-1.csv")
    write("a\n3\n", "data/below/part-2.csv")
    write("a\n4\n", "data/.hidden.csv")
    write("a\n5\n", "data/.ipynb_checkpoints/part-0.csv")
    write("", "data/_SUCCESS")
    write("a\n6\n", "data/_temporary/part-3.csv")
    write("", "data/part-4.csv")
    return write("a\n7\n", "other.csv").parent / "data"


def test_a_path_as_text_or_as_a_path(write):
    path = write(ROWS)
    assert open_source(path).read().to_pydict() == TABLE
    assert open_source(str(path)).read().to_pydict() == TABLE
    assert open_source(str(path)).name == str(path)


def test_a_folder_is_the_files_below_it_without_the_hidden_ones(parts):
    assert values(parts) == [3, 1, 2]
    assert values(str(parts) + os.sep) == [3, 1, 2]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("data/*.csv", None),
        ("data/part-[01].csv", [1, 2]),
        ("data/part-?.csv", None),
        ("data/**/part-[0-3].csv", [3, 1, 2]),
        ("dat*/below", [3]),
    ],
)
def test_a_pattern(parts, pattern, expected):
    path = str(parts.parent / pattern)
    if expected is None:  # the empty file is meant too, and is no table
        with pytest.raises(DataError, match=r"part-4.csv is empty"):
            open_source(path)
    else:
        assert values(path) == expected


def test_a_name_that_looks_like_a_pattern_is_a_name(write):
    assert values(write("a\n1\n", "data[0].csv")) == [1]


def test_a_list_of_any_of_these(parts):
    assert values([parts / "part-1.csv", str(parts.parent / "oth*.csv"), parts / "below"]) == [
        2,
        7,
        3,
    ]


@pytest.mark.parametrize("name", ["absent.csv", "absent/*.csv", "empty", "empty/*"])
def test_where_nothing_is_that_is_said(tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError) as caught:
        open_source(tmp_path / name)
    assert caught.value.filename == str(tmp_path / name)
    assert caught.value.errno == errno.ENOENT
    assert caught.value.strerror


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(write):
    path = write(ROWS)
    path.chmod(0)
    with pytest.raises(PermissionError) as caught:
        open_source(path)
    assert caught.value.filename == str(path)


@pytest.mark.parametrize("content", [ROWS.encode(), b"parquet"], ids=["csv", "parquet"])
def test_standard_input_can_be_gone_through_again(monkeypatch, unseekable, content):
    if content == b"parquet":
        buffer = io.BytesIO()
        pa.parquet.write_table(pa.table(TABLE), buffer)
        content = buffer.getvalue()
    with io.TextIOWrapper(io.BufferedReader(unseekable(content))) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        source = open_source("-")
    assert source.name == "Standard input"
    assert source.read().to_pydict() == source.read().to_pydict() == TABLE


def test_standard_input_that_is_closed_is_a_named_error(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(DataError, match="Standard input is closed"):
        open_source("-")


def test_an_open_file_is_left_open(write):
    with write(ROWS).open("rb") as file:
        assert open_source(file).read().to_pydict() == TABLE
        assert not file.closed


def test_a_file_that_is_open_as_text_is_refused(write):
    with write(ROWS).open() as file, pytest.raises(DataError, match="binary mode"):
        open_source(file)


def test_several_passes_over_standard_input_do_not_mix(monkeypatch):
    content = ("a,b\n" + "1,x\n" * 2_000_000).encode()
    source = open_source(io.BytesIO(content))
    counts = [
        [batch.num_rows for batch in both]
        for both in zip(source.batches(["a"]), source.batches(["b"]), strict=True)
    ]
    assert all(one == other for one, other in counts)
    assert sum(one for one, _ in counts) == 2_000_000


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=(ROWS,))
    writer.start()
    source = open_source(path)
    writer.join()
    assert source.read().to_pydict() == source.read().to_pydict() == TABLE


def test_a_uri_of_a_file_a_folder_and_a_pattern(parts):
    uri = parts.as_uri()
    assert values(f"{uri}/part-0.csv") == [1]
    assert values(uri) == [3, 1, 2]
    assert values(f"{uri}/part-[01].csv") == [1, 2]
    assert values(f"{uri}/**/part-[0-3].csv") == [3, 1, 2]
    assert open_source(f"{uri}/part-0.csv").origin(0) == f"{uri}/part-0.csv, line 2"


@pytest.mark.parametrize("name", ["absent.csv", "absent/*.csv", "data/*.parquet"])
def test_where_nothing_is_at_a_uri_that_is_said(parts, name):
    uri = f"{parts.parent.as_uri()}/{name}"
    with pytest.raises(FileNotFoundError) as caught:
        open_source(uri)
    assert caught.value.filename == uri


def test_an_object_store(parts, monkeypatch):
    """Any file system of Arrow's; here one that stands in for a bucket."""
    local = pa.fs.SubTreeFileSystem(str(parts.parent), pa.fs.LocalFileSystem())

    def bucket(uri):
        scheme, _, path = uri.partition("://")
        assert scheme == "s3"
        return local, path.partition("/")[2]

    monkeypatch.setattr(finding, "resolve", bucket)
    assert values("s3://bucket/data/part-0.csv") == [1]
    assert values("s3://bucket/data/") == [3, 1, 2]
    assert values("s3://bucket/data/part-[01].csv") == [1, 2]


def test_a_scheme_that_is_unknown_is_a_named_error():
    with pytest.raises(DataError, match=r"https://example.org/data.csv cannot be opened.*s3://"):
        open_source("https://example.org/data.csv")


def test_an_object_store_that_fails_is_an_error_with_its_uri(monkeypatch):
    class Broken:
        def get_file_info(self, path):
            raise OSError("AWS Error ACCESS_DENIED during HeadObject operation")

    monkeypatch.setattr(finding, "resolve", lambda uri: (Broken(), "bucket/data.csv"))
    with pytest.raises(OSError, match="ACCESS_DENIED") as caught:
        open_source("s3://bucket/data.csv")
    assert caught.value.filename == "s3://bucket/data.csv"
