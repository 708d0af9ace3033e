"""Mutations of model files: of the numbers, the declarations, the JSON, or any bytes."""

import copy
import re

import pytest

# What takes the place of a value in the JSON.
NUMBERS = [
    *(0, -1, 1, 2, 3, 4, 6, 255, 2**31, 2**32, 2**40, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 2**70),
    *(-(2**63), 10**19, 10**400, 0.5, 0.999, -0.5, -0.0, 1.0, 5e-324, 1e-40, 1e30, 1e300, -1e308),
]
OTHERS = [
    *(None, True, False, "", "a", "1", "inf", "nan", "object", "str", "softmax", "sigmoid", "tanh"),
    *("float32", "TabularClassifier", "dense", "numeric", "\ud800", "\0", "\u202e", "x" * 5000),
    *("F32", "BF16", [], [1], [1, 1], ["a", "b"], [[]], [0.5], [None], {}, {"a": 1}, {"": []}),
]
NAMES = ["surprise", "", "a", "name", "1.W", "__metadata__"]

# Bits that take the place of weights in float64; their upper halves do so in float32.
PATTERNS = [
    *(0x7FF8 << 48, 0xFFF8 << 48, 0x7FF0000100000001, 0x7FF0 << 48, 0xFFF0 << 48),  # NaN, inf
    *(0x7FEFFFFFFFFFFFFF, 0xFFEFFFFFFFFFFFFF, 0x7F7FFFFF << 32, 0xFF7FFFFF << 32),  # the largest
    *(0, 1 << 63, 1, 1 << 32, 0x000FFFFFFFFFFFFF, 0x80000001 << 32),  # zeros, denormals
    *(0x3FF0 << 48, 0x6000 << 48, 0xE000 << 48, 0x5F80 << 48, 0xDF80 << 48, 2**64 - 1),
]


def in_bytes(rng, data):
    """Flip, insert, delete, repeat or overwrite some bytes."""
    data = bytearray(data)
    at, length = rng.randrange(len(data) + 1), rng.choice([1, 1, 1, 2, 4, 8, 40])
    kind = rng.randrange(5)
    if kind == 0 and at < len(data):
        data[at] ^= 1 << rng.randrange(8)
    elif kind == 1:
        data[at:at] = rng.randbytes(length)
    elif kind == 2:
        del data[at : at + length]
    elif kind == 3:
        data[at:at] = data[at : at + length]
    else:
        data[at : at + length] = rng.randbytes(length)
    return bytes(data)


def twice(rng, header):
    """Say one key twice, in the header or in the document (whose quotes are escaped)."""
    key = rng.choice(re.findall(rb'\\?"[\w.]+\\?":', header))
    return header.replace(key, key + b"0," + key, 1)


def members(value):
    """Yield (container, key) of everything in a JSON value, however deep."""
    keys = value if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from members(value[key])


def in_json(rng, value):
    """Drop, rename, replace, nudge or exchange one member."""
    places = list(members(value))
    if not places:
        return
    (container, key), (other, other_key) = rng.choice(places), rng.choice(places)
    old, kind = container[key], rng.randrange(8)
    if kind == 0:
        del container[key]
    elif kind == 1 and isinstance(container, dict):
        container[rng.choice([*NAMES, key.upper()])] = container.pop(key)
    elif kind == 2:
        container[key] = copy.deepcopy(other[other_key])
    elif kind <= 5 and type(old) in (int, float):
        nudged = [old + 1, old - 1, -old, float(old), int(old)] if abs(old) < 1e9 else [0]
        container[key] = rng.choice(nudged + NUMBERS)
    elif kind <= 5 and isinstance(old, list):
        container[key] = rng.choice([old[::-1], old * 2, old[1:], old + old[:1], [*old, 1]])
    else:
        container[key] = rng.choice(NUMBERS + OTHERS)


def in_numbers(rng, forgery):
    """Overwrite a few weights, or all of them."""
    item = 4 if next(iter(forgery.arrays.values()))["dtype"] == "F32" else 8
    body = bytearray(forgery.body)
    places = range(0, len(body), item)
    for at in places if rng.random() < 0.1 else rng.choices(places, k=rng.choice([1, 1, 2, 5])):
        body[at : at + item] = rng.choice(PATTERNS).to_bytes(8, "little")[8 - item :]
    forgery.body = bytes(body)


def in_layout(rng, forgery):
    """Move, stretch, exchange or reshape arrays, or add bytes that belong to none."""
    entry, other = (forgery.arrays[name] for name in rng.choices(list(forgery.arrays), k=2))
    offsets, shape = entry["data_offsets"], entry["shape"]
    by = rng.choice([-16, -8, -4, -1, 1, 4, 8, 16, 2**32, 2**63])
    kind = rng.randrange(5)
    if kind == 0:
        entry["data_offsets"] = [offset + by for offset in offsets]
    elif kind == 1:
        offsets[rng.randrange(2)] += by
    elif kind == 2:
        entry["data_offsets"], other["data_offsets"] = other["data_offsets"], offsets
    elif kind == 3:
        entry["shape"] = rng.choice([shape[::-1], [*shape, 1], shape[:1], other["shape"]])
    else:
        forgery.body += b"\x00" * rng.randrange(1, 17)


# From the inside to the outside: what comes later need not leave the file well-formed.
MUTATIONS = {
    "numbers": lambda rng, forgery: in_numbers(rng, forgery),
    "layout": lambda rng, forgery: in_layout(rng, forgery),
    "document": lambda rng, forgery: in_json(rng, forgery.document),
    "declarations": lambda rng, forgery: in_json(rng, forgery.arrays),
    "key twice": twice,
    "text": in_bytes,
}
WEIGHTS = [3, 2, 6, 2, 1, 2]


@pytest.fixture(scope="session")
def mutant(forge):
    """Make a mutated file of a model; its checksum is that of before."""

    def make(rng, data):
        if rng.random() < 0.15:  # anywhere, also in the header's length
            return in_bytes(rng, data)
        forgery = forge(data)
        names = rng.choices(list(MUTATIONS), WEIGHTS, k=rng.choice([1, 1, 1, 2, 3]))
        header = None
        for name in sorted(names, key=list(MUTATIONS).index):
            if MUTATIONS[name] not in (twice, in_bytes):
                MUTATIONS[name](rng, forgery)
                continue
            if header is None:
                header, _ = forge.split(forgery.to_bytes(repair=False))
            header = MUTATIONS[name](rng, header)
        if header is None:
            return forgery.to_bytes(repair=False)
        return forge.join(header, forgery.body)

    return make
