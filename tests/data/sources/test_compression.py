"""Compressed files: seen by their first bytes, whatever they are called."""

import bz2
import gzip
import io
import lzma
import zipfile

import pyarrow as pa
import pyarrow.parquet
import pytest

from deltarule.data.sources import ReadOptions, open_source
from deltarule.errors import DataError

ROWS = b"a,b\n1,x\n2,y\n"
TABLE = {"a": [1, 2], "b": ["x", "y"]}


def zipped(*names, content=ROWS):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return file.getvalue()


def by_arrow(codec):
    def compress(content):
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, codec) as stream:
            stream.write(content)
        return sink.getvalue().to_pybytes()

    return compress


COMPRESS = {
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zstd": by_arrow("zstd"),
    "lz4": by_arrow("lz4"),
    "zip": lambda content: zipped("data.csv", content=content),
    "none": lambda content: content,
}


@pytest.mark.parametrize("compression", COMPRESS)
@pytest.mark.parametrize("said", [True, False])
def test_csv(read, compression, said):
    options = {"compression": compression} if said else {}
    assert read(COMPRESS[compression](ROWS), **options) == TABLE


@pytest.mark.parametrize("compression", COMPRESS)
def test_parquet(read, compression):
    file = io.BytesIO()
    pa.parquet.write_table(pa.table(TABLE), file)
    assert read(COMPRESS[compression](file.getvalue())) == TABLE


@pytest.mark.parametrize("compression", COMPRESS)
def test_json_lines_by_the_inner_name(read, compression):
    rows = b'\n{"a": 1, "b": "x"}\n{"a": 2, "b": "y"}\n'
    suffix = {"gzip": ".gz", "bz2": ".bz2", "xz": ".xz", "zstd": ".zst", "none": ""}
    name = "data.jsonl" + suffix.get(compression, f".{compression}")
    assert read(COMPRESS[compression](rows), name) == TABLE


def test_several_members_of_gzip_are_one_file(read):
    assert read(gzip.compress(b"a,b\n1,x\n") + gzip.compress(b"2,y\n")) == TABLE


@pytest.mark.parametrize("compression", [c for c in COMPRESS if c != "none"])
def test_a_file_that_ends_early_is_refused(refuse, compression):
    content = COMPRESS[compression](b"".join(b"%d,x\n" % i**3 for i in range(50_000)))
    assert refuse(content[: len(content) // 2])


@pytest.mark.parametrize("compression", [c for c in COMPRESS if c not in ("none", "zstd", "lz4")])
def test_a_damaged_file_is_refused(refuse, compression):
    content = bytearray(COMPRESS[compression](b"".join(b"%d,x\n" % i**3 for i in range(50_000))))
    for i in range(len(content) // 2, len(content) // 2 + 20):
        content[i] ^= 0xFF
    assert refuse(bytes(content))


@pytest.mark.parametrize("compression", [c for c in COMPRESS if c != "none"])
def test_a_compression_that_it_has_not_is_refused(refuse, compression):
    assert refuse(ROWS, compression=compression)


@pytest.mark.parametrize(
    ("names", "count"), [((), "0 files"), (("a.csv", "b.csv"), "2 files .'a.csv', 'b.csv'.")]
)
def test_a_zip_archive_holds_one_file(write, names, count):
    with pytest.raises(DataError, match=count):
        open_source(write(zipped(*names)))


def test_folders_in_a_zip_archive_are_no_files(read):
    assert read(zipped("data/", "__MACOSX/._data.csv", "data/data.csv")) == TABLE


def test_an_open_file_may_be_compressed():
    assert open_source(io.BytesIO(gzip.compress(ROWS))).read().to_pydict() == TABLE


def test_compression_can_be_denied(read):
    """A file of text that happens to begin like one of bzip2."""
    assert read(b"BZh,b\n1,x\n", compression="none") == {"BZh": [1], "b": ["x"]}


def test_a_source_remembers_how_it_is_compressed(write):
    source = open_source(write(gzip.compress(ROWS)), ReadOptions(compression="gzip"))
    assert source.read().to_pydict() == source.read().to_pydict() == TABLE
