"""Row 8: duplicate JSON keys, deep nesting, huge integers, bad UTF-8, unknown keys."""

import json
import re
import time

import pytest

DEEP = "[" * 100_000 + "]" * 100_000
HUGE = 10**400  # an integer that JSON and Python can hold and float64 cannot
TOO_LONG = "1" + "0" * 5000  # one that Python refuses to read


def document_text(forgery):
    return json.dumps(forgery.document, separators=(",", ":"))


def header_text(forgery):
    header = {"__metadata__": {"deltarule": document_text(forgery)}, **forgery.arrays}
    return json.dumps(header, separators=(",", ":"))


def find_value(text, key):
    """Return where the value of the first member with this key starts and ends."""
    start = text.index(f'"{key}":') + len(key) + 3
    return start, json.JSONDecoder().raw_decode(text, start)[1]


def replace(text, key, value):
    start, end = find_value(text, key)
    return f"{text[:start]}{value}{text[end:]}"


def twice(text, key):
    start, end = find_value(text, key)
    return f'{text[:end]},"{key}":{text[start:end]}{text[end:]}'


@pytest.fixture
def forgery(layered, forge):
    return forge(layered)


# Duplicate keys


@pytest.mark.parametrize("key", ["1.W", "2.b", "__metadata__", "deltarule", "dtype", "shape"])
def test_a_key_twice_in_the_header_is_refused(key, forgery, refused):
    """The same value both times: still two readers could disagree."""
    text = twice(header_text(forgery), key)
    assert f"the key '{key}' stands twice" in refused(forgery.to_bytes(header=text))


@pytest.mark.parametrize(
    "key", ["format", "classes", "values", "kind", "n_in", "alpha", "epochs", "loss_curve"]
)
def test_a_key_twice_in_the_document_is_refused(key, forgery, refused):
    text = twice(document_text(forgery), key)
    assert f"the key '{key}' stands twice" in refused(forgery.to_bytes(document=text))


def test_finding_a_key_twice_among_many_takes_no_longer_than_reading_them(forgery, refused):
    """A file of half a megabyte must not keep a server busy for minutes."""
    members = [f'"{i}":0' for i in range(50_000)]
    start = time.process_time()
    refused(forgery.to_bytes(header="{" + ",".join(members) + "}"))
    unique = time.process_time() - start
    start = time.process_time()
    message = refused(forgery.to_bytes(header="{" + ",".join([*members, members[-1]]) + "}"))
    assert "stands twice" in message
    assert time.process_time() - start < 20 * unique + 0.5  # quadratic: hundreds of times


# Deep nesting


def test_deep_nesting_of_the_header_is_refused(forgery, refused):
    assert "nested too deeply" in refused(forgery.to_bytes(header=DEEP))
    text = replace(header_text(forgery), "shape", DEEP)
    assert "nested too deeply" in refused(forgery.to_bytes(header=text))


@pytest.mark.parametrize("member", ["alpha", "encoder", "loss_curve", "values", "written_by"])
def test_deep_nesting_of_the_document_is_refused(member, forgery, refused):
    for deep in (DEEP, '{"a":' * 100_000 + "1" + "}" * 100_000):
        text = replace(document_text(forgery), member, deep)
        assert "nested too deeply" in refused(forgery.to_bytes(document=text))


@pytest.mark.parametrize("depth", [100, 300, 700, 950, 980])
def test_nesting_that_the_parser_can_follow_is_refused_too(depth, forgery, refused):
    """What comes after the parser - messages, conversions - must not run out of stack either."""
    for member in ("alpha", "hidden_layer_sizes", "dtype", "stopped", "estimator", "kind"):
        text = replace(document_text(forgery), member, "[" * depth + "]" * depth)
        assert "is not a usable model file" in refused(forgery.to_bytes(document=text))


# Huge integers

NUMBERS = ["n_in", "dropout", "weight_rate", "alpha", "max_iter", "momentum", "examples", "format"]


@pytest.mark.parametrize("name", NUMBERS)
def test_an_integer_that_no_computer_number_holds_is_refused(name, forgery, refused):
    assert name in refused(forgery.to_bytes(document=replace(document_text(forgery), name, HUGE)))


@pytest.mark.parametrize("name", ["n_in", "seed", "alpha", "examples", "format"])
def test_an_integer_of_5000_digits_is_refused(name, forgery, refused):
    text = replace(document_text(forgery), name, TOO_LONG)
    refused(forgery.to_bytes(document=text))


@pytest.mark.parametrize("number", [2**70, HUGE, -HUGE])
def test_a_huge_integer_in_the_header_is_refused(number, forgery, refused):
    forgery.arrays["1.W"]["shape"][0] = number
    assert "array '1.W'" in refused(forgery.to_bytes())
    forgery.arrays["1.W"].update(shape=[3, 2], data_offsets=[0, number])
    assert "its arrays cannot be read" in refused(forgery.to_bytes())


@pytest.mark.parametrize("name", ["n_in", "n_out", "examples", "epochs", "best_epoch"])
def test_an_integer_beyond_64_bits_is_refused_where_sizes_and_counts_belong(name, forgery, refused):
    text = replace(document_text(forgery), name, 2**70)
    assert name in refused(forgery.to_bytes(document=text))


@pytest.mark.parametrize("number", ["1e400", "-1e400", "NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("name", ["alpha", "dropout"])
def test_a_number_that_is_not_finite_is_refused(number, name, forgery, refused):
    text = replace(document_text(forgery), name, number)
    assert re.search("is beyond float64|is not a number", refused(forgery.to_bytes(document=text)))


# Text that is none


@pytest.mark.parametrize(
    "bad", [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2"]
)
def test_bad_utf8_is_refused(bad, forgery, forge, refused):
    data = forgery.to_bytes()
    header, body = forge.split(data)
    for place in (b"adam", b"1.W", b"MLPClassifier"):
        assert place in header
        forged = forge.join(header.replace(place, place + bad), body)
        assert "utf-8" in refused(forge.repair(forged))


@pytest.mark.parametrize("place", ["classes", "features", "target"])
def test_half_a_character_is_refused(place, forgery, refused):
    r"""A lone surrogate, "\\ud800", is JSON but no text: it could be neither printed nor saved."""
    if place == "classes":
        forgery.document["classes"] = {
            "type": "str",
            "dtype": "str",
            "values": ["\ud800", "b", "c"],
        }
    else:
        forgery.document[place] = ["\ud800", "b"] if place == "features" else "\ud800"
    refused(forgery.to_bytes())


def test_half_a_character_is_refused_in_the_encoder_too(tabular, forge, refused):
    for place in ("name", "categories"):
        forgery = forge(tabular)
        colour = forgery.document["encoder"]["columns"][1]
        colour[place] = "\ud800" if place == "name" else ["\ud800", "b", "c"]
        refused(forgery.to_bytes())
