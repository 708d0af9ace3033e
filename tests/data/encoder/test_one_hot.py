"""Categories: their places, what is missing, what was never seen - and what is masked for it."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltarule.data import Masking, as_table


def places(codes):
    """Return where the one 1 of each row is."""
    assert set(np.unique(codes)) <= {0, 1}
    assert (codes.sum(axis=1) == 1).all()
    return codes.argmax(axis=1).tolist()


def count_unknown(encoder, columns):
    unknown = {}
    codes = encoder.encode(as_table(columns), unknown)
    return codes, unknown


def test_categories_are_sorted_then_comes_missing_then_unknown(encode):
    codes = encode(["v", None, "u", "x", ""], ["u", "v", "x", None, "", "w", "U", "u "])
    assert codes.shape == (8, 5)
    assert places(codes) == [0, 1, 2, 3, 3, 4, 4, 4]


def test_without_missing_cells_in_training_there_is_no_place_for_them(encode):
    codes = encode(["v", "u"], ["u", "v", "w", None])
    assert codes.shape == (4, 3)
    assert places(codes) == [0, 1, 2, 2]


def test_categories_are_sorted_by_code_points(learn_column):
    assert learn_column(["é", "a", "10", "9", "B", "💩"]).categories == [
        "10",
        "9",
        "B",
        "a",
        "é",
        "💩",
    ]


def test_unknown_categories_are_counted_by_column(learn):
    encoder = learn({"a": ["u", "v", None], "b": ["u", "v", "v"], "c": [1, 2, 2]}).encoder
    rows = {"a": ["w", "W", None], "b": ["w", None, "v"], "c": [7, 8, None]}
    codes, unknown = count_unknown(encoder, rows)
    assert unknown == {"a": 2, "b": 1}
    assert places(codes[:, :4]) == [3, 3, 2]
    assert places(codes[:, 4:7]) == [2, 2, 1]


def test_a_missing_cell_without_a_place_is_unknown_but_not_counted(learn):
    encoder = learn({"a": ["u", "v"]}).encoder
    codes, unknown = count_unknown(encoder, {"a": [None, "", "u"]})
    assert places(codes) == [2, 2, 0]
    assert unknown == {}


def test_unknown_categories_are_counted_over_all_batches(learn, monkeypatch):
    monkeypatch.setattr("deltarule.data.encoder.encoder.BATCH_ROWS", 7)
    encoder = learn({"a": ["u", "v"]}).encoder
    codes, unknown = count_unknown(encoder, {"a": ["u", "w", "v", "x"] * 25})
    assert unknown == {"a": 50}
    assert places(codes) == [0, 2, 1, 2] * 25


SAME = {
    "text": ["3", "1"],
    "ints": [3, 1],
    "int8": pa.array([3, 1], pa.int8()),
    "floats": [3.0, 1.0],
    "float16": pa.array(np.array([3, 1], np.float16)),
    "decimals": pa.array([3, 1]).cast(pa.decimal128(30, 2)),
    "dictionary of text": pa.array(["3", "1"]).dictionary_encode(),
    "dictionary of ints": pa.array([3, 1]).dictionary_encode(),
    "text view": pa.array(["3", "1"], pa.string_view()),
    "chunks": pa.chunked_array([["3"], ["1"]]),
    "pandas objects": pd.Series(["3", "1"], dtype=object),
    "pandas categories": pd.Series(pd.Categorical(["3", "1"], categories=["9", "3", "1"])),
    "big-endian": np.array([3, 1], ">i4"),
}


@pytest.mark.parametrize("trained", SAME)
@pytest.mark.parametrize("other", SAME)
def test_a_category_is_the_same_by_value_in_whatever_type_it_comes(learn, trained, other):
    encoder = learn({"a": SAME[trained]}, a="categorical").encoder
    codes, unknown = count_unknown(encoder, {"a": SAME[other]})
    assert places(codes) == [1, 0]
    assert unknown == {}


def test_categories_that_no_row_has_take_no_place(learn_column):
    column = learn_column(pa.DictionaryArray.from_arrays([0, 1, 0], ["u", "v", "never"]))
    assert column.categories == ["u", "v"]


@given(
    st.lists(st.one_of(st.none(), st.text(max_size=3)), min_size=1, max_size=30),
    st.lists(st.one_of(st.none(), st.text(max_size=3)), max_size=30),
)
def test_every_row_has_one_place_whatever_the_text(learn, trained, others):
    column = pa.array([*trained, "u", "v"])
    encoder = learn({"a": column}, a="categorical").encoder
    known = sorted({text for text in column.to_pylist() if text})
    with_gap = not all(trained)
    codes, unknown = count_unknown(encoder, {"a": pa.array(others, pa.string())})
    last = len(known) + with_gap
    of_gap = len(known) if with_gap else last
    expected = [
        of_gap if not text else known.index(text) if text in known else last for text in others
    ]
    assert codes.shape == (len(others), last + 1)
    assert places(codes) == expected
    assert sum(unknown.values()) == sum(bool(text) and text not in known for text in others)


@pytest.fixture(scope="module")
def mixed(learn):
    """Five columns that become 1 + 3 + 2 + 4 + 1 numbers; the categorical ones are 1 and 3."""
    return learn(
        {
            "size": [1.0, 2.0, 9.0],
            "colour": ["red", "blue", "red"],
            "flag": [True, False, None],
            "town": ["u", "v", None],
            "age": [7.0, 2.0, 5.5],
        }
    ).encoder


BLOCKS = [slice(1, 4), slice(6, 10)]


def rows_of(mixed, n):
    rng = np.random.default_rng(0)
    table = {
        "size": rng.normal(size=n),
        "colour": rng.choice(["red", "blue"], n),
        "flag": rng.random(n) < 0.5,
        "town": rng.choice(["u", "v", ""], n),
        "age": rng.normal(size=n),
    }
    return mixed.encode(as_table(table))


def masked(inputs, before, block):
    """Return the rows whose code in a block has changed."""
    return np.flatnonzero((inputs[:, block] != before[:, block]).any(axis=1))


NONE = np.arange(0)


def groups_of(inputs):
    return np.arange(-(-len(inputs) // 256))


@pytest.mark.parametrize(
    ("n", "expected"),
    [(4, 0), (10, 1), (100, 10), (200, 20), (1000, 20), (2000, 20), (5000, 50), (20_000, 200)],
)
def test_a_hundredth_is_masked_but_twenty_and_no_more_than_a_tenth(mixed, n, expected):
    before = rows_of(mixed, n)
    inputs = before.copy()
    Masking.of(mixed, len(inputs), NONE, seed=1).apply(inputs, groups_of(inputs))
    assert [len(masked(inputs, before, block)) for block in BLOCKS] == [expected] * 2


def test_what_is_masked_is_unknown_and_nothing_else_changes(mixed):
    before = rows_of(mixed, 500)
    inputs = before.copy()
    Masking.of(mixed, len(inputs), NONE, seed=1).apply(inputs, groups_of(inputs))
    for block in BLOCKS:
        chosen = masked(inputs, before, block)
        assert (inputs[:, block].sum(axis=1) == 1).all()
        assert (inputs[chosen, block.stop - 1] == 1).all()
    rest = np.ones(mixed.n_features, bool)
    for block in BLOCKS:
        rest[block] = False
    assert np.array_equal(inputs[:, rest], before[:, rest])


def test_columns_are_masked_in_rows_of_their_own(mixed):
    before = rows_of(mixed, 500)
    inputs = before.copy()
    Masking.of(mixed, len(inputs), NONE, seed=1).apply(inputs, groups_of(inputs))
    one, other = (set(masked(inputs, before, block)) for block in BLOCKS)
    assert one != other


def test_it_is_the_rows_that_are_trained_on_that_count(mixed):
    before = rows_of(mixed, 1000)
    inputs = before.copy()
    rows = np.arange(0, 1000, 10)
    Masking.of(mixed, 1000, np.setdiff1d(np.arange(1000), rows), seed=1).apply(
        inputs, groups_of(inputs)
    )
    chosen = [masked(inputs, before, block) for block in BLOCKS]
    assert [len(np.intersect1d(some, rows)) for some in chosen] == [10, 10]


def test_each_of_the_rows_is_as_likely_to_be_masked(mixed):
    before, counts = rows_of(mixed, 100), np.zeros(100)
    for seed in range(200):
        inputs = before.copy()
        Masking.of(mixed, len(inputs), NONE, seed).apply(inputs, groups_of(inputs))
        counts[masked(inputs, before, BLOCKS[0])] += 1
    assert counts.sum() == 2000
    # Each is binomial with mean 20 and deviation 4.2; chi-square of 99 has deviation 14.
    assert ((counts - 20) ** 2 / 18).sum() < 99 + 5 * 14
    assert counts.min() > 0


def test_masking_is_a_function_of_the_seed(mixed):
    def with_seed(seed):
        inputs = rows_of(mixed, 500)
        Masking.of(mixed, len(inputs), NONE, seed).apply(inputs, groups_of(inputs))
        return inputs.tobytes()

    assert with_seed(5) == with_seed(5)
    assert len({with_seed(seed) for seed in range(10)}) == 10
    assert with_seed(2**64 - 1) != with_seed(0)


def test_parts_are_masked_as_the_whole_is(mixed):
    whole, parts = rows_of(mixed, 3000), rows_of(mixed, 3000)
    masking = Masking.of(mixed, 3000, NONE, seed=2)
    masking.apply(whole, np.arange(12))
    for group in range(12):
        masking.apply(parts[256 * group : 256 * (group + 1)], np.array([group]))
    assert np.array_equal(whole, parts)


def test_of_very_many_rows_a_share_is_masked(mixed, monkeypatch):
    monkeypatch.setattr("deltarule.data.encoder.masking.MOST_COUNTED", 1000)
    before = rows_of(mixed, 20_000)
    inputs = before.copy()
    Masking.of(mixed, 20_000, NONE, seed=1).apply(inputs, groups_of(inputs))
    for block in BLOCKS:  # binomial: mean 200, deviation 14
        assert 130 < len(masked(inputs, before, block)) < 270


def test_no_rows_are_no_work(mixed):
    inputs = rows_of(mixed, 10)
    before = inputs.copy()
    Masking.of(mixed, len(inputs), np.arange(10), seed=1).apply(inputs, groups_of(inputs))
    assert np.array_equal(inputs, before)
