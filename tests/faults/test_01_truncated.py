"""Row 1: a model file that is empty, or cut at any byte."""

import pytest


def test_a_file_cut_at_any_byte_is_refused_with_the_reason(smallest, forge, refused):
    header, _ = forge.split(smallest)
    for length in range(len(smallest)):
        message = refused(smallest[:length])
        if length == 0:
            assert "it is empty" in message
        elif length < 8:
            assert "it is too short" in message
        elif length < 8 + len(header):
            assert "it was cut short" in message
        else:
            assert "its checksum does not match" in message


@pytest.mark.parametrize("name", ["layered", "tabular"])
def test_a_cut_file_is_refused_even_with_a_right_checksum(name, request, forge, refused):
    """Cut in the arrays: the header still says how many bytes there should be."""
    model = request.getfixturevalue(name)
    header, body = forge.split(model)
    for length in range(len(body)):
        message = refused(forge.repair(forge.join(header, body[:length])))
        assert "its arrays cannot be read" in message


def test_the_command_line_says_so_in_one_line(smallest, tmp_path, command_refuses):
    path = tmp_path / "cut.deltarule"
    path.write_bytes(smallest[:100])
    assert "it was cut short" in command_refuses("inspect", path)
    assert "it was cut short" in command_refuses("evaluate", path, "data.csv", "--json")
    path.write_bytes(b"")
    assert "it is empty" in command_refuses("predict", path, "data.csv")
