"""Row 2: any bit of a model file flipped."""

import pytest

from deltarule import load_model


def test_no_bit_of_a_model_can_flip_unnoticed(smallest, forge, refused):
    """Every bit of the file, one after the other; in the arrays the checksum is the reason."""
    start_of_arrays = len(smallest) - len(forge.split(smallest)[1])
    damaged = bytearray(smallest)
    for i in range(len(smallest)):
        for bit in range(8):
            damaged[i] ^= 1 << bit
            message = refused(bytes(damaged))
            damaged[i] ^= 1 << bit
            assert i < start_of_arrays or "its checksum does not match" in message


@pytest.mark.parametrize("name", ["layered", "tabular"])
def test_a_number_altered_in_the_header_is_a_checksum_error(name, request, forge, refused):
    """Still well-formed, still a possible model: only the checksum can tell."""
    forgery = forge(request.getfixturevalue(name))
    forgery.document["training"]["examples"] += 1
    message = refused(forgery.to_bytes(repair=False))
    assert "its checksum does not match: the file is damaged or was altered" in message


def test_the_checksum_is_compared_digit_by_digit(smallest, forge, refused):
    """Upper-case digits mean the same number, but not the same file."""
    checksum = forge(smallest).document["checksum"].encode()
    assert checksum.upper() != checksum
    assert "checksum" in refused(smallest.replace(checksum, checksum.upper()))


def test_text_that_imitates_the_checksum_is_only_text(smallest, forge, tmp_path, refused):
    """Labels and names are the user's own; none of them may be taken for the checksum."""
    forgery = forge(smallest)
    imitation = '{"checksum":"' + "0" * 64
    labels = [imitation, imitation.replace('"', '\\"')]
    forgery.document["classes"]["values"] = labels
    path = tmp_path / "imitation.deltarule"
    path.write_bytes(forgery.to_bytes())
    assert load_model(path).classes_.tolist() == labels
    assert "checksum" in refused(forgery.to_bytes()[:-1] + b"\x00")


def test_a_second_checksum_is_refused(tabular, forge, refused):
    """An object with one in the encoder: which of the two would be the file's?"""
    forgery = forge(tabular)
    forgery.document["encoder"] = {"checksum": "0" * 64}
    assert "its checksum is not where it belongs" in refused(forgery.to_bytes())


def test_a_checksum_elsewhere_than_in_front_is_refused(tabular, forge, refused):
    """The right digits stand in the encoder, and any digits where the document has its own."""
    forgery = forge(tabular)
    del forgery.document["checksum"]
    forgery.document["encoder"] = {"checksum": "0" * 64}
    forgery.document["checksum"] = "1" * 64
    assert "its checksum is not where it belongs" in refused(forgery.to_bytes())
