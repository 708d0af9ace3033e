"""Row 3: a header length of 2^63, of 4 GB, or just beyond the end of the file."""

import pytest

ABSURD = [2**32, 2**40, 2**63 - 1, 2**63, 2**64 - 1]


def with_length(data, length):
    return length.to_bytes(8, "little") + data[8:]


@pytest.mark.parametrize("length", ABSURD)
def test_an_absurd_header_length_is_refused(length, smallest, refused):
    assert "its header is longer than the file" in refused(with_length(smallest, length))


def test_a_header_one_byte_longer_than_the_file_is_refused(smallest, refused):
    rest = len(smallest) - 8
    assert "its header is longer than the file" in refused(with_length(smallest, rest + 1))
    assert "its header is longer than the file" not in refused(with_length(smallest, rest))


def test_no_memory_is_taken_for_it(smallest, refused_in_little_memory):
    grown = refused_in_little_memory(*(with_length(smallest, length) for length in ABSURD))
    assert grown < 4096  # kB


def test_the_command_line_says_so_in_one_line(smallest, tmp_path, command_refuses):
    path = tmp_path / "absurd.deltarule"
    path.write_bytes(with_length(smallest, 2**63))
    assert "its header is longer than the file" in command_refuses("inspect", path, "--json")
