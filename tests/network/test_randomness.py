"""The layout of the random streams, pinned by an independent Philox and by literals.

Whoever changes a number in this file changes what every seed means: saved runs would no longer
be reproduced, and engines would no longer agree.
"""

import numpy as np
import pytest

from deltarule.network.randomness import (
    DROPOUT,
    INITIAL_WEIGHTS,
    ROW_ORDER,
    SPLIT,
    philox,
    raw_words32,
    row_order,
)

WORD = 2**64


def philox_block(counter, key):
    """Philox4x64-10 (Salmon et al. 2011, section 3.3) in plain integers."""
    (c0, c1, c2, c3), (k0, k1) = counter, key
    for _ in range(10):
        p0, p1 = 0xD2E7470EE14C6C93 * c0, 0xCA5A826395121157 * c2
        c0, c1, c2, c3 = (p1 // WORD) ^ c1 ^ k0, p1 % WORD, (p0 // WORD) ^ c3 ^ k1, p0 % WORD
        k0, k1 = (k0 + 0x9E3779B97F4A7C15) % WORD, (k1 + 0xBB67AE8584CAA73B) % WORD
    return [c0, c1, c2, c3]


def halves(words):
    """The 32-bit words of 64-bit words, low half first."""
    return [half for word in words for half in (word % 2**32, word >> 32)]


@pytest.mark.parametrize(
    ("filled_with", "expected"),
    [
        (0, "16554d9eca36314c db20fe9d672d0fdc d7e772cee186176b 7e68b68aec7ba23b"),
        (WORD - 1, "87b092c3013fe90b 438c3c67be8d0224 9cc7d7c69cd777b6 a09caebf594f0ba0"),
    ],
)
def test_the_philox_of_this_file_is_random123s(filled_with, expected):
    """Two of the known answers that the authors publish (Random123, kat_vectors)."""
    block = philox_block([filled_with] * 4, [filled_with] * 2)
    assert block == [int(word, 16) for word in expected.split()]


def test_purposes_have_their_documented_numbers():
    assert (INITIAL_WEIGHTS, ROW_ORDER, DROPOUT, SPLIT) == (0, 1, 2, 3)


@pytest.mark.parametrize("first_block", [0, 3])
@pytest.mark.parametrize("purpose", [INITIAL_WEIGHTS, ROW_ORDER, DROPOUT, SPLIT])
def test_block_i_is_made_from_counter_i_plus_1(purpose, first_block):
    raw = philox(7, purpose, 11, 13, first_block).random_raw(8).tolist()
    blocks = [philox_block([first_block + i, 11, 13, 0], [7, purpose]) for i in (1, 2)]
    assert raw == blocks[0] + blocks[1]


def test_raw_words_known_answer():
    """Seed 7, dropout, layer 2, step 5, block 3."""
    block = [0x3C2E6D5D71486AE7, 0xBDDE5EFBF6400DAA, 0xDCC9991F993EEA19, 0x30CEECF37A2C8820]
    assert philox_block([4, 2, 5, 0], [7, DROPOUT]) == block
    assert philox(7, DROPOUT, 2, 5, 3).random_raw(4).tolist() == block
    assert raw_words32(7, DROPOUT, 2, 5, 3, 1).tolist() == halves(block)


def test_row_order_known_answer():
    assert row_order(seed=7, epoch=3, n_rows=12).tolist() == [1, 7, 9, 2, 6, 4, 0, 11, 10, 8, 3, 5]


def test_row_order_sorts_one_raw_key_a_row():
    keys = [key for i in range(5) for key in philox_block([i + 1, 9, 0, 0], [4, ROW_ORDER])]
    assert row_order(seed=4, epoch=9, n_rows=18).tolist() == sorted(range(18), key=keys.__getitem__)


@pytest.mark.parametrize("n_rows", [0, 1, 2, 1000])
def test_row_order_is_a_permutation(n_rows):
    assert sorted(row_order(0, 0, n_rows).tolist()) == list(range(n_rows))


def test_row_order_differs_by_epoch_and_by_seed():
    orders = [tuple(row_order(seed, epoch, 100)) for seed in range(3) for epoch in range(3)]
    assert len(set(orders)) == 9


def test_row_order_leaves_each_row_anywhere():
    """Over 2000 epochs the place of row 0 among 10 is uniform: within 5 standard deviations."""
    places = [row_order(0, epoch, 10).tolist().index(0) for epoch in range(2000)]
    counts = np.bincount(places, minlength=10)
    assert abs(counts - 200).max() < 5 * np.sqrt(2000 * 0.1 * 0.9)


@pytest.mark.parametrize("seed", [0, 2**63, 2**64 - 1])
def test_any_64_bit_seed_and_late_step_has_a_stream(seed):
    block = philox_block([1, 1, 10**12, 0], [seed, DROPOUT])
    assert philox(seed, DROPOUT, 1, 10**12).random_raw(4).tolist() == block
