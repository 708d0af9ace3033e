"""One endless line ends in a named error, whatever it comes from, and memory stays bounded."""

import gzip
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits and devices of Linux")

LIMIT = 200 * 2**20  # bytes beyond what the imports take

PROGRAM = """
    import gzip, io, resource
    import numpy, pyarrow.csv, pyarrow.json, pyarrow.parquet
    from deltarule.data.sources import open_source
    from deltarule.errors import DataError

    class Endless(io.RawIOBase):
        def __init__(self, beginning, repeated):
            self.beginning, self.block, self.given = beginning, repeated * 2**20, 0
        def readable(self):
            return True
        def readinto(self, buffer):
            content = (self.beginning + self.block)[: len(buffer)]
            self.beginning = b""
            buffer[: len(content)] = content
            self.given += len(content)
            assert self.given < 1_000_000_000, "it is read for ever"
            return len(content)

    def most():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

    before = most()
    resource.setrlimit(resource.RLIMIT_AS, (2**32, 2**32))
    for data in ({data},):
        try:
            print(open_source(data).n_rows)
        except DataError as error:
            print(error)
    print(most() - before)
"""


def said(data):
    """Return what a process says that opens some data; see that it takes little memory."""
    program = textwrap.dedent(PROGRAM).replace("{data}", data)
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120
    )
    assert run.stderr == ""
    *lines, taken = run.stdout.splitlines()
    assert int(taken) < LIMIT
    return lines


def test_a_stream():
    streams = [
        '"/dev/zero"',
        'Endless(b"a,b\\n1,", b"x")',
        'Endless(b"", b"name,")',
        "Endless(b'{\"a\": \"', b'x')",
        "gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(bytes(100_000_000), 1)))",
    ]
    messages = said(", ".join(streams))
    assert len(messages) == len(streams)
    assert all("longer than 16 MB" in message for message in messages)


def test_a_file(tmp_path):
    beginnings = {b"a,b\n1,": 2, b"": 1, b'a,b\n1,2\n3,"': 3, b'{"a": 1}\n{"a": "': 2}
    paths = [tmp_path / str(i) for i in range(len(beginnings))]
    for path, beginning in zip(paths, beginnings, strict=True):
        path.write_bytes(beginning)
        with path.open("r+b") as file:
            file.truncate(10 * LIMIT)  # NUL bytes that take no room on the disk
    messages = said(", ".join(repr(str(path)) for path in paths))
    for message, line in zip(messages, beginnings.values(), strict=True):
        assert f"line {line}: this line is longer than 16 MB" in message


def test_a_file_of_one_long_row_or_one_long_quote(tmp_path):
    (tmp_path / "row").write_bytes(b"a,b\n" + b"1," * 25_000_000)
    (tmp_path / "quote").write_bytes(b'a,b\n1,2\n3,"' + b"x\n" * 25_000_000)
    row, quote = said(f"{str(tmp_path / 'row')!r}, {str(tmp_path / 'quote')!r}")
    assert "line 2: this line is longer than 16 MB" in row
    assert "line 3: this line is longer than 16 MB" in quote


def test_a_compressed_file(tmp_path):
    path = tmp_path / "data.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1," + bytes(LIMIT), 1))
    assert "line 2: this line is longer than 16 MB" in said(repr(str(path)))[0]


def test_a_long_file_of_short_lines_needs_as_little(tmp_path):
    path = tmp_path / "data.csv"
    n_rows = LIMIT // 20
    path.write_bytes(b"a,b\n" + b"1,some rather long text\n" * n_rows)
    assert said(repr(str(path))) == [str(n_rows)]
