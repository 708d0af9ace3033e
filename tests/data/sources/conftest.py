"""Writing small files and opening them."""

import io

import pytest

from deltarule.data.sources import ReadOptions, open_source
from deltarule.errors import DataError


@pytest.fixture
def write(tmp_path):
    """Write bytes, or text as UTF-8, to a file, and return its path."""

    def to_file(content, name="data.csv"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return to_file


@pytest.fixture
def read(write):
    """Write a file, and return what is read from it, column by column."""

    def columns(content, name="data.csv", **options):
        return open_source(write(content, name), ReadOptions(**options)).read().to_pydict()

    return columns


@pytest.fixture
def refuse(write):
    """Write a file, and return the message that refuses it, its path as FILE."""

    def message(content, name="data.csv", **options):
        path = write(content, name)
        with pytest.raises(DataError) as caught:
            open_source(path, ReadOptions(**options)).read()
        assert str(path) in str(caught.value)
        return str(caught.value).replace(str(path), "FILE")

    return message


@pytest.fixture
def unseekable():
    """Return a file that can be read once, such as a pipe."""

    class Pipe(io.RawIOBase):
        def __init__(self, content):
            self.content = io.BytesIO(content)

        def readable(self):
            return True

        def readinto(self, buffer):
            return self.content.readinto(buffer)

    return Pipe
