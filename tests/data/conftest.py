"""Writing small files and reading them back."""

import io

import pytest

from deltarule.data import read_csv


@pytest.fixture
def read():
    """Read bytes, or text as UTF-8, as if they came from standard input."""

    def from_bytes(content, **kinds):
        data = content.encode() if isinstance(content, str) else content
        return read_csv(io.BytesIO(data), kinds=kinds)

    return from_bytes
