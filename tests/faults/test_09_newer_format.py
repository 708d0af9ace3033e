"""Row 9: a file in a format of the future: "written by version X, this is Y"."""

from importlib.metadata import version

import pytest

from deltarule.model_file.document import FORMAT

THIS = version("deltarule")
NEWER = f"it has format {FORMAT + 1}, written by deltarule 9.7.2; this is deltarule {THIS}"


@pytest.fixture
def newer(layered, forge):
    forgery = forge(layered)
    forgery.document.update(format=FORMAT + 1, written_by="9.7.2")
    return forgery


def test_a_newer_format_names_both_versions(newer, refused):
    message = refused(newer.to_bytes())
    assert NEWER in message
    assert "upgrade" in message


def test_whatever_else_is_new_does_not_hide_that(newer, refused):
    """Members, layers and settings that this version has no name for, another checksum."""
    newer.document["novelty"] = {"kind": "unheard of"}
    newer.document["layers"][0] = {"kind": "attention", "heads": 8}
    newer.document["settings"]["solver"] = "muon"
    assert NEWER in refused(newer.to_bytes())
    newer.document["checksum"] = "blake3:" + "0" * 64
    assert NEWER in refused(newer.to_bytes())


def test_arrays_of_a_kind_to_come_do_not_hide_that(newer, refused):
    newer.arrays["1.scale"] = {
        "dtype": "BF16",
        "shape": [4],
        "data_offsets": [len(newer.body), len(newer.body) + 8],
    }
    newer.body += b"\x00" * 8
    assert NEWER in refused(newer.to_bytes())


def test_a_version_that_is_no_text_does_no_harm(newer, refused):
    for written_by in (None, [], {"a": [1]}, "x" * 10_000, 10**400):
        newer.document["written_by"] = written_by
        message = refused(newer.to_bytes())
        assert f"it has format {FORMAT + 1}, written by deltarule" in message
        assert len(message) < 1000


@pytest.mark.parametrize("number", [0, -1, True, "1", 1.0, None, [1]])
def test_a_format_that_never_was_is_refused(number, layered, forge, refused):
    forgery = forge(layered)
    forgery.document["format"] = number
    assert "$.format" in refused(forgery.to_bytes())


def test_the_command_line_says_so(newer, tmp_path, command_refuses):
    path = tmp_path / "newer.deltarule"
    path.write_bytes(newer.to_bytes())
    assert NEWER in command_refuses("predict", path, "data.csv")
    assert NEWER in command_refuses("inspect", path, "--json")
